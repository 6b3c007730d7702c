"""Random state that depends on seed and epoch alone, so that a resumed run equals an uninterrupted one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from mmengine.hooks import DistSamplerSeedHook as _DistSamplerSeedHook
from mmengine.runner import EpochBasedTrainLoop, Runner

from mmaction.registry import HOOKS


@HOOKS.register_module()
class DistSamplerSeedHook(_DistSamplerSeedHook):
    """Seed the sampler, this process and the samples of the dataset at the start of each epoch.

    mmengine's hook seeds the sampler only. The state of the generators then depends on all earlier epochs, which a
    resumed run has not seen, and non-persistent workers repeat the same augmentations every epoch.
    """

    def before_train(self, runner: Runner) -> None:
        # resume() takes the seed from the checkpoint, after the sampler was built with another one.
        sampler = getattr(runner.train_dataloader, 'sampler', None)
        if getattr(runner, '_resume', False) and sampler is not None and hasattr(sampler, 'seed'):
            sampler.seed = runner.seed

    def before_train_epoch(self, runner: Runner) -> None:
        super().before_train_epoch(runner)
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            return  # an iteration-based run is one endless epoch, whose second pass must not repeat the first
        seed = _seed_process(runner)
        for dataset in _datasets(runner.train_dataloader.dataset):
            dataset.seed_samples(seed)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        # Again after the loader has started: it draws a number when its workers start, which persistent workers do
        # in the first epoch only.
        if batch_idx == 0 and isinstance(runner.train_loop, EpochBasedTrainLoop):
            _seed_process(runner)


def _seed_process(runner: Runner) -> int:
    """Seed this process by seed, epoch and rank."""
    seed = int(np.random.SeedSequence([runner.seed, runner.epoch, runner.rank]).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return seed


def _datasets(dataset: Any) -> Iterator[Any]:
    """Iterate over the datasets inside wrappers that can seed their samples."""
    if hasattr(dataset, 'seed_samples'):
        yield dataset
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    for part in inner:
        if part is not None:
            yield from _datasets(part)
