"""Actions of the persons in a video: ``mmaction detect VIDEO --config CONFIG --checkpoint CHECKPOINT``."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
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
from mmaction.cli.infer.persons import add_boxes, add_detector_network, check_score_thr, person_source

if TYPE_CHECKING:
    from mmengine.model import BaseModel

    from mmaction.inference.detect import VideoActions

HELP = 'Detect who does what, where and when in a video'
FILE_SCORE_THR = 0.002  # that of AVAMetric


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction detect``."""
    parser.description = (
        'Detect the actions of the persons in a video. Writes NAME.json (tracks of persons with their actions), '
        "NAME.csv (AVA's format) and NAME.mp4 (the video with boxes and labels)."
    )
    parser.add_argument('video', help='video file, folder of frames, or URL')
    parser.add_argument(
        '--config', required=True, help='config of an action detector, such as those of configs/detection'
    )
    parser.add_argument('--checkpoint', required=True, help='its weights: file or URL')
    parser.add_argument('--out', default='.', help='folder for the results; default: the current one')
    parser.add_argument('--no-video', action='store_true', help='do not write the video')
    add_boxes(parser)
    add_detector_network(parser)
    add_tracking(parser)
    parser.add_argument('--label-map', help="names of the classes; default: the label file of the config's data set")
    add_scores(parser)
    parser.add_argument('--predict-stepsize', type=int, default=8, help='frames from one prediction to the next')
    parser.add_argument('--output-stepsize', type=int, default=1, help='write every n-th frame of the video')
    parser.add_argument('--output-fps', type=float, help='frames per second of the written video')
    parser.add_argument('--short-side', type=int, help="short side of the written video, px; default: the video's")
    parser.add_argument('--fps', type=float, help='frames per second of a folder of frames; default: 30')
    parser.add_argument('--batch-size', type=int, default=1, help='predictions per batch')
    add_device(parser)
    add_precision(parser)
    add_config_options(parser)


def add_tracking(parser: argparse.ArgumentParser) -> None:
    """Add ``--detect-stepsize``."""
    parser.add_argument(
        '--detect-stepsize',
        type=int,
        help='frames from one detection of persons to the next, a divisor of --predict-stepsize, which is the default; '
        'small ones follow fast people better',
    )


def add_scores(parser: argparse.ArgumentParser) -> None:
    """Add the thresholds of actions."""
    parser.add_argument('--action-score-thr', type=float, default=0.5, help='minimum score of the actions to draw')
    parser.add_argument('--topk', type=int, default=5, help='maximum number of actions to draw per person')
    parser.add_argument(
        '--file-score-thr',
        type=float,
        default=FILE_SCORE_THR,
        help='minimum score of the actions in json and csv; default: that of AVAMetric',
    )


def run(args: argparse.Namespace) -> None:
    """Detect, print the tracks, and write json, csv and video."""
    from mmaction.apis import init_recognizer
    from mmaction.video import describe_input, input_name

    check(args)
    check_at_least_one(args, 'batch_size')
    check_positive(args, 'fps')
    if os.path.exists(args.out) and not os.path.isdir(args.out):
        raise UsageError(f'--out ({args.out}) must be a folder, but is a file')
    describe_input(args.video)  # a wrong path is reported before models are built
    base = os.path.join(args.out, input_name(args.video) or 'video')
    video = None if args.no_video else f'{base}.mp4'
    refuse_overwriting(args.video, video)
    cfg = read_config(args.config, args.cfg_options)
    model = init_recognizer(cfg, args.checkpoint, device=args.device, **precision_of(args))
    detect_and_write(args, model, Outputs(video, f'{base}.json', f'{base}.csv'))


@dataclass(frozen=True)
class Outputs:
    """Paths to write; None for none."""

    video: str | None
    json: str | None
    csv: str | None


def check(args: argparse.Namespace) -> None:
    """Check the numbers among the arguments."""
    check_at_least_one(args, 'predict_stepsize', 'detect_stepsize', 'output_stepsize', 'topk', 'short_side')
    check_positive(args, 'output_fps', 'boxes_fps')
    check_score_thr(args, 'action_score_thr', 'det_score_thr', 'file_score_thr')
    if args.detect_stepsize is not None and args.predict_stepsize % args.detect_stepsize:
        raise UsageError(
            f'--detect-stepsize ({args.detect_stepsize}) must divide --predict-stepsize ({args.predict_stepsize})'
        )


def refuse_overwriting(source: str, target: str | None) -> None:
    """Raise ValueError if a video would be overwritten by its own result."""
    if target and os.path.exists(target) and os.path.exists(source) and os.path.samefile(source, target):
        raise ValueError(f'The result would overwrite the video {source}. Give another name or folder.')


def detect_and_write(args: argparse.Namespace, model: BaseModel, out: Outputs) -> VideoActions:
    """Detect the actions of ``args.video``, print the tracks and write the files."""
    from mmaction.inference.detect import Steps, action_names, detect_actions, write_ava_csv, write_tracks
    from mmaction.inference.detect.clips import KeyFrameClips
    from mmaction.inference.pipeline import config_of
    from mmaction.utils.files import complete_or_absent
    from mmaction.utils.progress import track
    from mmaction.video import open_video, write_frames

    source = person_source(args)
    classes = action_names(model, args.label_map)
    naming = KeyFrameClips(config_of(model)).naming
    fps = getattr(args, 'fps', None)
    with open_video(args.video, naming=naming) as reader:
        result = detect_actions(
            args.video,
            model,
            source.open(reader, fps=fps),
            classes=classes,
            steps=Steps(args.predict_stepsize, args.detect_stepsize),
            person_score_thr=args.det_score_thr or 0.0,
            batch_size=getattr(args, 'batch_size', 1),
            fps=fps,
            progress=True,
        )
        print_tracks(result, args.action_score_thr)
        if out.json:
            write_tracks(out.json, result, args.file_score_thr)
        if out.csv:
            write_ava_csv(out.csv, result, args.file_score_thr)
        if out.video:
            rate = args.output_fps or result.facts.fps / args.output_stepsize
            frames = drawn_frames(args, reader, result)
            total = -(-len(reader) // args.output_stepsize)
            with complete_or_absent(out.video) as unfinished:
                write_frames(unfinished, track(frames, 'Drawing', total=total), rate)
    print(f'Written: {", ".join(path for path in (out.json, out.csv, out.video) if path)}')
    return result


def drawn_frames(args: argparse.Namespace, reader: Any, result: VideoActions) -> Any:
    """Frames with boxes and labels, as the arguments ask for."""
    from mmaction.inference.detect.draw import draw_actions

    return draw_actions(
        reader,
        result,
        args.action_score_thr,
        topk=args.topk,
        step=args.output_stepsize,
        short_side=args.short_side,
    )


def print_tracks(result: VideoActions, score_thr: float) -> None:
    """Print a line per person: when it was seen, and its most frequent actions."""
    from mmaction.inference.detect.results import track_summaries

    tracks = track_summaries(result, score_thr)
    for one in tracks:
        actions = ', '.join(f'{name} ({seconds:.1f} s)' for name, seconds in one.actions[:5]) or '-'
        print(f'#{one.number:<4} {one.start_sec:8.2f} s  to {one.end_sec:8.2f} s  {actions}')
    duration = result.second_of(result.facts.num_frames)
    print(f'{len(tracks)} persons in {len(result.key_frames)} key frames of {duration:.1f} s')


parse_args, main = entry_points(__name__)
