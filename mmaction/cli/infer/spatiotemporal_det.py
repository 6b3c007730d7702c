"""Actions of the persons in a video, with MMAction2's arguments: ``demo/demo_spatiotemporal_det.py VIDEO OUT``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import add_config_options, add_device, add_precision, precision_of, read_config
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.cli.infer.detect import Outputs, add_scores, add_tracking, check, detect_and_write, refuse_overwriting
from mmaction.cli.infer.persons import WEIGHTS, add_boxes, add_detector_network

HELP = 'Detect the actions of the persons in a video'
DETECTION_CONFIG = 'configs/detection/slowonly/slowonly_kinetics400-pretrained-r101_8xb16-8x8x1-20e_ava21-rgb.py'
DETECTION_CHECKPOINT = (
    f'{WEIGHTS}/mmaction/detection/ava/slowonly_omnisource_pretrained_r101_8x8x1_20e_ava_rgb/'
    'slowonly_omnisource_pretrained_r101_8x8x1_20e_ava_rgb_20201217-16378594.pth'
)
LABEL_MAP = 'tools/data/ava/label_map.txt'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo_spatiotemporal_det.py``."""
    add_paths(parser, 'demo/stdet_demo.mp4')
    parser.add_argument('--config', default=DETECTION_CONFIG, help='config of an action detector')
    parser.add_argument('--checkpoint', default=DETECTION_CHECKPOINT, help='its weights: file or URL')
    add_precision(parser)
    add_drawing(parser)


def add_paths(parser: argparse.ArgumentParser, out_filename: str) -> None:
    """Add video and result, by place as in 1.x and by name as in 0.x; ``out_filename`` is the default of 0.x."""
    parser.add_argument('video', nargs='?', help='video file, folder of frames, or URL')
    parser.add_argument('out_filename', nargs='?', help='where to write the video with boxes and labels: .mp4, ...')
    group = parser.add_argument_group('as in MMAction2 0.x')
    group.add_argument('--video', dest='video_by_name', metavar='VIDEO', help='the video')
    group.add_argument(
        '--out-filename',
        dest='out_by_name',
        metavar='OUT_FILENAME',
        help=f'the result; default: {out_filename}',
    )
    parser.set_defaults(out_default=out_filename)


def settle_paths(args: argparse.Namespace) -> None:
    """Settle ``video`` and ``out_filename``.

    Raises:
        UsageError: there is no video, or one of them is given by place and by name.
    """
    for name, by_name in (('video', args.video_by_name), ('out_filename', args.out_by_name)):
        given = getattr(args, name)
        if given and by_name:
            raise UsageError(f'{name} is given twice, as {given} and as --{name.replace("_", "-")} {by_name}')
        setattr(args, name, given or by_name)
    if args.video is None:
        raise UsageError('the following arguments are required: video')
    if args.out_filename is None:
        args.out_filename = args.out_default


def add_drawing(parser: argparse.ArgumentParser) -> None:
    """Add all arguments about persons, labels and the written video."""
    add_detector_network(parser)
    add_boxes(parser)
    add_tracking(parser)
    parser.add_argument('--label-map', default=LABEL_MAP, help='names of the classes')
    add_scores(parser)
    add_device(parser)
    parser.add_argument('--short-side', type=int, default=256, help='short side of the written video, px')
    parser.add_argument('--predict-stepsize', type=int, default=8, help='frames from one prediction to the next')
    parser.add_argument('--output-stepsize', type=int, default=4, help='write every n-th frame of the video')
    parser.add_argument('--output-fps', type=float, default=6, help='frames per second of the written video')
    parser.add_argument('--json', help='where to write the tracks of the persons and their actions')
    parser.add_argument('--csv', help="where to write the actions in AVA's format")
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Detect, print the tracks, and write the video."""
    from mmaction.apis import init_recognizer
    from mmaction.video import describe_input

    settle_paths(args)
    check(args)
    describe_input(args.video)  # a wrong path is reported before models are built
    refuse_overwriting(args.video, args.out_filename)
    cfg = read_config(args.config, args.cfg_options)
    model = init_recognizer(cfg, args.checkpoint, device=args.device, **precision_of(args))
    detect_and_write(args, model, Outputs(args.out_filename, args.json, args.csv))


parse_args, main = entry_points(__name__)
