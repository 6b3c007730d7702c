"""Goldens: an even sample of a tensor's values, stored to recognize the tensor again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch import Tensor

_VALUES = 16


@dataclass(frozen=True)
class Golden:
    """Shape, some of the values with their flat indices, mean and standard deviation."""

    shape: tuple[int, ...]
    index: tuple[int, ...]
    values: tuple[float, ...]
    mean: float
    std: float

    def to_json(self) -> dict[str, Any]:
        """Convert to a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Golden:
        """Build from the object of :meth:`to_json`."""
        return cls(tuple(data['shape']), tuple(data['index']), tuple(data['values']), data['mean'], data['std'])


def _to_array(x: Tensor | np.ndarray) -> np.ndarray:
    if isinstance(x, Tensor):
        x = x.detach().float().cpu().numpy()
    return np.asarray(x, np.float64)


def make_golden(x: Tensor | np.ndarray) -> Golden:
    """Record a tensor or array."""
    array = _to_array(x)
    index = np.unique(np.linspace(0, array.size - 1, min(array.size, _VALUES)).astype(np.int64)).tolist()
    values = array.ravel()[index].tolist()
    return Golden(array.shape, tuple(index), tuple(values), float(array.mean()), float(array.std()))


def compare_golden(x: Tensor | np.ndarray, golden: Golden, rtol: float = 1e-3, atol: float = 1e-4) -> None:
    """Raise AssertionError unless ``x`` is the recorded tensor.

    A value may differ by ``rtol * |value| + atol * rms``, and by no more than a hundredth of the recorded spread:
    outputs that hardly vary, such as a sigmoid near 0.5, would pass with any input otherwise.
    """
    array = _to_array(x)
    assert array.shape == golden.shape, f'shape {array.shape}, expected {golden.shape}'
    assert np.isfinite(array).all(), 'values are not finite'
    expected = np.asarray(golden.values)
    rms = float(np.hypot(golden.mean, golden.std))
    tolerance = np.minimum(atol * rms + rtol * np.abs(expected), max(0.01 * golden.std, 1e-5 * rms))
    error = np.abs(array.ravel()[list(golden.index)] - expected)
    assert (error <= tolerance).all(), f'values differ by up to {error.max():.3g}, allowed {tolerance.min():.3g}'
    for name, found, recorded in (('mean', array.mean(), golden.mean), ('std', array.std(), golden.std)):
        allowed = atol * rms + rtol * abs(recorded) + 1e-12
        assert abs(found - recorded) <= allowed, f'{name} {found:.6g}, expected {recorded:.6g}'
