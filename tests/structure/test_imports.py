"""Imports point one way, private names stay in their folder, and no modules import each other."""

from __future__ import annotations

import pytest
import rules


def test_imports_point_one_way(package, historic, unknown):
    assert len(package.modules) > 300
    assert unknown('backward', rules.backward_imports(package, historic)) == []


def test_private_names_stay_in_their_folder(everything, unknown):
    assert unknown('private', rules.private_imports(everything)) == []


def test_no_modules_import_each_other(package, unknown):
    circles = {' '.join(sorted(group)) for group in rules.import_circles(package)}
    assert unknown('circle', circles) == []


def test_no_folders_import_each_other(package, historic, unknown):
    assert unknown('folders', rules.folder_circles(package, historic)) == []


def test_testing_is_imported_by_tests_and_benchmarks_only(everything, unknown):
    users = {line for line in rules.tests_in_production(everything) if not line.startswith('benchmarks.')}
    assert unknown('testing', users) == []


@pytest.mark.parametrize(
    ('importer', 'source', 'imported'),
    [
        ('models.heads', 'from mmaction.engine.loops import run', 'mmaction.engine.loops'),
        ('models.heads', 'import mmaction.engine.loops', 'mmaction.engine.loops'),
        ('models.heads', 'from mmaction.engine import loops', 'mmaction.engine.loops'),
        ('models.heads', 'from ..engine import loops', 'mmaction.engine.loops'),
        ('models.heads', 'def f():\n    from mmaction.engine.loops import run', 'mmaction.engine.loops'),
        ('utils.misc', 'if True:\n    from mmaction.engine import loops', 'mmaction.engine.loops'),
        ('recipes.pose', 'from mmaction.engine import loops', 'mmaction.engine.loops'),
        ('cli.train', 'from mmaction.testing.fill import fill', 'mmaction.testing.fill'),
    ],
)
def test_planted_backward_import_is_found(planted, importer, source, imported):
    tree = planted(**{importer: source, 'engine.loops': 'run = 1', 'testing.fill': 'fill = 1'})
    assert rules.backward_imports(tree) == {f'mmaction.{importer} -> {imported}'}
    assert rules.backward_imports(tree, historic={f'mmaction.{importer}'}) == set()


def test_import_from_a_lower_floor_is_no_violation(planted):
    tree = planted(**{'engine.loops': 'from mmaction.models.heads import h', 'models.heads': 'h = 1'})
    assert rules.backward_imports(tree) == set()


def test_folder_without_a_floor_is_reported(planted):
    tree = planted(**{'newcomer.a': 'from mmaction.utils.misc import x', 'utils.misc': 'x = 1'})
    with pytest.raises(LookupError, match=r"mmaction.newcomer.a -> mmaction.utils.misc: add \['newcomer'\] to FLOORS"):
        rules.backward_imports(tree)


@pytest.mark.parametrize(
    ('source', 'imported'),
    [
        ('from mmaction.models.backbones._names import RULES', 'mmaction.models.backbones._names.RULES'),
        ('from mmaction.models.backbones import _names', 'mmaction.models.backbones._names'),
        ('import mmaction.models.backbones._names', 'mmaction.models.backbones._names'),
        ('from mmaction.models.backbones.swin import _shift', 'mmaction.models.backbones.swin._shift'),
        ('def f():\n    from ..backbones._names import RULES', 'mmaction.models.backbones._names.RULES'),
    ],
)
def test_planted_private_import_is_found(planted, source, imported):
    files = {'models.backbones._names': 'RULES = 1', 'models.backbones.swin': '_shift = 1'}
    tree = planted(**files, **{'models.heads.head': source})
    assert rules.private_imports(tree) == {f'mmaction.models.heads.head -> {imported}'}


@pytest.mark.parametrize('neighbour', ['models.backbones.mvit', 'models.backbones.vit.mvit', 'models.backbones._b'])
def test_private_names_are_free_within_their_folder(planted, neighbour):
    source = (
        'from mmaction.models.backbones._names import RULES\n'
        'from mmaction.models.backbones.swin import _shift\n'
        'from mmaction.models.backbones import __all__'
    )
    files = {'models.backbones._names': 'RULES = 1', 'models.backbones.swin': '_shift = 1'}
    assert rules.private_imports(planted(**files, **{neighbour: source})) == set()


def test_planted_circles_are_found(planted):
    tree = planted(
        **{
            'video.a': 'from mmaction.video.b import x',
            'video.b': 'def f():\n    from mmaction.video.c import y',
            'video.c': 'from .a import z\nfrom .free import w',
            'video.free': 'import os',
            'weights.a': 'from mmaction.video import a',
        }
    )
    assert rules.import_circles(tree) == [{'mmaction.video.a', 'mmaction.video.b', 'mmaction.video.c'}]
    assert rules.folder_circles(tree) == set()


def test_planted_circle_of_folders_is_found(planted):
    tree = planted(
        **{
            'video.a': 'from mmaction.weights.b import x',
            'weights.c': 'from mmaction.video.d import y',
            'weights.b': '',
            'video.d': '',
        }
    )
    assert rules.import_circles(tree) == []
    assert rules.folder_circles(tree) == {'video <-> weights'}
