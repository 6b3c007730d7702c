"""``SampleAVAFrames``: the clip around an annotated second."""

from __future__ import annotations

import numpy as np

from mmaction.datasets.transforms.sampling.sample_frames import SampleFrames
from mmaction.registry import TRANSFORMS


def window(centre: int, clip_len: int, frame_interval: int) -> np.ndarray:
    """``clip_len`` frames around ``centre``, which is the frame number ``clip_len // 2``.

    Returns:
        int64 (clip_len,); may reach over the ends of the video.
    """
    return centre + (np.arange(clip_len) - clip_len // 2) * frame_interval


@TRANSFORMS.register_module()
class SampleAVAFrames(SampleFrames):
    """Take the clip around the key frame of an annotated second (AVA, arXiv:1705.08421).

    Reads ``fps``, ``timestamp`` and ``timestamp_start`` (seconds), ``total_frames`` or ``shot_info`` (first and end
    frame, ``[first, end)``), and ``start_index`` where given. Writes ``frame_inds`` (int32, (clip_len,)), ``clip_len``,
    ``frame_interval``, ``num_clips`` (1) and ``crop_quadruple`` (the whole frame). Training moves each frame by up to
    half an interval; frames outside are replaced by the first or last one.

    Args:
        clip_len: frames of the clip.
        frame_interval: frames from one frame of the clip to the next.
        test_mode: deterministic.
    """

    reads = ('fps', 'timestamp', 'timestamp_start', 'total_frames|shot_info')
    writes = (*SampleFrames.writes, 'crop_quadruple')

    def __init__(self, clip_len: int, frame_interval: int = 2, test_mode: bool = False) -> None:
        super().__init__(clip_len, frame_interval, test_mode=test_mode)

    def transform(self, results: dict) -> dict:
        total = results.get('total_frames')
        first, end = (0, total) if total is not None else results['shot_info']
        # frame files are counted from 1 in this data set, whatever the start index
        centre = int(results['fps'] * (results['timestamp'] - results['timestamp_start'])) + 1
        inds = window(centre, self.clip_len, self.frame_interval)
        if not self.test_mode:
            half = self.frame_interval // 2
            # -interval // 2 rounds down: one step more to the left for an odd interval
            inds = inds + np.random.randint(half - self.frame_interval, self.frame_interval - half, size=self.clip_len)
        inds = np.clip(inds, first, end - 1)
        results['crop_quadruple'] = np.array([0, 0, 1, 1], dtype=np.float32)
        return self.write(results, inds, self.clip_len, self.frame_interval, 1, results.get('start_index', 0))
