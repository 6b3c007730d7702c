"""2D poses of a video of NTU RGB+D, as a sample of ``PoseDataset``: ``ntu_pose_extraction.py VIDEO OUT``.

The poses come from rtmlib, or from a file of poses made elsewhere (``--poses``).
"""

from __future__ import annotations

import argparse
import os
import os.path as osp
from contextlib import suppress

from mmaction.cli.command import entry_points
from mmaction.cli.files import write_pickle

HELP = 'Estimate the poses in a video of NTU RGB+D'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/skeleton/ntu_pose_extraction.py``."""
    parser.add_argument('video', help='the video; its name gives the label, such as S001C001P001R001A001_rgb.avi')
    parser.add_argument('output', help='pickle to write')
    parser.add_argument('--device', default='cuda:0', help='device of the pose network')
    parser.add_argument('--skip-postproc', action='store_true', help='keep everybody, in the order of each frame')
    parser.add_argument('--poses', help='file of poses to use instead of estimating them')


def run(args: argparse.Namespace) -> None:
    """Estimate and write."""
    annotation = extract(args.video, args.device, not args.skip_postproc, args.poses)
    write_pickle(annotation, args.output)
    print(f'Wrote {args.output}: {len(annotation["keypoint"])} persons in {annotation["total_frames"]} frames')


def extract(video: str | os.PathLike, device: str = 'cpu', clean: bool = True, poses: str | None = None) -> dict:
    """Make the sample of a video.

    Args:
        video: file. The label comes from a name such as ``S001C001P001R001A001_rgb.avi``, else it is -1.
        device: of the pose network.
        clean: follow each person through the video and keep the one with the highest confidence, or two for the
            actions of two persons.
        poses: file of poses to use instead of estimating them, as ``mmaction.inference.pose.load_poses`` reads it.

    Raises:
        ValueError: nobody is in the video.
    """
    from mmaction.datasets.ntu_skeletons import SampleName
    from mmaction.inference.pose import RTMLibEstimator, estimate_poses, load_poses, poses_to_arrays
    from mmaction.video import open_reader

    name = osp.splitext(osp.basename(video))[0]
    parsed = None
    with suppress(ValueError):
        parsed = SampleName.parse(name)
    with open_reader(video) as reader:
        num_frames = len(reader)
        shape = reader.size
        estimator = load_poses(poses) if poses else RTMLibEstimator(device=device)
        frames = estimate_poses(estimator, reader.iter_frames())
    keypoint, score = poses_to_arrays(frames, track=clean)  # (M, T, V, 2), (M, T, V)
    if clean and parsed is not None:
        persons = 2 if parsed.mutual else 1
        keypoint = keypoint[:persons]
        score = score[:persons]
    return dict(
        frame_dir=name.removesuffix('_rgb'),
        label=-1 if parsed is None else parsed.action - 1,
        img_shape=shape,
        original_shape=shape,
        total_frames=num_frames,
        keypoint=keypoint,
        keypoint_score=score,
    )


parse_args, main = entry_points(__name__)
