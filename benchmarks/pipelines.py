"""Time of the steps after decoding, against the same steps on lists of frames.

    python benchmarks/pipelines.py [--repeat 30] [--out pipelines.json]

Each round runs both implementations on the same clip under the same seed, one after the other, so that the ratio does
not depend on what else the machine does. ``ours`` stops where the pipeline stops, with a tensor whose channels are
innermost; ``ours_contiguous`` also copies it into the order that ``list`` gives. Outputs are compared before timing.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable

import cv2
import mmcv
import numpy as np
import torch

from mmaction.datasets.transforms import (
    Flip,
    FormatShape,
    MultiScaleCrop,
    PackActionInputs,
    RandomResizedCrop,
    Resize,
)
from mmaction.datasets.transforms.spatial import draw
from mmaction.testing import moving_texture


# --- the same steps, frame by frame, in lists ------------------------------------------------------------------------
def list_resize(frames: list, size: tuple[int, int]) -> list:
    return [mmcv.imresize(frame, size) for frame in frames]


def list_short_edge(frames: list, edge: int) -> list:
    height, width = frames[0].shape[:2]
    return list_resize(frames, mmcv.rescale_size((width, height), (np.inf, edge)))


def list_crop(frames: list, box: draw.Box) -> list:
    left, top, right, bottom = box
    return [frame[top:bottom, left:right] for frame in frames]


def list_flip(frames: list) -> list:
    if np.random.rand() < 0.5:
        return [mmcv.imflip(frame) for frame in frames]
    return frames


def list_tsn(clip: np.ndarray) -> torch.Tensor:
    frames = list_short_edge(list(clip), 256)
    box = draw.multi_scale_box(frames[0].shape[:2], (224, 224), (1, 0.875, 0.75, 0.66), 1, draw.FIVE_PLACES)
    frames = list_flip(list_resize(list_crop(frames, box), (224, 224)))
    return torch.from_numpy(np.ascontiguousarray(np.stack(frames).transpose(0, 3, 1, 2)))


def list_slowonly(clip: np.ndarray) -> torch.Tensor:
    frames = list_short_edge(list(clip), 256)
    box = draw.resized_crop_box(frames[0].shape[:2], (0.08, 1.0), (3 / 4, 4 / 3))
    frames = list_flip(list_resize(list_crop(frames, box), (224, 224)))
    stacked = np.stack(frames)[None]
    return torch.from_numpy(np.ascontiguousarray(stacked.transpose(0, 4, 1, 2, 3)))


# --- ours ------------------------------------------------------------------------------------------------------------
TSN = [
    Resize((-1, 256)),
    MultiScaleCrop(224, (1, 0.875, 0.75, 0.66), max_wh_scale_gap=1),
    Resize((224, 224), keep_ratio=False),
    Flip(0.5),
    FormatShape('NCHW'),
    PackActionInputs(),
]
SLOWONLY = [
    Resize((-1, 256)),
    RandomResizedCrop(),
    Resize((224, 224), keep_ratio=False),
    Flip(0.5),
    FormatShape('NCTHW'),
    PackActionInputs(),
]


def ours(steps: list, clip: np.ndarray, num_clips: int, clip_len: int) -> torch.Tensor:
    results = dict(
        imgs=clip, img_shape=clip.shape[1:3], modality='RGB', num_clips=num_clips, clip_len=clip_len, label=0
    )
    for step in steps:
        results = step(results)
    return results['inputs']


def measure(runs: dict[str, Callable[[], torch.Tensor]], repeat: int) -> dict[str, list[float]]:
    """Milliseconds of each round of each run; the runs take turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for i in range(repeat + 2):
        for name, run in runs.items():
            np.random.seed(i)
            start = time.perf_counter()
            run()
            if i >= 2:
                times[name].append(1000 * (time.perf_counter() - start))
    return times


def speedup(ms: dict[str, list[float]], name: str) -> float:
    """How many times as fast as ``list``: the median over the rounds."""
    return round(statistics.median(a / b for a, b in zip(ms['list'], ms[name])), 3)


def benchmark(name: str, steps: list, naive: Callable, shape: tuple[int, int, int], repeat: int) -> dict:
    num_frames, height, width = shape
    clip = moving_texture(num_frames, height, width)
    clips = (1, num_frames) if steps is SLOWONLY else (num_frames, 1)
    for seed in range(5):
        np.random.seed(seed)
        a = ours(steps, clip, *clips)
        np.random.seed(seed)
        assert torch.equal(a, naive(clip)), f'{name}: the outputs differ under seed {seed}'
    ms = measure(
        {
            'list': lambda: naive(clip),
            'ours': lambda: ours(steps, clip, *clips),
            'ours_contiguous': lambda: ours(steps, clip, *clips).contiguous(),
        },
        repeat,
    )
    return {
        'pipeline': name,
        'clip': [num_frames, height, width, 3],
        'ms': {key: round(statistics.median(values), 3) for key, values in ms.items()},
        'speedup': speedup(ms, 'ours'),
        'speedup_contiguous': speedup(ms, 'ours_contiguous'),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeat', type=int, default=30, help='timed rounds')
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(0)  # as in a worker of the data loader
    report = {
        'machine': platform.processor() or platform.machine(),
        'results': [
            benchmark('tsn', TSN, list_tsn, (8, 340, 454), args.repeat),
            benchmark('slowonly', SLOWONLY, list_slowonly, (8, 340, 454), args.repeat),
            benchmark('slowonly', SLOWONLY, list_slowonly, (32, 256, 340), args.repeat),
        ],
    }
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        with open(args.out, 'w') as file:
            file.write(text + '\n')


if __name__ == '__main__':
    main()
