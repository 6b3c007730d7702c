"""Dataset of action tubes: the ground truth of MultiSports, UCF101-24 and JHMDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from mmaction.datasets.ava_dataset import AVADataset, VideoClock
from mmaction.registry import DATASETS
from mmaction.utils.ava_files import BoxTable
from mmaction.utils.check import pick
from mmaction.utils.tube_files import TubeAnnotation, read_tubes

Split = Literal['train', 'test']


@DATASETS.register_module()
class ActionTubeDataset(AVADataset):
    """Frames of action tubes, from the pickle that :class:`~mmaction.evaluation.MultiSportsMetric` evaluates with.

    A sample is a frame with all tubes that pass through it, as in :class:`AVADataset`. Timestamps are numbers of
    frames, from 1; classes count from 0, and there is no background. Frames of a folder are numbered from 1, too.

    Args:
        ann_file: pickle of the ground truth, see :mod:`mmaction.utils.tube_files`.
        pipeline: transforms.
        num_classes: number of classes.
        split: ``'train'`` or ``'test'``.
        fold: place in the lists of videos of the split.
        start_index: 0, for both kinds of media.
        **kwargs: see :class:`AVADataset`, e.g. ``use_frames``, ``video_ext``, ``filename_tmpl``, ``proposal_file``.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        num_classes: int,
        split: Split = 'train',
        fold: int = 0,
        start_index: int = 0,
        **kwargs: Any,
    ) -> None:
        self.split = pick(get_args(Split), split, 'split')
        self.fold = fold
        super().__init__(ann_file, pipeline, num_classes=num_classes, start_index=start_index, fps=1, **kwargs)

    @cached_property
    def annotation(self) -> TubeAnnotation:
        """The ground truth of all splits."""
        return read_tubes(self.ann_file)

    def read_table(self) -> BoxTable:
        folds = self.annotation.train_videos if self.split == 'train' else self.annotation.test_videos
        if not 0 <= self.fold < len(folds):
            raise ValueError(f'fold ({self.fold}) must be in [0, {len(folds)}), the folds of {self.ann_file}.')
        videos = list(folds[self.fold])
        parts = [np.zeros((0, 8))]
        for place, video in enumerate(videos):
            height, width = self.annotation.resolution[video]
            size = np.array([width, height, width, height])
            for label, tubes in self.annotation.tubes.get(video, {}).items():
                for entity, tube in enumerate(tubes):
                    boxes = np.asarray(tube, np.float64)[:, 1:].clip(0, size)
                    if self.box_unit == 'relative':
                        boxes = boxes / size
                    facts = np.tile([place, label, entity], (len(boxes), 1))
                    parts.append(np.column_stack([facts, np.asarray(tube)[:, 0], boxes]))
        rows = np.concatenate(parts)  # video, label, entity, frame, box
        rows = rows[np.lexsort((rows[:, 3], rows[:, 0]))]
        return BoxTable(
            self.ann_file,
            line=np.arange(1, len(rows) + 1),
            videos=videos,
            video=rows[:, 0].astype(np.int64),
            timestamp=rows[:, 3].astype(np.int64),
            boxes=rows[:, 4:],
            label=rows[:, 1].astype(np.int64),
            last=rows[:, 2],
            has_lines=False,
        )

    def clock(self, video: str) -> VideoClock:
        length = self.annotation.num_frames[video]
        if self.use_frames:
            return VideoClock(start=0, end=length, first_frame=1)
        return VideoClock(start=1, end=length)

    def proposal_key(self, key: str) -> str:
        """Key of a frame in the proposal file, in which videos may have their suffix (MultiSports)."""
        video, _, timestamp = key.rpartition(',')
        with_suffix = f'{video}{self.video_ext},{timestamp}'
        return with_suffix if self.proposals is not None and with_suffix in self.proposals else key
