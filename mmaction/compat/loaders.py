"""Loaders: the ``data`` of 0.x to the loaders of training, validation and test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmaction.compat.dataset import convert_dataset
from mmaction.compat.report import Report

_PASSED_ON = ('drop_last', 'pin_memory', 'prefetch_factor', 'persistent_workers')


def convert_data(old: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Convert ``data`` to ``train_dataloader``, ``val_dataloader`` and ``test_dataloader``."""
    data = old['data']
    out: dict[str, Any] = {}
    for split in ('train', 'val', 'test'):
        dataset = data.get(split)
        if not dataset:
            continue
        if isinstance(dataset, Mapping):
            out[f'{split}_dataloader'] = _loader(data, split, dataset, f'data.{split}', report)
        elif old.get('omnisource'):
            out |= _several_sources(data, dataset, report)
        else:
            parts = [
                convert_dataset(one, f'data.{split}[{place}]', report, split != 'train')
                for place, one in enumerate(dataset)
            ]
            out[f'{split}_dataloader'] = _loader_of(data, split, dict(type='ConcatDataset', datasets=parts))
    known = {'train', 'val', 'test', 'videos_per_gpu', 'workers_per_gpu', 'omni_videos_per_gpu', 'train_ratio'}
    known |= {f'{split}_dataloader' for split in ('train', 'val', 'test')}
    for key in sorted(data.keys() - known):
        report.lose(f'data.{key}', 'unknown setting of the loaders')
    return out


def _loader(data: Mapping[str, Any], split: str, dataset: Mapping[str, Any], key: str, report: Report) -> dict:
    return _loader_of(data, split, convert_dataset(dataset, key, report, split != 'train'))


def _loader_of(data: Mapping[str, Any], split: str, dataset: dict[str, Any]) -> dict[str, Any]:
    own = data.get(f'{split}_dataloader') or {}
    workers = own.get('workers_per_gpu', data.get('workers_per_gpu', 1))
    loader: dict[str, Any] = dict(
        batch_size=own.get('videos_per_gpu', data.get('videos_per_gpu', 1)),
        num_workers=workers,
        persistent_workers=workers > 0,
        sampler=dict(type='DefaultSampler', shuffle=own.get('shuffle', split == 'train')),
    )
    loader |= {name: own[name] for name in _PASSED_ON if name in own}
    return dict(loader, dataset=dataset)


def _several_sources(data: Mapping[str, Any], datasets: Sequence[Mapping[str, Any]], report: Report) -> dict[str, Any]:
    """OmniSource: one loader per source, of which each iteration of 1.x draws one batch."""
    sizes = data.get('omni_videos_per_gpu') or [data.get('videos_per_gpu', 1)] * len(datasets)
    loaders = []
    for place, (dataset, size) in enumerate(zip(datasets, sizes, strict=True)):
        loader = _loader(data, 'train', dataset, f'data.train[{place}]', report)
        loaders.append(dict(loader, batch_size=size))
    ratio = data.get('train_ratio', [1] * len(datasets))
    if len({*ratio}) > 1:
        report.lose('data.train_ratio', f'each iteration draws one batch per source, not {list(ratio)}')
    return dict(
        train_dataloader=loaders[0],
        train_cfg=dict(type='MultiLoaderEpochBasedTrainLoop', other_loaders=loaders[1:]),
    )
