"""Dataset of segments of longer videos, read without cutting files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from mmaction.datasets.base import BaseActionDataset
from mmaction.datasets.transforms.contract import flatten, opens_video
from mmaction.datasets.transforms.segment import LimitToSegment
from mmaction.registry import DATASETS

__all__ = ['SegmentDataset']


@DATASETS.register_module()
class SegmentDataset(BaseActionDataset):
    """Labeled segments of videos for action recognition, such as ``mmaction data import`` writes them.

    The annotation list has one line per segment: the path of the video, start and end in seconds, and the label, or
    labels separated by commas with ``multi_class``::

        some/path/000.mp4 12.5 14.25 1
        a path with blanks.mp4 0 3.2 3

    Frames are sampled in ``[start, end)`` only; any decoder, and any sampler of videos, will do. A segment shorter than
    a frame has the frame that is on screen at its start.

    Args:
        pipeline: transforms; one of them opens the video, as ``DecordInit``.
        data_prefix: ``dict(video=FOLDER)``.
        **kwargs: and all other arguments: see :class:`BaseActionDataset`.

    Raises:
        ValueError: no step of the pipeline opens a video.
    """

    def __init__(
        self,
        ann_file: str,
        pipeline: Sequence[dict | Callable],
        data_prefix: dict | None = dict(video=''),
        test_mode: bool = False,
        multi_class: bool = False,
        num_classes: int | None = None,
        **kwargs: Any,
    ) -> None:
        steps: list[Any] = []
        for step in flatten(pipeline):
            steps.append(step)
            if opens_video(step):
                steps.append(LimitToSegment())
        if len(steps) == len(list(flatten(pipeline))):
            raise ValueError(
                'The pipeline of SegmentDataset has no step that opens a video. Begin it with dict(type="DecordInit"), '
                'or another one of the *Init steps.'
            )
        super().__init__(ann_file, steps, data_prefix, test_mode, multi_class, num_classes, **kwargs)

    def parse_line(self, line: str) -> dict:
        fields = line.rsplit(None, 3)
        if len(fields) < 4:
            raise ValueError(f'expected a path, start and end in seconds, and a label, found {len(fields)} fields.')
        path, start, end, label = fields
        try:
            start_sec, end_sec = float(start), float(end)
            labels = [int(number) for number in label.split(',')]
        except ValueError:
            raise ValueError(
                'expected a path, start and end in seconds, and a label, which is a whole number. Correct the line.'
            ) from None
        if not 0 <= start_sec < end_sec < math.inf:
            raise ValueError(f'the segment [{start}, {end}] must start at 0 or later, and end after that.')
        if len(labels) > 1 and not self.multi_class:
            raise ValueError(f'it has {len(labels)} labels. Set multi_class=True and num_classes for several.')
        return dict(filename=path, start_sec=start_sec, end_sec=end_sec, label=self.checked_label(labels))

    def load_data_list(self) -> list[dict]:
        """Records ``dict(filename, start_sec, end_sec, label)``."""
        return self.load_lines()
