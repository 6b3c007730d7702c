"""A step that limits an opened video to a segment."""

from __future__ import annotations

from typing import Any

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.decode import reader_of
from mmaction.registry import TRANSFORMS
from mmaction.video import as_reader
from mmaction.video.window import window_of

__all__ = ['LimitToSegment']


@TRANSFORMS.register_module()
class LimitToSegment(BaseTransform):
    """Limits an opened video to ``[start_sec, end_sec)``: the steps after it see a video of these frames alone.

    :class:`~mmaction.datasets.SegmentDataset` puts it after each step that opens a video.
    """

    role = 'open'
    reads = ('video_reader', 'start_sec', 'end_sec')
    writes = ('video_reader', 'total_frames')

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        reader = as_reader(reader_of(results), results.get('filename'))
        window = window_of(reader, results['start_sec'], results['end_sec'])
        results['video_reader'] = window
        results['total_frames'] = len(window)
        return results
