"""The actions that RandAugment and AugMix choose from, by name, each with the strength that a level 0..10 gives it.

One level gives one strength for all frames of a clip. The strengths are those of PyTorchVideo's augmentations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.augment import color, warp

MAX_LEVEL = 10
FILL = (128, 128, 128)


@dataclass(frozen=True)
class Action:
    """A change of a clip, of colour or of geometry.

    Args:
        color: (clip, strength) -> clip; by default the clip is unchanged.
        matrix: (strength, (w, h)) -> affine matrix (2, 3) of an action of geometry, which replaces ``color``; or None.
        strength: level -> strength; None for an action without.
        signed: the strength, as a distance from ``base``, is negated in half of the draws.
        base: the strength that changes nothing, for the signed ones.
    """

    color: Callable[..., np.ndarray] = np.asarray
    matrix: Callable[[float, tuple[int, int]], np.ndarray] | None = None
    strength: Callable[[float], float] | None = None
    signed: bool = False
    base: float = 0

    def draw(self, level: float) -> tuple[float, ...]:
        """The arguments of one application."""
        if self.strength is None:
            return ()
        value = self.strength(level / MAX_LEVEL)
        if self.signed:
            value = self.base + (value if np.random.rand() < 0.5 else -value)
        return (value,)


def _factor(change: Callable[[np.ndarray, float], np.ndarray]) -> Action:
    return Action(color=change, strength=lambda part: 0.9 * part, signed=True, base=1)


def _move(matrix: Callable[[float, tuple[int, int]], np.ndarray], most: float) -> Action:
    return Action(matrix=matrix, strength=lambda part: most * part, signed=True)


ACTIONS: dict[str, Action] = {
    'AdjustBrightness': _factor(color.brightness),
    'AdjustContrast': _factor(color.contrast),
    'AdjustSaturation': _factor(color.saturation),
    'AdjustSharpness': _factor(color.sharpness),
    'AutoContrast': Action(color=color.auto_contrast),
    'Equalize': Action(color=color.equalize),
    'Invert': Action(color=color.invert),
    'Posterize': Action(color=color.posterize, strength=lambda part: 4 - int(4 * part)),
    'Solarize': Action(color=color.solarize, strength=lambda part: 255 * (1 - part)),
    'Rotate': _move(warp.rotate, 30),
    'ShearX': _move(warp.shear_x, 0.3),
    'ShearY': _move(warp.shear_y, 0.3),
    'TranslateX': _move(warp.translate_x, 0.45),
    'TranslateY': _move(warp.translate_y, 0.45),
}


def apply_action(name: str, clip: np.ndarray, args: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray | None]:
    """Apply the action of that name with the arguments that :meth:`Action.draw` gave.

    Returns:
        The clip, uint8 (T, H, W, C), and the matrix by which its points moved, or None.
    """
    action = ACTIONS[name]
    if action.matrix is None:
        return action.color(clip, *args), None
    matrix = action.matrix(args[0], (clip.shape[2], clip.shape[1]))
    return warp.warp(clip, matrix, FILL), matrix
