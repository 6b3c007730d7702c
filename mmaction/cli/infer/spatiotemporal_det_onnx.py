"""Actions of the persons in a video by an ONNX file: ``demo/demo_spatiotemporal_det_onnx.py VIDEO OUT``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import read_config
from mmaction.cli.command import entry_points
from mmaction.cli.infer.detect import Outputs, check, detect_and_write, refuse_overwriting
from mmaction.cli.infer.spatiotemporal_det import add_drawing, add_paths, settle_paths

HELP = 'Detect the actions of persons by an ONNX file'
_CONFIG = 'configs/detection/slowonly/slowonly_k700-pre-r50_8xb8-8x8x1-10e_ava-kinetics-rgb.py'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo_spatiotemporal_det_onnx.py``."""
    add_paths(parser, 'demo/stdet_demo.mp4')
    parser.add_argument('--config', default=_CONFIG, help='config that the file was exported with')
    parser.add_argument('--onnx-file', required=True, help='file of tools/deployment/export_onnx_stdet.py')
    add_drawing(parser)


def run(args: argparse.Namespace) -> None:
    """Detect, print the tracks, and write the video."""
    from mmaction.apis import init_recognizer
    from mmaction.deploy import ExportedDetector, OnnxBackend
    from mmaction.video import describe_input

    settle_paths(args)
    check(args)
    describe_input(args.video)  # a wrong path is reported before models are built
    refuse_overwriting(args.video, args.out_filename)
    backend = OnnxBackend(args.onnx_file, num_inputs=2)
    # Built for its pipeline and the end of its head; no weights are loaded.
    model = init_recognizer(read_config(args.config, args.cfg_options), device='cpu')
    detect_and_write(args, ExportedDetector(model, backend), Outputs(args.out_filename, args.json, args.csv))


parse_args, main = entry_points(__name__)
