"""Windows of a long video, of which only a few frames are in memory at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from mmengine.dataset import Compose

from mmaction.datasets.transforms.contract import flatten, medium_of, opens_video, step_name
from mmaction.datasets.transforms.results import put_frames
from mmaction.datasets.transforms.sampling import ClipGrid, Sampled, Sampler
from mmaction.inference.pipeline import built_step, config_naming, config_steps
from mmaction.models import BaseRecognizer
from mmaction.video import FrameNaming, FrameReader

DEFAULT_INTERVAL = 16  # frames between the clips of a long video

Draw = Callable[[int], dict[str, Any]]  # number of a window -> the keys that a sampler writes


def draw_grid(grid: ClipGrid, total: int) -> tuple[Draw, int]:
    """Draw the clips of a grid over a video of ``total`` frames one by one.

    Returns:
        The drawing function, and the number of clips.
    """
    centres = grid.centres(total)

    def draw(number: int) -> dict[str, Any]:
        inds = grid.frames(total, centres[number : number + 1])[0]
        return Sampled(inds, grid.clip_len, grid.frame_interval, num_clips=1)._asdict()

    return draw, len(centres)


class FrameCache:
    """Frames of windows that advance through a video: each is decoded once, and dropped when out of reach.

    Args:
        reader: reads the frames.
    """

    def __init__(self, reader: FrameReader) -> None:
        self.reader = reader
        self._frames: dict[int, np.ndarray] = {}

    def get_frames(self, indices: np.ndarray) -> np.ndarray:
        """uint8 (T, H, W, C) of any indices."""
        requested = np.asarray(indices).reshape(-1).tolist()
        first = min(requested)
        self._frames = {index: frame for index, frame in self._frames.items() if index >= first}
        missing = sorted({*requested} - {*self._frames})
        if missing:
            self._frames.update(zip(missing, self.reader.get_frames(missing)))
        return np.stack([self._frames[index] for index in requested])


class WindowPipeline:
    """The test pipeline of a config, split at the step that decodes.

    Args:
        cfg: config with a test pipeline.

    Raises:
        ValueError: no step declares to decode frames.
    """

    def __init__(self, cfg: Any) -> None:
        self.naming: FrameNaming = config_naming(cfg)
        steps = list(flatten(config_steps(cfg, loader_first=True)))
        decoding = next((number for number, step in enumerate(steps) if medium_of(step)), None)
        if decoding is None:
            raise ValueError(
                f'The test pipeline ({", ".join(map(step_name, steps))}) has no step that decodes frames; windows of a '
                'video cannot be taken through it.'
            )
        before = [built_step(step) for step in steps[:decoding] if not opens_video(step)]
        self.sampler = next((step for step in before if isinstance(step, Sampler)), None)
        self._sample = Compose(before)
        self._finish = Compose([built_step(step) for step in steps[decoding + 1 :]])

    def clip_grid(
        self,
        clip_interval: int,
        frame_interval: int | None = None,
        clip_len: int | None = None,
        *,
        model: BaseRecognizer | None = None,
    ) -> ClipGrid:
        """Clips like those of the config's sampler, except for what is given.

        A 2D model that mixes the frames of a clip (``num_segments``) needs clips of that length.
        """
        if clip_len is None and model is not None:
            clip_len = model.num_segments
        if clip_len is None:
            clip_len = 1 if self.sampler is None else self.sampler.clip_len
        if frame_interval is None and self.sampler is not None:
            frame_interval = self.sampler.frame_interval
        return ClipGrid(clip_len, clip_interval, frame_interval or 1)

    def draw_within(self, segments: Sequence[tuple[int, int]]) -> Draw:
        """Draw with the config's own sampler from each segment, an interval ``[first frame, end)``."""

        def draw(number: int) -> dict[str, Any]:
            start, end = segments[number]
            drawn = self.sample(total_frames=end - start)
            drawn['frame_inds'] = np.asarray(drawn['frame_inds']) + start
            return drawn

        return draw

    def sample(self, **record: Any) -> dict[str, Any]:
        """What the config's own sampler draws from a record, such as ``total_frames``; frames count from 0."""
        return self._sample(dict(start_index=0, modality=self.naming.modality, label=-1, **record))

    def pack(self, results: dict[str, Any], frames: np.ndarray) -> dict[str, Any]:
        """The packed input of what was drawn, and its frames, uint8 (T, H, W, C)."""
        packed: dict[str, Any] = self._finish(put_frames(results, frames))
        return packed

    def sample_of(self, frames: np.ndarray, clip_len: int, num_clips: int) -> dict[str, Any]:
        """The packed input of frames (num_clips * clip_len, H, W, 3) that are all there is."""
        total = len(frames)
        drawn = Sampled(np.arange(total), clip_len, 1, num_clips)._asdict()
        common = dict(label=-1, start_index=0, modality=self.naming.modality)
        results = {**common, **drawn, 'total_frames': total, 'video_reader': None}
        packed: dict[str, Any] = self._finish(put_frames(results, frames))
        return packed

    def samples(self, reader: FrameReader, draw: Draw, count: int) -> Iterator[dict[str, Any]]:
        """The packed input of each window, made on demand."""
        cache = FrameCache(reader)
        common = dict(label=-1, start_index=0, modality=self.naming.modality, total_frames=len(reader))
        for number in range(count):
            drawn = draw(number)
            # The sampler of a segment has seen the length of the segment only.
            results = {**common, **drawn, 'total_frames': len(reader), 'video_reader': None}
            yield self.pack(results, cache.get_frames(drawn['frame_inds']))
