"""The visualizer: labels and scores of a sample drawn on its frames."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.visualization import Visualizer

from mmaction.registry import VISUALIZERS
from mmaction.structures import ActionDataSample
from mmaction.visualization.caption import gt_rows, pred_rows
from mmaction.visualization.frames import Video, load_frames, resize_frames, target_size
from mmaction.visualization.overlay import RGB, WHITE, Overlay, PanelStyle, Row, blend, font_size_for, render_panel
from mmaction.visualization.video_backend import OutType, save_clip

_TOPK = 5
_ANCHORS = {'left': 0.0, 'top': 0.0, 'center': 0.5, 'right': 1.0, 'bottom': 1.0}
_TEXT_CFG = (
    'positions',
    'font_sizes',
    'font_families',
    'colors',
    'bboxes',
    'horizontal_alignments',
    'vertical_alignments',
)


@VISUALIZERS.register_module()
class ActionVisualizer(Visualizer):
    """Draws ground truth and predictions on videos, shows them and hands them to its backends.

    The names of the classes come from ``visualizer.dataset_meta = {'classes': [...]}``; without it the indices are
    shown.

    Args:
        name: name of the instance.
        vis_backends: configs of the backends, or backends.
        save_dir: where they write; they get its sub-folder ``vis_data``.
        fig_save_cfg, fig_show_cfg: keywords of the matplotlib figures that mmengine's drawing functions use.
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
        """Draw a sample on its video; save and show the result.

        Args:
            name: identifier of the video, used by the backends and as title of the window.
            video: a path (video file or folder of pictures), or RGB frames, uint8 (T, H, W, C) or a list of (H, W, C).
            data_sample: labels and scores. Scores of several components (a dict) or several clips (2-D) are fine.
            draw_gt: write the true labels.
            draw_pred: write the five best predictions.
            draw_score: write their scores.
            rescale_factor: multiplies height and width of the frames.
            show_frames: play the result in a window. Skipped with a warning where there is no display.
            text_cfg: look of the text, in the words of ``Visualizer.draw_texts``: ``positions`` (x, y) in px of the
                panel, ``horizontal_alignments`` and ``vertical_alignments`` (which point of it), ``font_sizes`` in
                px, ``font_families`` (or the path of a font), ``colors`` of the predictions, and ``bboxes``
                (``facecolor`` and ``alpha`` of the panel).
            wait_time: seconds that a frame is shown; 0: until a key is pressed.
            out_path: where to write the result: a folder for ``'img'``, else a file, whose suffix is added or
                replaced where it does not fit. Default: the backends get it.
            out_type: ``'img'`` (a folder of pictures), ``'gif'`` or ``'video'``. A path with the suffix of a video
                or GIF is written as such where this is left at ``'img'``.
            target_resolution: (width, height) of the result, one of them -1 to keep the ratio. Frames under 160 px are
                enlarged where neither this nor ``rescale_factor`` is given.
            step: global step, part of the name.
            fps: frames a second of the result.

        Returns:
            The frames as drawn, uint8 (T, H, W, 3), RGB.
        """
        look = _read_text_cfg(text_cfg)
        frames = load_frames(video)
        size = target_size(*frames.shape[1:3], rescale_factor, target_resolution)
        frames = resize_frames(frames, *size)
        if data_sample is not None:
            overlay = self._caption(data_sample, frames.shape[1:3], draw_gt, draw_pred, draw_score, look)
            if overlay is not None:
                frames = blend(frames, overlay)

        if show_frames:
            show_clip(frames, name, wait_time)
        if out_path is not None:
            save_clip(out_path, frames, fps=fps, out_type=out_type)
        else:
            self.add_video(name, frames, step=step, fps=fps, out_type=out_type)
        return frames

    @master_only
    def add_video(self, name: str, image: np.ndarray, step: int = 0, fps: float = 4, out_type: OutType = 'img') -> None:
        """Hand frames to every backend.

        Args:
            name: identifier of the video.
            image: the frames, uint8 (T, H, W, 3), RGB.
            step: global step.
            fps: frames a second.
            out_type: ``'img'``, ``'gif'`` or ``'video'``; backends that know but one form ignore it.
        """
        for backend in self._vis_backends.values():
            if hasattr(backend, 'add_video'):
                backend.add_video(name, image, step=step, fps=fps, out_type=out_type)
            else:  # mmengine's own backends know pictures only
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
        choices = []  # from five predictions down to one, as many as fit
        for k in range(_TOPK, 0, -1):
            guess = pred_rows(sample, classes, k, draw_score, look.get('colors', WHITE)) if draw_pred else []
            choices.append(truth + guess)
        return place_panel(choices, size, look)


