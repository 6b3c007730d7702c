"""Samples of a dataset before, in and after its pipeline: ``browse_dataset.py CONFIG OUT``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import add_config_options, check_at_least_one, read_config
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError
from mmaction.utils.labels import read_labels
from mmaction.utils.progress import track

if TYPE_CHECKING:
    import numpy as np

HELP = 'Write or show samples of a dataset'
_TILE_HEIGHT = 240  # pixels, of the modes concat and pipeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/visualizations/browse_dataset.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('output_dir', nargs='?', default=None, help='folder of the videos; default: show them')
    parser.add_argument('--label', default=None, help='file of class names, one per line')
    parser.add_argument(
        '--phase', '-p', choices=['train', 'test', 'val'], default='train', help='which dataset; default: train'
    )
    parser.add_argument('--show-number', '-n', type=int, default=sys.maxsize, help='number of samples; default: all')
    parser.add_argument('--fps', type=int, default=5, help='frames per second of the videos; default: 5')
    parser.add_argument(
        '--mode',
        '-m',
        choices=['original', 'transformed', 'concat', 'pipeline'],
        default='transformed',
        help='original: the source video; transformed: the clip after the pipeline; concat: the decoded and the '
        'transformed clip side by side; pipeline: the clip after each step. Default: transformed',
    )
    parser.add_argument('--rescale-factor', '-r', type=float, help='multiplies the size of the videos')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Write or show the samples; unreadable ones are reported and skipped."""
    from mmaction.datasets.errors import is_unreadable
    from mmaction.registry import DATASETS, register_all_modules
    from mmaction.visualization.action_visualizer import can_show, show_clip
    from mmaction.visualization.stages import sample_name
    from mmaction.visualization.video_backend import save_clip

    check_at_least_one(args, 'show_number', 'fps')
    cfg = read_config(args.config, args.cfg_options)
    register_all_modules()
    if args.output_dir is None and not can_show():
        raise UsageError('there is no display to show the videos on; give an output_dir after the config')
    loader = cfg.get(f'{args.phase}_dataloader')
    if not loader:
        raise ValueError(f'{args.config} has no {args.phase}_dataloader.')
    dataset = DATASETS.build(loader.dataset)
    classes = (dataset.metainfo or {}).get('classes')
    if args.label is not None:
        classes = read_labels(args.label)

    count = min(args.show_number, len(dataset))
    names: set[str] = set()
    unreadable = 0
    for index in track(range(count), description=f'Browsing {args.phase}'):
        try:
            record, clip = sample_clip(dataset, index, args.mode, args.fps)
        except (OSError, RuntimeError, ValueError) as error:
            if not is_unreadable(error):
                raise
            unreadable += 1
            print(f'Sample {index} is skipped: {error}', file=sys.stderr)
            continue
        clip = _with_label(record, clip, classes, args)
        name = sample_name(record, index)
        if args.output_dir is None:
            show_clip(clip, name, 1 / args.fps)
            continue
        if name in names:  # files of the same name in several folders
            name = f'{name}_{index:05d}'
        names.add(name)
        save_clip(Path(args.output_dir, f'{name}.mp4'), clip, fps=args.fps, out_type='video')
    if args.output_dir is not None:
        print(f'{count - unreadable} videos are saved to {args.output_dir}')


def sample_clip(dataset: Any, index: int, mode: str, fps: float) -> tuple[dict, np.ndarray]:
    """Make the clip that ``mode`` shows of a sample.

    Returns:
        The record of the sample, and the clip, uint8 (T, H, W, 3).
    """
    from mmaction.visualization.stages import dataset_stages, locate, source_frames
    from mmaction.visualization.tiles import tile_clips

    if mode == 'original':
        inner, inner_index = locate(dataset, index)
        record = inner.get_data_info(inner_index)
        return record, source_frames(record, fps)
    record, stages = dataset_stages(dataset, index)
    if mode == 'transformed':
        return record, stages[-1].frames
    columns = None
    if mode == 'concat':
        stages = [stages[0], stages[-1]]
        columns = 2
    clips = [stage.frames for stage in stages]
    captions = [f'{stage.name}  {stage.frames.shape[2]}x{stage.frames.shape[1]}' for stage in stages]
    return record, tile_clips(clips, captions, height=_TILE_HEIGHT, columns=columns)


def _with_label(record: dict, clip: np.ndarray, classes: Sequence[str] | None, args: argparse.Namespace) -> np.ndarray:
    """Draw the label: on the clip, or above the tiles."""
    from mmaction.structures import ActionDataSample
    from mmaction.visualization import ActionVisualizer
    from mmaction.visualization.caption import gt_rows
    from mmaction.visualization.overlay import GREEN
    from mmaction.visualization.stages import sample_name
    from mmaction.visualization.tiles import add_header

    sample = ActionDataSample()
    if record.get('label') is not None:
        sample.set_gt_label(record['label'])
    visualizer = ActionVisualizer()
    visualizer.dataset_meta = dict(classes=classes)
    if args.mode in ('original', 'transformed'):
        return visualizer.add_datasample('', clip, sample, rescale_factor=args.rescale_factor)
    rows = gt_rows(sample, classes)
    clip = add_header(clip, ' | '.join([sample_name(record, 0), *(row.text for row in rows)]), GREEN)
    # Tiles have their size already: without a factor they are not enlarged, as small clips are.
    return visualizer.add_datasample('', clip, None, rescale_factor=args.rescale_factor or 1.0)


parse_args, main = entry_points(__name__)
