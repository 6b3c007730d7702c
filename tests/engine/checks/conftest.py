"""A tiny graph network on synthetic skeletons, as a config to change."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmaction.engine.checks import RULES, Finding
from mmaction.engine.checks.run import Run, built_splits

PIPELINE = [
    dict(type='GenSkeFeat', dataset='coco', feats=['j']),
    dict(type='UniformSampleFrames', clip_len=4),
    dict(type='PoseDecode'),
    dict(type='FormatGCNInput', num_person=1),
    dict(type='PackActionInputs'),
]


def skeletons(labels: list) -> list[dict]:
    """One person of 17 joints in 6 frames per label."""
    rng = np.random.default_rng(0)
    return [
        dict(
            frame_dir=f'clip{number}',
            label=label,
            img_shape=(240, 320),
            keypoint=rng.uniform(50, 200, (1, 6, 17, 2)).astype(np.float32),
            keypoint_score=np.ones((1, 6, 17), np.float32),
        )
        for number, label in enumerate(labels)
    ]


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Config]:
    """``config(changes, labels)``: dotted keys to set, and the labels of the training samples."""
    numbers = count()

    def make(changes: dict[str, Any] | None = None, labels: list | None = None) -> Config:
        for name, values in (('train', labels or [0, 1] * 4), ('val', [0, 1, 0, 1])):
            (tmp_path / f'{name}.pkl').write_bytes(pickle.dumps(skeletons(values)))

        def loader(name: str, **settings: Any) -> dict:
            dataset = dict(type='PoseDataset', ann_file=str(tmp_path / f'{name}.pkl'), pipeline=PIPELINE, **settings)
            dataset['serialize_data'] = False  # mmengine collects garbage each time, which takes most of a test
            return dict(batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler'), dataset=dataset)

        cfg = Config(
            dict(
                default_scope='mmaction',
                experiment_name=f'{tmp_path}_{next(numbers)}',
                work_dir=str(tmp_path / 'work'),
                model=dict(
                    type='RecognizerGCN',
                    backbone=dict(
                        type='STGCN', graph_cfg=dict(layout='coco', mode='stgcn_spatial'), num_person=1,
                        base_channels=4, num_stages=1,
                    ),
                    cls_head=dict(type='GCNHead', num_classes=2, in_channels=4),
                ),
                train_dataloader=loader('train'),
                val_dataloader=loader('val', test_mode=True),
                test_dataloader=loader('val', test_mode=True),
                val_evaluator=dict(type='AccMetric'),
                test_evaluator=dict(type='AccMetric'),
                train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=2, val_begin=1, val_interval=1),
                val_cfg=dict(type='ValLoop'),
                test_cfg=dict(type='TestLoop'),
                optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
                param_scheduler=[dict(type='MultiStepLR', milestones=[1])],
                default_hooks=dict(checkpoint=dict(type='CheckpointHook', save_best='auto')),
            )
        )  # fmt: skip
        for key, value in (changes or {}).items():
            *parents, last = key.split('.')
            node = cfg
            for parent in parents:
                node = node[int(parent)] if parent.isdecimal() else node[parent]
            node[last] = value
        return cfg

    return make


@pytest.fixture
def findings(config: Callable[..., Config]) -> Callable[..., list[Finding]]:
    """``findings(changes, labels)``: what the rules find in a run on the changed config, short of training it."""

    def find(changes: dict[str, Any] | None = None, labels: list | None = None) -> list[Finding]:
        runner = Runner.from_cfg(config(changes, labels))
        # as Runner.train does
        runner._train_loop = runner.build_train_loop(runner._train_loop)
        runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
        if runner.param_schedulers is not None:
            runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers)
        if runner._val_loop is not None:
            runner._val_loop = runner.build_val_loop(runner._val_loop)
        run = Run(runner, built_splits(runner))
        return [finding for rule in RULES for finding in rule(run)]

    return find
