"""The run that is checked: the parts of a runner that the rules read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mmengine.dataset import ClassBalancedDataset, ConcatDataset, RepeatDataset
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.optim import _ParamScheduler
from mmengine.runner import BaseLoop, EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from torch import nn
from torch.utils.data import DataLoader

Split = Literal['train', 'val', 'test']
SPLITS: tuple[Split, ...] = ('train', 'val', 'test')


def built_splits(runner: Runner) -> list[Split]:
    """The splits whose loops are built: a runner builds those that it is about to run."""
    loops = dict(train=runner._train_loop, val=runner._val_loop, test=runner._test_loop)
    return [split for split in SPLITS if isinstance(loops[split], BaseLoop)]


def is_overridden(instance: object, base: type, *methods: str) -> bool:
    """True if the class of an instance defines one of the methods anew: then it may do something else."""
    return any(getattr(type(instance), name) is not getattr(base, name) for name in methods)


@dataclass(frozen=True)
class Run:
    """A run that is about to start.

    Attributes:
        runner: its runner, with built loops, hooks, optimizers and schedules.
        splits: the splits to check.
    """

    runner: Runner
    splits: Collection[Split]

    @property
    def trains(self) -> bool:
        """The run trains, in a loop that is to be checked."""
        return 'train' in self.splits

    @property
    def model(self) -> nn.Module:
        """The model, without the wrapper of a distributed run."""
        model = self.runner.model
        return model.module if is_model_wrapper(model) else model

    def loop(self, split: Split) -> BaseLoop | None:
        """The loop of a split, if it is to be checked."""
        if split not in self.splits:
            return None
        loop: BaseLoop = getattr(self.runner, f'_{split}_loop')
        return loop

    @property
    def train_loop(self) -> EpochBasedTrainLoop | IterBasedTrainLoop | None:
        """The training loop, if it does what those of mmengine do."""
        loop = self.loop('train')
        for base in (EpochBasedTrainLoop, IterBasedTrainLoop):
            if isinstance(loop, base) and not is_overridden(loop, base, 'run'):
                return loop
        return None

    @property
    def evaluates(self) -> bool:
        """The model is evaluated while it trains."""
        return 'val' in built_splits(self.runner)

    @property
    def unit(self) -> str:
        """Unit that the length of the training is given in."""
        return 'iteration' if isinstance(self.train_loop, IterBasedTrainLoop) else 'epoch'

    @property
    def length(self) -> int:
        """Number of epochs, or of iterations, of the training."""
        loop = self.train_loop
        assert loop is not None
        return loop.max_iters if isinstance(loop, IterBasedTrainLoop) else loop.max_epochs

    def hooks(self, kind: type[Hook]) -> Iterator[Any]:
        """The hooks of a class."""
        return (hook for hook in self.runner.hooks if isinstance(hook, kind))

    def loader(self, split: Split) -> DataLoader | None:
        """The loader of a split; None if the loop has none of torch's."""
        loader = getattr(self.loop(split), 'dataloader', None)
        return loader if isinstance(loader, DataLoader) else None

    def datasets(self, split: Split) -> list[Any]:
        """The datasets of a split, without those of mmengine that repeat or join others."""
        loader = self.loader(split)
        return [] if loader is None else list(_unwrapped(loader.dataset))

    def schedulers(self) -> list[_ParamScheduler]:
        """All schedulers of the training."""
        found = self.runner.param_schedulers or []
        groups = found.values() if isinstance(found, dict) else [found]
        return [scheduler for group in groups for scheduler in group if isinstance(scheduler, _ParamScheduler)]


def _unwrapped(dataset: Any) -> Iterator[Any]:
    if isinstance(dataset, ConcatDataset):
        for part in dataset.datasets:
            yield from _unwrapped(part)
    elif isinstance(dataset, RepeatDataset | ClassBalancedDataset):
        yield from _unwrapped(dataset.dataset)
    else:
        yield dataset
