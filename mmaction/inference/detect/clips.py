"""Clips around the key frames of a video, as the test pipeline of a detector's config makes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmaction.datasets.transforms.contract import reads_of
from mmaction.inference.detect.persons import PersonBoxes
from mmaction.inference.windows import WindowPipeline
from mmaction.video import FrameNaming

_ENDLESS = 1 << 30  # frames; the length of a stream


class KeyFrameClips:
    """The test pipeline of a config whose sampler takes the clip around a timestamp, such as ``SampleAVAFrames``.

    Args:
        cfg: the config.

    Raises:
        ValueError: its pipeline has no such sampler, or no step that decodes frames.
    """

    def __init__(self, cfg: Any) -> None:
        self._pipeline = WindowPipeline(cfg)
        sampler = self._pipeline.sampler
        if sampler is None or 'timestamp' not in reads_of(sampler):
            raise ValueError(
                f'The test pipeline samples with {type(sampler).__name__}, but an action detector needs the clip '
                'around a key frame: use a config of configs/detection, or SampleAVAFrames.'
            )

    @property
    def naming(self) -> FrameNaming:
        """Naming scheme of folders of frames."""
        return self._pipeline.naming

    def draw(self, key_frame: int, num_frames: int | None = None) -> dict[str, Any]:
        """Draw the clip around a frame.

        Args:
            key_frame: number of the frame, from 0.
            num_frames: length of the video; frames after its end are replaced by the last one. None: no end.

        Returns:
            The entries of the sampler, such as ``frame_inds`` (T,), numbers of frames from 0.
        """
        total = _ENDLESS if num_frames is None else num_frames
        # One frame per unit of time: timestamps are numbers of frames.
        return self._pipeline.sample(total_frames=total, fps=1, timestamp=key_frame, timestamp_start=0)

    def span(self) -> tuple[int, int]:
        """Frames of a clip before and after its key frame."""
        middle = _ENDLESS // 2
        indices = np.asarray(self.draw(middle)['frame_inds'])
        return middle - int(indices.min()), max(int(indices.max()) - middle, 0)

    def pack(self, drawn: dict[str, Any], frames: np.ndarray, persons: PersonBoxes) -> dict[str, Any]:
        """The packed input of a clip.

        Args:
            drawn: result of :meth:`draw`.
            frames: its frames, uint8 (T, H, W, 3).
            persons: boxes to classify, in pixels of the frames.
        """
        results = {**drawn, 'proposals': persons.boxes, 'box_unit': 'pixels', 'video_reader': None}
        return self._pipeline.pack(results, frames)
