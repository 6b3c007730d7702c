"""Persons in the clips of Kinetics: ``python tools/data/ava_kinetics/fetch_proposal.py``."""

from __future__ import annotations

import argparse
import os.path as osp
from typing import Any

from mmaction.cli.command import entry_points
from mmaction.cli.data.ava_kinetics._arguments import PROPOSALS, ROOT, TRAIN, add_root
from mmaction.cli.files import write_pickle
from mmaction.utils.progress import track

HELP = 'Find the persons in the annotated frames of Kinetics'
SCORE_THR = 0.7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/ava_kinetics/fetch_proposal.py``."""
    add_root(parser)
    parser.add_argument('--datalist', default=f'{ROOT}/{TRAIN}', help='what prepare_annotation.py wrote')
    parser.add_argument('--config', default='X-101-64x4d-FPN.py', help='config of MMDetection, if that is installed')
    parser.add_argument('--checkpoint', help='its weights, or an .onnx for rtmlib; default: those of rtmlib')
    parser.add_argument('--picklepath', default=f'{ROOT}/{PROPOSALS}', help='file to write')
    parser.add_argument('--num_gpus', type=int, default=8, help='accepted and ignored: one process finds the persons')
    parser.add_argument(
        '--detector', choices=['rtmlib', 'mmdet'], help='default: mmdet if it is installed, else rtmlib'
    )
    parser.add_argument('--device', default='cuda:0', help='cpu, cuda:0, ...')


def run(args: argparse.Namespace) -> None:
    """Write ``kinetics_proposal.pkl``."""
    from mmaction.datasets.preparation.ava_kinetics import FRAMES, moments_of
    from mmaction.inference.detect.choose import PersonSource
    from mmaction.inference.detect.networks import is_installed
    from mmaction.inference.detect.proposals import find_proposals
    from mmaction.utils.ava_files import read_text

    kind: Any = args.detector or ('mmdet' if is_installed('mmdet') else 'rtmlib')
    source = PersonSource(
        detector=kind, config=args.config, checkpoint=args.checkpoint, score_thr=SCORE_THR, device=args.device
    )
    detector = source.open(None)
    moments = moments_of(read_text(args.datalist, '--datalist'))
    folders = {name: osp.join(args.avakinetics_root, FRAMES, name) for name in moments}
    proposals = {}
    for name, seconds in track(moments.items(), 'Finding persons', total=len(moments)):
        proposals.update(find_proposals(detector, folders[name], seconds))
    write_pickle(proposals, args.picklepath)
    print(f'{args.picklepath}: the persons in {len(proposals)} frames of {len(moments)} clips')


parse_args, main = entry_points(__name__)
