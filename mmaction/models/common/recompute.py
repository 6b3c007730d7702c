"""Activation checkpointing that updates running statistics once per step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint


@contextmanager
def _frozen_statistics(module: nn.Module) -> Iterator[None]:
    """Leave running statistics alone while the forward pass runs for the second time."""
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    counts = [norm.num_batches_tracked for norm in norms]
    counts = [None if count is None else count.clone() for count in counts]
    # Evaluation mode would do as well, but it would also change the output of the norms.
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum, count in zip(norms, momenta, counts):
            norm.momentum = momentum
            if norm.num_batches_tracked is not None and count is not None:
                norm.num_batches_tracked.copy_(count)


def recomputed(module: nn.Module, function: Callable[..., Any], *args: Any) -> Any:
    """``function(*args)``, a part of ``module``, computed again in the backward pass instead of kept."""
    if torch.compiler.is_compiling():  # the compiler accepts no context managers of ours here
        return checkpoint(function, *args, use_reentrant=False)

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _frozen_statistics(module)  # of the first and of the second forward pass

    return checkpoint(function, *args, use_reentrant=False, context_fn=contexts)


def run_block(block: nn.Module, *args: Any, with_cp: bool, **context: Any) -> Any:
    """``block(*args, **context)``; ``with_cp`` keeps its inputs for the backward pass, and no activations."""
    if with_cp and torch.is_grad_enabled():
        return recomputed(block, partial(block, **context), *args)
    return block(*args, **context)
