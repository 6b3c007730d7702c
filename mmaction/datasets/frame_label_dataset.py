"""Dataset of videos with a label per frame, for temporal segmentation."""

from __future__ import annotations

import difflib
import os.path as osp
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mmengine.dataset.base_dataset import force_full_init
from mmengine.fileio import exists, list_from_file

from mmaction.datasets.annotation import join_media_path, load_dict, read_annotation_lines
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.transforms.localization.tables import check_table_ext
from mmaction.registry import DATASETS
from mmaction.structures.frame_labels import IGNORE_INDEX


@DATASETS.register_module()
class FrameLabelDataset(BaseActionDataset):
    """Videos with a class per frame, represented by their features.

    The annotation file lists the videos, one name per line, with or without ``.txt`` (as the ``splits`` of 50Salads,
    GTEA and Breakfast); or it is a JSON file whose keys are the names, as ``mmaction data import`` writes
    ``activitynet_train.json``. For each video, the folder of features has ``NAME.npy``, and the folder of labels
    ``NAME.txt``, with the class name of a frame per line. Without a folder of labels, there are none: for prediction.

    Records have ``video_name``, ``feature_path`` and ``frame_labels``, integers (frames,).

    Args:
        ann_file: list of the videos.
        pipeline: transforms; the first one loads features.
        data_prefix: ``dict(video=FOLDER, labels=FOLDER)`` of features and labels.
        test_mode: see :class:`BaseActionDataset`.
        feature_ext: suffix of the feature files: ``'.csv'``, ``'.npy'``, ``'.npz'`` or ``'.pt'``.
        mapping: file in the folder of labels with a number and a class name per line. It is not read where ``metainfo``
            has ``classes``.
        ignore_classes: names of classes whose frames are neither learned nor evaluated; they keep their index.
        **kwargs: of :class:`BaseActionDataset`, e.g. ``data_root`` and ``metainfo=dict(classes=NAMES or FILE)``.

    Raises:
        FileNotFoundError: the annotation file, or a file of labels, does not exist. Features are checked when they are
            read.
        ValueError: a file is empty, or a line names no class; the message has file and line.
    """

    _media_key = 'video_name'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(video='', labels=''),
        test_mode: bool = False,
        *,
        feature_ext: str = '.npy',
        mapping: str = 'mapping.txt',
        ignore_classes: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.feature_ext = check_table_ext(feature_ext, 'feature_ext')
        self.mapping = mapping
        self.ignore_classes = tuple(ignore_classes)
        super().__init__(ann_file, pipeline=pipeline, data_prefix=data_prefix, test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        """A record per video, with its labels."""
        features = self._media_prefix()
        folder = self.data_prefix.get('labels')
        number = self._class_numbers(folder) if folder else {}
        records = []
        for name in self._names():
            path = join_media_path(features, name + self.feature_ext)
            record: dict[str, Any] = dict(video_name=name, feature_path=path)
            if folder:
                record['frame_labels'] = _read_frame_labels(join_media_path(folder, f'{name}.txt'), number)
            records.append(record)
        if not records:
            raise ValueError(f'{self.ann_file} lists no video.')
        return records

    def _names(self) -> list[str]:
        if osp.splitext(self.ann_file)[1].lower() == '.json':
            return list(load_dict(self.ann_file, 'Correct ann_file, or data_root.'))
        return [line.removesuffix('.txt') for _, line in read_annotation_lines(self.ann_file)]

    def _class_numbers(self, folder: str) -> dict[str, int]:
        """Label of each class name; also writes the names to ``metainfo``."""
        if self._metainfo.get('classes') is None:
            self._metainfo['classes'] = _read_mapping(join_media_path(folder, self.mapping))
        number = {name: index for index, name in enumerate(self._metainfo['classes'])}
        for name in self.ignore_classes:
            if name not in number:
                raise ValueError(f'ignore_classes has {name!r}, which is none of the classes {list(number)}.')
            number[name] = IGNORE_INDEX
        return number

    @force_full_init
    def class_counts(self) -> list[int]:
        """Number of frames of each class; those of ``ignore_classes`` have none."""
        counts = np.zeros(len(self.metainfo.get('classes') or ()), np.int64)
        for index in range(len(self)):
            labels = self.get_data_info(index).get('frame_labels', np.zeros(0, np.int64))
            counts += np.bincount(labels[labels != IGNORE_INDEX], minlength=len(counts))
        return [int(count) for count in counts]

    def get_cat_ids(self, idx: int) -> list[int]:
        """The classes of a video."""
        labels = np.unique(self.get_data_info(idx).get('frame_labels', ()))
        return [int(label) for label in labels if label != IGNORE_INDEX]


def _read_frame_labels(path: str, number: dict[str, int]) -> np.ndarray:
    if not exists(path):
        raise FileNotFoundError(
            f'There is no file of labels {path}. Correct data_prefix=dict(labels=FOLDER), or take the video out of the '
            'annotation file.'
        )
    lines = [line.strip() for line in list_from_file(path, encoding='utf-8-sig')]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise ValueError(f'{path} has no label; it needs one class name per frame.')
    unknown = next((name for name in dict.fromkeys(lines) if name not in number), None)
    if unknown is not None:
        close = difflib.get_close_matches(unknown, number, n=1)
        hint = f' Did you mean {close[0]!r}?' if close else ''
        raise ValueError(
            f'{path}, line {lines.index(unknown) + 1}: {unknown!r} is none of the {len(number)} classes '
            f'{list(number)}.{hint}'
        )
    return np.array([number[name] for name in lines], np.int32)


def _read_mapping(path: str) -> list[str]:
    """Class names of a file with lines ``number name``, in the order of the numbers, which count from 0."""
    if not exists(path):
        raise FileNotFoundError(
            f'There is no file of classes {path}. Write one, with a line "NUMBER NAME" per class, correct mapping, or '
            'give metainfo=dict(classes=NAMES or FILE).'
        )
    names: dict[int, str] = {}
    for line_number, line in read_annotation_lines(path):
        number, _, name = line.partition(' ')
        if not number.isdecimal() or not name.strip() or int(number) in names:
            raise ValueError(
                f'{path}, line {line_number}: {line!r} must be a class number, from 0 and each once, and a name.'
            )
        names[int(number)] = name.strip()
    if sorted(names) != list(range(len(names))):
        raise ValueError(f'{path}: the class numbers must be 0 to {len(names) - 1}, found {sorted(names)}.')
    return [names[index] for index in range(len(names))]
