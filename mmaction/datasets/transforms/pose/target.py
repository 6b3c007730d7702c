"""``GeneratePoseTarget``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.pose._keypoints import keypoints_of
from mmaction.datasets.transforms.pose.heatmap import Maps, keypoint_heatmaps, limb_heatmaps
from mmaction.datasets.transforms.spatial.targets import swap_order
from mmaction.registry import TRANSFORMS
from mmaction.structures.skeletons import COCO, HEATMAP_LIMBS
from mmaction.utils.check import positive

_LEFT_LIMBS, _RIGHT_LIMBS = COCO.sides_of(HEATMAP_LIMBS)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class GeneratePoseTarget(BaseTransform):
    """Draw a stack of heatmaps, the input of PoseC3D (arXiv:2104.13586, section 3.2).

    Reads ``keypoint`` (M, T, V, 2), ``img_shape`` and, where given, ``keypoint_score`` (M, T, V). Writes ``imgs``, or
    ``heatmap_imgs`` where the sample has frames: float32 (T, V, H, W) of the points, (T, L, H, W) of the limbs, both
    one after the other if both are requested. With ``double`` the mirrored maps follow, (2 * T, ...). Nobody in the
    sample gives maps of zeros.

    Args:
        sigma: of the Gaussian, in pixels.
        use_score: height of the Gaussian is the score of the point; else 1.
        with_kp: draw points.
        with_limb: draw limbs.
        skeletons: the two points of each limb.
        double: add the sample mirrored, with left and right changing places.
        left_kp, right_kp: points that change places, in pairs.
        left_limb, right_limb: limbs that change places, in pairs.
        scaling: size of the maps, in sizes of the frame.
    """

    role = 'pose'
    reads = ('keypoint', 'img_shape')
    writes = ('imgs', 'heatmap_imgs')

    sigma: float = 0.6
    use_score: bool = True
    with_kp: bool = True
    with_limb: bool = False
    skeletons: Sequence[Sequence[int]] = HEATMAP_LIMBS
    double: bool = False
    left_kp: Sequence[int] = COCO.left
    right_kp: Sequence[int] = COCO.right
    left_limb: Sequence[int] = _LEFT_LIMBS
    right_limb: Sequence[int] = _RIGHT_LIMBS
    scaling: float = 1.0

    def __post_init__(self) -> None:
        if not self.with_kp and not self.with_limb:
            raise ValueError('with_kp and with_limb are both False: there is nothing to draw.')
        positive(self.sigma, 'sigma')
        positive(self.scaling, 'scaling')
        for name, left, right in (('kp', self.left_kp, self.right_kp), ('limb', self.left_limb, self.right_limb)):
            if len(left) != len(right) or len({*left, *right}) != len(left) + len(right):
                raise ValueError(f'left_{name} ({left}) and right_{name} ({right}) must be pairs, each number once.')

    def transform(self, results: dict) -> dict:
        # With frames in the sample, both go to the network: RGBPoseConv3D.
        key = 'heatmap_imgs' if 'imgs' in results else 'imgs'
        results[key] = self.gen_an_aug(results)
        return results

    def gen_an_aug(self, results: dict) -> np.ndarray:
        """The heatmaps of a sample, (T, V + L, H, W), twice as many frames with ``double``."""
        keypoint, score = keypoints_of(results, keep_nan=True)  # NaN joints are not drawn
        if not self.use_score or score is None:
            score = np.ones(keypoint.shape[:-1], dtype=np.float32)
        height, width = (int(side * self.scaling + 0.5) for side in results['img_shape'])
        xy = keypoint[..., :2].astype(np.float32) * np.float32(self.scaling)
        num_frames, num_points = keypoint.shape[1:3]
        self._check_points(num_points)

        points = num_points * self.with_kp
        limbs = len(self.skeletons) * self.with_limb
        num_maps = num_frames * (1 + self.double)
        out = np.zeros((num_maps, points + limbs, height, width), dtype=np.float32)
        if points:
            keypoint_heatmaps(xy, score, out, self.sigma, self._maps(0, points, self.left_kp, self.right_kp))
        if limbs:
            maps = self._maps(points, limbs, self.left_limb, self.right_limb)
            limb_heatmaps(xy, score, self.skeletons, out, self.sigma, maps)
        return out

    def _maps(self, first: int, number: int, left: Sequence[int], right: Sequence[int]) -> Maps:
        """The maps from ``first`` on; ``left`` and ``right`` change places in the mirror."""
        own = first + np.arange(number)
        if not self.double:
            return Maps(own)
        return Maps(own, first + swap_order(number, left, right))

    def _check_points(self, num_points: int) -> None:
        limits = []
        if self.with_limb:
            limits.append(('skeletons', max((max(limb) for limb in self.skeletons), default=-1), num_points))
        if self.double and self.with_kp:
            limits.append(('left_kp and right_kp', max([*self.left_kp, *self.right_kp], default=-1), num_points))
        if self.double and self.with_limb:
            limbs = len(self.skeletons)
            limits.append(('left_limb and right_limb', max([*self.left_limb, *self.right_limb], default=-1), limbs))
        for name, largest, limit in limits:
            if largest >= limit:
                raise ValueError(
                    f'{name} name number {largest}, the sample has {limit}. Give those of the layout of its keypoints.'
                )
