"""Training loop over several data loaders at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from mmaction.registry import LOOPS


class EpochMultiLoader:
    """Iterate over several loaders in parallel, as long as the first; shorter ones restart.

    Args:
        dataloaders: the first one determines the length of an epoch.
    """

    def __init__(self, dataloaders: Sequence[DataLoader]) -> None:
        if not dataloaders:
            raise ValueError('EpochMultiLoader needs at least one data loader, got none.')
        self._dataloaders = list(dataloaders)

    def __len__(self) -> int:
        return len(self._dataloaders[0])

    def __iter__(self) -> Iterator[list[Any]]:
        first, *others = self._dataloaders
        streams = [_endless(loader) for loader in others]
        for batch in first:
            yield [batch, *(next(stream) for stream in streams)]


def _endless(loader: DataLoader) -> Iterator[Any]:
    while True:
        yield from loader


@LOOPS.register_module()
class MultiLoaderEpochBasedTrainLoop(EpochBasedTrainLoop):
    """Epoch over several loaders: each iteration gets a list with one batch per loader.

    Source: Duan et al., `Omni-sourced Webly-supervised Learning for Video Recognition`, ECCV 2020.

    Args:
        runner: the runner.
        dataloader: the main loader, or its config.
        other_loaders: further loaders, or their configs.
        max_epochs: see ``EpochBasedTrainLoop``.
        val_begin: see ``EpochBasedTrainLoop``.
        val_interval: see ``EpochBasedTrainLoop``.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: dict | DataLoader,
        other_loaders: Sequence[dict | DataLoader],
        max_epochs: int,
        val_begin: int = 1,
        val_interval: int = 1,
    ) -> None:
        super().__init__(runner, dataloader, max_epochs, val_begin, val_interval)
        others = [
            runner.build_dataloader(loader, seed=runner.seed) if isinstance(loader, dict) else loader
            for loader in other_loaders
        ]
        self.multi_loader = EpochMultiLoader([self.dataloader, *others])

    def run_epoch(self) -> None:
        """Iterate one epoch of the main loader."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        for loader in self.multi_loader._dataloaders[1:]:
            if hasattr(loader.sampler, 'set_epoch'):
                loader.sampler.set_epoch(self._epoch)
        for index, batch in enumerate(self.multi_loader):
            self.run_iter(index, batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1
