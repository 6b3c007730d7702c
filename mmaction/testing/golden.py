"""A golden: what a test stores of a tensor to know it again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch import Tensor

_VALUES = 16


@dataclass(frozen=True)
class Golden:
    """Shape, an even sample of the values, mean and standard deviation."""

    shape: tuple[int, ...]
    values: tuple[float, ...]
    mean: float
    std: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Golden:
        return cls(tuple(data['shape']), tuple(data['values']), data['mean'], data['std'])


def _flat(x: Tensor | np.ndarray) -> np.ndarray:
    array = x.detach().float().cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)
    return array.astype(np.float64)


def _sample(array: np.ndarray, count: int) -> np.ndarray:
    index = np.unique(np.linspace(0, array.size - 1, min(array.size, count)).astype(np.int64))
    return array.ravel()[index]


def make_golden(x: Tensor | np.ndarray) -> Golden:
    """Record a tensor or array."""
    array = _flat(x)
    return Golden(array.shape, tuple(_sample(array, _VALUES).tolist()), float(array.mean()), float(array.std()))


def compare_golden(x: Tensor | np.ndarray, golden: Golden, rtol: float = 1e-3, atol: float = 1e-4) -> None:
    """Raise AssertionError where ``x`` is not the recorded tensor.

    A value may be off by ``rtol * |value| + atol * rms``, and by no more than a hundredth of the recorded spread:
    outputs that hardly vary, as a sigmoid near 0.5, are held to their spread.
    """
    array = _flat(x)
    assert array.shape == golden.shape, f'shape {array.shape} for {golden.shape}'
    assert np.isfinite(array).all(), 'values are not finite'
    want = np.asarray(golden.values)
    rms = float(np.hypot(golden.mean, golden.std))
    tolerance = np.minimum(atol * rms + rtol * np.abs(want), max(0.01 * golden.std, 1e-5 * rms))
    error = np.abs(_sample(array, _VALUES) - want)
    assert (error <= tolerance).all(), f'values differ by up to {error.max():.3g}, allowed {tolerance.min():.3g}'
    for name, got in (('mean', array.mean()), ('std', array.std())):
        expected = getattr(golden, name)
        assert abs(got - expected) <= max(rtol, atol) * rms + 1e-12, f'{name} {got:.6g} for {expected:.6g}'
