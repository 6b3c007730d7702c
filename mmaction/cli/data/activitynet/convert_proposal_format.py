"""Proposals for action classifiers such as SSN: ``python tools/data/activitynet/convert_proposal_format.py``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmaction.cli.command import entry_points
from mmaction.cli.files import read_results
from mmaction.utils.labels import read_labels

HELP = "Convert proposals to SSN's format"
_ROOT = '../../..'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/activitynet/convert_proposal_format.py``."""
    parser.description = "Convert proposals in ActivityNet's format to SSN's text format"
    parser.add_argument(
        '--ann-file', default=f'{_ROOT}/data/ActivityNet/anet_anno_val.json', help='annotation file of the videos'
    )
    parser.add_argument(
        '--activity-index-file',
        default=f'{_ROOT}/data/ActivityNet/anet_activity_indexes_val.txt',
        help='class names, one per line',
    )
    parser.add_argument('--proposal-file', default=f'{_ROOT}/results.json', help='proposals to convert')
    parser.add_argument(
        '--formatted-proposal-file', default=f'{_ROOT}/anet_val_formatted_proposal.txt', help='file to write'
    )


def run(args: argparse.Namespace) -> None:
    """Convert."""
    from mmaction.datasets import ActivityNetDataset

    infos = ActivityNetDataset(args.ann_file, pipeline=[], serialize_data=False).data_list
    proposals = read_results(args.proposal_file, 'proposals')
    videos = {info['video_name']: info for info in infos}
    lines = format_proposals(videos, proposals['results'], read_labels(args.activity_index_file))
    with open(args.formatted_proposal_file, 'w') as file:
        file.write('\n'.join(lines) + '\n')
    print(f'{len(infos)} videos are written to {args.formatted_proposal_file}.')


def format_video(
    number: int, video: str, num_frames: int, fps: float, truth: np.ndarray, proposals: np.ndarray
) -> list[str]:
    """Make the lines of a video: ``#number``, name, frames, fps, then annotated segments and proposals, each counted.

    A proposal's line has class, largest tIoU with an annotated segment, the largest fraction of it inside one, start
    and end; class 0 and fractions 0, 0 if it overlaps none. Times are in seconds.

    Args:
        number: position of the video in the file.
        video: its name.
        num_frames: its number of frames.
        fps: its frame rate.
        truth: (G, 3), start, end and class index.
        proposals: (N, 2), start and end.
    """
    from mmaction.evaluation.functional.temporal import pairwise_temporal_iou

    lines = [f'#{number}', video, str(num_frames), str(fps), str(len(truth))]
    lines += [f'{int(label)} {start} {end}' for start, end, label in truth.tolist()]
    lines.append(str(len(proposals)))
    best_iou = best_part = labels = np.zeros(len(proposals))
    if len(truth) and len(proposals):
        ious, parts = pairwise_temporal_iou(proposals, truth[:, :2], calculate_overlap_self=True)  # (G, N)
        best_iou = ious.max(axis=0)
        best_part = parts.max(axis=0)
        by_iou = truth[ious.argmax(axis=0), 2]
        by_part = truth[parts.argmax(axis=0), 2]
        labels = np.where(best_iou > 0, np.where(by_iou != 0, by_iou, by_part), 0)
    for (start, end), label, iou, part in zip(proposals.tolist(), labels, best_iou.tolist(), best_part.tolist()):
        lines.append(f'{int(label)} {iou:g} {part:g} {start} {end}')
    return lines


def format_proposals(
    videos: Mapping[str, Mapping[str, Any]], proposals: Mapping[str, Sequence[Mapping]], classes: Sequence[str]
) -> list[str]:
    """Make the lines of all videos.

    Args:
        videos: the annotation file.
        proposals: by the name of the video, without ``v_``.
        classes: class names.

    Raises:
        ValueError: a video has an unknown label, or no number of frames or frame rate.
    """
    from mmaction.evaluation.functional.eval_detection import strip_video_prefix

    index = {name: number for number, name in enumerate(classes)}
    lines = []
    for number, (name, info) in enumerate(videos.items()):
        annotations = info['annotations']
        unknown = [annotation['label'] for annotation in annotations if annotation['label'] not in index]
        if unknown:
            raise ValueError(f'Video {name!r} has the label {unknown[0]!r}, which is none of the {len(index)} classes.')
        missing = [key for key in ('duration_frame', 'fps') if key not in info]
        if missing:
            raise ValueError(f'Video {name!r} has no {", ".join(missing)} in the annotation file.')
        truth = [[*annotation['segment'], index[annotation['label']]] for annotation in annotations]
        video = strip_video_prefix(name)
        segments = [proposal['segment'] for proposal in proposals.get(video, ())]
        lines += format_video(
            number,
            video,
            info['duration_frame'],
            info['fps'],
            np.asarray(truth, float).reshape(-1, 3),
            np.asarray(segments, float).reshape(-1, 2),
        )
    return lines


parse_args, main = entry_points(__name__)
