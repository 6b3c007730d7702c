"""Prediction and training step of four networks on a GPU, against the card's own rate.

    python benchmarks/gpu.py [--minutes 8] [--out-dir gpu_results] [--tiny]

TSN-R50, SlowFast-R50, Swin-T and VideoMAE ViT-B; fp32 (with TF32, as PyTorch allows for convolutions) and bf16, eager
and compiled, channels first and last for the networks with convolutions. ``tflops`` are achieved operations per second
(twice the multiply-additions; a training step counts three forward passes) and ``fraction`` is their part of the rate
of a matrix product of the same type, measured first. Variants are measured in the order of their worth until the
minutes are used up; ``gpu.json`` is written after each of them. ``--tiny`` runs everything small on any device.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import workloads
from mmengine.config import Config
from torch import Tensor, nn

from mmaction.analysis.flops import count_operations
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils import register_all_modules

VIT = 'videomae/vit-base-p16_videomae-k400-pre_16x4x1_kinetics-400.py'
# Network -> config, shape of a sample, batch, whether it has convolutions over space.
NETWORKS = {
    'tsn_r50': (workloads.TSN, (8, 3, 224, 224), 16, True),
    'slowfast_r50': (workloads.SLOWFAST, (1, 3, 32, 224, 224), 8, True),
    'swin_tiny': (workloads.SWIN, (1, 3, 32, 224, 224), 4, False),
    'videomae_vit_b': (VIT, (1, 3, 16, 224, 224), 8, False),
}
DTYPES = {'fp32': torch.float32, 'bf16': torch.bfloat16}


@dataclass(frozen=True)
class Variant:
    """How a network is run."""

    network: str
    mode: str  # 'predict' or 'train'
    dtype: str
    compiled: bool
    channels_last: bool


def variants() -> Iterator[Variant]:
    """All variants; those that compile, which takes longest, come last."""
    for compiled, last, dtype in itertools.product((False, True), (True, False), DTYPES):
        for network, mode in itertools.product(NETWORKS, ('predict', 'train')):
            has_convolutions = NETWORKS[network][3]
            if last or has_convolutions:
                yield Variant(network, mode, dtype, compiled, last and has_convolutions)


def sample_shape(network: str, tiny: bool) -> tuple[int, ...]:
    """Shape of a sample; VideoMAE is bound to its frames, all else is small where that is asked for."""
    shape = NETWORKS[network][1]
    if not tiny:
        return shape
    side = 224 if network == 'videomae_vit_b' else 64
    return (2 if len(shape) == 4 else 1, *shape[1:-2], side, side)


def read(network: str) -> Config:
    """Config of a network, without weights to fetch; inputs are normalized tensors."""
    cfg = workloads.read(NETWORKS[network][0])
    cfg.model.data_preprocessor = None
    return cfg


def synchronize(device: torch.device) -> None:
    if device.type == 'cuda':
        torch.cuda.synchronize()


def seconds_of(run: Callable[[], Any], device: torch.device, repeat: int, warm_up: int = 2) -> float:
    """Median time of a run, after some that are not counted: the first may compile."""
    times = []
    for number in range(repeat + warm_up):
        synchronize(device)
        start = time.perf_counter()
        run()
        synchronize(device)
        if number >= warm_up:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def matmul_tflops(dtype: torch.dtype, device: torch.device, size: int) -> float:
    """Rate of a matrix product."""
    a, b = torch.randn(2, size, size, device=device, dtype=dtype)
    return 2 * size**3 / seconds_of(lambda: a @ b, device, 10) / 1e12


def measure(variant: Variant, device: torch.device, tiny: bool, rates: dict[str, float]) -> dict[str, Any]:
    """Time, rate and memory of a variant."""
    shape = sample_shape(variant.network, tiny)
    batch = 1 if tiny else NETWORKS[variant.network][2]
    cfg = read(variant.network)
    macs = count_operations(cfg, (1, *shape)).macs
    frames = shape[0] if len(shape) == 4 else 1
    if len(shape) == 4:  # counted for one frame, or all that the network mixes
        macs = count_operations(cfg, (1, 1, *shape[1:])).macs * frames
    model = MODELS.build(cfg.model).to(device)
    if variant.channels_last:
        to_channels_last(model)
    if variant.compiled:
        model.backbone.compile()
    inputs = torch.randn(batch, *shape, device=device)
    run = {'predict': predict, 'train': train}[variant.mode](model, inputs, DTYPES[variant.dtype])
    if device.type == 'cuda':
        torch.cuda.reset_peak_memory_stats()
    seconds = seconds_of(run, device, *((1, 0) if tiny else (8, 2)))
    passes = 3 if variant.mode == 'train' else 1
    tflops = 2 * macs * batch * passes / seconds / 1e12
    result = {'batch': batch, 'ms': round(1000 * seconds, 3), 'samples_per_s': round(batch / seconds, 2)}
    result |= {'tflops': round(tflops, 4), 'fraction': round(tflops / rates[variant.dtype], 4)}
    if device.type == 'cuda':
        result['peak_mib'] = round(torch.cuda.max_memory_allocated() / 2**20)
    return result


def to_channels_last(model: nn.Module) -> None:
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    for parameter in model.parameters():
        if parameter.ndim in formats:
            parameter.data = parameter.data.contiguous(memory_format=formats[parameter.ndim])


def predict(model: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Callable[[], Any]:
    """A forward pass in evaluation mode."""
    model.eval()

    def run() -> None:
        with torch.inference_mode(), torch.autocast(inputs.device.type, dtype, enabled=dtype != torch.float32):
            model(inputs, mode='predict')

    return run


def train(model: nn.Module, inputs: Tensor, dtype: torch.dtype) -> Callable[[], Any]:
    """A training step with SGD."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
    samples = [ActionDataSample().set_gt_label(0).to(inputs.device) for _ in inputs]

    def run() -> None:
        with torch.autocast(inputs.device.type, dtype, enabled=dtype != torch.float32):
            losses = model(inputs, samples, mode='loss')
        optimizer.zero_grad()
        sum(value for name, value in losses.items() if 'loss' in name).backward()
        optimizer.step()

    return run


