"""Arguments about the persons in a video, which the commands for poses and for actions of persons share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mmaction.cli.errors import UsageError

if TYPE_CHECKING:
    from mmaction.inference.detect.choose import PersonSource

DEMO_CONFIGS = 'demo/demo_configs'  # in a checkout of MMAction2; ours has no configs of other packages
WEIGHTS = 'https://download.openmmlab.com'
_CONFIG = f'{DEMO_CONFIGS}/faster-rcnn_r50_fpn_2x_coco_infer.py'
_CHECKPOINT = (
    f'{WEIGHTS}/mmdetection/v2.0/faster_rcnn/faster_rcnn_r50_fpn_2x_coco/'
    'faster_rcnn_r50_fpn_2x_coco_bbox_mAP-0.384_20200504_210434-a5d8aa15.pth'
)


def add_detector_network(parser: argparse.ArgumentParser, category: bool = True) -> None:
    """Add the arguments about a network that detects persons; ``category``: with ``--det-cat-id``."""
    parser.add_argument('--det-config', default=_CONFIG, help='config of a detector, needed with MMDetection')
    parser.add_argument('--det-checkpoint', default=_CHECKPOINT, help='its weights, or an .onnx for rtmlib')
    parser.add_argument(
        '--det-score-thr',
        type=float,
        help='minimum score of persons; default: 0.9 with MMDetection, 0.5 with rtmlib, else 0',
    )
    if category:
        parser.add_argument('--det-cat-id', type=int, default=0, help='class index of persons in the detector')


def add_boxes(parser: argparse.ArgumentParser) -> None:
    """Add the arguments about person boxes without a network."""
    parser.add_argument(
        '--boxes',
        help="precomputed boxes, so that no detector is needed: json (ours, COCO's, poses), npz, pkl or csv (AVA's), "
        "txt (MOT's); or a folder with such a file of the video's name",
    )
    parser.add_argument('--boxes-name', help="name of the video in a file of many; default: the video's")
    parser.add_argument(
        '--boxes-start',
        type=float,
        default=0.0,
        help="timestamp of the video's first frame in AVA's files, s; AVA's own videos start at 900",
    )
    add_detector(parser)


def add_detector(parser: argparse.ArgumentParser) -> None:
    """Add ``--detector``."""
    parser.add_argument(
        '--boxes-fps',
        type=float,
        help="frames per unit of the timestamps in AVA's files; 1 if these are numbers of frames, as in the files of "
        "mmaction data detection; default: the video's frames per second",
    )
    parser.add_argument(
        '--detector',
        choices=['moving', 'rtmlib', 'mmdet'],
        help='detector of persons: moving (what moves before a camera that does not), rtmlib (RTMDet as ONNX) or mmdet '
        '(MMDetection); default: the last one of these that is installed',
    )


def check_score_thr(args: argparse.Namespace, *names: str) -> None:
    """Check thresholds of scores among the arguments; None counts as not given.

    Raises:
        UsageError: one of them is not in [0, 1].
    """
    for name in names:
        value = getattr(args, name)
        if value is not None and not 0 <= value <= 1:
            raise UsageError(f'--{name.replace("_", "-")} ({value}) must be in [0, 1]')


def person_source(args: argparse.Namespace) -> PersonSource:
    """The source of boxes that the arguments ask for.

    Raises:
        UsageError: ``--boxes`` and ``--detector`` are both given, or the threshold is no probability.
    """
    from mmaction.inference.detect.choose import PersonSource

    check_score_thr(args, 'det_score_thr')
    boxes = getattr(args, 'boxes', None)
    if boxes and args.detector:
        raise UsageError(f'--boxes and --detector {args.detector} exclude each other')
    return PersonSource(
        boxes=boxes,
        boxes_name=getattr(args, 'boxes_name', None),
        boxes_start=getattr(args, 'boxes_start', 0.0),
        boxes_fps=getattr(args, 'boxes_fps', None),
        detector=args.detector,
        config=args.det_config,
        checkpoint=args.det_checkpoint,
        asks_for_network=args.det_config != _CONFIG or args.det_checkpoint != _CHECKPOINT,
        score_thr=args.det_score_thr,
        category=getattr(args, 'det_cat_id', 0),
        device=args.device,
    )


def add_pose_network(parser: argparse.ArgumentParser) -> None:
    """Declare the pose network."""
    parser.add_argument(
        '--pose-config',
        default=f'{DEMO_CONFIGS}/td-hm_hrnet-w32_8xb64-210e_coco-256x192_infer.py',
        help='config of a pose network, needed with MMPose',
    )
    parser.add_argument(
        '--pose-checkpoint',
        default=f'{WEIGHTS}/mmpose/top_down/hrnet/hrnet_w32_coco_256x192-c78dce93_20200708.pth',
        help='its weights, or an .onnx for rtmlib',
    )
