"""Activation checkpointing that leaves running statistics alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmaction.models.common.bricks import is_batch_norm


@contextmanager
def _statistics_kept(module: nn.Module) -> Iterator[None]:
    """The forward pass runs a second time inside; without this, running statistics would move twice a step."""
    norms = [m for m in module.modules() if is_batch_norm(m)]
    momenta = [m.momentum for m in norms]
    counts = [None if m.num_batches_tracked is None else m.num_batches_tracked.clone() for m in norms]
    for m in norms:
        m.momentum = 0.0
    try:
        yield
    finally:
        for m, momentum, count in zip(norms, momenta, counts):
            m.momentum = momentum
            if count is not None:
                m.num_batches_tracked.copy_(count)


def recomputed(module: nn.Module, function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """``function(x)``, a part of ``module``, computed again in the backward pass rather than kept."""
    if torch.compiler.is_compiling():  # takes no contexts of ours
        return checkpoint(function, x, use_reentrant=False)
    return checkpoint(function, x, use_reentrant=False, context_fn=lambda: (nullcontext(), _statistics_kept(module)))
