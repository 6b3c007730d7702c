"""The samples to examine: of the datasets of a config, or of annotation lists."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mmaction.datasets import BaseActionDataset, PoseDataset, RawframeDataset, VideoDataset
from mmaction.datasets.annotation import join_media_path, read_annotation_lines, split_trailing_integers
from mmaction.datasets.labels import class_indices
from mmaction.datasets.pose_report import inspect
from mmaction.doctor.findings import Finding
from mmaction.registry import DATASETS
from mmaction.utils.labels import read_labels

Medium = Literal['video', 'rawframes', 'none']


@dataclass(frozen=True)
class Entry:
    """A sample.

    Attributes:
        source: index of its source.
        line: its line in the annotation file, from 1; 0 where it has none.
        name: its path as the annotation file has it.
        path: the path to open.
        labels: its class indices; None where it has no labels of this kind.
        medium: what is at the path.
        record: of the dataset.
    """

    source: int
    line: int
    name: str
    path: str
    labels: tuple[int, ...] | None
    medium: Medium
    record: Mapping[str, Any] = field(repr=False, compare=False, default_factory=dict)


@dataclass
class Source:
    """An annotation file, and its samples.

    Attributes:
        split: train, val or test; or the name of the list.
        ann_file: the file.
        entries: its samples.
        findings: faults of the file itself.
        is_training: its samples are trained on.
        dataset: the dataset that reads it.
    """

    split: str
    ann_file: str
    entries: list[Entry]
    findings: list[Finding]
    is_training: bool
    dataset: Any = field(repr=False, default=None)


@dataclass
class Subject:
    """All that is examined.

    Attributes:
        sources: annotation files.
        num_classes: number of classes; None where it is not known.
        classes: class names by index, where they are known.
        cfg: the config, where there is one.
    """

    sources: list[Source]
    num_classes: int | None = None
    classes: list[str] | None = None
    cfg: Mapping[str, Any] | None = None

    @property
    def entries(self) -> list[Entry]:
        """Samples of all sources."""
        return [entry for source in self.sources for entry in source.entries]

    def finding(self, kind: Any, entry: Entry, detail: str) -> Finding:
        """A finding about a sample."""
        source = self.sources[entry.source]
        return Finding(kind, source.split, entry.name, detail, source.ann_file, entry.line)


def from_config(cfg: Mapping[str, Any]) -> Subject:
    """Collect the samples of the train, validation and test datasets of a config.

    Raises:
        ValueError: it has none, or a dataset cannot be built.
        FileNotFoundError: an annotation file is missing.
    """
    head = (cfg.get('model') or {}).get('cls_head') or {}
    subject = Subject([], head.get('num_classes'), cfg=cfg)
    seen = []
    for split in ('train', 'val', 'test'):
        loader = cfg.get(f'{split}_dataloader') or {}
        for leaf in _leaves(loader.get('dataset') or {}):
            settings = {key: value for key, value in leaf.items() if key not in ('pipeline', 'test_mode')}
            if settings in seen:
                continue  # most configs test on the validation set
            seen.append(settings)
            checks = {'annotation_checks': 'off', 'lazy_init': True, 'pipeline': []}
            dataset = DATASETS.build({**leaf, **checks})
            if not isinstance(dataset, BaseActionDataset):
                raise ValueError(f'{leaf["type"]} is no dataset of this package, so that its samples are not known.')
            _add_source(subject, split, dataset, split == 'train')
            subject.num_classes = subject.num_classes or dataset.num_classes
            names = dataset.metainfo.get('classes')
            if subject.classes is None and isinstance(names, list | tuple):
                subject.classes = list(names)
    if not subject.sources:
        raise ValueError('The config has no train_dataloader, val_dataloader or test_dataloader.')
    return subject


def _leaves(dataset: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The datasets inside wrappers such as ``RepeatDataset`` and ``ConcatDataset``."""
    if 'datasets' in dataset:
        for part in dataset['datasets']:
            yield from _leaves(part)
    elif 'dataset' in dataset:
        yield from _leaves(dataset['dataset'])
    elif dataset:
        yield dict(dataset)


def from_lists(
    paths: Sequence[str], data_root: str | None = None, class_file: str | None = None, num_classes: int | None = None
) -> Subject:
    """Collect the samples of annotation lists, one split each.

    Args:
        paths: lists of videos or of folders of frames, or pickles of poses.
        data_root: folder of the media; None: the one of the working directory and the folder of the list in which the
            first of them are.
        class_file: file of class names; None: ``classes.txt`` beside the first list, if it is there.
        num_classes: number of classes; None: that of the class names, else unknown.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is no list.
    """
    subject = Subject([], num_classes)
    beside = os.path.join(os.path.dirname(paths[0]), 'classes.txt')
    if class_file is None and os.path.isfile(beside):
        class_file = beside
    if class_file is not None:
        subject.classes = read_labels(class_file)
        subject.num_classes = num_classes or len(subject.classes)
    for path in paths:
        split = os.path.splitext(os.path.basename(path))[0]
        dataset = _dataset_of_list(path, data_root)
        _add_source(subject, split, dataset, 'train' in split.lower() or len(paths) == 1)
    return subject


