"""The machine's own limits: rates of a matrix product and of a convolution, and the operations of the networks.

    python benchmarks/limits.py [--threads 2] [--out limits.json]

The rates are the best of the rounds, in fp32. ``operations`` are those of one prediction or training step of the
workloads of ``run.py``: twice the multiply-additions, and for a training step three times those of its forward pass.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
import workloads
from mmengine.config import Config
from torch import nn

from mmaction.analysis.flops import count_operations
from mmaction.utils import register_all_modules

# Workload -> config, shape of its inputs, passes of the network.
NETWORKS = {
    'infer_tsn': (workloads.TSN, (1, 3, 3, 224, 224), 1),
    'infer_tsm': (workloads.TSM, (1, 8, 3, 224, 224), 1),
    'infer_slowonly': (workloads.SLOWONLY, (1, 1, 3, 4, 224, 224), 1),
    'infer_swin_tiny': (workloads.SWIN, (1, 1, 3, 32, 224, 224), 1),
    'infer_x3d_s': (workloads.X3D, (1, 1, 3, 13, 182, 182), 30),
    'train_tsn': (workloads.TSN, (1, 3, 3, 224, 224), 3 * 4),
    'train_slowonly': (workloads.SLOWONLY, (1, 1, 3, 4, 224, 224), 3 * 2),
}


def rate(operations: float, run: Callable[[], object], rounds: int = 8) -> float:
    """Operations per second of the fastest round."""
    best = float('inf')
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return operations / best


def matmul_rate(size: int = 2048) -> float:
    """Operations per second of the product of two square matrices."""
    a, b = torch.randn(2, size, size)
    return rate(2 * size**3, lambda: a @ b)


def conv_rate() -> float:
    """Operations per second of a 3 x 3 convolution of 128 channels, in the faster of the two memory formats."""
    conv = nn.Conv2d(128, 128, 3, padding=1, bias=False)
    x = torch.randn(8, 128, 28, 28)
    operations = 2 * 8 * 28 * 28 * 128 * 128 * 9
    contiguous = rate(operations, lambda: conv(x))
    conv.to(memory_format=torch.channels_last)
    innermost = x.to(memory_format=torch.channels_last)
    return max(contiguous, rate(operations, lambda: conv(innermost)))


def operations(path: str, shape: tuple[int, ...], passes: int) -> float:
    """Operations of a workload."""
    cfg = Config.fromfile(Path('configs', 'recognition', path))
    workloads.strip(cfg._cfg_dict)
    return 2.0 * passes * count_operations(cfg, shape).macs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--threads', type=int, default=torch.get_num_threads(), help='threads of torch')
    parser.add_argument('--out', help='file for the JSON; it is printed in any case')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    register_all_modules()
    with torch.inference_mode():
        report = {
            'matmul_gflops': round(matmul_rate() / 1e9, 1),
            'conv_gflops': round(conv_rate() / 1e9, 1),
            'operations': {name: operations(*network) for name, network in NETWORKS.items()},
        }
    text = json.dumps(report, indent=1)
    print(text)
    if args.out:
        Path(args.out).write_text(text + '\n')


if __name__ == '__main__':
    main()
