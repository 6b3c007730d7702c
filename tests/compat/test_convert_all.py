"""All 260 config files of the 0.x line convert, and what they become is what the 1.x line made of them."""

from __future__ import annotations

import copy
import inspect
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from zero_line import differences, facts, model_of, old_configs, schedule_of

import mmaction.compat.transforms
import mmaction.datasets
import mmaction.engine
import mmaction.models  # noqa: F401
from mmaction.compat.convert import CONSUMED, convert_config
from mmaction.compat.detect import old_keys
from mmaction.compat.names import successors
from mmaction.compat.write import config_text
from mmaction.registry import DATASETS, MODELS, TRANSFORMS

ROOT = Path(__file__).resolve().parents[2]
# 0.x and 1.x write these alike, so nothing marks them as old.
ALIKE = {f'_base_/models/{name}.py' for name in ('bmn_400x100', 'bsn_pem', 'bsn_tem')}
ALIKE |= {'localization/bsn/bsn_pgm_400x100_activitynet_feature.py'}


@pytest.fixture(scope='module')
def converted() -> dict:
    return {name: convert_config(config) for name, config in old_configs().items()}


def test_all_are_recognized(converted):
    assert len(converted) == 260
    assert {name for name, config in old_configs().items() if not old_keys(config)} == ALIKE


def test_configs_of_today_are_not_taken_for_old_ones():
    files = [path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts]
    assert len(files) > 200
    for path in files[::7]:
        assert old_keys(Config.fromfile(path)) == [], path


def test_no_key_of_0x_is_left(converted):
    loops = {'train_cfg', 'test_cfg'}
    for name, (config, _) in converted.items():
        assert not {*config} & (CONSUMED - loops), name
        assert not old_keys(config), name
        assert config['default_scope'] == 'mmaction'


def test_what_cannot_be_converted_is_named(converted):
    """By setting, the number of configs that lose it; nothing else is lost in 260 files."""
    lost = Counter()
    for _, report in converted.values():
        lost.update({re.sub(r'\[\d+\]', '', key) for key, _ in report.lost})
    by_setting = Counter()
    for key, count in lost.items():
        by_setting[key.split(' ')[-1] if ' ' in key else key] += count
    assert by_setting == {
        'AudioAmplify': 3,
        'AudioDecode': 2,
        'AudioDecodeInit': 3,
        'MelLogSpectrogram': 3,
        'RawVideoDataset': 4,
        'SSN': 2,
        'SSNDataset': 3,
        'SampleProposalFrames': 3,
        'data.train.class_prob': 2,
        'data.train.power': 6,
        'data.train.sample_by_class': 6,
        'data.train_ratio': 2,
        'gpu_ids': 3,
        'multigrid': 1,
        'precise_bn': 3,
        'workflow': 1,
    }
    assert sum(not report.lost for _, report in converted.values()) == 240


def steps(value) -> Iterator[dict]:
    if isinstance(value, dict):
        yield from value.get('pipeline', ())
        for item in value.values():
            yield from steps(item)
    elif isinstance(value, list):
        for item in value:
            yield from steps(item)


def datasets(value) -> Iterator[dict]:
    if isinstance(value, dict):
        if 'pipeline' in value:
            yield value
        for item in value.values():
            yield from datasets(item)
    elif isinstance(value, list):
        for item in value:
            yield from datasets(item)


def loaders(config: dict) -> list:
    found = [config.get(f'{split}_dataloader') for split in ('train', 'val', 'test')]
    return [*found, (config.get('train_cfg') or {}).get('other_loaders')]


def test_all_steps_of_pipelines_can_be_built(converted):
    init_default_scope('mmaction')
    unbuilt: Counter = Counter()
    known: dict[str, str | None] = {}
    for config, _ in converted.values():
        for step in steps(loaders(config)):
            key = json.dumps(step, sort_keys=True)
            if key not in known:
                known[key] = None
                try:
                    TRANSFORMS.build(copy.deepcopy(step))
                except (KeyError, ImportError) as error:  # no such type; a package that is not installed
                    known[key] = f'{step["type"]} {type(error).__name__}'
            if known[key]:
                unbuilt[known[key]] += 1
    assert len(known) > 140
    unbuilt.pop('ImgAug ImportError', None)  # the package imgaug
    named = {
        'AudioDecodeInit': 4,
        'AudioDecode': 2,
        'AudioAmplify': 3,
        'MelLogSpectrogram': 3,
        'SampleProposalFrames': 3,
    }
    assert unbuilt == {f'{name} KeyError': count for name, count in named.items()}


