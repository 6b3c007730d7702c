"""Show where a recognizer looks (Grad-CAM): ``python tools/visualizations/vis_cam.py CONFIG CHECKPOINT VIDEO``."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.config import Config, DictAction

from mmaction.cli.command import UsageError, entry_points
from mmaction.utils import register_all_modules

_INTERPOLATIONS = {
    'nearest': cv2.INTER_NEAREST,
    'bilinear': cv2.INTER_LINEAR,
    'bicubic': cv2.INTER_CUBIC,
    'area': cv2.INTER_AREA,
    'lanczos': cv2.INTER_LANCZOS4,
}


HELP = 'Grad-CAM of a recognizer'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/visualizations/vis_cam.py``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('checkpoint', help='checkpoint: file or address')
    parser.add_argument('video', help='video file, or folder of frames with --use-frames')
    parser.add_argument('--use-frames', action='store_true', help='the input is a folder of img_00001.jpg, ...')
    parser.add_argument('--device', default='cuda:0', help='device; the CPU where it is not there')
    parser.add_argument(
        '--target-layer-name', default='backbone/layer4/1/relu', help='layer to explain; default: %(default)s'
    )
    parser.add_argument('--out-filename', default=None, help='GIF or video to write; default: show it')
    parser.add_argument('--fps', type=int, default=5, help='frames a second of the result; default: 5')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        default={},
        help='settings that replace those of the config: key=value',
    )
    parser.add_argument(
        '--target-resolution',
        nargs=2,
        type=int,
        default=None,
        help='width and height of the result; -1 keeps the ratio',
    )
    parser.add_argument(
        '--resize-algorithm', choices=_INTERPOLATIONS, default='bilinear', help='how it is resized; default: bilinear'
    )


def frame_pipeline(pipeline: Sequence[dict]) -> list[dict]:
    """A test pipeline for videos as one for frame folders: the decoding steps become ``RawFrameDecode``."""
    steps = []
    for step in pipeline:
        kind = step['type'].split('.')[-1]
        if kind.endswith('Init'):
            continue
        steps.append(dict(type='RawFrameDecode') if kind.endswith('Decode') else copy.deepcopy(dict(step)))
    return steps


def build_inputs(pipeline: Sequence[dict], video: str, use_frames: bool) -> dict[str, Any]:
    """Send a video, or a folder of frames, through a test pipeline; a batch of one."""
    from mmengine.dataset import Compose

    if not Path(video).exists():
        raise FileNotFoundError(f'There is no {"folder" if use_frames else "video"} at {video}.')
    record: dict[str, Any] = dict(label=-1, start_index=0, modality='RGB')
    if use_frames:
        template = 'img_{:05}.jpg'
        total = len(list(Path(video).glob('img_*.jpg')))
        if not total:
            raise FileNotFoundError(f'The folder {video} holds no img_*.jpg.')
        record.update(frame_dir=video, total_frames=total, filename_tmpl=template, start_index=1)
        pipeline = frame_pipeline(pipeline)
    else:
        record['filename'] = video
    sample = Compose(pipeline)(record)
    return dict(inputs=[sample['inputs']], data_samples=[sample['data_samples']])


def run(args: argparse.Namespace) -> None:
    """Entry point."""
    if args.fps < 1:
        raise UsageError(f'--fps ({args.fps}) must be at least 1')
    import torch

    from mmaction.apis import init_recognizer
    from mmaction.visualization.action_visualizer import can_show, show_clip
    from mmaction.visualization.frames import target_size
    from mmaction.visualization.gradcam import GradCAM
    from mmaction.visualization.video_backend import save_clip

    if args.out_filename is None and not can_show():
        raise SystemExit('There is no display to show the result on: give --out-filename.')
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    register_all_modules()
    device = args.device
    if device.startswith('cuda') and not torch.cuda.is_available():
        print(f'{device} is not there; the CPU is used.')
        device = 'cpu'
    model = init_recognizer(cfg, args.checkpoint, device=device)
    cam = GradCAM(model, args.target_layer_name)
    blended, _ = cam(build_inputs(cfg.test_pipeline, args.video, args.use_frames))
    frames = (blended[0] * 255).round().byte().cpu().numpy()
    if args.target_resolution is not None:
        height, width = target_size(*frames.shape[1:3], None, args.target_resolution)
        how = _INTERPOLATIONS[args.resize_algorithm]
        frames = np.stack([cv2.resize(frame, (width, height), interpolation=how) for frame in frames])
    if args.out_filename is None:
        show_clip(frames, 'Grad-CAM', 1 / args.fps)
    else:
        out_type = 'gif' if args.out_filename.lower().endswith('.gif') else 'video'
        print(f'The result is saved to {save_clip(args.out_filename, frames, fps=args.fps, out_type=out_type)}')


parse_args, main = entry_points(__name__)
