"""Time of predictions for whole clips, as ratios in one run.

    python benchmarks/inference.py [--repeat 5] [--threads 1] [--out inference.json]

- ``pipeline``: ``inference_recognizer`` with the pipeline that is kept for the model, against building it each call;
- ``batch``: an inferencer that takes four videos at once, against one by one;
- ``views``: the frames of TSN's test (25 segments, ten crops) some at a time, as on a CPU, against all in one batch.

The variants of a comparison take turns, and their scores are compared before they are timed.
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from mmaction.apis import ActionRecogInferencer, inference_recognizer, init_recognizer
from mmaction.inference.pipeline import InferencePipeline, config_steps
from mmaction.inference.run import PredictOptions, predict_batch
from mmaction.testing import moving_texture
from mmaction.video import write_video


def config(num_clips: int, crop: str, size: int) -> Config:
    """TSN with a ResNet-18."""
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=1, num_clips=num_clips, test_mode=True),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(-1, size)),
        dict(type=crop, crop_size=size),
        dict(type='FormatShape', input_format='NCHW'),
        dict(type='PackActionInputs'),
    ]
    norm = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
    model = dict(
        type='Recognizer2D',
        backbone=dict(type='ResNet', depth=18),
        cls_head=dict(type='TSNHead', num_classes=10, in_channels=512, average_clips='prob'),
        data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCHW', **norm),
    )
    return Config(dict(model=model, test_pipeline=steps))


def compare(runs: dict[str, Callable[[], np.ndarray]], repeat: int) -> dict:
    """Milliseconds of each run (median), and how many times as fast as the first each is (median over the rounds)."""
    first, *others = [run() for run in runs.values()]
    for name, scores in zip(list(runs)[1:], others, strict=True):
        np.testing.assert_allclose(scores, first, rtol=1e-3, atol=1e-5, err_msg=name)
    ms: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeat):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            ms[name].append(1000 * (time.perf_counter() - start))
    base = next(iter(ms.values()))
    speedup = {name: round(statistics.median(a / b for a, b in zip(base, times)), 3) for name, times in ms.items()}
    return {'ms': {name: round(statistics.median(times), 2) for name, times in ms.items()}, 'speedup': speedup}


def pipeline_kept(video: str, repeat: int) -> dict:
    model = init_recognizer(config(2, 'CenterCrop', 32), device='cpu')
    steps = config_steps(model.cfg)

    def built() -> np.ndarray:
        return inference_recognizer(model, video, copy.deepcopy(steps)).pred_score.numpy()

    def kept() -> np.ndarray:
        return inference_recognizer(model, video).pred_score.numpy()

    return compare({'built_each_call': built, 'kept': kept}, 8 * repeat)


def batches(video: str, repeat: int) -> dict:
    inferencer = ActionRecogInferencer(config(3, 'CenterCrop', 32), 'random', 'cpu')
    inferencer.show_progress = False
    videos = [video] * 8

    def run(batch_size: int) -> np.ndarray:
        return np.array([p['pred_scores'] for p in inferencer(videos, batch_size=batch_size)['predictions']])

    return compare({'batch_size_1': lambda: run(1), 'batch_size_4': lambda: run(4)}, repeat)


def views(video: str, repeat: int) -> dict:
    model = init_recognizer(config(25, 'TenCrop', 112), device='cpu')
    batch = pseudo_collate([InferencePipeline(config_steps(model.cfg))(video)])

    def run(options: PredictOptions) -> np.ndarray:
        copied = {'inputs': list(batch['inputs']), 'data_samples': [s.clone() for s in batch['data_samples']]}
        return predict_batch(model, copied, options)[0].pred_score.numpy()

    return compare(
        {
            'all_at_once': lambda: run(PredictOptions(views_at_once=None)),
            'some_at_a_time': lambda: run(PredictOptions()),
        },
        repeat,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeat', type=int, default=5, help='timed rounds')
    parser.add_argument('--threads', type=int, default=1, help='threads of torch')
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as folder:
        video = str(Path(folder, 'clip.mp4'))
        write_video(video, moving_texture(60, 120, 160))
        report = {
            'machine': platform.processor() or platform.machine(),
            'threads': args.threads,
            'pipeline': pipeline_kept(video, args.repeat),
            'batch': batches(video, args.repeat),
            'views': views(video, args.repeat),
        }
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        Path(args.out).write_text(text + '\n')


if __name__ == '__main__':
    main()
