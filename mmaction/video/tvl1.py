"""Optical flow by total variation and an L1 data term; OpenCV has it in a package of its own only, and slower.

Source: Zach, Pock and Bischof, "A Duality Based Approach for Realtime TV-L1 Optical Flow", DAGM 2007; parameters and
stopping rule of Sanchez, Meinhardt-Llopis and Facciolo, "TV-L1 Optical Flow Estimation", IPOL 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ['TVL1']

Field = npt.NDArray[np.float32]

_MIN_SIDE = 16  # pixels; coarser levels of the pyramid hold no structure
_CHECK_EVERY = 5  # iterations; measuring the change costs about as much as an iteration
_remap: Any = cv2.remap  # its stub has no call with one array of coordinates
_NO_GRADIENT = np.float32(1e-6)


@dataclass(frozen=True)
class TVL1:
    """Dense flow of one image to another.

    Args:
        step: time step of the dual variables (tau).
        attachment: weight of the data term (lambda); smaller gives smoother flow.
        tightness: coupling of the two sub-problems (theta).
        scales: levels of the pyramid at most.
        scale_step: size of a level relative to the finer one.
        warps: linearizations per level.
        iterations: of the two sub-problems per linearization, at most.
        epsilon: root of the mean squared change in pixels that ends the iterations.
    """

    step: float = 0.25
    attachment: float = 0.15
    tightness: float = 0.3
    scales: int = 5
    scale_step: float = 0.8
    warps: int = 5
    iterations: int = 30
    epsilon: float = 0.01

    def __call__(self, before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> Field:
        """Displacements (H, W, 2), x then y, in pixels, that lead from ``before`` to ``after``; both uint8 (H, W)."""
        flow: Field | None = None
        for first, second in reversed([*zip(self._pyramid(before), self._pyramid(after), strict=True)]):
            flow = self._refine(first, second, _resize_flow(flow, first.shape))
        assert flow is not None
        return flow

    def _pyramid(self, image: npt.NDArray[np.uint8]) -> list[Field]:
        """The image at all scales, from fine to coarse, each smoothed as far as the next one needs."""
        levels = [cv2.GaussianBlur(np.asarray(image, np.float32), (0, 0), 0.8)]
        sigma = 0.6 * (self.scale_step**-2 - 1) ** 0.5
        while len(levels) < self.scales and min(levels[-1].shape) * self.scale_step >= _MIN_SIDE:
            height, width = levels[-1].shape
            size = (round(width * self.scale_step), round(height * self.scale_step))
            smooth = cv2.GaussianBlur(levels[-1], (0, 0), sigma)
            levels.append(cv2.resize(smooth, size, interpolation=cv2.INTER_CUBIC))
        return [np.asarray(level, np.float32) for level in levels]

    def _refine(self, before: Field, after: Field, flow: Field) -> Field:
        """Flow (H, W, 2) of one level, starting from that of the coarser one."""
        height, width = before.shape
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
        along_y, along_x = np.gradient(after)
        moved_from = np.dstack([after, along_x, along_y]).astype(np.float32)
        u = np.ascontiguousarray(flow.transpose(2, 0, 1))  # (2, H, W)
        dual = np.zeros((2, 2, height, width), np.float32)  # component of the flow, axis of its gradient
        for _ in range(self.warps):
            at = grid + u.transpose(1, 2, 0)
            warped = np.asarray(_remap(moved_from, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
            slope = np.ascontiguousarray(warped[..., 1:].transpose(2, 0, 1))  # (2, H, W)
            constant = warped[..., 0] - before - (slope * u).sum(0)
            u, dual = self._solve(u, dual, slope, constant)
            u = np.stack([cv2.medianBlur(component, 5) for component in u])  # removes outliers
        return np.asarray(u.transpose(1, 2, 0), np.float32)

    def _solve(self, u: Field, dual: Field, slope: Field, constant: Field) -> tuple[Field, Field]:
        """Alternate between the data term, solved per pixel, and the total variation, solved in its dual."""
        limit = self.attachment * self.tightness
        pace = self.step / self.tightness
        steepness = (slope * slope).sum(0) + _NO_GRADIENT
        for number in range(1, self.iterations + 1):
            residual = constant + slope[0] * u[0] + slope[1] * u[1]
            # The three cases of the thresholding step are one clipped division.
            amount = np.clip(-residual / steepness, -limit, limit)
            new = u + amount * slope + self.tightness * _divergence(dual)
            ascent = _gradient(new)
            norm = np.sqrt((ascent * ascent).sum(1, keepdims=True))
            dual = (dual + pace * ascent) / (1 + pace * norm)
            done = number % _CHECK_EVERY == 0 and float(((new - u) ** 2).sum(0).mean()) < self.epsilon**2
            u = new
            if done:
                break
        return u, dual


def _resize_flow(flow: Field | None, shape: Any) -> Field:
    """Flow (h, w, 2) at another size (H, W), its lengths scaled accordingly; zeros for None."""
    height, width = shape
    if flow is None:
        return np.zeros((height, width, 2), np.float32)
    ratio = np.asarray([width / flow.shape[1], height / flow.shape[0]], np.float32)
    return np.asarray(cv2.resize(flow, (width, height), interpolation=cv2.INTER_CUBIC) * ratio, np.float32)


def _gradient(u: Field) -> Field:
    """Forward differences (2, 2, H, W) of two components (2, H, W) along x and y; zero at the far border."""
    out = np.zeros((2, 2, *u.shape[1:]), np.float32)
    np.subtract(u[:, :, 1:], u[:, :, :-1], out=out[:, 0, :, :-1])
    np.subtract(u[:, 1:], u[:, :-1], out=out[:, 1, :-1])
    return out


def _divergence(dual: Field) -> Field:
    """Divergence (2, H, W) of two fields (2, 2, H, W): the negative adjoint of :func:`_gradient`."""
    out = np.asarray(dual[:, 0] + dual[:, 1], np.float32)
    out[:, :, 1:] -= dual[:, 0, :, :-1]
    out[:, 1:] -= dual[:, 1, :-1]
    return out
