"""Datasets of spatio-temporal action detection: AVA, AVA-Kinetics, MultiSports and all in their formats."""

from __future__ import annotations

import os.path as osp
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.dataset.base_dataset import force_full_init

from mmaction.datasets.annotation import is_remote, join_media_path
from mmaction.datasets.ava_annotation import (
    BoxRules,
    FrameBoxes,
    check_table,
    check_timestamps,
    group_frames,
    merge_records,
)
from mmaction.datasets.ava_proposals import check_proposal_keys, choose_proposals, read_proposals
from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.transforms.results import WHOLE_FRAME, BoxUnit, check_box_unit
from mmaction.datasets.transforms.sampling.sample_frames import key_frame
from mmaction.registry import DATASETS
from mmaction.utils.ava_files import BoxTable, check_custom_classes, read_box_table, read_exclusions, read_label_map
from mmaction.utils.check import at_least, positive
from mmaction.utils.overrides import ReportsUnusedHooks


@dataclass(frozen=True)
class VideoClock:
    """Timestamps of a video.

    Args:
        start: timestamp of the first frame.
        end: timestamp of the end.
        first_frame: number of the first frame before ``start_index`` is added.
    """

    start: int
    end: int
    first_frame: int = 0

    def shot_info(self, fps: float) -> tuple[int, int]:
        """Numbers of the first frame and of the frame after the last one."""
        return self.first_frame, self.first_frame + int((self.end - self.start) * fps)


