"""Visualizer of action recognition: labels and scores of a sample drawn on its frames."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.visualization import Visualizer

from mmaction.registry import VISUALIZERS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import known_keys, pick
from mmaction.visualization.caption import gt_rows, pred_rows
from mmaction.visualization.frames import Frames, Video, load_frames, resize_frames, target_size
from mmaction.visualization.overlay import RGB, WHITE, Overlay, PanelStyle, Row, blend, font_size_for, render_panel
from mmaction.visualization.video_backend import OutType, save_clip

_TOPK = 5
_ANCHORS = {'left': 0.0, 'top': 0.0, 'center': 0.5, 'right': 1.0, 'bottom': 1.0}


@VISUALIZERS.register_module()
class ActionVisualizer(Visualizer):
    """Draw ground truth and predictions on videos, show them, and pass them to the backends.

    Class names come from ``visualizer.dataset_meta = {'classes': [...]}``; without it, class indices are shown.

    Args:
        name: name of the instance.
        vis_backends: backends, or their configs.
        save_dir: output folder; the backends write to its subfolder ``vis_data``.
        fig_save_cfg: keywords of the matplotlib figure that mmengine's drawing functions save.
        fig_show_cfg: keywords of the matplotlib figure that they show.
    """

    def __init__(
        self,
        name: str = 'visualizer',
        vis_backends: Sequence[Any] | Mapping[str, Any] | None = None,
        save_dir: str | None = None,
        fig_save_cfg: dict = dict(frameon=False),
        fig_show_cfg: dict = dict(frameon=False),
    ) -> None:
        super().__init__(
            name=name,
            image=None,
            vis_backends=vis_backends,
            save_dir=save_dir,
            fig_save_cfg=fig_save_cfg,
            fig_show_cfg=fig_show_cfg,
        )

    @master_only
    def add_datasample(
        self,
        name: str,
        video: Video,
        data_sample: ActionDataSample | None = None,
        draw_gt: bool = True,
        draw_pred: bool = True,
        draw_score: bool = True,
        rescale_factor: float | None = None,
        show_frames: bool = False,
        text_cfg: Mapping[str, Any] = {},
        wait_time: float = 0.1,
        out_path: str | os.PathLike | None = None,
        out_type: OutType = 'img',
        target_resolution: Sequence[int | None] | None = None,
        step: int = 0,
        fps: float = 4,
    ) -> np.ndarray:
        """Draw labels and scores of a sample on its video; save and show the result.

        Args:
            name: identifier of the video, used by the backends and as window title.
            video: path of a video file or a folder of images, or RGB frames: uint8 (T, H, W, C) or a list of (H, W, C).
            data_sample: labels and scores; scores may be a dict of components or have several clips (2-D).
            draw_gt: draw the true labels.
            draw_pred: draw the top five predictions.
            draw_score: draw their scores.
            rescale_factor: multiplies height and width of the frames.
            show_frames: play the result in a window; without a display, this is skipped with a warning.
            text_cfg: look of the text, with the keywords of ``Visualizer.draw_texts``: ``positions`` (x, y) of the
                panel in pixels, ``horizontal_alignments`` and ``vertical_alignments`` (which point of the panel that
                is), ``font_sizes`` in pixels, ``font_families`` (or the path of a font), ``colors`` of the predictions,
                and ``bboxes`` (``facecolor`` and ``alpha`` of the panel).
            wait_time: seconds per frame in the window; 0 waits for a key.
            out_path: output folder for ``'img'``, otherwise output file, whose suffix is added or replaced if it does
                not match. Default: the backends get the frames.
            out_type: ``'img'`` (a folder of images), ``'gif'`` or ``'video'``. With ``'img'``, an ``out_path`` with the
                suffix of a video or GIF is written as such.
            target_resolution: (width, height) of the result; one of them may be -1 to keep the aspect ratio. Without
                this and ``rescale_factor``, frames under 160 pixels are enlarged.
            step: global step, part of the output name.
            fps: frames per second of the result.

        Returns:
            The drawn frames, uint8 (T, H, W, 3), RGB.
        """
        look = _read_text_cfg(text_cfg)
        frames = load_frames(self._load_video(video, target_resolution))
        height, width = target_size(frames.shape[1], frames.shape[2], rescale_factor, target_resolution)
        frames = resize_frames(frames, height, width)
        if data_sample is not None:
            overlay = self._caption(data_sample, (height, width), draw_gt, draw_pred, draw_score, look)
            if overlay is not None:
                frames = blend(frames, overlay)

        if show_frames:
            show_clip(frames, name, wait_time)
        if out_path is not None:
            save_clip(out_path, frames, fps=fps, out_type=out_type)
        else:
            self.add_video(name, frames, step=step, fps=fps, out_type=out_type)
        return frames

    @property
    def draws_one_by_one(self) -> bool:
        """True if :meth:`write_drawn` does what :meth:`add_datasample` does: no subclass overrides a part of that."""
        parts = ('add_datasample', '_load_video')
        return all(getattr(type(self), part) is getattr(ActionVisualizer, part) for part in parts)

    @master_only
    def write_drawn(
        self,
        out_path: str | os.PathLike,
        frames: Iterable[Frames],
        data_sample: ActionDataSample,
        *,
        draw_pred: bool = True,
        text_cfg: Mapping[str, Any] = {},
        out_type: OutType = 'img',
        target_resolution: Sequence[int | None] | None = None,
        fps: float = 4,
    ) -> None:
        """Draw predictions on frames (H, W, 3) as they come, and write each at once: for videos of any length.

        Arguments as in :meth:`add_datasample`.
        """
        look = _read_text_cfg(text_cfg)
        drawn = self._drawn(frames, data_sample, draw_pred, look, target_resolution)
        save_clip(out_path, drawn, fps=fps, out_type=out_type)

    def _drawn(
        self,
        frames: Iterable[Frames],
        sample: ActionDataSample,
        draw_pred: bool,
        look: dict[str, Any],
        target_resolution: Sequence[int | None] | None,
    ) -> Iterator[Frames]:
        size: tuple[int, int] | None = None
        overlay: Overlay | None = None
        for frame in frames:
            if size is None:
                height, width = frame.shape[:2]
                size = target_size(height, width, None, target_resolution)
                overlay = self._caption(sample, size, False, draw_pred, True, look)
            clip = resize_frames(frame[None], *size)
            yield clip[0] if overlay is None else blend(clip, overlay)[0]

    def _load_video(self, video: Video, target_resolution: Sequence[int | None] | None = None) -> list[Frames]:
        """Frames to draw on, a list of uint8 (H, W, 3), RGB. A subclass may override it.

        Args:
            video: as in :meth:`add_datasample`.
            target_resolution: (width, height) of the frames; one of them may be -1 to keep the aspect ratio.
        """
        frames = load_frames(video)
        if target_resolution is not None:
            height, width = target_size(frames.shape[1], frames.shape[2], None, target_resolution)
            frames = resize_frames(frames, height, width)
        return list(frames)

    @master_only
    def add_video(self, name: str, image: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'img') -> None:
        """Pass frames to every backend.

        Args:
            name: identifier of the video.
            image: the frames, uint8 (T, H, W, 3), RGB.
            step: global step.
            fps: frames per second.
            out_type: ``'img'``, ``'gif'`` or ``'video'``; backends with a single format ignore it.
        """
        for backend in self._vis_backends.values():
            if hasattr(backend, 'add_video'):
                backend.add_video(name, image, step=step, fps=fps, out_type=out_type)
            else:  # mmengine's own backends store images only: they get the middle frame
                backend.add_image(name, image[len(image) // 2], step=step)

    def _caption(
        self,
        sample: ActionDataSample,
        size: tuple[int, int],
        draw_gt: bool,
        draw_pred: bool,
        draw_score: bool,
        look: dict[str, Any],
    ) -> Overlay | None:
        classes = (self.dataset_meta or {}).get('classes')
        truth = gt_rows(sample, classes) if draw_gt else []
        if not draw_pred:
            return place_panel([truth], size, look)
        color = look.get('colors', WHITE)
        # From five predictions down to one: small frames show as many as fit.
        choices = [truth + pred_rows(sample, classes, k, draw_score, color) for k in range(_TOPK, 0, -1)]
        return place_panel(choices, size, look)


def place_panel(choices: Sequence[Sequence[Row]], size: tuple[int, int], look: Mapping[str, Any]) -> Overlay | None:
    """Render the first set of rows that fits the frame, or as much of the last one as fits.

    Args:
        choices: sets of rows, the longest first.
        size: (height, width) of the frame in pixels.
        look: result of :func:`_read_text_cfg`.
    """
    height, width = size
    if not choices or not choices[-1]:
        return None
    style = PanelStyle(
        font_size=look.get('font_sizes', font_size_for(height, width)),
        font_family=look.get('font_families'),
        **look.get('bboxes', {}),
    )
    margin = style.font_size // 2
    # 60 % of the width and of the height at most, so that the action stays visible.
    room = max(min(width - 2 * margin, max(round(0.6 * width), 25 * style.font_size)), 1)
    for rows in choices:
        rgba = render_panel(rows, room, style)
        if rgba.shape[0] <= 0.6 * height:
            break
    else:
        rgba = _shrink_to_fit(choices[-1], height - 2 * margin, room, style)
    x, y = look.get('positions', (margin, margin))
    left = round(x - look.get('horizontal_alignments', 0.0) * rgba.shape[1])
    top = round(y - look.get('vertical_alignments', 0.0) * rgba.shape[0])
    # A panel that would leave the frame is pushed back into it.
    left = max(min(left, width - rgba.shape[1]), 0)
    top = max(min(top, height - rgba.shape[0]), 0)
    return Overlay(rgba, left, top)


def _shrink_to_fit(rows: Sequence[Row], max_height: int, max_width: int, style: PanelStyle) -> np.ndarray:
    """Render rows, dropping the last ones until the panel is low enough or two rows are left."""
    kept = len(rows)
    rgba = render_panel(rows, max_width, style)
    while rgba.shape[0] > max_height and kept > 2:
        kept -= 1
        rgba = render_panel(rows[:kept], max_width, style)
    return rgba


def _read_text_cfg(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """Check the keywords and reduce each to one value: the panel is a single block of text."""
    given = known_keys('text_cfg', cfg, _READERS)
    return {key: _READERS[key](value) for key, value in given.items() if value is not None}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) else value


def _box(value: Any) -> dict[str, Any]:
    box = _first(value)
    return {'box_color': _color(box.get('facecolor', 'black')), 'opacity': float(box.get('alpha', 0.6))}


def _color(value: Any) -> RGB:
    """Convert a matplotlib color name, or RGB in 0..255 or as floats in 0..1; of several colors the first counts."""
    from matplotlib.colors import to_rgb

    if isinstance(value, list | tuple) and value and not isinstance(value[0], int | float):
        value = value[0]
    if isinstance(value, str):
        value = to_rgb(value)
    if len(value) != 3:
        raise ValueError(f'A color ({value!r}) must be a name or three values.')
    scale = 255 if all(isinstance(c, float) and c <= 1 for c in value) else 1
    red, green, blue = (int(c) if scale == 1 else round(scale * c) for c in value)
    return red, green, blue


# The value that the panel uses of each keyword: mmengine's drawing functions accept a list, one per text.
_READERS: dict[str, Callable[[Any], Any]] = {
    'positions': lambda value: tuple(np.asarray(value, float).reshape(-1, 2)[0].tolist()),
    'font_sizes': lambda value: max(round(float(np.ravel(value)[0])), 1),
    'font_families': lambda value: str(_first(value)),
    'colors': _color,
    'bboxes': _box,
    'horizontal_alignments': lambda value: pick(_ANCHORS, _first(value), 'horizontal_alignments'),
    'vertical_alignments': lambda value: pick(_ANCHORS, _first(value), 'vertical_alignments'),
}


def can_show() -> bool:
    """Check for a display to open a window on."""
    if sys.platform.startswith('linux'):
        return bool(os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY'))
    return True


def show_clip(frames: np.ndarray, title: str, wait_time: float = 0.1) -> bool:
    """Play RGB frames in a window; a key press skips to the next frame, Esc or q ends it.

    Args:
        frames: uint8 (T, H, W, 3).
        title: title of the window.
        wait_time: seconds per frame; 0 waits for a key.

    Returns:
        True if they were shown. Without a display, or with a headless OpenCV, a warning is given instead.
    """
    import cv2

    reason = '' if can_show() else 'there is no display'
    if not reason:
        try:
            delay_ms = max(round(wait_time * 1000), 1) if wait_time > 0 else 0
            for frame in frames:
                cv2.imshow(title, np.ascontiguousarray(frame[..., ::-1]))
                if cv2.waitKey(delay_ms) in (27, ord('q')):  # 27: Esc
                    break
            cv2.destroyWindow(title)
        except cv2.error as error:
            reason = f'OpenCV cannot open windows ({error.err})'
    if reason:
        warnings.warn(f'{title!r} is not shown: {reason}. Give out_path to save it instead.', stacklevel=3)
    return not reason
