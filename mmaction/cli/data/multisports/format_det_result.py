"""Results for the MultiSports challenge: ``python tools/data/multisports/format_det_result.py DUMP.pkl``."""

from __future__ import annotations

import argparse

from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.cli.files import write_pickle

HELP = 'Convert results to the format of the MultiSports challenge'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/multisports/format_det_result.py``."""
    parser.add_argument('test_result', metavar='test-result', help='what tools/test.py --dump wrote')
    parser.add_argument(
        '--anno-path', default='data/multisports/videos/trainval/multisports_GT.pkl', help='ground truth'
    )
    parser.add_argument('--frm_out_path', help='pickle of the boxes of frames to write')
    parser.add_argument('--tube_out_path', help='pickle of the tubes to write')
    parser.add_argument(
        '--strict',
        action='store_true',
        help='link tubes by the score of each box; default: by that of the last one, as MMAction2 does',
    )


def run(args: argparse.Namespace) -> None:
    """Convert."""
    if not args.frm_out_path and not args.tube_out_path:
        raise UsageError('give --frm_out_path, --tube_out_path or both: nothing would be written')
    from mmengine.fileio import load

    from mmaction.evaluation.metrics.multisports_results import format_detections

    boxes, tubes = format_detections(load(args.test_result), args.anno_path, args.strict)
    if args.frm_out_path:
        write_pickle(boxes, args.frm_out_path)
        print(f'{args.frm_out_path}: {len(boxes)} boxes')
    if args.tube_out_path:
        write_pickle(tubes, args.tube_out_path)
        print(f'{args.tube_out_path}: {sum(map(len, tubes.values()))} tubes')


parse_args, main = entry_points(__name__)
