"""Folders of frames from an annotation list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mmaction.datasets.annotation import split_trailing_integers
from mmaction.datasets.base import BaseActionDataset
from mmaction.registry import DATASETS


@DATASETS.register_module()
class RawframeDataset(BaseActionDataset):
    """Extracted frames for action recognition, a folder a video.

    The annotation list has a line a video: folder, number of frames and label, or labels with ``multi_class``; with
    ``with_offset`` the frame to start at stands before the number of frames::

        some/directory-1 163 1            some/directory-1 12 163 1

    The numbers are those at the end of a line; all before them is the folder.

    Args:
        ann_file: annotation list.
        pipeline: transforms.
        data_prefix: ``dict(img=FOLDER)``.
        filename_tmpl: name of a frame by its number, e.g. ``'img_{:05}.jpg'``; for flow by direction and number,
            e.g. ``'{}_{:05d}.jpg'``.
        with_offset: the list has offsets.
        multi_class: a video has several labels.
        num_classes: number of classes.
        start_index: number of the first frame.
        modality: ``'RGB'`` or ``'Flow'``.
        test_mode: see the base class.
        **kwargs: of :class:`BaseActionDataset`, e.g. ``data_root``, ``on_error``.
    """

    _media_key = 'frame_dir'
    _prefix_key = 'img'

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(img=''),
        filename_tmpl: str = 'img_{:05}.jpg',
        with_offset: bool = False,
        multi_class: bool = False,
        num_classes: int | None = None,
        start_index: int = 1,
        modality: str = 'RGB',
        test_mode: bool = False,
        **kwargs: Any,
    ) -> None:
        self.filename_tmpl = filename_tmpl
        self.with_offset = with_offset
        super().__init__(
            ann_file,
            pipeline=pipeline,
            data_prefix=data_prefix,
            test_mode=test_mode,
            multi_class=multi_class,
            num_classes=num_classes,
            start_index=start_index,
            modality=modality,
            **kwargs,
        )

    def parse_line(self, line: str) -> dict:
        path, numbers = split_trailing_integers(line)
        counts = 2 if self.with_offset else 1
        names = 'offset, total_frames' if self.with_offset else 'total_frames'
        labels = numbers[counts:]
        if len(numbers) < counts or (not labels and not self.test_mode):
            raise ValueError(
                f'expected a folder, {names} and a label, found {len(numbers)} whole numbers {numbers} after '
                f'{path!r}. Correct the line{", or set with_offset=False" if self.with_offset else ""}.'
            )
        if len(labels) > 1 and not self.multi_class:
            remedy = '' if self.with_offset else 'with_offset=True for lists with an offset, '
            raise ValueError(
                f'{len(numbers)} numbers {numbers} follow the folder where {counts + 1} are expected ({names}, label). '
                f'Set {remedy}multi_class=True and num_classes for several labels.'
            )
        if numbers[counts - 1] < 1:
            raise ValueError(f'total_frames ({numbers[counts - 1]}) must be at least 1. Remove videos without frames.')
        record = dict(frame_dir=path, total_frames=numbers[counts - 1], label=self.checked_label(labels))
        if self.with_offset:
            if numbers[0] < 0:
                raise ValueError(f'offset ({numbers[0]}) must not be negative.')
            record['offset'] = numbers[0]
        return record

    def load_data_list(self) -> list[dict]:
        """Records ``dict(frame_dir, total_frames, label)``, and ``offset`` where the list has it."""
        return self.load_lines()

    def get_data_info(self, idx: int) -> dict:
        """A copy of a record, with what the pipeline has to know of the dataset."""
        data_info = super().get_data_info(idx)
        data_info['filename_tmpl'] = self.filename_tmpl
        return data_info
