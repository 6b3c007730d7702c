"""Grad-CAM of a recognizer: ``python tools/visualizations/vis_cam.py CONFIG CHECKPOINT VIDEO``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import (
    add_config_options,
    add_device,
    add_model,
    add_resize_algorithm,
    add_target_resolution,
    check_at_least_one,
    output_type,
    read_config,
    resize_by,
)
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError

if TYPE_CHECKING:
    from mmaction.datasets.transforms.contract import Step
    from mmaction.video import FrameNaming

HELP = 'Draw the image regions behind a prediction (Grad-CAM)'
_LAYER = 'backbone/layer4/1/relu'  # of a ResNet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/visualizations/vis_cam.py``."""
    add_model(parser)
    parser.add_argument('video', help='video file, or folder of frames with --use-frames')
    parser.add_argument('--use-frames', action='store_true', help='the input is a folder of img_00001.jpg, ...')
    add_device(parser)
    parser.add_argument(
        '--target-layer-name',
        default=_LAYER,
        help='layer to explain; default: %(default)s, or where there is none the last one that keeps the image plane',
    )
    parser.add_argument('--out-filename', default=None, help='GIF or video to write; default: show it')
    parser.add_argument('--fps', type=int, default=5, help='frames per second of the result; default: 5')
    add_config_options(parser)
    add_target_resolution(parser)
    add_resize_algorithm(parser, 'bilinear')


def run(args: argparse.Namespace) -> None:
    """Write or show the heatmaps."""
    import numpy as np

    from mmaction.apis import init_recognizer
    from mmaction.inference.pipeline import config_naming, config_steps
    from mmaction.registry import register_all_modules
    from mmaction.visualization.action_visualizer import can_show, show_clip
    from mmaction.visualization.gradcam import GradCAM, has_layer, last_layer
    from mmaction.visualization.video_backend import save_clip

    check_at_least_one(args, 'fps')
    if args.out_filename is None and not can_show():
        raise UsageError('there is no display to show the result on; give --out-filename')
    cfg = read_config(args.config, args.cfg_options)
    register_all_modules()
    model = init_recognizer(cfg, args.checkpoint, device=args.device)
    data = build_inputs(config_steps(cfg), args.video, args.use_frames, config_naming(cfg))
    layer = args.target_layer_name
    if layer == _LAYER and not has_layer(model, layer):
        layer = last_layer(model, data)
        print(f'The layer {layer} is explained; --target-layer-name chooses another one.')
    cam = GradCAM(model, layer)
    heat, _ = cam.heat(data)
    frames = cam.blended(data, heat)  # of the views of the sample, one view after the other
    if args.target_resolution is not None:
        frames = resize_by(args.resize_algorithm, frames, args.target_resolution)
    if args.out_filename is None:
        show_clip(np.stack(list(frames)), 'Grad-CAM', 1 / args.fps)
        return
    path = save_clip(args.out_filename, frames, fps=args.fps, out_type=output_type(args.out_filename))
    print(f'The result is saved to {path}')


def frame_pipeline(pipeline: Sequence[Mapping[str, Any]]) -> list:
    """Adapt a test pipeline for videos to folders of frames."""
    from mmaction.inference.pipeline import adapt_steps

    return adapt_steps(pipeline, 'rawframes')


def build_inputs(
    pipeline: Sequence[Step], video: str, use_frames: bool, naming: FrameNaming | None = None
) -> dict[str, Any]:
    """Send a video, or a folder of frames, through a test pipeline.

    Returns:
        A batch of one sample: ``inputs`` and ``data_samples``.

    Raises:
        FileNotFoundError: there is no such video or folder, or the folder has no frames.
    """
    from mmengine.dataset import pseudo_collate

    from mmaction.inference.pipeline import InferencePipeline

    if use_frames and not Path(video).is_dir():
        raise FileNotFoundError(f'There is no folder at {video}.')
    options = {} if naming is None else {'naming': naming}
    return pseudo_collate([InferencePipeline(pipeline, **options)(video)])


parse_args, main = entry_points(__name__)
