"""Normalising a batch: uint8 clips stacked and normalised at once, against float frames made one by one.

    python benchmarks/preprocess.py [--repeat 20] [--device cpu] [--out preprocess.json]

``frame_by_frame`` is what a worker does that normalises each frame with ``mmcv.imnormalize`` and hands over floats;
``stack_then_divide`` stacks uint8 clips with ``torch.stack`` and normalises with ``(x - mean) / std``; ``ours`` is
``ActionDataPreprocessor``. Clips have their channels innermost, as decoded. Each round runs all three, one after the
other, so that the ratios do not depend on what else the machine does. Outputs are compared before timing.
``bytes_from_worker`` is what crosses from a worker to the main process for one batch.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable

import mmcv
import numpy as np
import torch

from mmaction.models import ActionDataPreprocessor

MEAN, STD = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])
CASES = {'TSN 8x224x224 NCHW': ('NCHW', (8, 224, 224, 3)), 'SlowOnly 16x112x112 NCTHW': ('NCTHW', (16, 112, 112, 3))}


def as_sample(frames: np.ndarray, layout: str) -> torch.Tensor:
    """(T, H, W, C) -> (T, C, H, W) or (1, C, T, H, W), without copying."""
    x = torch.from_numpy(frames)
    return x.permute(0, 3, 1, 2) if layout == 'NCHW' else x.permute(3, 0, 1, 2)[None]


def frame_by_frame(clips: list[np.ndarray], layout: str, device: str) -> torch.Tensor:
    floats = [np.stack([mmcv.imnormalize(frame, MEAN, STD, to_rgb=False) for frame in clip]) for clip in clips]
    return torch.stack([as_sample(x, layout).contiguous() for x in floats]).to(device)


def stack_then_divide(clips: list[np.ndarray], layout: str, device: str) -> torch.Tensor:
    shape = (3, 1, 1) if layout == 'NCHW' else (3, 1, 1, 1)
    mean, std = (torch.from_numpy(x).view(shape).to(device) for x in (MEAN, STD))
    return (torch.stack([as_sample(clip, layout).to(device) for clip in clips]) - mean) / std


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeat', type=int, default=20)
    parser.add_argument('--batch-size', type=int, default=4)
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--out')
    args = parser.parse_args()
    torch.set_num_threads(1)

    rng = np.random.default_rng(0)
    result: dict = {'torch': torch.__version__, 'machine': platform.machine(), 'device': args.device, 'cases': {}}
    for name, (layout, shape) in CASES.items():
        clips = [rng.integers(0, 256, shape, dtype=np.uint8) for _ in range(args.batch_size)]
        preprocess = ActionDataPreprocessor(MEAN.tolist(), STD.tolist(), format_shape=layout).to(args.device)

        def ours(clips=clips, layout=layout, preprocess=preprocess) -> torch.Tensor:
            return preprocess({'inputs': [as_sample(clip, layout) for clip in clips]})['inputs']

        runs: dict[str, Callable[[], torch.Tensor]] = {
            'ours': ours,
            'stack_then_divide': lambda clips=clips, layout=layout: stack_then_divide(clips, layout, args.device),
            'frame_by_frame': lambda clips=clips, layout=layout: frame_by_frame(clips, layout, args.device),
        }
        want = ours()
        for run in runs.values():
            torch.testing.assert_close(run(), want, rtol=1e-5, atol=1e-5)
        times: dict[str, list[float]] = {key: [] for key in runs}
        for _ in range(args.repeat):
            for key, run in runs.items():
                start = time.perf_counter()
                run()
                if args.device != 'cpu':
                    torch.accelerator.synchronize()
                times[key].append(time.perf_counter() - start)
        median = {key: statistics.median(values) for key, values in times.items()}
        pixels = args.batch_size * int(np.prod(shape))
        result['cases'][name] = {
            **{f'{key}_ms': round(1e3 * value, 2) for key, value in median.items()},
            'times_faster_than_stack_then_divide': round(median['stack_then_divide'] / median['ours'], 2),
            'times_faster_than_frame_by_frame': round(median['frame_by_frame'] / median['ours'], 2),
            'bytes_from_worker': {'ours': pixels, 'frame_by_frame': 4 * pixels},
        }
    text = json.dumps(result, indent=1)
    print(text)
    if args.out:
        with open(args.out, 'w') as file:
            file.write(text + '\n')


if __name__ == '__main__':
    main()
