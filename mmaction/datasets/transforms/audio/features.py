"""Steps that load audio features and cut those of the sampled frames."""

from __future__ import annotations

import io
import os
import os.path as osp
import warnings
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from mmengine.fileio import get

from mmaction.datasets.transforms.audio.sound import decode_sound
from mmaction.datasets.transforms.audio.spectrogram import log_mel
from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, pick
from mmaction.video import VideoDecodeError
from mmaction.video.source import is_remote

PadMethod = Literal['zero', 'random']

_MISSING_SHAPE = (640, 80)  # about ten seconds


def read_feature(path: str | os.PathLike) -> np.ndarray:
    """Read audio features from an ``.npy`` file, or compute the log-mel spectrogram of a media file.

    Returns:
        (T, F)

    Raises:
        ValueError: the array is not of two dimensions, or empty.
        FileNotFoundError, VideoDecodeError: the file cannot be read; see also :func:`decode_sound`.
    """
    path = os.fspath(path)
    if not path.lower().endswith('.npy'):
        return log_mel(decode_sound(path))
    try:
        feature = np.load(io.BytesIO(get(path)) if is_remote(path) else path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise VideoDecodeError(path, 'numpy', f'{error}') from error
    if feature.ndim != 2 or not feature.size:
        raise ValueError(f'{path} holds an array of shape {feature.shape}; audio features are (time, frequency).')
    return feature


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class LoadAudioFeature(BaseTransform):
    """Load audio features.

    Reads ``audio_path``: an ``.npy`` file of (T, F) as ``tools/data/build_audio_features.py`` writes it, or an audio or
    video file, whose log-mel spectrogram is computed. Writes ``audios`` (T, F) and ``length`` (T), and
    ``total_frames`` (T) if the record has none.

    Args:
        pad_method: replaces a missing file, as videos without audio have none: ``'zero'``s or ``'random'`` values in
            [-1, 1), (640, 80), with one warning. A media file without an audio track raises.
    """

    role = 'open'
    reads = ('audio_path',)
    writes = ('audios', 'length', 'total_frames')

    pad_method: PadMethod = 'zero'

    def __post_init__(self) -> None:
        pick(self._PADS, self.pad_method, 'pad_method')
        self._told = False

    def transform(self, results: dict) -> dict:
        path = results['audio_path']
        if is_remote(str(path)) or osp.exists(path):
            feature = read_feature(path)
        else:
            feature = getattr(self, self._PADS[self.pad_method])(_MISSING_SHAPE)
            if not self._told:
                warnings.warn(
                    f'There is no file {path}; it and others that are missing are taken for videos without audio '
                    f'(pad_method={self.pad_method!r}).',
                    stacklevel=2,
                )
                self._told = True
        results['audios'] = feature
        results['length'] = len(feature)
        results.setdefault('total_frames', len(feature))
        return results

    # The features of a video without audio, under the names of MMAction2 1.x: subclasses override and call them.
    @staticmethod
    def _zero_pad(shape: tuple[int, ...]) -> np.ndarray:
        return np.zeros(shape, dtype=np.float32)

    @staticmethod
    def _random_pad(shape: tuple[int, ...]) -> np.ndarray:
        return np.random.uniform(-1, 1, shape).astype(np.float32)

    _PADS: ClassVar[dict[str, str]] = {'zero': '_zero_pad', 'random': '_random_pad'}


def clip_bounds(frame_inds: np.ndarray, total_frames: int, length: int) -> np.ndarray:
    """Bounds of the clips of a video in the features of its audio.

    Args:
        frame_inds: frames of the video counted from 0, (clips, clip_len). A clip reaches from its first frame to its
            largest, so that one that starts over at the end of a short video reaches to the end.
        total_frames: frames of the video.
        length: frames of the features.

    Returns:
        int (clips, 2), intervals ``[start, end)`` in [0, length].
    """
    ends = np.stack([frame_inds[:, 0], frame_inds.max(axis=1)], axis=1)  # (clips, 2)
    return np.clip(np.round((ends + 1) / total_frames * length).astype(np.int64), 0, length)


def cut_or_pad(feature: np.ndarray, length: int) -> np.ndarray:
    """The first ``length`` frames of (T, F); zeros follow where there are fewer."""
    return np.pad(feature[:length], ((0, max(0, length - len(feature))), (0, 0)))


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class AudioFeatureSelector(BaseTransform):
    """Cut the features of the sampled clips out of those of the whole audio.

    Reads ``audios`` (T, F), ``length``, ``total_frames``, ``frame_inds``, ``num_clips``. Writes ``audios``
    (clips, fixed_length, F) and ``audios_shape``.

    Args:
        fixed_length: frames of a clip's features; a longer clip is cut, a shorter one padded with zeros.
    """

    role = 'decode'
    reads = ('audios', 'length', 'total_frames', 'frame_inds', 'num_clips')
    writes = ('audios', 'audios_shape')

    fixed_length: int = 128

    def __post_init__(self) -> None:
        at_least(1, self.fixed_length, 'fixed_length')

    def transform(self, results: dict) -> dict:
        feature = results['audios']
        inds = np.asarray(results['frame_inds']).reshape(results['num_clips'], -1) - results.get('start_index', 0)
        bounds = clip_bounds(inds, results['total_frames'], results['length'])
        clips = [cut_or_pad(feature[start:end], self.fixed_length) for start, end in bounds]
        results['audios'] = np.stack(clips)
        results['audios_shape'] = results['audios'].shape
        return results
