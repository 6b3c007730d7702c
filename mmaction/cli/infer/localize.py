"""Actions of a long video in time: ``demo_localization.py VIDEO --out DIR --recognizer ... --localizer ...``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import (
    DictAction,
    add_device,
    add_precision,
    check_at_least_one,
    load_recognizer,
    precision_of,
    read_config,
)
from mmaction.cli.command import entry_points
from mmaction.cli.files import read_json, write_json
from mmaction.distributed.jobs import complete_or_absent
from mmaction.utils.progress import track

if TYPE_CHECKING:
    from mmaction.video import FrameReader

HELP = 'Localize the actions in a long video'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``demo/demo_localization.py``."""
    parser.description = (
        'Localize the actions in a long video. Writes NAME.json in the format of ActivityNet, NAME.png, a timeline, '
        'and NAME.mp4, the video with a running label.'
    )
    model = ('CONFIG', 'CHECKPOINT')
    parser.add_argument('video', help='video file')
    parser.add_argument('--out', required=True, help='folder for the results')
    parser.add_argument(
        '--recognizer',
        nargs=2,
        metavar=model,
        required=True,
        help="extracts the features; CHECKPOINT 'none': the pretrained weights that the config names",
    )
    parser.add_argument(
        '--recognizer-options',
        nargs='+',
        action=DictAction,
        help="settings that replace those of the recognizer's config: key=value",
    )
    parser.add_argument(
        '--localizer', nargs=2, metavar=model, required=True, help='finds the segments: BMN, ActionFormer, ...'
    )
    parser.add_argument(
        '--classifier',
        nargs=2,
        metavar=model,
        help='labels the segments of a localizer without classes. Default: the recognizer',
    )
    parser.add_argument('--classes', help='file of class names, one per line')
    parser.add_argument('--features', help='file of features of the video, instead of extracting them')
    parser.add_argument('--gt', help="json of the ground truth, in ActivityNetDataset's or ActivityNet's format")
    parser.add_argument('--clip-interval', type=int, help="frames between clips. Default: the localizer's, else 16")
    parser.add_argument('--frame-interval', type=int, help="frames between a clip's frames. Default: the recognizer's")
    parser.add_argument('--clip-len', type=int, help="frames per clip. Default: the recognizer's")
    parser.add_argument('--max-segments', type=int, default=50, help='maximum number of segments in the json')
    parser.add_argument('--min-score', type=float, default=0.0, help='minimum score of the segments in the json')
    parser.add_argument(
        '--draw-share', type=float, default=0.3, help='draw segments with at least this fraction of the best score'
    )
    parser.add_argument('--no-video', action='store_true', help='do not write the video')
    parser.add_argument('--batch-size', type=int, default=8, help='clips per batch of the recognizer')
    add_device(parser)
    add_precision(parser)


def run(args: argparse.Namespace) -> None:
    """Localize, print the segments, and write json, timeline and video."""
    from mmaction.apis import init_localizer, localize
    from mmaction.video import describe_input, input_name, open_video
    from mmaction.visualization.timeline import plot_timeline, without_overlaps

    check_at_least_one(args, 'clip_interval', 'frame_interval', 'clip_len', 'max_segments', 'batch_size')
    describe_input(args.video)  # a wrong path is reported before models are built
    name = input_name(args.video) or 'video'
    truth = None if args.gt is None else read_truth(args.gt, name)
    config, checkpoint = args.recognizer
    precision = precision_of(args)  # of the networks on frames; the localizer takes little time
    recognizer = load_recognizer(read_config(config, args.recognizer_options), checkpoint, args.device, **precision)
    classifier = None
    if args.classifier is not None:
        config, checkpoint = args.classifier
        classifier = load_recognizer(read_config(config), checkpoint, args.device, **precision)
    config, checkpoint = args.localizer
    result = localize(
        args.video,
        recognizer,
        init_localizer(config, checkpoint, device=args.device),
        classifier=classifier,
        classes=args.classes,
        features=args.features,
        clip_interval=args.clip_interval,
        frame_interval=args.frame_interval,
        clip_len=args.clip_len,
        max_segments=args.max_segments,
        min_score=args.min_score,
        batch_size=args.batch_size,
        progress=True,
    )
    segments = result['results'][name]
    base = os.path.join(args.out, name)
    write_json(result, f'{base}.json', indent=1)
    drawn = without_overlaps(segments, min_share=args.draw_share)
    for entry in sorted(drawn, key=lambda entry: entry['segment'][0]):
        start, end = entry['segment']
        print(f'{start:8.2f} s  to {end:8.2f} s  {entry["score"]:.3f}  {entry["label"]}')
    written = [f'{base}.json', f'{base}.png']
    with open_video(args.video) as reader:
        duration = len(reader) / reader.avg_fps
        plot_timeline(f'{base}.png', drawn, duration, truth, name)
        if not args.no_video:
            written.append(_write_video(f'{base}.mp4', args.video, reader, drawn, truth))
    print(f'{len(segments)} segments ({len(drawn)} drawn): {", ".join(written)}')


def read_truth(path: str, name: str) -> list[dict[str, Any]]:
    """Read the annotated segments of a video.

    Args:
        path: json, ``{name: {'annotations': [...]}}``, or ActivityNet's own with that under ``database``.
        name: of the video, with or without ``v_``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is malformed, or lacks the video.
    """
    content = read_json(path)
    videos = content.get('database', content) if isinstance(content, dict) else {}
    names = (name, f'v_{name}', name.removeprefix('v_'))
    info = next((videos[key] for key in names if key in videos), None)
    if info is None:
        raise ValueError(f'{path} has no video {name!r}; it has {", ".join(list(videos)[:5]) or "none"}, ...')
    annotations = info.get('annotations') if isinstance(info, dict) else None
    if not isinstance(annotations, list) or any(len(entry.get('segment', ())) != 2 for entry in annotations):
        raise ValueError(f"{path}: video {name!r} must have annotations, [{{'segment': [start, end], 'label': ...}}].")
    truth = []
    for entry in annotations:
        start, end = entry['segment']
        truth.append(dict(segment=[float(start), float(end)], label=entry.get('label', 'action')))
    return truth


def _write_video(path: str, source: str, reader: FrameReader, drawn: Sequence[Any], truth: Sequence[Any] | None) -> str:
    from mmaction.video import write_frames
    from mmaction.visualization.running_label import draw_running_labels

    if os.path.exists(path) and os.path.samefile(path, source):
        raise ValueError(f'The video would overwrite its source, {path}. Give another folder as --out.')
    fps = reader.avg_fps
    frames = draw_running_labels(reader.iter_frames(), drawn, len(reader) / fps, fps, truth)
    with complete_or_absent(path) as unfinished:
        write_frames(unfinished, track(frames, 'Drawing', total=len(reader)), fps)
    return path


parse_args, main = entry_points(__name__)
