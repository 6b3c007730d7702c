"""Dataset of untrimmed videos with annotated segments, in ActivityNet's format."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from mmengine.logging import print_log

from mmaction.datasets.annotation import join_media_path, load_dict
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.transforms.localization.tables import check_table_ext
from mmaction.registry import DATASETS
from mmaction.utils.check import shorten

_DURATIONS = ('duration_second', 'duration_frame', 'feature_frame')


def _check_record(info: Any) -> dict:
    """Check a video's entry of the annotation file, and fill in ``annotations`` and ``feature_frame``."""
    if not isinstance(info, dict):
        raise ValueError(f'its entry must be a dict, found {info!r}.')
    annotations = info.get('annotations') or []
    if not isinstance(annotations, list):
        raise ValueError(f'annotations must be a list of dict(segment=[start, end], label=...), found {annotations!r}.')
    for annotation in annotations:
        segment = annotation.get('segment') if isinstance(annotation, dict) else None
        if (
            not isinstance(segment, (list, tuple))
            or len(segment) != 2
            or not all(isinstance(time, Real) and math.isfinite(time) for time in segment)
        ):
            raise ValueError(f'an annotation must have segment=[start, end] in seconds, found {annotation!r}.')
    info = {**info, 'annotations': annotations}
    if 'feature_frame' not in info and 'duration_frame' in info:
        info['feature_frame'] = info['duration_frame']
    for key in _DURATIONS:
        if key in info and not (isinstance(info[key], Real) and math.isfinite(info[key]) and info[key] >= 0):
            raise ValueError(f'{key} must be a number, found {info[key]!r}.')
    return info


def _is_outside(segment: Sequence[float], record: dict) -> bool:
    """True for a segment that has its middle after the end of the video, which suggests another unit than seconds."""
    duration = record.get('duration_second') or math.inf  # unknown: nothing is outside
    return bool(sum(segment) / 2 > duration)


@DATASETS.register_module()
class ActivityNetDataset(BaseActionDataset):
    """Untrimmed videos for temporal localization, represented by their features.

    The annotation file is JSON as follows, times in seconds. ``annotations`` is optional for prediction, and
    ``feature_frame``, the number of frames that the features cover, if they cover all::

        {"v_QOlSCBRmfWY": {"duration_second": 82.73, "duration_frame": 2067, "feature_frame": 2064, "fps": 24.98,
                           "annotations": [{"segment": [6.19, 77.73], "label": "Ballet"}]}, ...}

    Segments that end before they begin are left out, with a warning.

    Args:
        pipeline: transforms; the first one loads features or proposals.
        data_prefix: ``dict(video=FOLDER)``, the folder of the features, one file per video, named after it.
        feature_ext: suffix of the feature files: ``'.csv'``, ``'.npy'``, ``'.npz'`` or ``'.pt'``.
        **kwargs: of :class:`BaseActionDataset`, e.g. ``data_root`` and ``metainfo``. With
            ``metainfo=dict(classes=NAMES or FILE)``, records have ``labels``: the class index of each segment.

    Raises:
        FileNotFoundError: the annotation file does not exist. Feature files are checked when they are read.
        ValueError: an entry is malformed; the message names file and video.
    """

    _media_key = 'video_name'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(video=''),
        test_mode: bool = False,
        *,
        feature_ext: str = '.csv',
        **kwargs: Any,
    ) -> None:
        self.feature_ext = check_table_ext(feature_ext, 'feature_ext')
        super().__init__(ann_file, pipeline=pipeline, data_prefix=data_prefix, test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Records as in the annotation file, with ``video_name`` and ``feature_path``."""
        database = load_dict(self.ann_file, 'Correct ann_file, or data_root.')
        if not database:
            raise ValueError(f'{self.ann_file} must hold a dict of videos, found an empty one.')
        if isinstance(database.get('database'), dict):
            raise ValueError(
                f'{self.ann_file} is a release of ActivityNet itself, with the videos under the key "database". '
                'Convert it with tools/data/activitynet/process_annotations.py.'
            )
        prefix = self._media_prefix()
        classes = self.metainfo.get('classes')
        number = None if classes is None else {name: i for i, name in enumerate(classes)}
        reversed_segments: list[str] = []
        outside: list[str] = []
        records = []
        for name, info in database.items():
            try:
                record = _check_record(info)
                kept = [a for a in record['annotations'] if a['segment'][0] <= a['segment'][1]]
                if len(kept) < len(record['annotations']):
                    reversed_segments += [name] * (len(record['annotations']) - len(kept))
                    record['annotations'] = kept
                outside += [name for annotation in kept if _is_outside(annotation['segment'], record)]
                if number is not None:
                    record['labels'] = [self._number(annotation, number) for annotation in kept]
            except ValueError as error:
                raise ValueError(f'{self.ann_file}, video {name!r}: {error}') from None
            record['video_name'] = name
            record['feature_path'] = join_media_path(prefix, name + self.feature_ext)
            records.append(record)
        if reversed_segments:
            self._warn(reversed_segments, 'end before they begin and are left out')
        if outside:
            # Not left out, since MMAction2 clips them and so do published results.
            self._warn(
                outside,
                'lie mostly after the end of the video and are clipped. Are they in frames? They are '
                'read in seconds, as duration_second',
            )
        return records

    def _warn(self, names: list[str], fault: str) -> None:
        """Log a fault of segments; ``names`` has the video of each."""
        videos = shorten(dict.fromkeys(names), 3)
        print_log(
            f'{self.ann_file}: {len(names)} segments of {videos} {fault}.', logger='current', level=logging.WARNING
        )

    @staticmethod
    def _number(annotation: dict, number: dict[str, int]) -> int:
        label = annotation.get('label')
        if label not in number:
            raise ValueError(f'label {label!r} is none of the {len(number)} classes of metainfo.')
        return number[label]

    def get_cat_ids(self, idx: int) -> list[int]:
        """Class indices of a video; none without class names in ``metainfo``."""
        return sorted(set(self.get_data_info(idx).get('labels', ())))
