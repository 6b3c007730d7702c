"""Number of worker processes, batches that they prepare, and memory, for the time that a training step takes."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

_HEADROOM = 1.2  # samples differ in their time
_WORKER_MIB = 400  # of one process, beside its batches
_MOST = 16


@dataclass(frozen=True)
class Machine:
    """What workers share.

    Attributes:
        cores: of the CPU.
        memory_mib: that is free.
        has_gpu: whether the model runs elsewhere than on the cores.
    """

    cores: int
    memory_mib: float
    has_gpu: bool


def this_machine() -> Machine:
    """Cores, free memory and GPU of this machine."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    memory = math.inf
    if 'SC_AVPHYS_PAGES' in os.sysconf_names:
        memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_AVPHYS_PAGES') / 2**20
    return Machine(cores, memory, torch.cuda.is_available())


@dataclass(frozen=True)
class Workers:
    """Settings of a data loader."""

    num_workers: int
    prefetch_factor: int
    persistent_workers: bool = True


def recommend_workers(
    machine: Machine, load_ms: float, batch_mib: float, batch_size: int, step_ms: float | None = None
) -> Workers:
    """Choose workers that keep up with the training steps, if the machine has them.

    Args:
        machine: with its cores and memory.
        load_ms: time to load one sample in one process.
        batch_mib: size of one batch.
        batch_size: samples in a batch.
        step_ms: time of a training step; None if it is unknown: as many workers as the cores allow.
    """
    # On a CPU the model itself needs cores; two workers keep it busy even where it has only two.
    most = machine.cores - 1 if machine.has_gpu else max(2, machine.cores // 2)
    most = max(1, min(_MOST, most, machine.cores))
    chosen = most
    if step_ms is not None:
        chosen = min(most, math.ceil(_HEADROOM * load_ms * batch_size / max(step_ms, 1e-6)))
    prefetch = 4 if chosen == most else 2  # a queue bridges slow samples where there is no worker to spare
    # A quarter of the memory stays for the model.
    while 0.75 * machine.memory_mib < chosen * (_WORKER_MIB + prefetch * batch_mib) and (chosen > 1 or prefetch > 1):
        if prefetch > 1:
            prefetch -= 1
        else:
            chosen -= 1
    return Workers(max(1, chosen), prefetch)


def measure_step(cfg: Mapping[str, Any], samples: Sequence[Mapping[str, Any]]) -> float:
    """Time of a training step in milliseconds, for as many samples as the loader's batch.

    On a CPU a step takes seconds: one sample is run, and its time multiplied.

    Args:
        cfg: with ``model`` and ``train_dataloader``.
        samples: packed training samples.

    Raises:
        ValueError, RuntimeError, KeyError, ImportError, TypeError: the model cannot be built, or takes no such samples.
    """
    import torch
    from mmengine.config import Config
    from mmengine.dataset import pseudo_collate
    from mmengine.model import BaseModel
    from mmengine.optim import OptimWrapper

    from mmaction.apis import init_recognizer

    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    batch_size = int(cfg['train_dataloader'].get('batch_size', 1))
    taken = batch_size if device.type == 'cuda' else 1
    batch = pseudo_collate([samples[i % len(samples)] for i in range(taken)])
    model = cast(BaseModel, init_recognizer(Config(dict(cfg)), None, device).train())
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.0))
    seconds = []
    for _ in range(2):  # the first warms up
        start = time.perf_counter()
        model.train_step({**batch}, wrapper)
        if device.type == 'cuda':
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return 1000 * min(seconds) * batch_size / taken