def run_all(
    chosen: list[Variant], device: torch.device, tiny: bool, minutes: float, path: Path
) -> list[dict[str, Any]]:
    """Measure variants until the minutes are used up; one that fails is recorded with its error."""
    end = time.monotonic() + 60 * minutes
    rates = {name: matmul_tflops(dtype, device, 256 if tiny else 8192) for name, dtype in DTYPES.items()}
    card = torch.cuda.get_device_name() if device.type == 'cuda' else device.type
    report = {'device': card, 'torch': torch.__version__, 'tiny': tiny, 'matmul_tflops': rates, 'results': []}
    for variant in chosen:
        left = end - time.monotonic()
        # A compilation takes up to a minute; a run of it that is cut off leaves nothing.
        if left < (60 if variant.compiled and not tiny else 0):
            report['results'].append({**asdict(variant), 'error': 'no time left'})
            continue
        try:
            figures = measure(variant, device, tiny, rates)
        except Exception as error:  # the card's memory, the compiler: the others go on
            figures = {'error': f'{type(error).__name__}: {error}'[:300]}
        report['results'].append({**asdict(variant), **figures})
        print(json.dumps(report['results'][-1]), flush=True)
        path.write_text(json.dumps(report, indent=1) + '\n')
        torch.compiler.reset()
        if device.type == 'cuda':
            torch.cuda.empty_cache()
    path.write_text(json.dumps(report, indent=1) + '\n')
    return report['results']


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--minutes', type=float, default=8, help='after which no variant is begun')
    parser.add_argument('--out-dir', type=Path, default=Path('gpu_results'), help='folder of gpu.json')
    parser.add_argument('--out', type=Path, help='another path of the file')
    parser.add_argument('--networks', nargs='+', choices=NETWORKS, default=[*NETWORKS])
    parser.add_argument('--tiny', action='store_true', help='one small sample, also on a CPU, without compilation')
    args = parser.parse_args()
    if not torch.cuda.is_available() and not args.tiny:
        parser.error('there is no CUDA device; --tiny runs on a CPU')
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    path = args.out or args.out_dir / 'gpu.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    register_all_modules()
    chosen = [v for v in variants() if v.network in args.networks and not (args.tiny and v.compiled)]
    run_all(chosen, device, args.tiny, args.minutes, path)
    print(f'The figures are in {path}.')


if __name__ == '__main__':
    main()
