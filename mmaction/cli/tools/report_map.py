"""mAP of proposals with the class of their video: ``python tools/analysis_tools/report_map.py --proposal X.json``."""

from __future__ import annotations

import argparse
import os.path as osp

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_results

HELP = 'Report the mAP of proposals on ActivityNet'
CUHK17 = 'cuhk_anet17_pred.json'
CUHK17_URL = f'https://download.openmmlab.com/mmaction/localization/{CUHK17}'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/analysis_tools/report_map.py``."""
    parser.add_argument('--proposal', required=True, help="proposals, a json in ActivityNet's format")
    parser.add_argument('--gt', default='data/ActivityNet/anet_anno_val.json', help='annotation file')
    parser.add_argument(
        '--cls',
        default='cuhk17_top1',
        help=f'source of the class of a video: cuhk17_top1 (CUHK, second in the challenge of 2017; {CUHK17} in the '
        'working directory, else downloaded to it), a json of the same format, or none if proposals have labels',
    )
    parser.add_argument('--det-output', default='det_result.json', help='file of the detections to write')


def run(args: argparse.Namespace) -> None:
    """Label the proposals, write the detections and print their mAP."""
    import numpy as np
    from mmengine.fileio import dump

    from mmaction.evaluation import ActivityNetLocalization

    proposals = read_results(args.proposal, 'proposals')
    if args.cls != 'none':
        classification = read_results(_classification_file(args.cls), 'classes of videos')['results']
        proposals['results'] = assign_labels(proposals['results'], classification)
    dump(proposals, args.det_output)
    evaluator = ActivityNetLocalization(args.gt, args.det_output, np.linspace(0.5, 0.95, 10), verbose=True)
    evaluator.evaluate()


def assign_labels(proposals: dict[str, list[dict]], classification: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """Give each proposal without a label the best class of its video.

    Args:
        proposals: by video, ``dict(segment, score)``.
        classification: by video, ``dict(label, score)``.

    Raises:
        ValueError: a video with proposals has no class.
    """
    labelled = {}
    for video, entries in proposals.items():
        classes = classification.get(video)
        if not entries:
            labelled[video] = entries
            continue
        if not classes:
            raise ValueError(f'There is no class for video {video!r}, which has {len(entries)} proposals.')
        best = max(classes, key=lambda entry: entry['score'])['label']
        labelled[video] = [{'label': best, **entry} for entry in entries]
    return labelled


def _classification_file(name: str) -> str:
    if name != 'cuhk17_top1':
        return name
    if not osp.exists(CUHK17):
        from mmaction.utils.download import download_file

        try:
            download_file(CUHK17_URL, CUHK17, show_progress=True)
        except OSError as error:
            raise OSError(
                f'{CUHK17_URL} cannot be downloaded ({error}). Put the file into the working directory, or give '
                'another one with --cls.'
            ) from error
    return CUHK17


parse_args, main = entry_points(__name__)
