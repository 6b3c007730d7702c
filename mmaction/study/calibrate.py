"""Calibration of scores: one temperature, which divides the logits before the softmax."""

from __future__ import annotations

import math

import numpy as np

from mmaction.structures.frame_labels import IGNORE_INDEX

__all__ = ['calibrated', 'fit_temperature', 'log_loss']

_LOW, _HIGH = math.log(0.05), math.log(20.0)
_SMALLEST = 1e-12  # probability; its logarithm is finite
_GOLDEN = (math.sqrt(5) - 1) / 2
_STEPS = 60
_TOLERANCE = 0.01


def calibrated(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities (..., K) at another temperature: softmax of their logarithms, divided by it. Float32."""
    logits = np.log(np.clip(scores.astype(np.float64), _SMALLEST, None)) / temperature
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return (exponentials / exponentials.sum(-1, keepdims=True)).astype(np.float32)


def log_loss(scores: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative logarithm of the probability (N, K) of the true class (N,); those to ignore count nowhere."""
    known = np.flatnonzero(labels != IGNORE_INDEX)
    chosen = scores[known, labels[known]].astype(np.float64)
    return float(0.0 - np.log(np.clip(chosen, _SMALLEST, None)).mean()) if len(known) else 0.0


def fit_temperature(scores: np.ndarray, labels: np.ndarray) -> float:
    """Find the temperature of the lowest log loss, which is never above that of the scores as they are.

    The loss is convex in 1 / temperature, so that it has one minimum over the logarithm of the temperature, which a
    golden section search finds.
    Source: Guo et al., On Calibration of Modern Neural Networks, 2017, section 4.2.

    Args:
        scores: probabilities (N, K).
        labels: true classes (N,).

    Returns:
        a temperature in (0.05, 20]; 1 where nothing is better, and where the scores are all right, which says nothing
        about how sure they may be.
    """

    def loss(log_temperature: float) -> float:
        return log_loss(calibrated(scores, math.exp(log_temperature)), labels)

    low, high = _LOW, _HIGH
    for _ in range(_STEPS):
        width = _GOLDEN * (high - low)
        if loss(high - width) < loss(low + width):
            high = low + width
        else:
            low = high - width
    best = (low + high) / 2
    has_minimum = best - _LOW > _TOLERANCE  # scores that are all right have none: the sharper, the lower the loss
    return math.exp(best) if has_minimum and loss(best) < loss(0.0) else 1.0