@DATASETS.register_module()
class AVADataset(ReportsUnusedHooks, BaseActionDataset):
    """Actions of persons in boxes, on single frames of videos (AVA, arXiv:1705.08421).

    The annotation has one line per box and action; lines with the same box are one person::

        video_id,timestamp,x1,y1,x2,y2,label,entity_id
        -5KQ66BBWC4,0902,0.077,0.151,0.283,0.811,80,1

    A sample is a frame with all its persons: ``gt_bboxes``, ``gt_labels``, ``entity_ids``, and ``proposals`` with
    ``scores`` from ``proposal_file``. The clip around it is chosen by ``SampleAVAFrames``: frame ``fps * (timestamp -
    timestamp_start)``. With ``fps=1`` timestamps are numbers of frames.

    Args:
        ann_file: csv of the annotation.
        pipeline: transforms.
        exclude_file: csv of frames to leave out, ``video_id,timestamp``.
        label_file: label map; ``custom_classes`` must be in it. With one, label 0 is the background and an error.
        filename_tmpl: name of a frame by its number.
        start_index: number of the first frame.
        proposal_file: pickle of person boxes, ``{'video_id,0902': (n, 4) or (n, 5) with scores}``. A frame without
            proposals gets the whole frame as one.
        person_det_score_thr: smallest score of a proposal. Where no box reaches it, the best is kept.
        num_classes: classes, with the background.
        custom_classes: the classes to use; others are left out, and these get the labels 1, 2, ...
        data_prefix: ``dict(img=FOLDER)`` of folders of frames, or of videos (``video`` is accepted, too).
        modality: ``'RGB'`` or ``'Flow'``.
        test_mode: the samples are evaluated.
        num_max_proposals: largest number of proposals of a frame.
        timestamp_start: timestamp of the first frame of each video.
        timestamp_end: timestamp of the end of each video; for frames only, a video file tells its own.
        use_frames: ``video_id`` names a folder of frames; else a video file.
        fps: frames per unit of the timestamps.
        multilabel: ``gt_labels`` are vectors of zeros and ones; else class indices, (n, 1).
        box_unit: unit of the boxes and proposals: ``'relative'``, in 0..1, or ``'pixels'``.
        video_ext: suffix to add to ``video_id`` for the file name, such as ``'.mp4'``.
        **kwargs: see :class:`BaseActionDataset`, e.g. ``data_root``, ``annotation_checks``.
    """

    unused_hooks = {'parse_img_record': 'Override load_data_list.'}
    calls_hooks = 'load_data_list'

    _media_key = 'frame_dir'
    _prefix_key = 'img'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        exclude_file: str | None = None,
        label_file: str | None = None,
        filename_tmpl: str = 'img_{:05}.jpg',
        start_index: int = 1,
        proposal_file: str | None = None,
        person_det_score_thr: float = 0.9,
        num_classes: int = 81,
        custom_classes: Sequence[int] | None = None,
        data_prefix: dict | None = dict(img=''),
        modality: str = 'RGB',
        test_mode: bool = False,
        num_max_proposals: int = 1000,
        timestamp_start: int = 900,
        timestamp_end: int = 1800,
        use_frames: bool = True,
        fps: float = 30,
        multilabel: bool = True,
        *,
        box_unit: BoxUnit = 'relative',
        video_ext: str = '',
        **kwargs: Any,
    ) -> None:
        positive(fps, 'fps', 'With fps=1 timestamps are numbers of frames.')
        at_least(1, num_max_proposals, 'num_max_proposals')
        at_least(
            timestamp_start, timestamp_end, 'timestamp_end', 'It is the end of a video, timestamp_start its begin.'
        )
        self.custom_classes = None
        if custom_classes is not None:
            self.custom_classes = check_custom_classes(custom_classes, num_classes)
        self.exclude_file = exclude_file
        self.label_file = label_file
        self.filename_tmpl = filename_tmpl
        self.proposal_file = proposal_file
        self.person_det_score_thr = person_det_score_thr
        self.num_max_proposals = num_max_proposals
        self.timestamp_start = timestamp_start
        self.timestamp_end = timestamp_end
        self.use_frames = use_frames
        self.fps = fps
        self.multilabel = multilabel
        self.box_unit = check_box_unit(box_unit)
        self.video_ext = video_ext
        self.proposals: dict[str, np.ndarray] | None = None
        super().__init__(
            ann_file,
            pipeline,
            data_prefix,
            test_mode,
            num_classes=num_classes,
            start_index=start_index,
            modality=modality,
            **kwargs,
        )

    def _check_prefix(self, data_prefix: dict | None) -> dict:
        prefix = super()._check_prefix(data_prefix)
        if 'img' not in prefix and 'video' in prefix:
            prefix['img'] = prefix.pop('video')
        return prefix

    def _join_prefix(self) -> None:
        """Join the other files with ``data_root``, too, as mmengine joins ``ann_file``."""
        super()._join_prefix()
        for name in ('exclude_file', 'label_file', 'proposal_file'):
            path = getattr(self, name)
            if path and self.data_root and not is_remote(path) and not osp.isabs(path) and not osp.exists(path):
                setattr(self, name, osp.join(self.data_root, path))

    # --- annotation --------------------------------------------------------------------------------------------------
    def read_table(self) -> BoxTable:
        """Read the annotation; a subclass with files of its own overrides this."""
        return read_box_table(self.ann_file)

    def clock(self, video: str) -> VideoClock:
        """Timestamps of a video; a subclass in which videos differ overrides this."""
        return VideoClock(self.timestamp_start, self.timestamp_end)

    def proposal_key(self, key: str) -> str:
        """Key of a frame in the proposal file; a subclass in which it differs overrides this."""
        return key

    def load_data_list(self) -> list[dict]:
        """Records ``dict(frame_dir or filename, video_id, timestamp, img_key, shot_info, fps, ann)``.

        ``ann`` has ``gt_bboxes`` (n, 4), ``gt_labels`` (n, num_classes) and ``entity_ids`` (n,).

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a file is malformed, or a value is impossible; the message has its line and the remedy.
        """
        table = self.read_table()
        table = self._choose_classes(table)
        excluded = read_exclusions(self.exclude_file)
        prefix = self._media_prefix()
        frames = group_frames(table, self.num_classes if self.multilabel else None)
        frames = [frame for frame in frames if frame.key not in excluded]
        if not frames:
            raise ValueError(
                f'{self.ann_file} has no sample: none of its lines is left after exclude_file ({self.exclude_file}) '
                f'and custom_classes ({self.custom_classes}).'
            )
        if prefix:
            self._check_folder(prefix)
        self._load_proposals(frames)
        return [self._record(frame, prefix) for frame in frames]

    # A helper of MMAction2 1.x, for subclasses whose `load_data_list` calls it.
    def parse_img_record(self, img_records: Sequence[Mapping[str, Any]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Boxes, labels and ids of the persons of a frame; see :func:`merge_records`."""
        return merge_records(img_records, self.num_classes if self.multilabel else None)

    def _choose_classes(self, table: BoxTable) -> BoxTable:
        """Check the table; with custom classes, keep their lines and give them their new labels."""
        names = read_label_map(self.label_file) if self.label_file else None
        if self.annotation_checks != 'off':
            check_table(
                table,
                BoxRules(
                    # The labels of the file are those of all classes, of which custom_classes chooses.
                    num_classes=None if self.custom_classes else self.num_classes,
                    has_background=names is not None and 0 not in names,
                    unit=self.box_unit,
                ),
            )
            self._check_clocks(table)
        if self.custom_classes is None:
            return table
        unknown = sorted(set(self.custom_classes[1:]) - set(names or self.custom_classes))
        if unknown:
            raise ValueError(f'custom_classes {unknown} are not in {self.label_file}, which has {sorted(names or ())}.')
        table = table[np.isin(table.label, self.custom_classes[1:])]
        places = np.zeros(max(self.custom_classes) + 1, np.int64)
        places[self.custom_classes] = np.arange(len(self.custom_classes))
        return table.with_labels(places[table.label])

    def _check_clocks(self, table: BoxTable) -> None:
        clocks = [self.clock(video) for video in table.videos]
        start = np.array([clock.start for clock in clocks])[table.video]
        end = np.array([clock.end for clock in clocks])[table.video]
        if not self.use_frames:
            # The length of a video file is what counts, which SampleAVAFrames compares when the file is open.
            end = np.full(len(table), np.inf)
        check_timestamps(table, start, end)
        if self.use_frames and self.modality == 'RGB':
            for number, clock in enumerate(clocks):
                self._check_frame_files(table, np.flatnonzero(table.video == number), clock)

    def _check_frame_files(self, table: BoxTable, rows: np.ndarray, clock: VideoClock) -> None:
        """Check that a folder of frames, if it is there at all, has those of the first and the last timestamp."""
        if not len(rows):
            return
        folder = self._media_path(table.videos[table.video[rows[0]]], self._media_prefix())
        if is_remote(folder) or not osp.isdir(folder):
            return
        for row in (rows[table.timestamp[rows].argmin()], rows[table.timestamp[rows].argmax()]):
            timestamp = int(table.timestamp[row])
            first, end = clock.shot_info(self.fps)
            number = key_frame(self.fps, timestamp, clock.start, self.start_index)
            number = min(max(number, first), end - 1) + self.start_index  # as SampleAVAFrames numbers it
            name = self.filename_tmpl.format(number)
            if not osp.isfile(osp.join(folder, name)):
                raise ValueError(
                    f'{table.where(row)}: timestamp {timestamp} is frame {name}, which {folder} does not have. Correct '
                    f'timestamp_start ({clock.start}), fps ({self.fps:g}), start_index ({self.start_index}) or '
                    f'filename_tmpl ({self.filename_tmpl!r}) of the dataset.'
                )

    def _load_proposals(self, frames: Sequence[FrameBoxes]) -> None:
        if not self.proposal_file:
            return
        self.proposals = read_proposals(self.proposal_file, self.box_unit)
        if self.annotation_checks != 'off':
            check_proposal_keys(self.proposal_file, self.proposals, [self.proposal_key(one.key) for one in frames])

    def _media_path(self, video: str, prefix: str) -> str:
        return join_media_path(prefix, video if self.use_frames else video + self.video_ext)

    def _record(self, frame: FrameBoxes, prefix: str) -> dict:
        clock = self.clock(frame.video)
        return {
            'frame_dir' if self.use_frames else 'filename': self._media_path(frame.video, prefix),
            'video_id': frame.video,
            'timestamp': frame.timestamp,
            'img_key': frame.key,
            'shot_info': clock.shot_info(self.fps) if self.use_frames else None,
            'fps': self.fps,
            'timestamp_start': clock.start,
            'timestamp_end': clock.end,
            'ann': dict(gt_bboxes=frame.boxes, gt_labels=frame.labels, entity_ids=frame.entity_ids),
        }

    # --- samples -----------------------------------------------------------------------------------------------------
    def get_data_info(self, idx: int) -> dict:
        """Copy a record, with its annotation, its proposals and the facts of the dataset."""
        data_info = super().get_data_info(idx)
        data_info['filename_tmpl'] = self.filename_tmpl
        data_info['box_unit'] = self.box_unit
        if self.proposals is not None:
            found = self.proposals.get(self.proposal_key(data_info['img_key']))
            data_info.update(
                choose_proposals(found, self.person_det_score_thr, self.num_max_proposals, WHOLE_FRAME[self.box_unit])
            )
        data_info.update(data_info.pop('ann'))
        return data_info

    @force_full_init
    def get_cat_ids(self, idx: int) -> list[int]:
        """The labels of all persons of a sample, for ``ClassBalancedDataset``."""
        labels = self.get_data_info(idx)['gt_labels']
        if self.multilabel:
            return np.flatnonzero(labels.any(axis=0)).tolist()
        return np.unique(labels).tolist()

    def _source(self, record: dict) -> str:
        """Name the media and the first line of a frame."""
        media = self._media(record)
        table = self.read_table()
        frame, keys = table.frames
        if record.get('img_key') in keys:
            row = int((frame == keys.index(record['img_key'])).argmax())
            return f'{media} ({table.where(row)})'
        return f'{media} ({self.ann_file})'


# A clip of Kinetics: id on YouTube, then first and last second. Ids have 11 characters and may hold underscores.
KINETICS_CLIP = re.compile(r'(?P<id>.{11})_(?P<start>\d{6})_(?P<end>\d{6})')


@DATASETS.register_module()
class AVAKineticsDataset(AVADataset):
    """AVA and clips of Kinetics with AVA's classes (AVA-Kinetics, arXiv:2005.00214).

    A video called ``ID_000012_000022`` is a clip of Kinetics that begins at second 12 and ends at second 22; its
    proposals are under ``ID,0017``. All other videos are as in :class:`AVADataset`.

    Args:
        ann_file: csv of the annotation.
        exclude_file: csv of frames to leave out, or None.
        pipeline: transforms.
        label_file: label map.
        **kwargs: and all other arguments: see :class:`AVADataset`.
    """

    def __init__(
        self,
        ann_file: str,
        exclude_file: str | None,
        pipeline: Sequence[dict | Callable],
        label_file: str | None,
        filename_tmpl: str = 'img_{:05}.jpg',
        start_index: int = 0,
        proposal_file: str | None = None,
        person_det_score_thr: float = 0.9,
        num_classes: int = 81,
        custom_classes: Sequence[int] | None = None,
        data_prefix: dict | None = dict(img=''),
        modality: str = 'RGB',
        test_mode: bool = False,
        num_max_proposals: int = 1000,
        timestamp_start: int = 900,
        timestamp_end: int = 1800,
        fps: float = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            ann_file,
            pipeline,
            exclude_file,
            label_file,
            filename_tmpl,
            start_index,
            proposal_file,
            person_det_score_thr,
            num_classes,
            custom_classes,
            data_prefix,
            modality,
            test_mode,
            num_max_proposals,
            timestamp_start,
            timestamp_end,
            fps=fps,
            **kwargs,
        )

    # The name of MMAction2, which subclasses override.
    def get_timestamp(self, video_id: str) -> tuple[int, int]:
        """First timestamp of a video and that of its end, in seconds."""
        clip = KINETICS_CLIP.fullmatch(video_id)
        return (int(clip['start']), int(clip['end'])) if clip else (self.timestamp_start, self.timestamp_end)

    def clock(self, video: str) -> VideoClock:
        return VideoClock(*self.get_timestamp(video), first_frame=1)

    def proposal_key(self, key: str) -> str:
        video, _, timestamp = key.rpartition(',')
        clip = KINETICS_CLIP.fullmatch(video)
        return f'{clip["id"]},{timestamp}' if clip else key
