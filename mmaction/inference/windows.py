"""Features and scores of stretches of a long video, of which only a few frames are in memory at any time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose
from torch import nn

from mmaction.datasets.transforms.results import put_frames
from mmaction.inference.pipeline import _DECODES, _OPENS, Step, config_naming, config_steps, step_name
from mmaction.models import BaseRecognizer
from mmaction.video import FrameNaming

DEFAULT_INTERVAL = 16  # frames between the clips of a long video

Draw = Callable[[int], dict[str, Any]]  # number of a window -> what a sampler writes into the results

# samplers that take clips anywhere, as opposed to those that spread over the whole video
_CLIP_SAMPLERS = ('SampleFrames', 'UntrimmedSampleFrames', 'DenseSampleFrames')
_SAMPLERS = (*_CLIP_SAMPLERS, 'UniformSample', 'UniformSampleFrames')


@dataclass(frozen=True)
class ClipGrid:
    """Clips at regular distances over a video, as ``UntrimmedSampleFrames`` chooses them.

    Attributes:
        clip_len: frames of a clip.
        clip_interval: frames from the middle of a clip to the next.
        frame_interval: frames from one frame of a clip to the next.
    """

    clip_len: int = 1
    clip_interval: int = 16
    frame_interval: int = 1

    def __post_init__(self) -> None:
        for name in ('clip_len', 'clip_interval', 'frame_interval'):
            if getattr(self, name) < 1:
                raise ValueError(f'{name} ({getattr(self, name)}) must be at least 1.')

    def count(self, total: int) -> int:
        """Number of clips of a video of ``total`` frames: one at least."""
        return len(self._centres(total))

    def _centres(self, total: int) -> range:
        return range(min(self.clip_interval // 2, total - 1), total, self.clip_interval)

    def drawn(self, total: int) -> Draw:
        """What the sampler writes for each clip of a video of ``total`` frames."""
        steps = (np.arange(self.clip_len) - self.clip_len // 2) * self.frame_interval
        centres = self._centres(total)

        def draw(number: int) -> dict[str, Any]:
            return dict(
                frame_inds=np.clip(centres[number] + steps, 0, total - 1),
                clip_len=self.clip_len,
                frame_interval=self.frame_interval,
                num_clips=1,
            )

        return draw


class FrameCache:
    """Frames of windows that move on through a video: each is decoded once, and forgotten when no longer reached.

    Args:
        reader: gives the frames.
    """

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self._frames: dict[int, np.ndarray] = {}

    def get_frames(self, indices: np.ndarray) -> np.ndarray:
        """uint8 (T, H, W, C) of any indices."""
        wanted = np.asarray(indices).reshape(-1)
        first = int(wanted.min())
        self._frames = {index: frame for index, frame in self._frames.items() if index >= first}
        missing = sorted({*wanted.tolist()} - {*self._frames})
        if missing:
            self._frames.update(zip(missing, self.reader.get_frames(missing)))
        return np.stack([self._frames[index] for index in wanted.tolist()])


class WindowPipeline:
    """The test pipeline of a config, around the step that decodes.

    Args:
        cfg: config with a test pipeline.

    Raises:
        ValueError: it has no step that decodes frames.
    """

    def __init__(self, cfg: Any) -> None:
        self.naming: FrameNaming = config_naming(cfg)
        steps = config_steps(cfg, loader_first=True)
        decoding = [i for i, step in enumerate(steps) if step_name(step) in _DECODES]
        if not decoding:
            raise ValueError(
                f'The test pipeline ({", ".join(map(step_name, steps))}) has no step that decodes frames; windows of a '
                'video cannot be taken through it.'
            )
        before: list[Step] = [step for step in steps[: decoding[0]] if step_name(step) not in _OPENS]
        self.samplers = [dict(s) for s in before if isinstance(s, dict) and step_name(s) in _SAMPLERS]
        self._sample = Compose(before)
        self._finish = Compose(steps[decoding[0] + 1 :])

    def clip_grid(
        self,
        clip_interval: int,
        frame_interval: int | None = None,
        clip_len: int | None = None,
        *,
        model: BaseRecognizer | None = None,
    ) -> ClipGrid:
        """Clips like those of the config's sampler, where nothing else is given.

        A 2D model that shifts features between the frames of a clip (it has ``num_segments``) needs so many of them.
        """
        sampler = self.samplers[0] if self.samplers else {}
        own = sampler.get('frame_interval', 1) if step_name(sampler) in _CLIP_SAMPLERS else 1
        segments = model.num_segments if model is not None else None
        return ClipGrid(clip_len or segments or sampler.get('clip_len', 1), clip_interval, frame_interval or own)

    def draw_within(self, stretches: Sequence[tuple[int, int]]) -> Draw:
        """What the config's own sampler draws from each stretch, (first frame, frame behind the last)."""

        def draw(number: int) -> dict[str, Any]:
            start, end = stretches[number]
            drawn = self._sample(dict(total_frames=end - start, start_index=0, modality=self.naming.modality, label=-1))
            drawn['frame_inds'] = np.asarray(drawn['frame_inds']) + start
            return drawn

        return draw

    def samples(self, reader: Any, draw: Draw, count: int) -> Iterator[dict[str, Any]]:
        """The packed input of each window, made when asked for."""
        cache = FrameCache(reader)
        for number in range(count):
            results = dict(label=-1, start_index=0, modality=self.naming.modality, total_frames=len(reader))
            results.update(draw(number))
            results.update(total_frames=len(reader), video_reader=None)
            yield self._finish(put_frames(results, cache.get_frames(results['frame_inds'])))


def init_with_pretrained(cfg: Any, device: torch.device) -> nn.Module:
    """A recognizer with the pretrained weights that its config names, for features without a checkpoint.

    Raises:
        WeightsNotAvailable: they cannot be had.
    """
    from mmengine.registry import init_default_scope

    from mmaction.registry import MODELS

    init_default_scope(cfg.get('default_scope') or 'mmaction')
    model = MODELS.build(cfg.model)
    level = logging.root.manager.disable
    logging.disable(logging.INFO)  # mmengine tells of every single tensor
    try:
        model.init_weights()
    finally:
        logging.disable(level)
    model.cfg = cfg
    return model.to(device).eval()
