"""Persons, poses, their actions, and the action of the whole video: ``demo/demo_video_structuralize.py``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import (
    add_config_options,
    add_device,
    add_precision,
    check_at_least_one,
    check_positive,
    precision_of,
    read_config,
)
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.cli.infer.detect import refuse_overwriting
from mmaction.cli.infer.persons import (
    WEIGHTS,
    add_boxes,
    add_detector_network,
    add_pose_network,
    check_score_thr,
    person_source,
)
from mmaction.cli.infer.spatiotemporal_det import DETECTION_CHECKPOINT, DETECTION_CONFIG, LABEL_MAP

if TYPE_CHECKING:
    import numpy as np

    from mmaction.inference.detect import VideoActions
    from mmaction.inference.pose import FramePoses
    from mmaction.video import FrameReader

HELP = 'Draw persons, poses and actions in a video'
_SKELETON = 'slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint'
_TSN = 'tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb'
_FALLBACK_FPS = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo_video_structuralize.py``."""
    parser.add_argument('--rgb-stdet-config', default=DETECTION_CONFIG, help='config of an action detector')
    parser.add_argument('--rgb-stdet-checkpoint', default=DETECTION_CHECKPOINT, help='its weights: file or URL')
    parser.add_argument(
        '--skeleton-stdet-checkpoint',
        default=f'{WEIGHTS}/mmaction/skeleton/posec3d/posec3d_ava.pth',
        help='weights of --skeleton-config with the classes of --label-map-stdet: file or URL',
    )
    add_detector_network(parser, category=False)
    add_boxes(parser)
    add_pose_network(parser)
    parser.add_argument('--poses', help='precomputed poses, .json, .npz or .pkl; no pose networks are needed')
    parser.add_argument(
        '--skeleton-config', default=f'configs/skeleton/posec3d/{_SKELETON}.py', help='config of PoseC3D'
    )
    parser.add_argument(
        '--skeleton-checkpoint',
        default=f'{WEIGHTS}/mmaction/v1.0/skeleton/posec3d/{_SKELETON}/{_SKELETON}_20220815-38db104b.pth',
        help='its weights: file or URL',
    )
    parser.add_argument('--rgb-config', default=f'configs/recognition/tsn/{_TSN}.py', help='config of a recognizer')
    parser.add_argument(
        '--rgb-checkpoint',
        default=f'{WEIGHTS}/mmaction/v1.0/recognition/tsn/{_TSN}/{_TSN}_20220906-cd10898e.pth',
        help='its weights: file or URL',
    )
    parser.add_argument('--use-skeleton-stdet', action='store_true', help="detect actions by the persons' poses")
    parser.add_argument('--use-skeleton-recog', action='store_true', help='recognize the action of the video by poses')
    parser.add_argument('--action-score-thr', type=float, default=0.4, help='minimum score of the actions to draw')
    parser.add_argument('--video', default='demo/test_video_structuralize.mp4', help='video file, or folder of frames')
    parser.add_argument('--label-map-stdet', default=LABEL_MAP, help='names of the classes of the action detector')
    parser.add_argument(
        '--label-map', default='tools/data/kinetics/label_map_k400.txt', help='names of the classes of the recognizer'
    )
    add_device(parser)
    add_precision(parser)
    parser.add_argument('--out-filename', default='demo/test_stdet_recognition_output.mp4', help='the result')
    parser.add_argument('--predict-stepsize', type=int, default=8, help='frames from one prediction to the next')
    parser.add_argument('--output-stepsize', type=int, default=1, help='write every n-th frame of the video')
    parser.add_argument('--output-fps', type=float, default=24, help='frames per second of the written video')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Detect, recognize, and write the video."""
    from mmaction.utils.files import complete_or_absent
    from mmaction.utils.labels import read_labels
    from mmaction.video import describe_input, open_video, write_frames

    check_at_least_one(args, 'predict_stepsize', 'output_stepsize')
    check_positive(args, 'output_fps', 'boxes_fps')
    check_score_thr(args, 'action_score_thr', 'det_score_thr')
    describe_input(args.video)
    refuse_overwriting(args.video, args.out_filename)
    labels = read_labels(args.label_map)
    with open_video(args.video) as reader:
        poses = _poses(args, reader)
        result = _detect_by_poses(args, reader, poses) if args.use_skeleton_stdet else _detect(args, reader, poses)
        action = _recognize(args, reader, poses, labels)
        print(f'The action of the video is {action}.')
        with complete_or_absent(args.out_filename) as unfinished:
            write_frames(unfinished, _draw(args, reader, result, poses, action), args.output_fps)
    print(f'The video with all results is at {args.out_filename}.')


def _poses(args: argparse.Namespace, reader: FrameReader) -> list[FramePoses] | None:
    """Poses of all frames; None if nothing needs them."""
    from mmaction.cli.infer.skeleton import poses_of

    needs_poses = args.use_skeleton_stdet or args.use_skeleton_recog
    if args.poses is None and not needs_poses:
        return None
    if args.poses is None and args.boxes:
        raise UsageError('--use-skeleton-stdet and --use-skeleton-recog need poses: give --poses in place of --boxes')
    return poses_of(args, reader)


def _detect(args: argparse.Namespace, reader: FrameReader, poses: Sequence[FramePoses] | None) -> VideoActions:
    """Detect actions by a network on frames; the persons are those of the poses, if there are any."""
    from mmaction.apis import init_recognizer
    from mmaction.inference.detect import PersonBoxes, PrecomputedBoxes, Steps, action_names, detect_actions

    cfg = read_config(args.rgb_stdet_config, args.cfg_options)
    model = init_recognizer(cfg, args.rgb_stdet_checkpoint, args.device, **precision_of(args))
    detector: Any
    if poses is None:
        detector = person_source(args).open(reader)
    else:
        detector = PrecomputedBoxes({i: PersonBoxes.of(p.boxes, p.box_scores) for i, p in enumerate(poses)})
    return detect_actions(
        args.video,
        model,
        detector,
        classes=action_names(model, args.label_map_stdet),
        steps=Steps(args.predict_stepsize),
        person_score_thr=args.det_score_thr or 0.0,
        progress=True,
    )


def _detect_by_poses(args: argparse.Namespace, reader: FrameReader, poses: Sequence[FramePoses] | None) -> VideoActions:
    from mmaction.apis import init_recognizer
    from mmaction.inference.detect import Steps, VideoActions
    from mmaction.inference.detect.classes import read_names
    from mmaction.inference.detect.pose_actions import detect_pose_actions
    from mmaction.inference.localize import VideoFacts

    names = read_names(args.label_map_stdet)
    cfg = read_config(args.skeleton_config, args.cfg_options)
    cfg.merge_from_dict({'model.cls_head.num_classes': max(names) + 1})  # with the background: 81 for AVA
    model = init_recognizer(cfg, args.skeleton_stdet_checkpoint, args.device, **precision_of(args))
    found = detect_pose_actions(model, poses or (), reader.size, steps=Steps(args.predict_stepsize))
    facts = VideoFacts(Path(args.video).stem, len(reader), reader.avg_fps or _FALLBACK_FPS)
    return VideoActions(facts, reader.size, names, found)


def _recognize(
    args: argparse.Namespace, reader: FrameReader, poses: Sequence[FramePoses] | None, labels: Sequence[str]
) -> str:
    """Recognize the action of the whole video."""
    from mmaction.apis import inference_recognizer, inference_skeleton, init_recognizer

    by_poses = args.use_skeleton_recog
    config, checkpoint = args.rgb_config, args.rgb_checkpoint
    if by_poses:
        config, checkpoint = args.skeleton_config, args.skeleton_checkpoint
    model = init_recognizer(read_config(config, args.cfg_options), checkpoint, args.device, **precision_of(args))
    if by_poses:
        sample = inference_skeleton(model, poses or (), reader.size, track=True)
    else:
        sample = inference_recognizer(model, args.video)
    label, _ = next(iter(sample))
    return labels[label] if label < len(labels) else f'class {label}'


def _draw(
    args: argparse.Namespace,
    reader: FrameReader,
    result: VideoActions,
    poses: Sequence[FramePoses] | None,
    action: str,
) -> Iterator[np.ndarray]:
    """Frames with skeletons, boxes, the actions of the persons, and that of the video."""
    from mmaction.inference.detect.draw import ActionDrawer, persons_at
    from mmaction.inference.pose import FramePoses
    from mmaction.inference.pose.draw import draw_poses
    from mmaction.visualization.action_visualizer import place_panel
    from mmaction.visualization.frames import target_size
    from mmaction.visualization.overlay import Row, blend

    drawer = ActionDrawer(result.classes, args.action_score_thr)
    height, width = target_size(*result.img_shape, None, None)  # very small frames are enlarged
    x, y = width / result.img_shape[1], height / result.img_shape[0]
    panel = place_panel([[Row(action)]], (height, width), {})
    occupied = [] if panel is None else [panel.box]
    nobody = FramePoses.nobody()
    for number, frame in enumerate(reader.iter_frames()):
        if number % args.output_stepsize:
            continue
        drawn = draw_poses(frame, nobody if poses is None else poses[number], (height, width))
        persons = [(key, box * [x, y, x, y], scores) for key, box, scores in persons_at(result.key_frames, number)]
        labelled = drawer.draw(drawn, persons, occupied)
        yield labelled if panel is None else blend(labelled[None], panel)[0]


parse_args, main = entry_points(__name__)
