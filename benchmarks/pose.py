"""Time of drawing heatmaps, against a loop over persons, frames and points, and of whole pipelines of skeletons.

    python benchmarks/pose.py [--repeat 20] [--ann-file data/skeleton/mine.pkl] [--out pose.json]

Each round draws the same sample both ways, one after the other, so that the ratio hardly depends on what else the
machine does; on a busy one, the best round tells more than the median. The loop draws each point or limb into its
window with NumPy. Outputs are compared before timing. Pipelines are those of the configs of PoseC3D and graph networks;
samples a second are of one core. ``--ann-file`` takes poses from an annotation, else they are made up.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from mmengine.dataset import Compose

import mmaction.recipes.pose as p
from mmaction.datasets.pose_annotation import load_annotation
from mmaction.datasets.transforms import GeneratePoseTarget
from mmaction.registry import TRANSFORMS


# --- one point or limb at a time -------------------------------------------------------------------------------------
def _window(low: float, high: float, sigma: float, size: int) -> tuple[int, int]:
    return max(int(low - 3 * sigma), 0), min(int(high + 3 * sigma) + 1, size)


def loop_point(out: np.ndarray, point: np.ndarray, value: float, sigma: float) -> None:
    left, right = _window(point[0], point[0], sigma, out.shape[1])
    top, bottom = _window(point[1], point[1], sigma, out.shape[0])
    if value < 1e-3 or right <= left or bottom <= top:
        return
    x, y = np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32)[:, None]
    patch = np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / 2 / sigma**2) * value
    np.maximum(out[top:bottom, left:right], patch, out=out[top:bottom, left:right])


def loop_limb(out: np.ndarray, a: np.ndarray, b: np.ndarray, values: tuple[float, float], sigma: float) -> None:
    length2 = ((b - a) ** 2).sum()
    if min(values) >= 1e-3 and length2 < 1:
        loop_point(out, a, values[0], sigma)
        return
    left, right = _window(min(a[0], b[0]), max(a[0], b[0]), sigma, out.shape[1])
    top, bottom = _window(min(a[1], b[1]), max(a[1], b[1]), sigma, out.shape[0])
    if min(values) < 1e-3 or right <= left or bottom <= top:
        return
    x, y = np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32)[:, None]
    ratio = np.clip(((x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1])) / length2, 0, 1)
    d2 = (x - a[0] - ratio * (b[0] - a[0])) ** 2 + (y - a[1] - ratio * (b[1] - a[1])) ** 2
    np.maximum(out[top:bottom, left:right], np.exp(-d2 / 2 / sigma**2) * min(values), out=out[top:bottom, left:right])


def loop(sample: dict, step: GeneratePoseTarget) -> np.ndarray:
    keypoint, score = sample['keypoint'], sample['keypoint_score']
    persons, frames, points, _ = keypoint.shape
    out = np.zeros((frames, len(step.skeletons) if step.with_limb else points, *sample['img_shape']), np.float32)
    for t in range(frames):
        for m in range(persons):
            for k in range(out.shape[1]):
                if step.with_limb:
                    a, b = step.skeletons[k]
                    values = score[m, t, a], score[m, t, b]
                    loop_limb(out[t, k], keypoint[m, t, a], keypoint[m, t, b], values, step.sigma)
                else:
                    loop_point(out[t, k], keypoint[m, t, k], score[m, t, k], step.sigma)
    if not step.double:
        return out
    order = np.arange(out.shape[1])
    left, right = (step.left_limb, step.right_limb) if step.with_limb else (step.left_kp, step.right_kp)
    order[list(left)], order[list(right)] = right, left
    return np.concatenate([out, out[..., ::-1][:, order]])


# --- samples ---------------------------------------------------------------------------------------------------------
def made_up(persons: int, frames: int = 100) -> dict:
    """Persons of random points that wander through a frame of 240 x 320."""
    rng = np.random.default_rng(0)
    place = rng.uniform([90, 90], [230, 150], (persons, 1, 1, 2))
    body = rng.uniform(-50, 50, (persons, 1, 17, 2))
    keypoint = place + body + rng.normal(0, 2, (persons, frames, 17, 2)).cumsum(axis=1)
    return dict(
        keypoint=keypoint.astype(np.float32),
        keypoint_score=rng.uniform(0.3, 1, (persons, frames, 17)).astype(np.float32),
        img_shape=(240, 320),
        total_frames=frames,
        start_index=0,
        label=0,
    )


def build(pipeline: list) -> Compose:
    return Compose([TRANSFORMS.build(step) for step in pipeline])


def benchmark_drawing(name: str, pipeline: list, sample: dict, repeat: int) -> dict:
    """The last steps but two of a pipeline draw; what comes before makes the sample ready."""
    ready, step = build(pipeline[:-3]), TRANSFORMS.build(pipeline[-3])
    np.random.seed(0)
    sample = ready(dict(sample))
    ours = step(dict(sample))['imgs']
    difference = float(np.abs(ours - loop(sample, step)).max())
    assert difference < 1e-5, f'{name}: the outputs differ by {difference}'
    runs: dict[str, Callable[[], object]] = {'loop': lambda: loop(sample, step), 'ours': lambda: step(dict(sample))}
    times: dict[str, list[float]] = {key: [] for key in runs}
    for i in range(repeat + 1):
        for key, run in runs.items():
            start = time.perf_counter()
            run()
            if i:
                times[key].append(1000 * (time.perf_counter() - start))
    return {
        'drawing': name,
        'heatmaps': list(ours.shape),
        'ms': {key: round(statistics.median(values), 2) for key, values in times.items()},
        'best_ms': {key: round(min(values), 2) for key, values in times.items()},
        'speedup': round(statistics.median(a / b for a, b in zip(times['loop'], times['ours'])), 2),
        'best_speedup': round(min(times['loop']) / min(times['ours']), 2),
    }


def benchmark_pipeline(name: str, pipeline: list, samples: list[dict], repeat: int) -> dict:
    steps = build(pipeline)
    shape = list(steps(dict(samples[0]))['inputs'].shape)
    times = []
    for i in range(repeat):
        sample = dict(samples[i % len(samples)])
        start = time.perf_counter()
        steps(sample)
        times.append(time.perf_counter() - start)
    return {
        'pipeline': name,
        'inputs': shape,
        'samples_per_second': round(1 / statistics.median(times), 1),
        'best_samples_per_second': round(1 / min(times), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeat', type=int, default=20, help='timed rounds')
    parser.add_argument('--ann-file', help='annotation to take poses from')
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    torch.set_num_threads(1)
    samples = [made_up(1), made_up(2)]
    if args.ann_file:
        samples = [dict(sample, start_index=0) for sample in load_annotation(args.ann_file)[1][: args.repeat]]
    points, limbs = p.heatmaps(), p.heatmaps(target=p.limbs(), test_target=p.MIRROR_LIMBS)
    few = p.heatmaps(test_clips=2)
    report = {
        'machine': platform.processor() or platform.machine(),
        'results': [
            benchmark_drawing('points, training', points[0], samples[0], args.repeat),
            benchmark_drawing('points, training, last sample', points[0], samples[-1], args.repeat),
            benchmark_drawing('limbs, training', limbs[0], samples[0], args.repeat),
            benchmark_drawing('points, testing, 2 clips and their mirror images', few[2], samples[0], args.repeat),
            benchmark_pipeline('PoseC3D points, training', points[0], samples, args.repeat),
            benchmark_pipeline('PoseC3D limbs, training', limbs[0], samples, args.repeat),
            benchmark_pipeline('PoseC3D points, testing', points[2], samples, max(args.repeat // 5, 1)),
            benchmark_pipeline('graph joints, training', p.graph('j')[0], samples, args.repeat),
            benchmark_pipeline('graph bone motion, training', p.graph('bm')[0], samples, args.repeat),
        ],
    }
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        with open(args.out, 'w') as file:
            file.write(text + '\n')


if __name__ == '__main__':
    main()