def _dataset_of_list(path: str, data_root: str | None) -> BaseActionDataset:
    if os.path.isdir(path):
        raise IsADirectoryError(
            f'{path} is a folder. Give its annotation lists or a config; `mmaction data scan {path}` writes both.'
        )
    options: dict[str, Any] = dict(ann_file=path, pipeline=[], lazy_init=True, annotation_checks='off')
    if path.endswith(('.pkl', '.pickle')):
        return PoseDataset(**options)
    lines = [line for _, line in zip(range(50), (text for _, text in read_annotation_lines(path)))]
    if not lines:
        raise ValueError(f'{path} holds no samples.')
    delimiter = max(
        (' ', ',', ';', '\t'), key=lambda mark: sum(bool(split_trailing_integers(x, mark)[1]) for x in lines)
    )
    fields = [split_trailing_integers(line, delimiter) for line in lines]
    root = _find_root(path, [name for name, _ in fields], data_root)
    if all(len(numbers) in (2, 3) for _, numbers in fields) and os.path.isdir(os.path.join(root, fields[0][0])):
        with_offset = all(len(numbers) == 3 for _, numbers in fields)
        return RawframeDataset(data_prefix=dict(img=root), with_offset=with_offset, **options)
    return VideoDataset(data_prefix=dict(video=root), delimiter=delimiter, test_mode=True, **options)


def _find_root(path: str, names: Sequence[str], data_root: str | None) -> str:
    if data_root is not None:
        if not os.path.isdir(data_root):
            raise FileNotFoundError(f'There is no folder {data_root}.')
        return data_root
    folder = os.path.dirname(path)
    stem = os.path.splitext(os.path.basename(path))[0]
    candidates = ['', folder, os.path.join(folder, stem.split('_')[0])]
    return max(candidates, key=lambda root: sum(os.path.exists(os.path.join(root, name)) for name in names))


def _add_source(subject: Subject, split: str, dataset: BaseActionDataset, is_training: bool) -> None:
    number = len(subject.sources)
    source = Source(split, str(dataset.ann_file), [], [], is_training, dataset)
    subject.sources.append(source)
    if isinstance(dataset, PoseDataset):
        report = inspect(source.ann_file, subject.num_classes, unlabelled=not is_training)
        source.findings += [
            Finding('annotation', split, source.ann_file, text, source.ann_file) for text in report.problems
        ]
        if source.findings:
            return
    lines: list[tuple[int, str]] = []
    try:
        records = dataset.load_data_list()
        if type(dataset).parse_line is not BaseActionDataset.parse_line:
            lines = list(read_annotation_lines(source.ann_file))
    except ValueError as error:
        if type(dataset).parse_line is BaseActionDataset.parse_line:
            source.findings.append(Finding('annotation', split, source.ann_file, str(error), source.ann_file))
            return
        # The dataset stops at the first malformed line; here all of them count.
        records, lines = _records_by_line(dataset, source)
    if len(lines) != len(records):
        lines = []
    for index, record in enumerate(records):
        line, text = lines[index] if lines else (0, '')
        source.entries.append(_entry(dataset, number, line, record))


def _records_by_line(dataset: BaseActionDataset, source: Source) -> tuple[list[dict], list[tuple[int, str]]]:
    key = dataset._media_key
    records = []
    lines = []
    for number, text in read_annotation_lines(source.ann_file):
        try:
            record = dataset.parse_line(text)
        except ValueError as error:
            source.findings.append(Finding('annotation', source.split, text, str(error), source.ann_file, number))
            continue
        record[key] = join_media_path(dataset.data_prefix.get(dataset._prefix_key), record[key])
        records.append(record)
        lines.append((number, text))
    return records, lines


def _entry(dataset: BaseActionDataset, source: int, line: int, record: dict) -> Entry:
    medium: Medium = 'none'
    if isinstance(dataset, RawframeDataset):
        medium = 'rawframes'
    elif 'filename' in record:
        medium = 'video'
    # Records of skeletons have the name of the video as frame_dir.
    path = str(record.get('filename') or record.get('frame_dir') or '')
    label = record.get('label')
    indices = None if label is None or isinstance(label, dict) else class_indices(label)
    prefix = str(dataset.data_prefix.get(dataset._prefix_key) or '')
    name = path.removeprefix(prefix).lstrip('/') if prefix else path
    return Entry(source, line, name, path, None if indices is None else tuple(indices), medium, record)
