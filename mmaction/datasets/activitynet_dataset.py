"""Dataset of untrimmed videos with annotated segments, in ActivityNet's format."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
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


def _unit_faults(record: dict) -> Iterator[str]:
    """Yield faults of the numbers of a video that suggest another unit than seconds and frames."""
    seconds = record.get('duration_second')
    frames = record.get('duration_frame')
    if not seconds or not frames:
        return
    rate = frames / seconds
    fps = record.get('fps')
    if isinstance(fps, int | float) and fps > 0 and not 0.5 < rate / fps < 2:
        yield 'have duration_frame / duration_second far from fps; these are numbers of frames and of seconds'
    elif not 0.1 <= rate <= 1000:
        yield 'have less than 0.1 or more than 1000 frames a second (duration_frame / duration_second)'
    if record['feature_frame'] > 2 * frames:
        yield 'have feature_frame far above duration_frame; it is the number of frames that the features cover'


def _are_fractions(records: Sequence[dict]) -> bool:
    """True if all segments of all videos, which are longer, lie in the first second."""
    annotated = [record for record in records if record['annotations']]
    ends = [annotation['segment'][1] for record in annotated for annotation in record['annotations']]
    shortest = min((record.get('duration_second', 0) for record in annotated), default=0)
    return bool(ends) and shortest > 2 and max(ends) <= 1


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

    Segments that end before they begin are left out, with a warning. Another warning names videos whose numbers suggest
    another unit, see ``annotation_checks`` of :class:`BaseActionDataset`.

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
        odd: dict[str, list[str]] = {}
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
            if self.annotation_checks != 'off':
                for fault in _unit_faults(record):
                    odd.setdefault(fault, []).append(name)
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
        for fault, names in odd.items():
            self._warn_of(f'{len(names)} videos ({shorten(names, 3)}) {fault}')
        if _are_fractions(records):
            self._warn_of('all segments lie in the first second. Are they fractions? They are read in seconds')
        if not self.test_mode and not any(record['annotations'] for record in records):
            self._warn_of('no video has an annotated segment: there is nothing to learn')
        return records

    def _warn_of(self, fault: str) -> None:
        if self.annotation_checks == 'raise':
            raise ValueError(f'{self.ann_file}: {fault}.')
        if self.annotation_checks == 'warn':
            print_log(f'{self.ann_file}: {fault}.', logger='current', level=logging.WARNING)

    def _warn(self, names: list[str], fault: str) -> None:
        """Log a fault of segments; ``names`` has the video of each."""
        self._warn_of(f'{len(names)} segments of {shorten(dict.fromkeys(names), 3)} {fault}')

    @staticmethod
    def _number(annotation: dict, number: dict[str, int]) -> int:
        label = annotation.get('label')
        if label not in number:
            raise ValueError(f'label {label!r} is none of the {len(number)} classes of metainfo.')
        return number[label]

    def get_cat_ids(self, idx: int) -> list[int]:
        """Class indices of a video; none without class names in ``metainfo``."""
        return sorted(set(self.get_data_info(idx).get('labels', ())))