def place_panel(choices: Sequence[Sequence[Row]], size: tuple[int, int], look: Mapping[str, Any]) -> Overlay | None:
    """Render the first set of rows that fits the frame, or what fits of the last one.

    Args:
        choices: sets of rows, the fullest first.
        size: (height, width) of the frame, px.
        look: what :func:`_read_text_cfg` gives.
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
    room = min(width - 2 * margin, max(round(0.6 * width), 25 * style.font_size))  # leaves some of wide frames free
    x, y = look.get('positions', (margin, margin))
    dx, dy = look.get('horizontal_alignments', 0.0), look.get('vertical_alignments', 0.0)
    room = max(room, 1)
    fitting = (rgba for rows in choices if (rgba := render_panel(rows, room, style)).shape[0] <= 0.6 * height)
    rgba = next(fitting, None)
    rows = list(choices[-1])
    while rgba is None or (rgba.shape[0] > height - 2 * margin and len(rows) > 1):
        rgba = render_panel(rows, room, style)
        rows = rows[:-1]
    left, top = round(x - dx * rgba.shape[1]), round(y - dy * rgba.shape[0])
    # a panel that would leave the frame is pushed back into it
    left, top = max(min(left, width - rgba.shape[1]), 0), max(min(top, height - rgba.shape[0]), 0)
    return Overlay(rgba, left, top)


def _read_text_cfg(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """Check the keywords and bring each to one value: the panel is one block of text."""
    unknown = sorted(set(cfg) - set(_TEXT_CFG))
    if unknown:
        raise ValueError(f'text_cfg has no keyword {", ".join(unknown)}; it takes {", ".join(_TEXT_CFG)}.')
    look: dict[str, Any] = {}
    for key, value in cfg.items():
        if value is None:
            continue
        if key == 'positions':
            look[key] = tuple(float(v) for v in np.asarray(value).reshape(-1, 2)[0])
        elif key == 'font_sizes':
            look[key] = max(round(float(np.ravel(value)[0])), 1)
        elif key == 'colors':
            look[key] = _color(value)
        elif key == 'bboxes':
            box = _first(value)
            look[key] = {'box_color': _color(box.get('facecolor', 'black')), 'opacity': float(box.get('alpha', 0.6))}
        elif key == 'font_families':
            look[key] = str(_first(value))
        else:
            anchor = _first(value)
            if anchor not in _ANCHORS:
                raise ValueError(f'{key} ({anchor!r}) must be one of {", ".join(_ANCHORS)}.')
            look[key] = _ANCHORS[anchor]
    return look


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) else value


def _color(value: Any) -> RGB:
    """A colour name of matplotlib, or RGB in 0..255 (or 0..1 as floats); of several the first."""
    from matplotlib.colors import to_rgb

    if isinstance(value, list | tuple) and value and not isinstance(value[0], int | float):
        value = value[0]
    if isinstance(value, str):
        return tuple(round(255 * c) for c in to_rgb(value))
    if len(value) != 3:
        raise ValueError(f'A colour ({value!r}) must be a name or three values.')
    is_share = all(isinstance(c, float) and c <= 1 for c in value)
    return tuple(round(255 * c) if is_share else int(c) for c in value)


def can_show() -> bool:
    """Whether there is a display to open a window on."""
    if sys.platform.startswith('linux'):
        return bool(os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY'))
    return True


def show_clip(frames: np.ndarray, title: str, wait_time: float = 0.1) -> bool:
    """Play RGB frames in a window; a key press goes on to the next, Esc or q ends it.

    Args:
        frames: uint8 (T, H, W, 3).
        title: of the window.
        wait_time: seconds a frame; 0 waits for a key.

    Returns:
        Whether they were shown: without a display, or with OpenCV built without windows, a warning is given.
    """
    import cv2

    reason = '' if can_show() else 'there is no display'
    if not reason:
        try:
            for frame in frames:
                cv2.imshow(title, np.ascontiguousarray(frame[..., ::-1]))
                if cv2.waitKey(max(round(wait_time * 1000), 1) if wait_time > 0 else 0) in (27, ord('q')):
                    break
            cv2.destroyWindow(title)
        except cv2.error as error:
            reason = f'OpenCV cannot open windows ({error.err})'
    if reason:
        warnings.warn(f'{title!r} is not shown: {reason}. Give out_path to save it instead.', stacklevel=3)
    return not reason
