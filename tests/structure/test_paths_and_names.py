"""Every name that could once be imported still can, and former module paths lead to the present ones."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
import rules

TABLE = Path(__file__).parent / 'historic_paths.txt'
NAMES = TABLE.with_name('historic_names.txt')
PATHS = [tuple(line.split()) for line in TABLE.read_text(encoding='utf-8').splitlines() if line.strip()]


def public_names(module) -> list[str]:
    """``__all__``, or what the module defines without an underscore."""
    if hasattr(module, '__all__'):
        return list(module.__all__)
    names = [name for name in vars(module) if not name.startswith('_')]
    return [name for name in names if getattr(getattr(module, name), '__module__', None) == module.__name__]


def test_table_of_historic_paths_is_sorted_and_has_two_columns():
    lines = TABLE.read_text(encoding='utf-8').split('\n')[:-1]
    assert sorted(set(lines)) == sorted(lines)
    assert {len(pair) for pair in PATHS} <= {2}


@pytest.mark.parametrize('path', PATHS, ids=lambda path: path[0].removeprefix('mmaction.'))
def test_historic_path(path, everything):
    old, new = path
    exported = import_module(old)
    origin = import_module(new)
    missing = [name for name in public_names(origin) if getattr(exported, name, None) is not getattr(origin, name)]
    assert missing == [], f'{old} lacks names of {new}'

    assert rules.impure_statements(everything.modules[old]) == [], f'{old} must only re-export'
    historic = {path for path, _ in PATHS}  # a historic package may have to load its historic modules
    assert rules.importers(everything, old) - historic == set(), f'import {new} instead of {old}'


def test_impure_historic_module_is_found(planted):
    source = '"""Former path."""\nfrom mmaction.new import *\n__all__ = ["a"]\nb = 1\ndef f(): ...'
    tree = planted(old=source, new='a = 1', user='from mmaction.old import a', other='from mmaction import old, new')
    assert rules.impure_statements(tree.modules['mmaction.old']) == [4, 5]
    assert rules.importers(tree, 'mmaction.old') == {'mmaction.user', 'mmaction.other'}


def test_public_names_recorded_before_are_importable(golden_dir):
    recorded = json.loads((golden_dir / 'public_names.json').read_text(encoding='utf-8'))
    gone = []
    for name, names in recorded.items():
        module = import_module(name)
        gone += [f'{name}.{public}' for public in names if not hasattr(module, public)]
    assert gone == []
    assert len(recorded) > 300


def test_names_of_mmaction2_are_at_their_paths():
    """One line per module: the public names that MMAction2 1.2.0 has there, beyond the ``__all__`` of packages."""
    lines = [line.split() for line in NAMES.read_text(encoding='utf-8').splitlines()]
    assert lines == sorted(lines)
    gone = []
    for module, *names in lines:
        found = import_module(module)
        gone += [f'{module}.{name}' for name in names if not hasattr(found, name)]
    assert gone == []
