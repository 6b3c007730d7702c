"""Python names of the 0.x line: each works, or raises one sentence that names its successor."""

from __future__ import annotations

import importlib
import logging
import re
import subprocess
import sys

import pytest
import torch
from mmengine.dataset import Compose

import mmaction.datasets
import mmaction.models
from mmaction.compat.api import old_modules, targets
from mmaction.compat.api_table import REFUSED
from mmaction.registry import DATASETS, TRANSFORMS

LACKING = r'is [\w.]+ in 1\.x, which this version lacks\.'
SENTENCE = re.compile(rf'mmaction[\w.]+ is of MMAction2 0\.x(: .+[^.]\.| and {LACKING})')


@pytest.fixture(scope='module')
def recorded(golden_dir) -> list[tuple[str, str]]:
    """Modules of 0.24.1 and their public names; '' for the module itself."""
    lines = (golden_dir / 'names_0x.txt').read_text().splitlines()
    return [(line.split()[0], name) for line in lines for name in ('', *line.split()[1:])]


def fetch(module: str, name: str) -> object:
    scope: dict = {}
    exec(f'from {module} import {name} as found' if name else f'import {module} as found', scope)
    return scope['found']


def test_every_name_works_or_names_its_successor(recorded):
    works, refused, lacking, bad = [], [], [], []
    for module, name in recorded:
        try:
            fetch(module, name)
            works.append(f'{module}.{name}')
        except ImportError as error:
            group = lacking if 'this version lacks' in str(error) else refused
            (group if SENTENCE.fullmatch(str(error)) else bad).append(f'{module}.{name}: {error}')
    assert not bad
    assert (len(recorded), len(works) + len(lacking), len(refused)) == (307, 208, 99)
    assert all(re.search('AVA|ava_|LFB|FBO|ACRN|RoI|read_labelmap|results2csv', name) for name in lacking), lacking


def test_names_are_those_of_today():
    from mmaction.core import OutputHook, mean_average_precision, top_k_accuracy
    from mmaction.core.evaluation.accuracy import top_k_accuracy as same
    from mmaction.datasets.builder import PIPELINES
    from mmaction.datasets.pipelines import Compose as compose
    from mmaction.datasets.pipelines import Resize
    from mmaction.localization import soft_nms, temporal_iou
    from mmaction.models.skeleton_gcn.utils.graph import edge2mat

    assert top_k_accuracy is same and mean_average_precision and OutputHook and soft_nms and temporal_iou
    assert PIPELINES is TRANSFORMS and mmaction.datasets.DATASETS is DATASETS
    assert compose is Compose and Resize is mmaction.datasets.Resize
    assert edge2mat([(0, 1)], 2).tolist() == [[0, 0], [1, 0]]


def test_all_targets_exist():
    absent = []
    for full, target in targets().items():
        module, name = target.split(':')
        try:
            getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            absent.append(full.rsplit('.', 1)[1])
    assert absent == []
    assert not {*targets()} & {*REFUSED}


def test_star_import_takes_what_works():
    scope: dict = {}
    exec('from mmaction.localization import *', scope)
    assert 'temporal_iop' in scope and 'temporal_nms' not in scope


@pytest.mark.parametrize(
    ('module', 'name', 'successor'),
    [
        ('mmaction.apis', 'train_model', 'Runner.from_cfg(cfg) of mmengine and its method train() replace it.'),
        ('mmaction.models', 'AudioRecognizer', 'RecognizerAudio replaces it, with average_clips in its head.'),
        (
            'mmaction.datasets.pipelines',
            'Collect',
            'PackActionInputs collects, converts and names what the model gets.',
        ),
    ],
)
def test_sentences(module, name, successor):
    with pytest.raises(ImportError) as raised:
        fetch(module, name)
    assert str(raised.value) == f'{module}.{name} is of MMAction2 0.x: {successor}'


def test_other_names_are_missing_as_ever():
    assert not hasattr(mmaction.models, 'Absent')
    with pytest.raises(AttributeError, match=r"module 'mmaction\.models' has no attribute 'Absent'"):
        mmaction.models.Absent
    with pytest.raises(ModuleNotFoundError, match=r'mmaction\.absent'):
        importlib.import_module('mmaction.absent')
    with pytest.raises(ImportError, match="cannot import name 'absent'"):
        fetch('mmaction.core', 'absent')
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module('mmaction.core.absent')


def test_nothing_of_0x_loads_by_itself():
    unwanted = '("mmaction.core", "mmaction.compat.api")'
    code = f'import sys, mmaction.apis; print([m for m in sys.modules if m.startswith({unwanted})])'
    run = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == '[]'


def test_modules_are_packages_where_others_are_below():
    assert importlib.import_module('mmaction.core').__path__ == []
    assert not hasattr(importlib.import_module('mmaction.core.dist_utils'), '__path__')
    assert 'mmaction.core.evaluation.ava_evaluation.np_box_ops' in old_modules()


def test_functions(tmp_path):
    from mmaction.datasets import build_dataset
    from mmaction.utils import get_root_logger

    (tmp_path / 'list.txt').write_text('a.mp4 3\n')
    cfg = dict(type='VideoDataset', ann_file=str(tmp_path / 'list.txt'), pipeline=[])
    dataset = build_dataset(cfg, dict(test_mode=True))
    assert dataset.test_mode and dataset.get_data_info(0)['label'] == 3
    logger = get_root_logger(log_level='WARNING')
    assert (logger is get_root_logger() and logger.level == logging.NOTSET) or logger.name


def test_optimizer_names_still_train():
    from mmaction.core.optimizer import CopyOfSGD

    assert CopyOfSGD is torch.optim.SGD
