"""The action in a video, by a config and a checkpoint: ``python demo/demo.py CONFIG CHECKPOINT VIDEO LABEL``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import (
    add_config_options,
    add_device,
    add_model,
    add_precision,
    add_resize_algorithm,
    add_target_resolution,
    check_at_least_one,
    precision_of,
    print_best,
    read_config,
    resize_by,
    write_drawn,
)
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.utils.labels import read_labels

if TYPE_CHECKING:
    from mmaction.structures import ActionDataSample

HELP = 'Recognize the action in a video'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo.py``."""
    add_model(parser)
    parser.add_argument('video', help='video file, folder of frames, or URL')
    parser.add_argument('label', help='file of class names, one per line')
    add_config_options(parser)
    add_device(parser)
    add_precision(parser)
    parser.add_argument('--fps', type=int, default=30, help='frames per second of the result')
    parser.add_argument('--font-scale', type=float, help='size of the text, px; default: one that suits the frames')
    parser.add_argument('--font-color', default='white', help='color of the text, such as white or #ffcc00')
    add_target_resolution(parser)
    add_resize_algorithm(parser, None)
    parser.add_argument(
        '--use-frames', action='store_true', help='the video is a folder of frames, which is recognized anyway'
    )
    parser.add_argument('--out-filename', help='where to write the video with the predictions, .mp4 or .gif')


def run(args: argparse.Namespace) -> None:
    """Recognize and print; draw if there is a file to write."""
    from mmaction.apis import inference_recognizer, init_recognizer
    from mmaction.video import describe_input

    check_at_least_one(args, 'fps')
    labels = read_labels(args.label)
    cfg = read_config(args.config, args.cfg_options)
    if args.use_frames and not os.path.isdir(args.video):
        raise UsageError(f'--use-frames: there is no folder of frames at {args.video}')
    if not os.path.isdir(args.video):
        # A wrong path is reported before the model is loaded. The frames in a folder are named by the config.
        describe_input(args.video)
    model = init_recognizer(cfg, args.checkpoint, device=args.device, **precision_of(args))
    sample = inference_recognizer(model, args.video)

    print_best(sample, labels)
    if args.out_filename is not None:
        print(f'The video with the predictions is at {_draw(args, sample, labels)}.')


def _draw(args: argparse.Namespace, sample: ActionDataSample, labels: Sequence[str]) -> Path:
    from mmaction.visualization.frames import iter_frames_to_draw

    text_cfg: dict[str, Any] = {'colors': args.font_color}
    if args.font_scale is not None:
        text_cfg['font_sizes'] = args.font_scale
    frames, _ = iter_frames_to_draw(args.video)
    if args.resize_algorithm and args.target_resolution:
        frames = resize_by(args.resize_algorithm, frames, args.target_resolution)
    options = dict(text_cfg=text_cfg, fps=args.fps, target_resolution=args.target_resolution)
    return write_drawn(args.out_filename, frames, sample, labels, **options)


parse_args, main = entry_points(__name__)
