"""The action in a video, from human poses: ``python demo/demo_skeleton.py VIDEO OUT``.

Poses come from a file (``--poses``), or from networks: those of MMDetection and MMPose if they are installed, else
rtmlib's.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmaction.cli.args import (
    add_config_options,
    add_device,
    add_precision,
    precision_of,
    print_best,
    read_config,
    write_drawn,
)
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.cli.infer.detect import refuse_overwriting
from mmaction.cli.infer.persons import WEIGHTS, add_detector_network, add_pose_network, check_score_thr
from mmaction.utils.labels import read_labels

if TYPE_CHECKING:
    from mmaction.inference.pose import FramePoses
    from mmaction.structures import ActionDataSample
    from mmaction.video import FrameReader

HELP = 'Recognize the action in a video from human poses'
_CONFIG = 'configs/skeleton/posec3d/slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint.py'
_NAME = 'slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint'
_FPS = 30.0  # of folders of frames, whose frame rate is unknown
_EXTRA_FRAMES = 2  # the header of a video may count a frame or two more than can be decoded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo_skeleton.py``."""
    parser.add_argument('video', help='video file, folder of frames, or URL')
    parser.add_argument('out_filename', help='where to write the video with skeletons and label: .mp4, .avi, .gif, ...')
    parser.add_argument('--config', default=_CONFIG, help='config of a skeleton recognizer')
    parser.add_argument(
        '--checkpoint',
        default=f'{WEIGHTS}/mmaction/v1.0/skeleton/posec3d/{_NAME}/{_NAME}_20220815-38db104b.pth',
        help='its weights: file or URL',
    )
    parser.add_argument('--poses', help='precomputed poses, .json, .npz or .pkl; no pose networks are needed')
    parser.add_argument('--poses-name', help="name of the sample in --poses; default: the video's name")
    parser.add_argument('--save-poses', help='where to write the poses, .json or .npz')
    add_detector_network(parser)
    add_pose_network(parser)
    parser.add_argument('--pose-score-thr', type=float, default=0.3, help='minimum confidence of the joints to draw')
    parser.add_argument('--label-map', default='tools/data/skeleton/label_map_ntu60.txt', help='file of class names')
    add_device(parser)
    add_precision(parser)
    parser.add_argument('--short-side', type=int, default=480, help='short side of the result, px')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Estimate poses, recognize and print, write the video."""
    from mmaction.apis import inference_skeleton, init_recognizer
    from mmaction.inference.pose import save_poses
    from mmaction.video import open_video

    _check(args)
    labels = read_labels(args.label_map)
    cfg = read_config(args.config, args.cfg_options)
    with open_video(args.video) as reader:
        # The model is built before poses are estimated: a missing checkpoint is reported at once.
        model = init_recognizer(cfg, args.checkpoint, device=args.device, **precision_of(args))
        poses = poses_of(args, reader)
        if args.save_poses is not None:
            save_poses(args.save_poses, poses, reader.size)

        sample = None
        if any(map(len, poses)):
            sample = inference_skeleton(model, poses, reader.size, track=True)
            print_best(sample, labels)
        else:
            print(f'There is nobody in any of the {len(reader)} frames: no action is recognized.')
        print(f'The video with the skeletons is at {_write(args, reader, poses, sample, labels)}.')


def _check(args: argparse.Namespace) -> None:
    from mmaction.inference.pose.networks import is_installed

    if args.short_side < 16:
        raise UsageError(f'--short-side ({args.short_side}) must be at least 16')
    check_score_thr(args, 'det_score_thr')
    refuse_overwriting(args.video, args.out_filename)
    if args.poses:
        return
    # rtmlib reads no config.
    for package, option, config in (('mmdet', 'det', args.det_config), ('mmpose', 'pose', args.pose_config)):
        if is_installed(package) and not os.path.isfile(config):
            raise FileNotFoundError(
                f'There is no config at {config}. Give one of {package} with --{option}-config, and its weights with '
                f'--{option}-checkpoint.'
            )


def poses_of(args: argparse.Namespace, reader: FrameReader) -> list[FramePoses]:
    """Poses of all frames of a video, from ``--poses`` or by the networks of the arguments."""
    return _from_file(args, reader) if args.poses else _from_networks(args, reader)


def _from_file(args: argparse.Namespace, reader: FrameReader) -> list[FramePoses]:
    from mmaction.inference.pose import estimate_poses, load_poses

    stored = load_poses(args.poses, getattr(args, 'poses_name', None) or Path(args.video.rstrip('/')).stem)
    if len(stored) > len(reader) + _EXTRA_FRAMES:
        raise ValueError(
            f'{args.poses} has poses of {len(stored)} frames, but {args.video} has {len(reader)}: they belong to '
            'another video, or to one with another frame rate.'
        )
    if len(stored) < len(reader):
        print(f'{args.poses} has poses of {len(stored)} of the {len(reader)} frames; the others count as empty.')
    return estimate_poses(stored, reader.iter_frames())


def _from_networks(args: argparse.Namespace, reader: FrameReader) -> list[FramePoses]:
    from mmaction.inference.pose import FramePoses
    from mmaction.inference.pose.networks import BGRFrames, detection_inference, is_installed, pose_inference

    images = BGRFrames(reader)
    threshold = args.det_score_thr
    if threshold is None:
        threshold = 0.9 if is_installed('mmdet') else 0.5
    boxes, _ = detection_inference(
        args.det_config,
        args.det_checkpoint,
        images,
        det_score_thr=threshold,
        det_cat_id=getattr(args, 'det_cat_id', 0),
        device=args.device,
        with_score=not is_installed('mmpose'),
    )
    poses, _ = pose_inference(args.pose_config, args.pose_checkpoint, images, boxes, device=args.device)
    return [FramePoses.of_dict(pose) for pose in poses]


def _write(
    args: argparse.Namespace,
    reader: FrameReader,
    poses: Sequence[FramePoses],
    sample: ActionDataSample | None,
    labels: Sequence[str],
) -> Path:
    from mmaction.inference.pose.draw import draw_poses
    from mmaction.structures import ActionDataSample

    factor = args.short_side / min(reader.size)
    height, width = (max(round(size * factor), 1) for size in reader.size)
    drawn = (
        draw_poses(frame, own, (height, width), args.pose_score_thr) for frame, own in zip(reader.iter_frames(), poses)
    )
    if sample is None:  # drawn in place of a label
        labels = ['nobody found']
        sample = ActionDataSample().set_pred_label(0)
    # The size is given: without it, small frames would be enlarged again.
    fps = reader.avg_fps or _FPS
    return write_drawn(args.out_filename, drawn, sample, labels, fps=fps, target_resolution=(width, height))


parse_args, main = entry_points(__name__)
