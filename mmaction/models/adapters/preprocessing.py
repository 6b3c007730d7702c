"""The preprocessing that a model's own processor config states, as our pipeline and data preprocessor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mmaction.recipes as recipes
from mmaction.models.adapters.folders import find_folder, read_json
from mmaction.utils.check import pick

_PROCESSOR_FILES = ('video_preprocessor_config.json', 'preprocessor_config.json', 'processor_config.json')
# Parts of a processor_config.json, which transformers 5 writes in place of one file per part.
_PROCESSOR_PARTS = ('video_processor', 'image_processor')
_RESAMPLE = {0: 'nearest', 1: 'lanczos', 2: 'bilinear', 3: 'bicubic', 4: 'area'}  # numbers of PIL, as processors state
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Preprocessing:
    """How frames become the inputs of a model.

    Attributes:
        mean: per channel, in pixel values from 0 to 255.
        std: likewise.
        short_side: length of the short side in pixels after resizing; None: the frames are resized to ``size``.
        size: (height, width) of the inputs, cut out of the middle or resized to.
        interpolation: of the resizing.
        num_frames: frames of a clip; None where the model takes any number.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    short_side: int | None
    size: tuple[int, int]
    interpolation: str = 'bilinear'
    num_frames: int | None = None

    def data_preprocessor(self, layout: str = 'NCTHW') -> dict[str, Any]:
        """Config of the data preprocessor, for clips or (``'NCHW'``) for frames."""
        return dict(type='ActionDataPreprocessor', mean=[*self.mean], std=[*self.std], format_shape=layout)

    def steps(self) -> list[dict[str, Any]]:
        """Configs of the transforms of decoded frames."""
        height, width = self.size
        if self.short_side is None:
            resize = dict(type='Resize', scale=(width, height), keep_ratio=False, interpolation=self.interpolation)
            return [resize]
        resize = dict(type='Resize', scale=(-1, self.short_side), interpolation=self.interpolation)
        return [resize, dict(type='CenterCrop', crop_size=(width, height))]

    def pipeline(
        self,
        clip_len: int | None = None,
        frame_interval: int = 1,
        num_clips: int = 1,
        layout: str = 'NCTHW',
        source: recipes.Source = 'video',
    ) -> list[dict[str, Any]]:
        """Config of the test pipeline.

        Args:
            clip_len: frames of a clip. Default: those of the model; 1 where it takes any number.
            frame_interval: frames between the frames of a clip, which no processor config states.
            num_clips: clips per video.
            layout: ``'NCTHW'`` for clips, ``'NCHW'`` for frames.
            source: video files, or folders of frames.
        """
        sample = dict(
            type='SampleFrames',
            clip_len=clip_len or self.num_frames or 1,
            frame_interval=frame_interval,
            num_clips=num_clips,
            test_mode=True,
        )
        return recipes.pipeline(sample, self.steps(), layout, source=source)


def preprocessing_of(model: str) -> Preprocessing:
    """The preprocessing of a model of transformers.

    Args:
        model: folder or name on the hub.

    Raises:
        FileNotFoundError: the folder has no processor config, or none states the size of the inputs.
        ValueError: it states a resampling that we lack.
    """
    folder = find_folder(model)
    config = read_json(folder, 'config.json')
    processor = read_json(folder, *_PROCESSOR_FILES)
    for part in _PROCESSOR_PARTS:
        if isinstance(processor.get(part), Mapping):
            processor = processor[part]
            break
    if not processor:
        raise FileNotFoundError(f'{folder} has none of {", ".join(_PROCESSOR_FILES)}: get it from where the model is.')
    return replace(from_processor(processor, folder), num_frames=frames_of(config))


def from_processor(processor: Mapping[str, Any], origin: str = 'the processor config') -> Preprocessing:
    """The preprocessing that a processor config of transformers states.

    Args:
        processor: ``size``, ``crop_size``, ``image_mean`` and so on.
        origin: its name, for errors.

    Raises:
        ValueError: a value is missing or unknown.
    """
    size = _size(processor.get('size'))
    crop = _size(processor['crop_size']) if processor.get('crop_size') else None
    if not processor.get('do_center_crop', crop is not None):
        crop = None
    side = None if isinstance(size, tuple) else size
    target = crop or (size if isinstance(size, tuple) else None)
    if isinstance(target, int):
        target = (target, target)
    if target is None:
        raise ValueError(
            f'{origin} states neither crop_size nor a size with height and width ({processor.get("size")}).'
        )
    if side is None and isinstance(size, tuple) and size != target:
        raise ValueError(f'{origin} crops {target} out of frames distorted to {size}, which no pipeline here does.')
    mean, std = _statistics(processor)
    interpolation = pick(_RESAMPLE, processor.get('resample', 2), 'resample')
    return Preprocessing(mean, std, side, target, interpolation)


def default_preprocessing(size: int | Sequence[int], num_frames: int | None = None) -> Preprocessing:
    """ImageNet's statistics and the middle of the frame, for a model that is built from a config alone.

    Args:
        size: height and width of the inputs, or the side of a square.
        num_frames: frames of a clip.
    """
    height, width = (size, size) if isinstance(size, int) else size
    mean, std = ((*(255 * value for value in values),) for values in _IMAGENET)
    return Preprocessing(mean, std, min(height, width), (height, width), num_frames=num_frames)


def frames_of(config: Mapping[str, Any]) -> int | None:
    """Frames of a clip that a model config states; those of its vision part in a model of two parts."""
    for name in ('num_frames', 'frames_per_clip'):
        for part in (config, config.get('vision_config') or {}):
            if part.get(name):
                return int(part[name])
    return None


def _size(size: Any) -> int | tuple[int, int] | None:
    """The short side, or (height, width)."""
    if isinstance(size, Mapping):
        if size.get('shortest_edge'):
            return int(size['shortest_edge'])
        if size.get('height') and size.get('width'):
            return int(size['height']), int(size['width'])
        return None
    if isinstance(size, Sequence):
        return int(size[0]), int(size[-1])
    return None if size is None else int(size)


def _statistics(processor: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation in pixel values: the processor computes ``((x * factor - offset) - mean) / std``."""
    factor = processor.get('rescale_factor', 1 / 255) if processor.get('do_rescale', True) else 1.0
    offset = 1.0 if processor.get('offset') else 0.0  # of ViViT: pixels from -1 to 1, before the mean
    mean, std = (0.0,) * 3, (1.0,) * 3
    if processor.get('do_normalize', True):
        mean = tuple(processor.get('image_mean') or _IMAGENET[0])
        std = tuple(processor.get('image_std') or _IMAGENET[1])
    return tuple((value + offset) / factor for value in mean), tuple(value / factor for value in std)
