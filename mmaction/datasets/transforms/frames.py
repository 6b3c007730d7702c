"""``results['imgs']`` between the steps of a pipeline: a list of frames, behind which lies one array.

Steps that people wrote for MMAction2 1.x find a list of writable frames there, and leave any list, array or tensor. Our
own steps compute on the array (T, H, W, C) that the list is made of, so the list costs a view per frame and no copy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from mmaction.utils.buffers import empty
from mmaction.video.reader import is_range

__all__ = [
    'Clip',
    'Frames',
    'RepeatedFrames',
    'as_clip',
    'as_frames',
    'change_frames',
    'contiguous',
    'distinct_frames',
    'each_frame',
    'frame_size',
    'frames_like',
    'mirror',
    'open_clip',
    'read_each_once',
]

Clip = np.ndarray | list[np.ndarray]
"""Frames (T, H, W, C) or, where they differ in size, a list of (H, W, C)."""

_EMPTY = 'imgs is empty; a sample needs at least one frame.'
_LAYOUT = 'imgs must be (T, H, W, C) or a list of (H, W, C) frames'


class Frames(list[np.ndarray]):
    """A list of frames that are views of one array.

    It is a list in every respect: to write into a frame changes the array, and a list whose frames are replaced, moved,
    added or removed is from then on no more than a list. ``numpy.asarray`` of an unchanged one gives the array itself.

    Args:
        clip: (T, H, W, C) or (T, H, W). Copied only where its frames could not be written to or passed to other
            libraries: if it is read-only, or mirrored.
    """

    __slots__ = ('_clip', '_order', '_rows')

    _order: np.ndarray | None

    def __init__(self, clip: np.ndarray) -> None:
        if not clip.flags.writeable or min(clip.strides) < 0:
            clip = contiguous(clip, copy=True)
        self._fill(clip, list(clip))

    def _fill(self, clip: np.ndarray, rows: list[np.ndarray], order: np.ndarray | None = None) -> None:
        list.__init__(self, rows)
        self._clip = clip
        self._order = order
        self._rows = rows

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """(H, W, C) or (H, W) of the first frame."""
        return np.shape(self[0])

    @property
    def array(self) -> np.ndarray | None:
        """The array of which the frames are views; None if the list was changed."""
        if len(self) == len(self._rows) and all(map(operator.is_, self, self._rows)):
            return self._clip
        return None

    @property
    def shape(self) -> tuple[int, ...]:
        """(T, H, W, C) or (T, H, W)."""
        return np.asarray(self).shape

    @property
    def ndim(self) -> int:
        """Number of axes of the array."""
        return np.asarray(self).ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        return np.asarray(self).dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        clip = self.array
        if clip is None:
            clip = np.stack([np.asarray(frame) for frame in self])
        return np.array(clip, dtype, copy=copy)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # The frames of a copy, or of another process, are views of its own array again.
        clip = self.array
        if clip is None:
            return list, (list(self),)
        return Frames, (clip,)


class RepeatedFrames(Frames):
    """Frames of which some occur more than once, as where clips of one video overlap.

    Our own steps compute each distinct one once. Whoever looks at the list, or changes it, finds a frame with memory of
    its own in each place: from then on it is a :class:`Frames`.

    Args:
        distinct: (N, H, W, C) or (N, H, W).
        order: (T,), which of them is in which place.
    """

    __slots__ = ()

    def __init__(self, distinct: np.ndarray, order: np.ndarray) -> None:
        self._fill(distinct, [distinct[place] for place in order], order)

    @property
    def array(self) -> np.ndarray | None:
        """The frames as an array (T, ...)."""
        self._separate()
        return self.array

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """(H, W, C) or (H, W)."""
        return self._clip.shape[1:]

    def _separate(self) -> None:
        clip = self._clip[self._order]
        self.__class__ = Frames  # type: ignore[assignment]  # it has the same slots
        Frames.__init__(self, clip)


def _separated(name: str) -> Callable[..., Any]:
    def method(self: RepeatedFrames, *args: Any, **kwargs: Any) -> Any:
        self._separate()
        return getattr(self, name)(*args, **kwargs)

    return method


# What hands out frames or changes the list; not what needs no more than its length.
for _name in (
    *('__getitem__', '__setitem__', '__delitem__', '__iter__', '__reversed__', '__contains__', '__eq__', '__ne__'),
    *('__add__', '__iadd__', '__mul__', '__rmul__', '__imul__', '__reduce_ex__', '__repr__'),
    *('append', 'clear', 'copy', 'count', 'extend', 'index', 'insert', 'pop', 'remove', 'reverse', 'sort'),
):
    setattr(RepeatedFrames, _name, _separated(_name))


def as_frames(frames: Any) -> Any:
    """An array (T, H, W, C) as :class:`Frames`; anything else as it is."""
    return Frames(frames) if isinstance(frames, np.ndarray) else frames


def read_each_once(read: Callable[[np.ndarray], Any], indices: np.ndarray) -> Any:
    """Frames of indices of which some may occur more than once, read once each.

    Args:
        read: gives the frames (N, H, W, C) of ascending indices (N,).
        indices: (T,).

    Returns:
        What ``read`` returns if all indices are distinct and ascend; else :class:`RepeatedFrames`, or an array if each
        frame occurs once.
    """
    distinct, order = np.unique(indices, return_inverse=True)
    frames = read(distinct)
    if len(distinct) < len(indices):
        return RepeatedFrames(frames, order)
    return frames if is_range(order) else frames[order]


def contiguous(clip: np.ndarray, copy: bool = False) -> np.ndarray:
    """The clip with its values one after the other in memory; the clip itself where that is so already.

    Args:
        clip: (T, H, W, C), or any other array.
        copy: copy in any case.
    """
    if clip.flags.c_contiguous:
        return clip.copy() if copy else clip
    if clip.ndim != 4 or clip.strides[2] > 0:
        return np.ascontiguousarray(clip)
    out = empty(clip.shape, clip.dtype)
    mirror(clip[:, :, ::-1], out)
    return out


def mirror(clip: np.ndarray, out: np.ndarray) -> None:
    """Write the mirror image of each frame of ``clip`` into ``out``."""
    if clip.dtype != np.uint8 or clip.shape[3] > 4:
        out[:] = clip[:, :, ::-1]
        return
    for frame, into in zip(clip, out):
        cv2.flip(frame, 1, dst=into)  # numpy takes pixels of three bytes one by one: thirty times as long


def open_clip(imgs: Any) -> Clip:
    """The frames of a sample, in whatever form a step has left them; gray frames get one channel.

    Args:
        imgs: a list of frames (H, W, C) or (H, W), arrays, tensors or images of PIL; or an array or tensor
            (T, H, W, C) or (T, H, W).

    Returns:
        The array itself, or that of an unchanged :class:`Frames`; else the frames stacked; frames of different sizes
        as a list.

    Raises:
        ValueError: there are no frames, or they have neither two nor three dimensions.
    """
    clip = imgs.array if isinstance(imgs, Frames) else None
    if clip is None and isinstance(imgs, list | tuple):
        joined = _join([np.asarray(frame) for frame in imgs])
        if isinstance(joined, list):
            return joined
        clip = joined
    elif clip is None:
        clip = np.asarray(imgs)
    if clip.ndim == 3:
        clip = clip[..., None]
    if clip.ndim != 4:
        raise ValueError(f'{_LAYOUT}, found shape {clip.shape}.')
    return clip


def _join(frames: list[np.ndarray]) -> Clip:
    """Stack frames; those of different sizes stay a list of (H, W, C)."""
    if not frames:
        raise ValueError(_EMPTY)
    if len({frame.shape for frame in frames}) == 1:
        return np.stack(frames)
    if any(frame.ndim not in (2, 3) for frame in frames):
        shapes = ', '.join(str(frame.shape) for frame in frames[:4])
        raise ValueError(f'{_LAYOUT}, found frames of shapes {shapes}.')
    return [frame if frame.ndim == 3 else frame[..., None] for frame in frames]


def as_clip(imgs: Any) -> np.ndarray:
    """The frames of a sample as one array (T, H, W, C), see :func:`open_clip`.

    Raises:
        ValueError: also where the frames differ in shape.
    """
    clip = open_clip(imgs)
    if isinstance(clip, list):
        shapes = list(dict.fromkeys(frame.shape for frame in clip))
        raise ValueError(
            f'The frames in imgs differ in shape ({shapes[0]} and {shapes[1]}); resize them first, '
            'as Resize(scale=(w, h), keep_ratio=False) does.'
        )
    return clip


def frames_like(imgs: Any, clip: Clip) -> list[np.ndarray]:
    """Frames to put where ``imgs`` was: without the axis of channels if those of ``imgs`` have none.

    Args:
        imgs: what ``clip`` was made from.
        clip: one-channel frames keep the channel if ``imgs`` is an array with that axis.
    """
    is_gray = len(imgs) > 0 and len(_frame_shape(imgs)) == 2
    if isinstance(clip, list):
        return [frame[..., 0] if is_gray and frame.shape[2] == 1 else frame for frame in clip]
    if is_gray and clip.shape[3] == 1:
        clip = clip[..., 0]
    return Frames(clip)


def distinct_frames(imgs: Any) -> tuple[Clip, np.ndarray | None]:
    """The frames of a sample as in :func:`open_clip`, those that occur more than once only once.

    Returns:
        The frames, and which of them is in which place; None if each is in its own.
    """
    if isinstance(imgs, RepeatedFrames) and len(imgs.frame_shape) == 3:
        return imgs._clip, imgs._order
    return open_clip(imgs), None


def change_frames(imgs: Any, change: Callable[[Clip], Clip]) -> list[np.ndarray]:
    """Apply to the frames of a sample a function that does the same to each frame; see :func:`frames_like`."""
    clip, order = distinct_frames(imgs)
    changed = change(clip)
    if order is not None and isinstance(changed, np.ndarray):
        return RepeatedFrames(changed, order)
    return frames_like(imgs, changed)


def each_frame(clip: Clip, change: Callable[[np.ndarray], np.ndarray]) -> Clip:
    """Apply a function of clips (T, H, W, C), to frames of different sizes one by one."""
    if isinstance(clip, list):
        return _join([change(frame[None])[0] for frame in clip])
    return change(clip)


def frame_size(imgs: Any) -> tuple[int, int]:
    """(h, w) of the first frame.

    Raises:
        ValueError: there is no frame, or it has neither two nor three dimensions.
    """
    if len(imgs) == 0:
        raise ValueError(_EMPTY)
    shape = _frame_shape(imgs)
    if len(shape) not in (2, 3):
        raise ValueError(f'{_LAYOUT}, found frames of shape {shape}.')
    height, width = shape[:2]
    return int(height), int(width)


def _frame_shape(imgs: Any) -> tuple[int, ...]:
    return imgs.frame_shape if isinstance(imgs, Frames) else np.shape(imgs[0])
