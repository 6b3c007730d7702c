"""RandAugment and AugMix on clips; whatever is drawn is the same for all frames of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from mmaction.datasets.transforms.augment.actions import ACTIONS, MAX_LEVEL, apply_action
from mmaction.utils.check import at_least, pick, positive, within

SamplingType = Literal['gaussian', 'uniform']
Matrices = list[np.ndarray]

# AugMix leaves out what overlaps with the corruptions it is tested on (arXiv:1912.02781, section 3)
_AUGMIX_ACTIONS = (
    'AutoContrast', 'Equalize', 'Posterize', 'Rotate', 'Solarize', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY',
)  # fmt: skip


@dataclass(repr=False, eq=False)
class RandAugment:
    """Apply ``num_layers`` random actions one after the other, each with probability ``prob`` (arXiv:1909.13719).

    Args:
        magnitude: level of the actions, 0 to 10.
        num_layers: actions drawn for a clip, with replacement.
        prob: probability that an action drawn is applied.
        sampling_type: ``gaussian`` draws the level around ``magnitude``, ``uniform`` an integer level up to it.
        sampling_std: standard deviation of the former.
    """

    magnitude: float = 9
    num_layers: int = 2
    prob: float = 0.5
    sampling_type: SamplingType = 'gaussian'
    sampling_std: float = 0.5

    def __post_init__(self) -> None:
        within(0, MAX_LEVEL, self.magnitude, 'magnitude')
        at_least(1, self.num_layers, 'num_layers')
        within(0, 1, self.prob, 'prob')
        pick(get_args(SamplingType), self.sampling_type, 'sampling_type')

    def _level(self) -> float:
        if self.sampling_type == 'uniform':
            return float(np.random.randint(int(self.magnitude) + 1))
        return float(np.clip(np.random.normal(self.magnitude, self.sampling_std), 0, MAX_LEVEL))

    def draw(self) -> list[tuple[str, tuple[float, ...]]]:
        """The actions for a clip, with their arguments."""
        names = np.random.choice(sorted(ACTIONS), self.num_layers)
        return [(str(n), ACTIONS[n].draw(self._level())) for n in names if np.random.rand() < self.prob]

    def __call__(self, clip: np.ndarray) -> tuple[np.ndarray, Matrices]:
        """Augment a clip, uint8 (T, H, W, 3).

        Returns:
            The clip, and the matrices by which points moved, in order.
        """
        matrices = []
        for name, args in self.draw():
            clip, matrix = apply_action(name, clip, args)
            if matrix is not None:
                matrices.append(matrix)
        return clip, matrices


@dataclass(repr=False, eq=False)
class AugMix:
    """Mix a clip with ``width`` chains of random actions (arXiv:1912.02781).

    The points of the chains move differently, so boxes stay where they are.

    Args:
        magnitude: highest level of the actions, 0 to 10; the level is uniform from 0.1 to it.
        alpha: of the Dirichlet and Beta distributions of the weights.
        width: chains.
        depth: actions of a chain; -1 draws 1 to 3.
    """

    magnitude: float = 3
    alpha: float = 1.0
    width: int = 3
    depth: int = -1

    def __post_init__(self) -> None:
        within(0, MAX_LEVEL, self.magnitude, 'magnitude')
        positive(self.alpha, 'alpha')
        at_least(1, self.width, 'width')
        if self.depth < 1 and self.depth != -1:
            raise ValueError(f'depth ({self.depth}) must be at least 1, or -1 to draw it.')

    def _chain(self, clip: np.ndarray) -> np.ndarray:
        depth = self.depth if self.depth > 0 else np.random.randint(1, 4)
        for name in np.random.choice(_AUGMIX_ACTIONS, depth):
            level = np.random.uniform(min(0.1, self.magnitude), self.magnitude)
            clip, _ = apply_action(str(name), clip, ACTIONS[str(name)].draw(level))
        return clip

    def __call__(self, clip: np.ndarray) -> tuple[np.ndarray, Matrices]:
        """Augment a clip, uint8 (T, H, W, 3)."""
        weights = np.random.dirichlet([self.alpha] * self.width).astype(np.float32)
        mixed = np.float32(np.random.beta(self.alpha, self.alpha))
        out = clip * (1 - mixed)
        for weight in weights:
            out += self._chain(clip) * (mixed * weight)
        return np.clip(out, 0, 255).astype(np.uint8), []
