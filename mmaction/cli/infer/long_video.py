"""Actions over the time of a long video: ``python demo/long_video_demo.py CONFIG CHECKPOINT VIDEO LABEL OUT``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
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
from mmaction.cli.files import write_json
from mmaction.utils.labels import read_labels
from mmaction.utils.progress import track

if TYPE_CHECKING:
    import numpy as np

    from mmaction.inference.stream import Moment

HELP = 'Recognize the actions of a long video, window by window'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/long_video_demo.py``."""
    add_model(parser)
    parser.add_argument('video_path', help='video file, folder of frames, or URL')
    parser.add_argument('label', help='file of class names, one per line')
    parser.add_argument('out_file', help='video with the labels, or .json with those of each frame')
    parser.add_argument('--input-step', type=int, default=1, help='every n-th frame enters the window; default: 1')
    add_device(parser)
    add_precision(parser)
    parser.add_argument('--threshold', type=float, default=0.01, help='lowest score that is shown; default: 0.01')
    parser.add_argument(
        '--stride',
        type=float,
        default=0,
        help='part of the window that is new each time, in 0..1; default: 0, one frame',
    )
    add_config_options(parser)
    for name, color, what in (
        ('label', (255, 255, 255), 'labels'),
        ('msg', (128, 128, 128), 'the message before them'),
    ):
        parser.add_argument(
            f'--{name}-color', nargs='+', type=int, default=color, help=f'color of {what}: red green blue in 0..255'
        )


def run(args: argparse.Namespace) -> None:
    """Recognize while reading, and write while recognizing: a few frames are in memory at any time."""
    from mmaction.inference.stream import FrameRecognizer, best_labels, check_labels, slide
    from mmaction.utils.files import complete_or_absent
    from mmaction.video import open_video, write_frames
    from mmaction.visualization.live_label import LabelPanel

    check_at_least_one(args, 'input_step')
    if not 0 <= args.stride <= 1:
        raise UsageError(f'--stride ({args.stride}) must be in 0..1')
    for name in ('label_color', 'msg_color'):
        if len(getattr(args, name)) != 3:
            raise UsageError(f'--{name.replace("_", "-")} must be three numbers, found {len(getattr(args, name))}')
    labels = read_labels(args.label)
    if os.path.exists(args.out_file) and os.path.samefile(args.out_file, args.video_path):
        raise UsageError(f'out_file ({args.out_file}) is the video')
    with open_video(args.video_path) as reader:
        cfg = read_config(args.config, args.cfg_options)
        model = load_recognizer(cfg, args.checkpoint, args.device, **precision_of(args))
        check_labels(model, labels)
        recognize = FrameRecognizer(model)
        if len(reader) < recognize.length * args.input_step:
            raise ValueError(
                f'{args.video_path} has {len(reader)} frames, the window {recognize.length} with a step of '
                f'{args.input_step}. Reduce the clips of the test pipeline (num_clips) with --cfg-options.'
            )
        frames = track(reader.iter_frames(), 'Recognizing', total=len(reader))
        moments = slide(frames, recognize, args.input_step, args.stride)
        if args.out_file.endswith('.json'):
            found = {}
            for moment in moments:
                best = None if moment.scores is None else best_labels(moment.scores, labels, args.threshold)
                found[str(moment.number)] = dict(best or [])
            write_json(found, args.out_file, indent=1)
        else:
            panel = LabelPanel(tuple(args.label_color), 'Preparing action recognition ...', tuple(args.msg_color))

            def drawn(moments: Iterator[Moment]) -> Iterator[np.ndarray]:
                for moment in moments:
                    best = None if moment.scores is None else best_labels(moment.scores, labels, args.threshold)
                    yield panel.draw(moment.frame, best)

            with complete_or_absent(args.out_file) as unfinished:
                write_frames(unfinished, drawn(moments), reader.avg_fps or 25)
    print(f'The result is at {args.out_file}.')


parse_args, main = entry_points(__name__)
