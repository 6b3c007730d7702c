"""Actions in front of a camera: ``python demo/webcam_demo.py CONFIG CHECKPOINT LABEL``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from mmaction.cli.args import (
    add_config_options,
    add_device,
    add_model,
    add_precision,
    check_at_least_one,
    load_recognizer,
    precision_of,
    read_config,
)
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.utils.labels import read_labels

if TYPE_CHECKING:
    import numpy as np

HELP = 'Recognize the actions in front of a camera'
_TITLE = 'Actions (q or Esc ends)'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/webcam_demo.py``."""
    add_model(parser)
    parser.add_argument('label', help='file of class names, one per line')
    add_device(parser)
    add_precision(parser)
    parser.add_argument('--camera-id', default=0, help='number of the camera, or a video file or URL; default: 0')
    parser.add_argument('--threshold', type=float, default=0.01, help='lowest score that is shown; default: 0.01')
    parser.add_argument('--average-size', type=int, default=1, help='scores to average over; default: 1')
    parser.add_argument('--drawing-fps', type=int, default=20, help='frames shown per second at most; default: 20')
    parser.add_argument('--inference-fps', type=int, default=4, help='windows per second at most; default: 4')
    parser.add_argument('--out', help='video to write; default: a window on the screen')
    parser.add_argument('--max-frames', type=int, help='end after so many frames; default: with the source')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Show or write the frames with the labels of the moment."""
    from mmaction.inference.stream import FrameRecognizer, at_rate, best_labels, check_labels, follow
    from mmaction.video import VideoWriter
    from mmaction.video.live import LiveVideo
    from mmaction.visualization.action_visualizer import can_show
    from mmaction.visualization.live_label import LabelPanel

    check_at_least_one(args, 'average_size', 'drawing_fps', 'inference_fps', 'max_frames')
    if args.out is None and not can_show():
        raise UsageError('there is no display to show the frames on; give --out')
    labels = read_labels(args.label)
    with LiveVideo(args.camera_id) as video:
        cfg = read_config(args.config, args.cfg_options)
        model = load_recognizer(cfg, args.checkpoint, args.device, **precision_of(args))
        check_labels(model, labels)
        fps = video.fps or float(args.drawing_fps)
        frames: Iterator[np.ndarray] = islice(video, args.max_frames)
        if args.out is None:
            frames = at_rate(frames, args.drawing_fps)
        moments = follow(
            frames,
            FrameRecognizer(model),
            args.inference_fps,
            args.average_size,
            clock=None if video.is_live else lambda number: number / fps,
        )
        panel = LabelPanel(message='Waiting for action ...')
        writer = None if args.out is None else VideoWriter(args.out, fps)
        try:
            for moment in moments:
                best = None if moment.scores is None else best_labels(moment.scores, labels, args.threshold)
                frame = panel.draw(moment.frame, best)
                if writer is not None:
                    writer.write_frame(frame[..., ::-1])
                elif not show_frame(frame):
                    break
        finally:
            if writer is not None:
                writer.release()
    if args.out is not None:
        print(f'The result is at {args.out}.')


def show_frame(frame: np.ndarray) -> bool:
    """Show a frame, uint8 (H, W, 3) in RGB, in a window; False after q or Esc."""
    import cv2
    import numpy as np

    cv2.imshow(_TITLE, np.ascontiguousarray(frame[..., ::-1]))
    return cv2.waitKey(1) & 0xFF not in (27, ord('q'), ord('Q'))


parse_args, main = entry_points(__name__)