def test_all_arguments_of_data_sets_exist(converted):
    absent: Counter = Counter()
    for name, (config, _) in converted.items():
        for dataset in datasets(loaders(config)):
            cls = DATASETS.get(dataset['type'])
            if cls is None:
                absent[dataset['type']] += 1
                continue
            inits = [vars(base)['__init__'] for base in cls.__mro__ if '__init__' in vars(base)]
            arguments = {argument for init in inits for argument in inspect.signature(init).parameters}
            assert {*dataset} - {'type'} <= arguments, name
    assert absent == {'RawVideoDataset': 4, 'SSNDataset': 3}


def pairs() -> list[tuple[str, str]]:
    """Configs of both lines, but for those of tasks whose facts are not recorded here."""
    return [(old, today) for old, today in successors().items() if today in facts()]


def test_models_of_both_lines_are_equal(converted):
    """147 pairs; the rest differs in what 1.x changed on purpose, by path: number of configs."""
    changed: Counter = Counter()
    equal = 0
    for old, today in pairs():
        found = [*differences(model_of(converted[old][0]), model_of(facts()[today]))]
        equal += not found
        changed.update({re.sub(r'fbo_cfg\..*', 'fbo_cfg', path) for path in found})
    assert (len(pairs()), equal) == (147, 116)
    assert changed == {
        'init_cfg': 17,  # detectors: 0.x names the weights to begin with in load_from
        'data_preprocessor.type': 3,  # with and without the scope
        'roi_head.bbox_roi_extractor.temporal_pool_mode': 2,  # ACRN: the maximum in 0.x
        'roi_head.shared_head.fbo_cfg': 1,  # LFB with the maximum: numbers of the non-local operator, without use
        'test_cfg': 4,  # views per pass
        'backbone.tam_cfg': 3,  # TANet: {} for None
        'data_preprocessor.mean': 3,  # TANet: 103.5 for 103.53
        'backbone.act_cfg': 2,  # R(2+1)D: the default, stated
        'backbone.bn_frozen': 1,
        'backbone.norm_eval': 1,
        'backbone.init_cfg': 1,
        'cls_head.average_clips': 1,  # C3D: 'score', which its author chose
        'cls_head.init_std': 1,
        'data_preprocessor.blending': 1,  # a variant with mixup under the name of the plain one
    }


def test_schedules_of_both_lines_are_equal(converted):
    """Where 1.x kept the schedule. It trained the others with other rates, which their paths name."""
    changed: Counter = Counter()
    equal = 0
    for old, today in pairs():
        ours = schedule_of(converted[old][0])
        if ours['optimizer'] is None:
            continue  # a config for inference only
        found = [*differences(ours, schedule_of(facts()[today]))]
        equal += not found
        changed.update(found)
    assert equal == 47
    assert changed == {
        'optimizer.optimizer.lr': 59,
        'schedulers': 35,
        'epochs': 17,
        'optimizer.optimizer.weight_decay': 8,
        'optimizer.clip_grad': 5,
        'optimizer.clip_grad.max_norm': 6,
        'optimizer.optimizer.nesterov': 2,
        'optimizer.paramwise_cfg.custom_keys..backbone.time_embed': 1,
        'optimizer.loss_scale': 1,  # the variant in mixed precision
        'optimizer.type': 1,
    }


def test_models_without_a_counterpart_can_be_built(converted):
    init_default_scope('mmaction')
    known = {json.dumps(model_of(facts()[today]), sort_keys=True) for _, today in pairs()}
    failed: Counter = Counter()
    built = 0
    for config, _ in converted.values():
        key = json.dumps(model_of(config), sort_keys=True)
        if not config.get('model') or key in known or 'CBFocalLoss' in key:  # which computes weights as it is built
            continue
        known.add(key)
        try:
            with torch.device('meta'):
                MODELS.build(copy.deepcopy(config['model']))
            built += 1
        except KeyError:
            failed[config['model']['type']] += 1
        except FileNotFoundError:  # reads its feature bank
            failed['FBOHead'] += 1
    assert built > 0
    assert failed == {'SSN': 2, 'FBOHead': 3}


def test_written_files_load_and_hold_the_same(converted, tmp_path):
    for name, (config, report) in list(converted.items())[::5]:
        path = tmp_path / 'new.py'
        path.write_text(config_text(config, report, name), encoding='utf-8')
        again = Config.fromfile(path).to_dict()
        shared = {key: value for key, value in again.items() if not key.endswith('_pipeline')}
        assert shared == {key: value for key, value in config.items() if not key.endswith('_pipeline')}, name
        long = [line for line in path.read_text().splitlines() if len(line) > 120 and line[0] != '#']
        assert all('https://' in line for line in long), long
        assert old_keys(again) == []
