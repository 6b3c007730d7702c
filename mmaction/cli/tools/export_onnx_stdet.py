"""Export of action detectors to ONNX: ``python tools/deployment/export_onnx_stdet.py CONFIG CHECKPOINT``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import add_config_options, add_model, check_at_least_one, read_config
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

HELP = 'Export an action detector to ONNX'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/deployment/export_onnx_stdet.py``."""
    parser.description = (
        'Export an action detector to ONNX, and compare it with onnxruntime. The file takes clips and boxes; their '
        'numbers may vary, and height and width too where the network allows it.'
    )
    add_model(parser)
    parser.add_argument('--num_frames', '--num-frames', type=int, default=8, help='frames of a clip')
    parser.add_argument(
        '--shape', type=int, nargs='+', default=[256, 455], help='height and width of a clip, px; one number for both'
    )
    parser.add_argument('--device', default='cpu', help='the CPU: nothing is computed that is slow there')
    parser.add_argument('--output_file', '--output-file', default='stdet.onnx', help='file to write')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Export, and compare."""
    from mmaction.apis import init_recognizer
    from mmaction.deploy import export_detector, verify_onnx

    check_at_least_one(args, 'num_frames')
    if len(args.shape) > 2 or min(args.shape) < 1:
        raise UsageError(f'--shape ({" ".join(map(str, args.shape))}) must be height and width, or one number for both')
    model = init_recognizer(read_config(args.config, args.cfg_options), args.checkpoint, 'cpu')
    report = export_detector(model, args.output_file, args.num_frames, (args.shape[0], args.shape[-1]))
    print(f'Successfully export the onnx file to {args.output_file}')
    difference = verify_onnx(report)
    print(f'The outputs of torch and onnxruntime are the same (largest difference {difference:.2g}).')


parse_args, main = entry_points(__name__)
