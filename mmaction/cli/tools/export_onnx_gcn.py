"""ST-GCN and the like in ONNX: ``python tools/deployment/export_onnx_gcn.py CONFIG CHECKPOINT``."""

from __future__ import annotations

import argparse

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.cli.tools._skeleton_onnx import add_export_arguments, export

HELP = 'Export a network of skeleton graphs to ONNX'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/deployment/export_onnx_gcn.py``."""
    add_export_arguments(parser, num_frames=150, output_file='stgcn.onnx')
    parser.add_argument('--num_person', '--num-person', type=int, default=2, help='persons of a sample')


def run(args: argparse.Namespace) -> None:
    """Export for inputs (batch, persons, frames, joints, 3), and compare; batch and frames may vary."""
    from mmaction.models import RecognizerGCN

    check_at_least_one(args, 'num_person')
    export(args, RecognizerGCN, lambda joints: (1, args.num_person, args.num_frames, joints, 3), (0, 2))


parse_args, main = entry_points(__name__)
