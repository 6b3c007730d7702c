"""Gradients through a backbone on a few rows of a batch at a time: memory for one chunk, whatever the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_unflatten


@contextmanager
def in_chunks(module: nn.Module, size: int | None, note: Callable[[torch.Size], None]) -> Iterator[None]:
    """Let a module whose rows do not depend on one another run chunk by chunk.

    The forward pass keeps its outputs only; the backward pass runs each chunk again, one after the other, so that a
    hook on a layer inside of the module sees the chunks in their order, with gradients.

    Args:
        module: takes one tensor; changed within the context only.
        size: rows of a chunk; None for all at once.
        note: called with the shape of each input.
    """
    original = module.forward
    own = vars(module).get('forward')

    def whole(*args: Any, **kwargs: Any) -> Any:
        if args:
            note(args[0].shape)
        return original(*args, **kwargs)

    def forward(x: Any, *args: Any, **kwargs: Any) -> Any:
        if size is None or args or kwargs or not torch.is_grad_enabled() or len(x) <= size:
            return whole(x, *args, **kwargs)
        specs: list[Any] = []
        leaves = _Chunked.apply(x, whole, size, specs)
        return tree_unflatten(list(leaves), specs[0])

    module.forward = forward  # type: ignore[method-assign]
    try:
        yield
    finally:
        del module.forward  # the attribute of the instance, so that the method of the class is back
        if own is not None:
            module.forward = own  # type: ignore[method-assign]


class _Chunked(torch.autograd.Function):
    """A function of a batch, computed in chunks and computed again for its gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, whole: Callable[[Tensor], Any], size: int, specs: list[Any]) -> tuple[Tensor, ...]:
        ctx.save_for_backward(x)
        ctx.whole = whole
        ctx.size = size
        parts = [tree_flatten(whole(chunk)) for chunk in x.split(size)]
        specs.append(parts[0][1])
        return tuple(torch.cat(column) for column in zip(*(leaves for leaves, _ in parts)))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Any, ...]:
        (x,) = ctx.saved_tensors
        parts = []
        starts = [0] * len(gradients)
        for chunk in x.split(ctx.size):
            with torch.enable_grad():
                chunk = chunk.detach().requires_grad_(True)
                outputs, _ = tree_flatten(ctx.whole(chunk))
            rows = []
            for place, output in enumerate(outputs):
                rows.append(gradients[place][starts[place] : starts[place] + len(output)])
                starts[place] += len(output)
            parts.append(torch.autograd.grad(outputs, chunk, rows)[0])
        return torch.cat(parts), None, None, None
