"""Actions of the persons before a camera: ``demo/webcam_demo_spatiotemporal_det.py --input-video 0 --show``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmaction.cli.args import (
    add_config_options,
    add_device,
    add_precision,
    check_at_least_one,
    check_positive,
    precision_of,
    read_config,
)
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.cli.infer.detect import refuse_overwriting
from mmaction.cli.infer.persons import add_detector, add_detector_network, check_score_thr, person_source
from mmaction.cli.infer.spatiotemporal_det import DETECTION_CHECKPOINT, DETECTION_CONFIG, LABEL_MAP
from mmaction.cli.infer.webcam import show_frame

if TYPE_CHECKING:
    import numpy as np

HELP = 'Detect the actions of persons before a camera'
_TOPK = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/webcam_demo_spatiotemporal_det.py``."""
    parser.description = (
        'Detect who does what before a camera, or in a video, and show or write it. What is shown lags behind by half '
        'a clip. Key q ends it.'
    )
    parser.add_argument('--config', default=DETECTION_CONFIG, help='config of an action detector')
    parser.add_argument('--checkpoint', default=DETECTION_CHECKPOINT, help='its weights: file or URL')
    parser.add_argument('--action-score-thr', type=float, default=0.4, help='minimum score of the actions to draw')
    add_detector_network(parser, category=False)
    add_detector(parser)
    parser.add_argument('--input-video', default='0', help='number of a camera, or path or URL of a video')
    parser.add_argument('--label-map', default=LABEL_MAP, help='names of the classes')
    add_device(parser)
    add_precision(parser)
    parser.add_argument('--output-fps', type=float, default=15, help='frames per second of the written video')
    parser.add_argument('--out-filename', help='where to write the video with boxes and labels')
    parser.add_argument('--show', action='store_true', help='show it in a window')
    parser.add_argument('--display-height', type=int, default=0, help='height of what is shown, px; 0: of the camera')
    parser.add_argument('--display-width', type=int, default=0, help='width of what is shown, px; 0: of the camera')
    parser.add_argument('--predict-stepsize', type=int, default=8, help='frames from one prediction to the next')
    parser.add_argument('--clip-vis-length', type=int, default=8, help='frames to show of those of a step')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Detect until the video or the user ends it."""
    from mmaction.apis import init_recognizer
    from mmaction.inference.detect import ActionDetector, Steps, action_names
    from mmaction.inference.detect.draw import ActionDrawer
    from mmaction.inference.detect.stream import follow_stream
    from mmaction.video.live import LiveVideo

    _check(args)
    with LiveVideo(args.input_video) as frames:
        cfg = read_config(args.config, args.cfg_options)
        model = init_recognizer(cfg, args.checkpoint, device=args.device, **precision_of(args))
        detector = person_source(args).open(None)
        drawer = ActionDrawer(action_names(model, args.label_map), args.action_score_thr, _TOPK)
        shown = follow_stream(
            ActionDetector(model),
            frames,
            detector,
            steps=Steps(args.predict_stepsize),
            person_score_thr=args.det_score_thr or 0.0,
        )
        step = args.predict_stepsize // args.clip_vis_length
        drawn = (
            _resized(drawer.draw(frame, persons), args)
            for number, (frame, persons) in enumerate(shown)
            if number % step == 0
        )
        count = _consume(drawn, args)
    print(f'{count} frames' + (f' written to {args.out_filename}' if args.out_filename else ''))


def _check(args: argparse.Namespace) -> None:
    from mmaction.visualization.action_visualizer import can_show

    check_at_least_one(args, 'predict_stepsize', 'clip_vis_length')
    check_positive(args, 'output_fps', 'boxes_fps')
    check_score_thr(args, 'action_score_thr', 'det_score_thr')
    if not args.show and not args.out_filename:
        raise UsageError('nothing to do: give --show, or --out-filename')
    if args.show and not can_show():
        raise UsageError('--show: there is no display to show the frames on; give --out-filename')
    if args.clip_vis_length > args.predict_stepsize:
        raise UsageError(
            f'--clip-vis-length ({args.clip_vis_length}) must not exceed --predict-stepsize ({args.predict_stepsize})'
        )
    refuse_overwriting(args.input_video, args.out_filename)


def _resized(frame: np.ndarray, args: argparse.Namespace) -> np.ndarray:
    from mmaction.visualization.frames import resize_frames, target_size

    if not (args.display_height or args.display_width):
        return frame
    resolution = (args.display_width or -1, args.display_height or -1)
    height, width = target_size(frame.shape[0], frame.shape[1], None, resolution)
    return resize_frames(frame[None], height, width)[0]


def _consume(drawn: Iterator[np.ndarray], args: argparse.Namespace) -> int:
    """Show and write frames; returns their number."""
    from mmaction.video import VideoWriter

    count = 0
    writer = VideoWriter(args.out_filename, args.output_fps) if args.out_filename else None
    try:
        for frame in drawn:
            count += 1
            if writer is not None:
                writer.write_frame(frame[..., ::-1])
            if args.show and not show_frame(frame):
                break
    finally:
        if writer is not None:
            writer.release()
    return count


parse_args, main = entry_points(__name__)
