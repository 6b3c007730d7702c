"""Dataset of skeletons from an annotation pickle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from mmengine.logging import print_log

from mmaction.datasets.annotation import join_media_path
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.errors import OddRecords
from mmaction.datasets.labels import class_indices
from mmaction.datasets.pose_annotation import Problem, check_keypoints, check_sample, load_annotation, sample_name
from mmaction.registry import DATASETS
from mmaction.utils.check import at_least
from mmaction.utils.plain_pickle import load_plain_pickle


@DATASETS.register_module()
class PoseDataset(BaseActionDataset):
    """Keypoints of persons, for skeleton-based recognition.

    :mod:`mmaction.datasets.pose_annotation` describes the pickle. Each sample is checked when it is read;
    ``tools/data/skeleton/check_annotations.py`` lists all faults of a file at once. Only keypoints that no pipeline can
    process are an error; other faults are counted in one warning, see ``annotation_checks``. A subclass with labels of
    its own sets them after ``super().load_data_list()``; one with other samples overrides :meth:`check`.

    Unusual samples: without a person (M = 0) the input is zero; joints that are not numbers (NaN) are missing ones; a
    single frame is repeated to the length of the clip; ``total_frames`` is at most the number of frames in
    ``keypoint``; a label that is no class index, such as a number to regress, is passed on.

    Args:
        ann_file: the pickle.
        split: name of the split to take; None takes all samples.
        valid_ratio: take only samples with a person of a box score of at least ``box_thr`` in this fraction of their
            frames (``valid`` of the annotation), and of those only such persons. None or 0 takes all.
        box_thr: see ``valid_ratio``; one of the thresholds of the annotation, 0.5 to 0.9.
        **kwargs: of :class:`BaseActionDataset`, such as ``test_mode`` or ``data_prefix``: ``dict(video=FOLDER)`` is
            joined with the name of a sample, ``dict(skeleton=FOLDER)`` has one pickle of keypoints per sample.
    """

    _media_key = 'frame_dir'
    _prefix_key = 'prefix'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        split: str | None = None,
        valid_ratio: float | None = None,
        box_thr: float | None = 0.5,
        **kwargs: Any,
    ) -> None:
        for name, value in (('box_thr', box_thr), ('valid_ratio', valid_ratio)):
            if value is not None and at_least(0, value, name) > 1:
                raise ValueError(f'{name} ({value}) must be in 0..1, or None.')
        if valid_ratio and box_thr is None:
            raise ValueError(f'valid_ratio ({valid_ratio}) needs box_thr, the smallest box score; found None.')
        self.split = split
        self.box_thr = box_thr
        self.valid_ratio = valid_ratio
        super().__init__(ann_file, pipeline=pipeline, modality='Pose', **kwargs)

    # --- annotation --------------------------------------------------------------------------------------------------
    def load_data_list(self) -> list[dict]:
        """Read and check the samples of the split.

        Raises:
            FileNotFoundError: the annotation file does not exist.
            ValueError: the file or a sample in it is malformed (file, sample and field are named), or the split does
                not exist or has no samples.
        """
        splits, samples = load_annotation(self.ann_file)
        numbered = list(enumerate(samples))
        if self.split is not None:
            numbered = self._of_split(splits, numbered)
        if not numbered:
            raise ValueError(f'{self.ann_file} holds no samples.')
        odd = OddRecords(self.annotation_checks, self.ann_file)
        data_list = [self._record(number, sample, odd) for number, sample in numbered]
        odd.report()
        return data_list

    def _of_split(self, splits: dict[str, list] | None, numbered: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        if splits is None or self.split not in splits:
            known = 'has none: it is a plain list. Leave split out'
            if splits:
                known = f'has {sorted(splits)}'
            raise ValueError(f'split ({self.split!r}) is not in {self.ann_file}, which {known}.')
        wanted = set(map(str, splits[self.split]))
        dicts = [(number, sample) for number, sample in numbered if isinstance(sample, dict)]
        taken = [(number, sample) for number, sample in dicts if sample_name(sample) in wanted]
        lost = wanted - {sample_name(sample) for _, sample in taken}
        if not taken:
            raise ValueError(
                f'{self.ann_file}: none of the {len(wanted)} names of split {self.split!r} '
                f'(e.g. {min(wanted, default="")!r}) is the frame_dir of a sample.'
            )
        if lost:
            print_log(
                f'{self.ann_file}: {len(lost)} samples of split {self.split!r} are missing, e.g. {min(lost)!r}',
                logger='current',
                level=logging.WARNING,
            )
        return taken

    def _record(self, number: int, sample: Any, odd: OddRecords) -> dict:
        """Turn a sample into a record; ``odd`` counts the unusual ones."""
        if self.annotation_checks != 'off':
            self._check(number, sample, odd)
        record = dict(sample)
        _settle_length(record)
        if 'label' in record:
            record['label'] = self._label(record['label'])
        if 'video' in self.data_prefix:
            for key in ('filename', 'frame_dir'):
                if isinstance(record.get(key), str):
                    record[key] = join_media_path(self.data_prefix['video'], record[key])
        return record

    def _check(self, number: int, sample: Any, odd: OddRecords) -> None:
        for problem in self.check(sample):
            if problem.fatal:
                raise ValueError(f'{self._where(number, sample)}: {problem}. Correct it or leave the sample out.')
            # Labels are checked later, once a subclass has set its own; a name is for messages only.
            if problem.field not in ('label', 'frame_dir'):
                name = f'sample {number}'
                if sample_name(sample):
                    name += f' ({sample_name(sample)!r})'
                odd.add(problem.kind or f'with an unusual {problem.field}', f'{name}: {problem}')

    def check(self, sample: Any) -> Iterator[Problem]:
        """Yield the faults of a sample. A subclass overrides this to accept samples of its own kind."""
        yield from check_sample(
            sample,
            num_classes=self.num_classes,
            unlabelled=self.test_mode,
            outside='skeleton' in self.data_prefix,
        )

    def _where(self, number: int, sample: Any) -> str:
        name = sample_name(sample) if isinstance(sample, dict) else None
        place = f'{self.ann_file}, sample {number}'
        if name:
            place += f' ({name!r})'
        return place

    def _label(self, label: Any) -> Any:
        indices = class_indices(label)
        if indices is None:
            return label
        if self.multi_class:
            return [one for one in indices if one >= 0]
        return indices[0] if len(indices) == 1 else indices

    def filter_data(self) -> list[dict]:
        """Look for missing labels, and apply ``valid_ratio``."""
        missing = [(number, record) for number, record in enumerate(self.data_list) if 'label' not in record]
        if missing and self.test_mode:
            for _, record in missing:
                record['label'] = self._label(-1)
        elif missing:
            number, record = missing[0]
            odd = OddRecords(self.annotation_checks, self.ann_file)
            odd.add('without a label', f'sample {number} ({sample_name(record)!r}): label: missing', len(missing))
            odd.report()
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
        """Copy a record; with ``data_prefix=dict(skeleton=FOLDER)``, read its keypoints."""
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


def _settle_length(record: dict) -> None:
    """Set ``total_frames`` from keypoints (M, T, V, C): where it is missing, no number, or larger than T."""
    keypoint = record.get('keypoint')
    if not isinstance(keypoint, np.ndarray) or keypoint.ndim != 4:
        return
    length = keypoint.shape[1]
    total = record.get('total_frames')
    if not isinstance(total, (int, np.integer)) or not 1 <= total <= length:
        record['total_frames'] = length
