"""Layouts of the network's input: from frames, keypoints and audio features to the dimensions that a model reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import as_clip, contiguous
from mmaction.datasets.transforms.spatial.lazy import reject_lazy
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, pick

InputFormat = Literal['NCTHW', 'NCHW', 'NCTHW_Heatmap', 'NPTCHW']


def _of(modality: str, value: int | dict) -> int:
    """A length that differs by modality in multi-modal samples."""
    if isinstance(value, dict):
        return value[modality]
    return value


def to_ncthw(clip: np.ndarray, num_clips: int, clip_len: int) -> np.ndarray:
    """(views * clips * T, H, W, C) -> (views * clips, C, T, H, W), a view."""
    clip = _split(clip, num_clips, clip_len)
    return clip.transpose(0, 4, 1, 2, 3)


def to_nchw(clip: np.ndarray) -> np.ndarray:
    """(M, H, W, C) -> (M, C, H, W), a view."""
    return clip.transpose(0, 3, 1, 2)


def flow_to_nchw(clip: np.ndarray, clip_len: int) -> np.ndarray:
    """Stack the flow of the ``clip_len`` frames of a clip as channels x, y, x, y, ...

    Frames have two channels, or one each for x and y in turn: (M, H, W, 2) or (2 * M, H, W, 1) ->
    (M / clip_len, 2 * clip_len, H, W).
    """
    height, width = clip.shape[1:3]
    return np.ascontiguousarray(to_nchw(clip)).reshape(-1, 2 * clip_len, height, width)


def to_heatmap(clip: np.ndarray, num_clips: int, clip_len: int) -> np.ndarray:
    """(views * clips * T, C, H, W) -> (views * clips, C, T, H, W), a view."""
    return _split(clip, num_clips, clip_len).transpose(0, 2, 1, 3, 4)


def to_nptchw(clip: np.ndarray, num_proposals: int, num_clips: int, clip_len: int) -> np.ndarray:
    """(P * clips * T, H, W, C) -> (P, clips * T, C, H, W), a view."""
    return _split(clip, num_proposals, num_clips * clip_len).transpose(0, 1, 4, 2, 3)


def _split(clip: np.ndarray, num_groups: int, length: int) -> np.ndarray:
    """(n * length, ...) -> (n, length, ...), ``n`` a multiple of ``num_groups``."""
    if len(clip) % (num_groups * length):
        raise ValueError(
            f'{len(clip)} frames cannot be split into {num_groups} x {length}; num_clips and clip_len in the sample '
            'do not fit imgs.'
        )
    return clip.reshape(-1, length, *clip.shape[1:])


def _heatmaps(results: dict, key: str) -> np.ndarray:
    clip = contiguous(as_clip(results[key]))
    return to_heatmap(clip, _of('Pose', results['num_clips']), _of('Pose', results['clip_len']))


def _nchw(results: dict) -> np.ndarray:
    clip = contiguous(as_clip(results['imgs']))
    if results.get('modality') == 'Flow':
        return flow_to_nchw(clip, results['clip_len'])
    return to_nchw(clip)


def _ncthw(results: dict) -> np.ndarray:
    clip = contiguous(as_clip(results['imgs']))
    return to_ncthw(clip, _of('RGB', results['num_clips']), _of('RGB', results['clip_len']))


def _heatmap(results: dict) -> np.ndarray:
    return _heatmaps(results, 'imgs')


def _nptchw(results: dict) -> np.ndarray:
    clip = contiguous(as_clip(results['imgs']))
    return to_nptchw(clip, results['num_proposals'], results['num_clips'], results['clip_len'])


# Annotated here: in a dataclass the annotation would make a field of it, which hides the `reads` of a subclass.
_READS: tuple[str, ...] = ('imgs|heatmap_imgs',)

_FORMATS: dict[str, Callable[[dict], np.ndarray]] = {
    'NCTHW': _ncthw,
    'NCHW': _nchw,
    'NCTHW_Heatmap': _heatmap,
    'NPTCHW': _nptchw,
}


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class FormatShape(BaseTransform):
    """Bring ``imgs`` into the layout of the network.

    ============== ==================================== ==================================
    format         from                                 to
    ============== ==================================== ==================================
    NCTHW          (views * clips * T, H, W, C)         (views * clips, C, T, H, W)
    NCHW           (M, H, W, C)                         (M, C, H, W)
    NCHW, flow     (M, H, W, 2)                         (M / T, 2 * T, H, W)
    NCTHW_Heatmap  (views * clips * T, C, H, W)         (views * clips, C, T, H, W)
    NPTCHW         (P * clips * T, H, W, C)             (P, clips * T, C, H, W)
    ============== ==================================== ==================================

    The pixels are copied at most once, into frames one after the other with the channels innermost; the layout is a
    transposed view of that (PyTorch calls it channels last), which costs nothing here nor on the way to the device.

    Reads ``imgs``, ``num_clips``, ``clip_len``, ``modality``, and for NPTCHW ``num_proposals``. Writes ``imgs`` and
    ``input_shape``. NCTHW also formats ``heatmap_imgs``, as NCTHW_Heatmap, into ``heatmap_imgs`` and
    ``heatmap_input_shape``; ``num_clips`` and ``clip_len`` may then be dicts by modality, ``RGB`` and ``Pose``.

    Args:
        input_format: one of the table.
        collapse: drop the first dimension, which must be 1.
    """

    role = 'format'
    reads = _READS
    writes = ('imgs', 'input_shape', 'heatmap_imgs', 'heatmap_input_shape')

    input_format: InputFormat
    collapse: bool = False

    def __post_init__(self) -> None:
        pick(_FORMATS, self.input_format, 'input_format')
        if self.input_format != 'NCHW':
            self.reads = (*self.reads, 'num_clips', 'clip_len')

    def transform(self, results: dict) -> dict:
        reject_lazy(results)
        if 'imgs' in results:
            imgs = _FORMATS[self.input_format](results)
            if self.collapse:
                if len(imgs) != 1:
                    raise ValueError(f'collapse needs one clip, found {len(imgs)} (shape {imgs.shape}).')
                imgs = imgs[0]
            results['imgs'] = imgs
            results['input_shape'] = imgs.shape
        if self.input_format == 'NCTHW' and 'heatmap_imgs' in results:
            heatmaps = _heatmaps(results, 'heatmap_imgs')
            results['heatmap_imgs'] = heatmaps
            results['heatmap_input_shape'] = heatmaps.shape
        return results


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class FormatGCNInput(BaseTransform):
    """Bring ``keypoint`` into the layout of graph networks: (M, T, V, C) -> (clips, num_person, T / clips, V, C).

    ``keypoint_score`` (M, T, V), where given, becomes the last channel. Surplus persons are dropped.

    Args:
        num_person: persons of a sample.
        mode: ``zero`` fills up with zeros; ``loop`` repeats the person of a sample with only one.
    """

    role = 'format'
    reads = ('keypoint',)
    writes = ('keypoint',)

    num_person: int = 2
    mode: Literal['zero', 'loop'] = 'zero'

    def __post_init__(self) -> None:
        at_least(1, self.num_person, 'num_person')
        pick(('zero', 'loop'), self.mode, 'mode')

    def transform(self, results: dict) -> dict:
        keypoint = results['keypoint']
        if 'keypoint_score' in results:
            keypoint = np.concatenate([keypoint, results['keypoint_score'][..., None]], axis=-1)
        keypoint = keypoint[: self.num_person]
        missing = self.num_person - len(keypoint)
        if missing and self.mode == 'loop' and len(keypoint) == 1:
            keypoint = np.repeat(keypoint, self.num_person, axis=0)
        elif missing:
            keypoint = np.pad(keypoint, [(0, missing), (0, 0), (0, 0), (0, 0)])
        num_clips = results.get('num_clips', 1)
        num_frames = keypoint.shape[1]
        if num_frames % num_clips:
            raise ValueError(f'{num_frames} frames of keypoint cannot be split into num_clips ({num_clips}).')
        clips = keypoint.reshape(len(keypoint), num_clips, -1, *keypoint.shape[2:])  # (M, clips, T / clips, V, C)
        results['keypoint'] = np.ascontiguousarray(clips.swapaxes(0, 1))
        return results


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class FormatAudioShape(BaseTransform):
    """Give ``audios`` a channel: (clips, T, F) -> (clips, 1, T, F). Writes ``input_shape`` too.

    Args:
        input_format: ``NCTF``.
    """

    role = 'format'
    reads = ('audios',)
    writes = ('audios', 'input_shape')

    input_format: str

    def __post_init__(self) -> None:
        if self.input_format != 'NCTF':
            raise ValueError(f"input_format ({self.input_format!r}) must be 'NCTF'.")

    def transform(self, results: dict) -> dict:
        audios = results['audios']
        if audios.ndim != 3:
            raise ValueError(f'audios must be (clips, T, F), found shape {audios.shape}.')
        results['audios'] = audios[:, None]
        results['input_shape'] = results['audios'].shape
        return results


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class Transpose(BaseTransform):
    """Permute the dimensions of some arrays.

    Args:
        keys: which arrays of the sample.
        order: the old place of each new dimension.
    """

    role = 'format'

    keys: Sequence[str]
    order: Sequence[int]

    def __post_init__(self) -> None:
        self.reads = self.writes = tuple(self.keys)

    def transform(self, results: dict) -> dict:
        for key in self.keys:
            results[key] = np.asarray(results[key]).transpose(self.order)
        return results
