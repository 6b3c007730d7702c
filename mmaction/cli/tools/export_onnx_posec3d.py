"""PoseC3D in ONNX: ``python tools/deployment/export_onnx_posec3d.py CONFIG CHECKPOINT``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.cli.tools._skeleton_onnx import add_export_arguments, export

HELP = 'Export a network of heat maps of joints to ONNX'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/deployment/export_onnx_posec3d.py``."""
    add_export_arguments(parser, num_frames=48, output_file='posec3d.onnx')
    parser.add_argument('--image_size', '--image-size', type=int, default=64, help='size of the heat maps, px')


def run(args: argparse.Namespace) -> None:
    """Export for inputs (batch, joints, frames, height, width), and compare; batch and frames may vary."""
    from mmaction.models import Recognizer3D

    check_at_least_one(args, 'image_size')
    export(args, Recognizer3D, lambda joints: (1, joints, args.num_frames, args.image_size, args.image_size), (0, 2))


parse_args, main = entry_points(__name__)
