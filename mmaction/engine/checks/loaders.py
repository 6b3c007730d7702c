"""Rules of the loaders: there are batches, of a usable size."""

from __future__ import annotations

from collections.abc import Iterator

from mmengine.dist import get_world_size
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader

from mmaction.datasets.base import BaseActionDataset
from mmaction.engine.checks.finding import Finding, error, warning
from mmaction.engine.checks.run import SPLITS, Run


def check_batches(run: Run) -> Iterator[Finding]:
    """A loader has at least one batch; one that evaluates leaves out no sample."""
    for split in SPLITS:
        loader = run.loader(split)
        if loader is None or not _has_length(loader):
            continue
        name = f'{split}_dataloader'
        samples = len(loader.dataset)  # type: ignore[arg-type]  # it has a length, see above
        share = len(loader.sampler)  # type: ignore[arg-type]  # that of this process
        left = share % (loader.batch_size or 1)
        processes = f' in each of {get_world_size()} processes' if get_world_size() > 1 else ''
        if not len(loader) and samples and loader.drop_last:
            yield error(
                f'{name} gives no batch: its {samples} samples are fewer than batch_size ({loader.batch_size})'
                f'{processes}, and drop_last=True drops the incomplete batch. Set drop_last=False, or batch_size to at '
                f'most {max(share, 1)}.'
            )
        elif not len(loader):
            yield error(f'{name} gives no batch: its dataset has {samples} samples. Check ann_file and filters.')
        elif split != 'train' and loader.drop_last and left:
            yield warning(
                f'{name} has drop_last=True: the last {left} of {share} samples{processes} are left out of the '
                'figures. Set drop_last=False.'
            )


def check_test_mode(run: Run) -> Iterator[Finding]:
    """A dataset that evaluates returns each of its samples, in order."""
    for split in ('val', 'test'):
        for dataset in run.datasets(split):  # type: ignore[arg-type]
            if isinstance(dataset, BaseActionDataset) and not dataset.test_mode:
                yield warning(
                    f'The dataset of {split}_dataloader has test_mode=False: a sample that the pipeline drops is '
                    'replaced by a random one. Set test_mode=True.'
                )
                break


def check_batch_statistics(run: Run) -> Iterator[Finding]:
    """Batch normalization has more than one sample to take its statistics of."""
    loader = run.loader('train')
    if loader is None or loader.batch_size != 1 or not any(_takes_statistics(part) for part in run.model.modules()):
        return
    if get_world_size() > 1 and any(isinstance(part, nn.SyncBatchNorm) for part in run.model.modules()):
        return
    yield warning(
        'train_dataloader.batch_size is 1 and the model has batch normalization, which then takes its statistics of '
        'one sample: training is unstable. Use a larger batch, or freeze the layers (norm_eval=True of the backbone).'
    )


def _takes_statistics(module: nn.Module) -> bool:
    affine = [parameter for parameter in module.parameters(recurse=False) if parameter.requires_grad]
    return isinstance(module, _BatchNorm) and module.track_running_stats and bool(affine)


def _has_length(loader: DataLoader) -> bool:
    try:
        len(loader)
        len(loader.dataset)  # type: ignore[arg-type]
        len(loader.sampler)  # type: ignore[arg-type]
    except TypeError:  # of an iterable dataset
        return False
    return True
