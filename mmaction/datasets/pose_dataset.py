"""Skeletons from an annotation pickle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log

from mmaction.datasets.annotation import join_media_path
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.pose_annotation import check_keypoints, check_sample, load_annotation, sample_name
from mmaction.registry import DATASETS
from mmaction.utils.plain_pickle import load_plain_pickle


@DATASETS.register_module()
class PoseDataset(BaseActionDataset):
    """Key points of persons, for recognition from skeletons.

    The annotation is a pickle, as :mod:`mmaction.datasets.pose_annotation` describes. Each sample is checked when it
    is read; ``tools/data/skeleton/check_annotations.py`` lists all that is wrong with a file at once.

    Defined for odd samples: nobody in it (M = 0) gives zeros as input; points that are not numbers (NaN) are missing
    ones; one frame is repeated to the length of the clip. Of the first two, the number of samples is logged.

    Args:
        ann_file: the pickle.
        pipeline: transforms.
        split: name of the samples to take; None takes all.
        valid_ratio: take samples in which at least this part of the frames has a person of a box score of ``box_thr``
            (as ``valid`` of the annotation tells), and of those only the persons of such a score. None or 0 takes all.
        box_thr: see ``valid_ratio``; one of the thresholds of the annotation, 0.5 to 0.9.
        **kwargs: of :class:`BaseActionDataset`, such as ``test_mode`` or ``data_prefix``: ``dict(video=FOLDER)`` is put
            before the name of a sample, ``dict(skeleton=FOLDER)`` has the key points in a pickle a sample.
    """

    _media_key = 'frame_dir'
    _prefix_key = 'prefix'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        split: str | None = None,
        valid_ratio: float | None = None,
        box_thr: float = 0.5,
        **kwargs: Any,
    ) -> None:
        if not 0 <= box_thr <= 1:
            raise ValueError(f'box_thr ({box_thr}) must lie in 0..1.')
        if valid_ratio is not None and not 0 <= valid_ratio <= 1:
            raise ValueError(f'valid_ratio ({valid_ratio}) must lie in 0..1, or be None.')
        self.split = split
        self.box_thr = box_thr
        self.valid_ratio = valid_ratio
        super().__init__(ann_file, pipeline=pipeline, modality='Pose', **kwargs)

    # --- annotation --------------------------------------------------------------------------------------------------
    def load_data_list(self) -> list[dict]:
        """The samples of the split, checked.

        Raises:
            FileNotFoundError: there is no annotation file.
            ValueError: the file or a sample in it is malformed (file, sample and field are named), there is no such
                split, or it has no samples.
        """
        splits, samples = load_annotation(self.ann_file)
        numbered = list(enumerate(samples))
        if self.split is not None:
            numbered = self._of_split(splits, numbered)
        if not numbered:
            raise ValueError(f'{self.ann_file} holds no samples.')
        odd: dict[str, int] = {}
        data_list = [self._record(number, sample, odd) for number, sample in numbered]
        for what, count in odd.items():
            print_log(f'{self.ann_file}: {count} samples: {what}', logger='current', level=logging.WARNING)
        return data_list

    def _of_split(self, splits: dict[str, list] | None, numbered: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        if splits is None or self.split not in splits:
            known = f'has {sorted(splits)}' if splits else 'has none: it is a plain list. Leave split out'
            raise ValueError(f'split ({self.split!r}) is not in {self.ann_file}, which {known}.')
        wanted = set(map(str, splits[self.split]))
        taken = [(n, sample) for n, sample in numbered if isinstance(sample, dict) and sample_name(sample) in wanted]
        lost = wanted - {sample_name(sample) for _, sample in taken}
        if not taken:
            raise ValueError(
                f'{self.ann_file}: none of the {len(wanted)} names of split {self.split!r} '
                f'(e.g. {min(wanted, default="")!r}) is the frame_dir of a sample.'
            )
        if lost:
            print_log(
                f'{self.ann_file}: {len(lost)} samples of split {self.split!r} are not there, e.g. {min(lost)!r}',
                logger='current',
                level=logging.WARNING,
            )
        return taken

    def _record(self, number: int, sample: Any, odd: dict[str, int]) -> dict:
        """The record of a sample; ``odd`` counts what is defined but not usual."""
        for problem in check_sample(
            sample,
            num_classes=self.num_classes,
            unlabelled=self.test_mode,
            outside='skeleton' in self.data_prefix,
        ):
            if problem.fatal:
                raise ValueError(f'{self._where(number, sample)}: {problem}. Correct it or leave the sample out.')
            if problem.field != 'frame_dir':
                what = 'without persons' if 'persons' in problem.what else 'with points that are not numbers (NaN)'
                odd[what] = odd.get(what, 0) + 1
        record = dict(sample)
        if 'keypoint' in record and record['keypoint'].ndim == 4:
            record.setdefault('total_frames', record['keypoint'].shape[1])
        record['label'] = self._label(record.get('label', -1))
        if 'video' in self.data_prefix:
            for key in ('filename', 'frame_dir'):
                if key in record:
                    record[key] = join_media_path(self.data_prefix['video'], record[key])
        return record

    def _where(self, number: int, sample: Any) -> str:
        name = sample_name(sample) if isinstance(sample, dict) else None
        return f'{self.ann_file}, sample {number}{f" ({name!r})" if name else ""}'

    def _label(self, label: Any) -> int | list[int]:
        labels = [int(one) for one in np.atleast_1d(label)]
        if self.multi_class:
            return [one for one in labels if one >= 0]
        return labels[0] if len(labels) == 1 else labels

    def filter_data(self) -> list[dict]:
        """Leave out samples with too few frames that have a person, where ``valid_ratio`` is given."""
        if not self.valid_ratio:
            return self.data_list
        kept = [record for record in self.data_list if self._valid_part(record) >= self.valid_ratio]
        if not kept:
            raise ValueError(
                f'{self.ann_file}: no sample has a person of box score {self.box_thr} (box_thr) in '
                f'{self.valid_ratio} of its frames (valid_ratio). Lower one of them.'
            )
        for record in kept:
            if 'box_score' not in record:
                raise ValueError(f'{self.ann_file}, {self._media(record)!r}: box_score: missing; valid_ratio needs it.')
            record['anno_inds'] = np.asarray(record['box_score']) >= self.box_thr
        print_log(
            f'{len(kept)} of {len(self.data_list)} samples have persons in {self.valid_ratio} of their frames.',
            logger='current',
        )
        return kept

    def _valid_part(self, record: dict) -> float:
        valid = record.get('valid', {})
        if self.box_thr not in valid:
            raise ValueError(
                f'{self.ann_file}, {self._media(record)!r}: valid: has no entry for box_thr ({self.box_thr}), only for '
                f'{sorted(valid)}; valid_ratio needs one.'
            )
        return valid[self.box_thr] / record['total_frames']

    # --- samples -----------------------------------------------------------------------------------------------------
    def get_data_info(self, idx: int) -> dict:
        """A copy of a record; with ``data_prefix=dict(skeleton=FOLDER)`` its key points are read here."""
        data_info = super().get_data_info(idx)
        if 'skeleton' in self.data_prefix:
            path = join_media_path(self.data_prefix['skeleton'], f'{sample_name(data_info)}.pkl')
            skeleton = load_plain_pickle(path)
            if not isinstance(skeleton, dict) or 'keypoint' not in skeleton:
                raise ValueError(f'{path} must hold a dict with keypoint, found {type(skeleton).__name__}.')
            data_info.update(skeleton)
            for problem in check_keypoints(data_info):
                if problem.fatal:
                    raise ValueError(f'{path}: {problem}.')
        return data_info
