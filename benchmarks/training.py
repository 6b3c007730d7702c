"""Time of a training step on a CPU, as ratios in one run: convolutions of a training step against the plain layers.

    python benchmarks/training.py [tsn slowonly ...] [--rounds 3] [--threads 2] [--amp] [--out training.json]

A step is ``model.train_step(batch, OptimWrapper(SGD))`` on random uint8 clips and random weights: preprocessing,
forward pass, losses, backward pass and optimizer. The variants take turns; a figure is CPU time
(``time.process_time``), which other work on the machine disturbs less than wall time; wait for threads passively
(``OMP_WAIT_POLICY=PASSIVE``). ``--amp`` times bfloat16 autocast beside. ``gflops`` are rates per second of CPU time: of
a matrix product and of a 3 x 3 convolution with its gradients on this machine, and of the step.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mmaction.models.common import packed_conv
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils import register_all_modules

ROOT = Path(__file__).resolve().parent.parent / 'configs' / 'recognition'
WORK = {  # name -> config, and shape of the batch
    'tsn': ('tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py', (4, 3, 3, 224, 224)),
    'tsm': ('tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb.py', (1, 8, 3, 224, 224)),
    'slowonly': ('slowonly/slowonly_r50_8xb16-4x16x1-256e_kinetics400-rgb.py', (2, 1, 3, 4, 224, 224)),
    'x3d': ('x3d/x3d_s_13x6x1_facebook-kinetics400-rgb.py', (1, 1, 3, 13, 160, 160)),
}


@contextmanager
def plain_layers() -> Iterator[None]:
    """Call the convolutions as they are."""
    convolve = packed_conv.convolve
    packed_conv.convolve = lambda conv, x: conv(x)
    try:
        yield
    finally:
        packed_conv.convolve = convolve


def cpu_seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def training_step(name: str) -> Callable[[], Any]:
    """A step of the model on its batch."""
    path, shape = WORK[name]
    torch.manual_seed(0)
    cfg = Config.fromfile(ROOT / path).model.to_dict()
    cfg['backbone'].update(pretrained=None)
    model: Any = MODELS.build(cfg).train()
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9))
    clips = [torch.randint(0, 255, shape[1:], dtype=torch.uint8) for _ in range(shape[0])]
    samples = [ActionDataSample().set_gt_label(index) for index in range(shape[0])]
    return lambda: model.train_step(dict(inputs=clips, data_samples=samples), wrapper)


def machine_rates() -> dict[str, float]:
    """GFLOP per second of CPU time: a matrix product, and a 3 x 3 convolution forward and backward."""
    matrix = torch.randn(1024, 1024)
    conv = nn.Conv2d(128, 128, 3, padding=1)
    images = torch.randn(8, 128, 28, 28).contiguous(memory_format=torch.channels_last).requires_grad_()
    work = {'matmul': lambda: matrix @ matrix, 'conv3x3': lambda: conv(images).sum().backward()}
    rates = {}
    for name, run in work.items():
        with FlopCounterMode(display=False) as counter:
            run()
        rates[name] = round(counter.get_total_flops() / 1e9 / min(cpu_seconds(run) for _ in range(5)), 1)
    return rates


def measure(name: str, rounds: int, amp: bool) -> dict[str, Any]:
    """CPU seconds of the variants, and how many times as fast as the plain layers they are."""
    step = training_step(name)
    variants: dict[str, Callable[[], Any]] = {'ours': nullcontext, 'plain': plain_layers}
    if amp:
        variants['bfloat16'] = lambda: torch.autocast('cpu', torch.bfloat16)
    times: dict[str, list[float]] = {variant: [] for variant in variants}
    with FlopCounterMode(display=False) as counter, plain_layers():
        step()
    for index in range(rounds + 1):
        for variant, context in variants.items():
            with context():
                seconds = cpu_seconds(step)
            if index:  # the first round warms up
                times[variant].append(seconds)
    ratios = {
        variant: round(statistics.median(plain / own for plain, own in zip(times['plain'], values)), 3)
        for variant, values in times.items()
    }
    best = {variant: round(min(values), 3) for variant, values in times.items()}
    return dict(cpu_seconds=best, times_as_fast=ratios, gflops=round(counter.get_total_flops() / 1e9 / best['ours'], 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('work', nargs='*', choices=[*WORK, []], help='default: all')
    parser.add_argument('--rounds', type=int, default=3, help='timed rounds')
    parser.add_argument('--threads', type=int, default=2, help='threads of torch')
    parser.add_argument('--amp', action='store_true', help='also with bfloat16 autocast')
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    register_all_modules()
    report: dict[str, Any] = dict(torch=torch.__version__, threads=args.threads, gflops=machine_rates())
    print(json.dumps(report))
    for name in args.work or WORK:
        report[name] = measure(name, args.rounds, args.amp)
        print(name, json.dumps(report[name]), flush=True)
    if args.out:
        Path(args.out).write_text(json.dumps(report, indent=1) + '\n')


if __name__ == '__main__':
    main()
