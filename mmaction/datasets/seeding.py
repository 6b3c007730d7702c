"""Augmentation that depends on the seed, the epoch and the sample alone.

A sample then comes out the same whichever worker makes it, however many there are, and whatever was loaded before it:
a resumed run sees what the uninterrupted one would have seen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import get_worker_info

_round = 0  # which pass of a RepeatDataset the sample is drawn in; each pass augments anew


def seed_cell() -> Tensor:
    """Allocate the seed of the epoch in shared memory, where the workers of a dataloader see it change."""
    return torch.zeros(1, dtype=torch.int64).share_memory_()


@contextmanager
def repeat_round(number: int) -> Iterator[None]:
    """Mark random draws inside as those of pass ``number`` of a repeated dataset."""
    global _round
    before, _round = _round, number
    try:
        yield
    finally:
        _round = before


@contextmanager
def seeded_sample(cell: Tensor | None, index: int) -> Iterator[None]:
    """Seed ``random``, NumPy and torch for one sample; without a cell, leave them alone.

    Outside workers the generators are put back afterwards, as the training step draws from the same ones.
    """
    if cell is None:
        yield
        return
    in_worker = get_worker_info() is not None
    states = None if in_worker else (random.getstate(), np.random.get_state(), torch.get_rng_state())
    seed = int(np.random.SeedSequence([int(cell), index, _round]).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        if states is not None:
            random.setstate(states[0])
            np.random.set_state(states[1])
            torch.set_rng_state(states[2])
