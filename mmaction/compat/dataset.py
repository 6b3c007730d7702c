"""Data sets: the ``data.train``, ``data.val`` and ``data.test`` of 0.x."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mmaction.compat.pipeline import convert_pipeline
from mmaction.compat.report import Report

# Data set of 0.x -> data set of 1.x and the name that its data_prefix has there.
_TYPES = MappingProxyType(
    {
        'VideoDataset': ('VideoDataset', 'video'),
        'RawframeDataset': ('RawframeDataset', 'img'),
        # An image is a video of one frame, whose pipeline reads it with ImageDecode.
        'ImageDataset': ('VideoDataset', 'video'),
        'AVADataset': ('AVADataset', 'img'),
        'ActivityNetDataset': ('ActivityNetDataset', 'video'),
        'HVUDataset': ('HVUDataset', 'img'),
        'PoseDataset': ('PoseDataset', 'video'),
        'AudioDataset': ('AudioDataset', 'audio'),
        'AudioFeatureDataset': ('AudioDataset', 'audio'),
    }
)
_NO_SUCCESSOR = MappingProxyType(
    {
        'RawVideoDataset': 'list the trimmed clips in an annotation file of VideoDataset',
        'AudioVisualDataset': 'use one data set per modality',
        'SSNDataset': 'SSN is not part of 1.x; BSN, BMN and TCANet are its successors for temporal localization',
    }
)
_SAMPLING = 'classes are not resampled; repeat the rare ones in the annotation file, or weight the loss by class'
_GONE = MappingProxyType(
    {
        'sample_by_class': _SAMPLING,
        'power': _SAMPLING,
        'class_prob': _SAMPLING,
        'dynamic_length': 'the frames of each video are counted when it is opened',
        'num_crops': 'ThreeCrop and TenCrop state their own number',
    }
)


def convert_dataset(old: Mapping[str, Any], key: str, report: Report, test_mode: bool = False) -> dict[str, Any]:
    """Convert a data set; ``key`` is its place in the config, for the report.

    Args:
        old: config of the data set.
        key: place in the config.
        report: receives what cannot be converted.
        test_mode: set ``test_mode``, as 0.x did for validation and test.
    """
    dataset = dict(old)
    kind = dataset.get('type', '')
    if kind in ('RepeatDataset', 'ConcatDataset'):
        return _convert_wrapper(dataset, key, report, test_mode)
    if isinstance(dataset.get('ann_file'), list | tuple):
        return _concatenate(dataset, key, report, test_mode)
    if kind in _NO_SUCCESSOR:
        report.lose(f'{key}.type {kind}', _NO_SUCCESSOR[kind])
    dataset['type'], prefix = _TYPES.get(kind, (kind, 'video'))
    if kind == 'AudioFeatureDataset':
        dataset.setdefault('suffix', '.npy')
    _convert_prefix(dataset, prefix)
    for name, reason in _GONE.items():
        if name in dataset:
            report.lose(f'{key}.{name}', reason)
            del dataset[name]
    if kind != 'RawVideoDataset' and not dataset.get('multi_class') and kind in ('VideoDataset', 'ImageDataset'):
        dataset.pop('num_classes', None)  # served class resampling only
    if 'pipeline' in dataset:
        dataset['pipeline'] = convert_pipeline(dataset['pipeline'], f'{key}.pipeline', report)
    if test_mode:
        dataset['test_mode'] = True
    return dataset


def _convert_wrapper(dataset: dict[str, Any], key: str, report: Report, test_mode: bool) -> dict[str, Any]:
    if 'dataset' in dataset:
        return dict(dataset, dataset=convert_dataset(dataset['dataset'], f'{key}.dataset', report, test_mode))
    inner = enumerate(dataset.get('datasets', ()))
    datasets = [convert_dataset(one, f'{key}.datasets[{place}]', report, test_mode) for place, one in inner]
    return dict(dataset, datasets=datasets)


def _concatenate(dataset: dict[str, Any], key: str, report: Report, test_mode: bool) -> dict[str, Any]:
    """0.x concatenated the annotation files of a list; their prefixes may be a list as well."""
    files = dataset['ann_file']
    prefixes = dataset.get('data_prefix')
    if not isinstance(prefixes, list | tuple):
        prefixes = [prefixes] * len(files)
    parts = [dict(dataset, ann_file=file, data_prefix=prefix) for file, prefix in zip(files, prefixes, strict=True)]
    return dict(type='ConcatDataset', datasets=[convert_dataset(part, key, report, test_mode) for part in parts])


def _convert_prefix(dataset: dict[str, Any], name: str) -> None:
    prefix = dataset.get('data_prefix')
    if isinstance(prefix, str) and prefix:
        dataset['data_prefix'] = {name: prefix}
    elif not prefix:
        dataset.pop('data_prefix', None)
    if dataset.get('ann_file', '') is None:
        dataset['ann_file'] = ''  # configs for inference name no annotation file
