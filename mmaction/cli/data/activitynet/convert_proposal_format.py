"""Proposals for action classifiers such as SSN: ``python tools/data/activitynet/convert_proposal_format.py``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmaction.cli.command import entry_points

if TYPE_CHECKING:
    import numpy as np

_ROOT = '../../..'


HELP = "Turn proposals in ActivityNet's format into SSN's text format"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/convert_proposal_format.py``."""
    parser.add_argument(
        '--ann-file', default=f'{_ROOT}/data/ActivityNet/anet_anno_val.json', help='annotation file of the videos'
    )
    parser.add_argument(
        '--activity-index-file',
        default=f'{_ROOT}/data/ActivityNet/anet_activity_indexes_val.txt',
        help='names of the classes, a line each',
    )
    parser.add_argument('--proposal-file', default=f'{_ROOT}/results.json', help='proposals to turn')
    parser.add_argument(
        '--formatted-proposal-file', default=f'{_ROOT}/anet_val_formatted_proposal.txt', help='file to write'
    )


def format_video(
    number: int, video: str, num_frames: int, fps: float, truth: np.ndarray, proposals: np.ndarray
) -> list[str]:
    """The lines of one video: ``#number``, name, frames, fps, annotated segments and proposals with their numbers.

    A proposal's line has class, largest tIoU with an annotated segment, the largest part of it within one, start and
    end; class 0 and 0, 0 where it overlaps none. Times in seconds.

    Args:
        truth: (G, 3), start, end and number of the class.
        proposals: (N, 2), start and end.
    """
    import numpy as np

    from mmaction.evaluation import pairwise_temporal_iou

    lines = [f'#{number}', video, str(num_frames), str(fps), str(len(truth))]
    lines += [f'{int(label)} {start} {end}' for start, end, label in truth.tolist()]
    lines.append(str(len(proposals)))
    iou = part = labels = np.zeros(len(proposals))
    if len(truth) and len(proposals):
        ious, parts = pairwise_temporal_iou(proposals, truth[:, :2], calculate_overlap_self=True)  # (G, N)
        iou, part = ious.max(axis=0), parts.max(axis=0)
        by_iou, by_part = truth[ious.argmax(axis=0), 2], truth[parts.argmax(axis=0), 2]
        labels = np.where(iou > 0, np.where(by_iou != 0, by_iou, by_part), 0)
    for (start, end), label, overlap, own in zip(proposals.tolist(), labels, iou.tolist(), part.tolist()):
        lines.append(f'{int(label)} {overlap:g} {own:g} {start} {end}')
    return lines


def format_proposals(
    videos: Mapping[str, Mapping[str, Any]], proposals: Mapping[str, Sequence[Mapping]], classes: Sequence[str]
) -> list[str]:
    """The lines of all videos.

    Args:
        videos: the annotation file.
        proposals: by name of the video, without ``v_``.
        classes: names; their numbers count from 0.
    """
    import numpy as np

    from mmaction.evaluation.functional.eval_detection import strip_video_prefix

    index = {name: number for number, name in enumerate(classes)}
    lines = []
    for number, (name, info) in enumerate(videos.items()):
        unknown = [a['label'] for a in info['annotations'] if a['label'] not in index]
        if unknown:
            raise ValueError(f'Video {name!r} has the label {unknown[0]!r}, which is none of the {len(index)} classes.')
        missing = [key for key in ('duration_frame', 'fps') if key not in info]
        if missing:
            raise ValueError(f'Video {name!r} has no {", ".join(missing)} in the annotation file.')
        truth = np.asarray([[*a['segment'], index[a['label']]] for a in info['annotations']], float).reshape(-1, 3)
        video = strip_video_prefix(name)
        found = np.asarray([p['segment'] for p in proposals.get(video, ())], float).reshape(-1, 2)
        lines += format_video(number, video, info['duration_frame'], info['fps'], truth, found)
    return lines


def run(args: argparse.Namespace) -> None:
    """Convert."""
    from mmengine.fileio import load

    from mmaction.datasets import ActivityNetDataset
    from mmaction.utils.labels import read_labels

    infos = ActivityNetDataset(args.ann_file, pipeline=[], serialize_data=False).data_list
    proposals = load(args.proposal_file)
    if not isinstance(proposals, dict) or not isinstance(proposals.get('results'), dict):
        raise ValueError(f'{args.proposal_file} must be a dict with the key "results", a dict of videos.')
    classes = read_labels(args.activity_index_file)
    lines = format_proposals({info['video_name']: info for info in infos}, proposals['results'], classes)
    with open(args.formatted_proposal_file, 'w') as file:
        file.write('\n'.join(lines) + '\n')
    print(f'{len(infos)} videos are written to {args.formatted_proposal_file}.')


parse_args, main = entry_points(__name__)
