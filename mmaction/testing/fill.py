"""Deterministic weights and inputs, identical for every version of torch.

The values depend on the name and shape of an entry alone, so that two implementations of one architecture can be
compared number by number without exchanging weights.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn


def _is(last: str, word: str) -> bool:
    return last.startswith(word) or last.endswith('_' + word)


def standard_normal(seed: int, count: int) -> np.ndarray:
    """Standard normal values, float32 (count,): of one seed, fewer are the first of more."""
    return np.random.RandomState(seed).standard_normal(count).astype(np.float32)


def fill_array(key: str, shape: Sequence[int], is_buffer: bool = False) -> np.ndarray | None:
    """Generate the values of one ``state_dict`` entry, seeded by its key.

    Args:
        key: full name of the entry.
        shape: shape of the entry.
        is_buffer: buffers other than running statistics stay as constructed.

    Returns:
        A float32 array, or None if the entry stays as it is.
    """
    last = key.rsplit('.', 1)[-1]
    statistics = last in ('running_mean', 'running_var')
    if not statistics and (is_buffer or last in ('num_batches_tracked', 'A')):
        return None
    z = standard_normal(zlib.crc32(key.encode()) & 0x7FFFFFFF, int(np.prod(shape))).reshape(tuple(shape))
    if last == 'running_var':
        return 1 + 0.2 * np.tanh(z)
    if last == 'running_mean':
        return 0.1 * z
    if _is(last, 'bias'):
        return 0.05 * z
    if not _is(last, 'weight'):
        return 0.1 * z
    if z.ndim <= 1:
        return 1 + 0.1 * z
    gain = 1 / np.sqrt(max(int(np.prod(shape[1:])), 1))
    if '.theta.' in key or '.phi.' in key:
        gain *= 0.03  # a dot-product non-local block grows with the cube of its weights
    return z * np.float32(gain)


@torch.no_grad()
def fill_state_dict(model: nn.Module) -> nn.Module:
    """Fill every float entry of ``model.state_dict()`` in place and return the model."""
    parameters = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    for key, value in model.state_dict(keep_vars=True).items():
        if value.is_floating_point():
            array = fill_array(key, value.shape, is_buffer=key not in parameters)
            if array is not None:
                value.data.copy_(torch.from_numpy(np.asarray(array, np.float32)))
    return model


def seeded_tensor(shape: Sequence[int], seed: int = 0) -> Tensor:
    """Float32 tensor of standard normal values, identical on every machine."""
    rng = np.random.RandomState(seed)
    return torch.from_numpy(rng.standard_normal(tuple(shape)).astype(np.float32))
