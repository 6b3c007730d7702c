"""Rules of the model, its inputs, and the device that it runs on."""

from __future__ import annotations

import os
from collections.abc import Iterator

import torch
from mmengine.dataset import BaseDataset
from mmengine.dist import get_world_size
from mmengine.hooks import CheckpointHook
from torch import nn

from mmaction.datasets.transforms.contract import flatten, role_of, step_name
from mmaction.engine.checks.finding import Finding, error, warning
from mmaction.engine.checks.run import SPLITS, Run, is_overridden
from mmaction.models.data_preprocessors import ActionDataPreprocessor


def check_trainable(run: Run) -> Iterator[Finding]:
    """There are parameters to train."""
    if run.trains and not any(parameter.requires_grad for parameter in run.model.parameters()):
        yield error(
            f'No parameter of {type(run.model).__name__} is trainable: all are frozen (frozen_stages, requires_grad). '
            'Leave the head, at least, trainable.'
        )


def check_packing(run: Run) -> Iterator[Finding]:
    """A pipeline of known steps ends with one that packs the inputs of the model."""
    preprocessor = getattr(run.model, 'data_preprocessor', None)
    if not isinstance(preprocessor, ActionDataPreprocessor):
        return
    if is_overridden(preprocessor, ActionDataPreprocessor, 'forward', 'forward_onesample', 'cast_data'):
        return
    for split in SPLITS:
        for dataset in run.datasets(split):
            if not isinstance(dataset, BaseDataset):
                continue
            steps = list(flatten(dataset.pipeline.transforms))
            roles = [role_of(step) for step in steps]
            if steps and None not in roles and 'pack' not in roles:
                yield error(
                    f'The pipeline of {split}_dataloader ends with {step_name(steps[-1])} and packs no inputs: add '
                    "dict(type='PackActionInputs') as its last step."
                )


def check_segments(run: Run) -> Iterator[Finding]:
    """A backbone that shifts features between the frames of a video gets as many as it was built for."""
    segments = getattr(getattr(run.model, 'backbone', None), 'num_segments', None)
    if not isinstance(segments, int):
        return
    for dataset in run.datasets('train'):
        if not isinstance(dataset, BaseDataset):
            continue
        for step in flatten(dataset.pipeline.transforms):
            clips = getattr(step, 'num_clips', None)
            if role_of(step) != 'sample' or not isinstance(clips, int) or getattr(step, 'clip_len', None) != 1:
                continue
            if clips != segments:
                yield warning(
                    f'{step_name(step)} of train_dataloader takes {clips} frames per video (num_clips), and the '
                    f'backbone has num_segments={segments}: it mixes frames across clips. '
                    'Set both to the same number.'
                )


def check_device(run: Run) -> Iterator[Finding]:
    """Settings for GPUs are not used without."""
    if get_world_size() < 2:
        return
    on_cpu = all(parameter.device.type == 'cpu' for parameter in run.model.parameters())
    if run.trains and on_cpu and any(isinstance(part, nn.SyncBatchNorm) for part in run.model.modules()):
        yield error('sync_bn: SyncBatchNorm runs on GPUs only, and the model is on the CPU. Remove sync_bn.')
    for split in ('val', 'test'):
        evaluator = getattr(run.loop(split), 'evaluator', None)  # type: ignore[arg-type]
        for metric in getattr(evaluator, 'metrics', ()):
            if getattr(metric, 'collect_device', 'cpu') == 'gpu' and not torch.cuda.is_available():
                yield error(
                    f"collect_device ('gpu') of {type(metric).__name__} ({split}_evaluator) needs a GPU, and there is "
                    "none. Set collect_device='cpu'."
                )


def check_folder(run: Run) -> Iterator[Finding]:
    """Checkpoints can be written."""
    if not run.trains:
        return
    folders = [run.runner.work_dir]
    folders += [hook.out_dir for hook in run.hooks(CheckpointHook) if hook.out_dir]
    for folder in folders:
        if '://' not in str(folder) and os.path.isdir(folder) and not os.access(folder, os.W_OK):
            yield error(
                f'The folder {folder} for checkpoints is not writable. Set work_dir (--work-dir) to another one.'
            )
