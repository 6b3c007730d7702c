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
from mmaction.utils.overrides import overrides

_DRAWING = ('generate_heatmap', 'generate_a_heatmap', 'generate_a_limb_heatmap')
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
        if self.double and overrides(self, GeneratePoseTarget, 'gen_an_aug', *_DRAWING):
            maps = self.gen_an_aug(results)
            results[key] = np.concatenate([maps, maps[..., ::-1][:, self._mirror_order(maps.shape[1])]])
        elif self.double:
            results[key] = self._draw(results, double=True)
        else:
            results[key] = self.gen_an_aug(results)
        return results

    # The parts of `transform`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    # Those that draw one frame or map are called only where one is overridden; `_draw` draws all frames at once.
    def gen_an_aug(self, results: dict) -> np.ndarray:
        """The heatmaps of a sample, (T, V + L, H, W), without the mirrored ones."""
        if not overrides(self, GeneratePoseTarget, *_DRAWING):
            return self._draw(results)
        xy, score, (height, width) = self._keypoints(results)
        num_maps = xy.shape[2] * self.with_kp + len(self.skeletons) * self.with_limb
        out = np.zeros((xy.shape[1], num_maps, height, width), dtype=np.float32)
        for number, maps in enumerate(out):
            self.generate_heatmap(maps, xy[:, number], score[:, number])
        return out

    def generate_heatmap(self, arr: np.ndarray, kps: np.ndarray, max_values: np.ndarray) -> None:
        """Draw the points (M, V, 2) and limbs of a frame, with scores (M, V), into the maps (V + L, H, W)."""
        points = kps.shape[1] * self.with_kp
        for i in range(points):
            self.generate_a_heatmap(arr[i], kps[:, i], max_values[:, i])
        for i, (first, second) in enumerate(self.skeletons if self.with_limb else ()):
            self.generate_a_limb_heatmap(
                arr[points + i], kps[:, first], kps[:, second], max_values[:, first], max_values[:, second]
            )

    def generate_a_heatmap(self, arr: np.ndarray, centers: np.ndarray, max_values: np.ndarray) -> None:
        """Draw one point of all persons (M, 2), with scores (M,), into the map (H, W)."""
        own = np.ascontiguousarray(arr)[None, None]
        keypoint_heatmaps(centers[:, None, None, :2], max_values[:, None, None], own, self.sigma)
        arr[:] = own[0, 0]

    def generate_a_limb_heatmap(
        self,
        arr: np.ndarray,
        starts: np.ndarray,
        ends: np.ndarray,
        start_values: np.ndarray,
        end_values: np.ndarray,
    ) -> None:
        """Draw one limb of all persons, (M, 2) to (M, 2), with the scores (M,) of its ends, into the map (H, W)."""
        xy = np.stack([starts[:, :2], ends[:, :2]], axis=1)[:, None]  # (M, 1, 2, 2)
        score = np.stack([start_values, end_values], axis=1)[:, None]  # (M, 1, 2)
        own = np.ascontiguousarray(arr)[None, None]
        limb_heatmaps(xy, score, [(0, 1)], own, self.sigma)
        arr[:] = own[0, 0]

    def _keypoints(self, results: dict) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
        """x, y in pixels of the maps (M, T, V, 2), scores (M, T, V), and (h, w) of the maps."""
        keypoint, score = keypoints_of(results, keep_nan=True)  # NaN joints are not drawn
        if not self.use_score or score is None:
            score = np.ones(keypoint.shape[:-1], dtype=np.float32)
        height, width = (int(side * self.scaling + 0.5) for side in results['img_shape'])
        self._check_points(keypoint.shape[2])
        return keypoint[..., :2].astype(np.float32) * np.float32(self.scaling), score, (height, width)

    def _draw(self, results: dict, double: bool = False) -> np.ndarray:
        """All maps of a sample, (T, V + L, H, W), or with ``double`` those of the mirrored sample after them."""
        xy, score, (height, width) = self._keypoints(results)
        num_frames, num_points = xy.shape[1:3]
        points = num_points * self.with_kp
        limbs = len(self.skeletons) * self.with_limb
        out = np.zeros((num_frames * (1 + double), points + limbs, height, width), dtype=np.float32)
        if points:
            maps = self._maps(0, points, self.left_kp, self.right_kp, double)
            keypoint_heatmaps(xy, score, out, self.sigma, maps)
        if limbs:
            maps = self._maps(points, limbs, self.left_limb, self.right_limb, double)
            limb_heatmaps(xy, score, self.skeletons, out, self.sigma, maps)
        return out

    def _mirror_order(self, num_maps: int) -> np.ndarray:
        """The map that each of ``num_maps`` is in the mirror, (num_maps,)."""
        limbs = num_maps - len(self.skeletons)  # the first map of the limbs
        left = [*(self.left_kp if self.with_kp else ()), *(limbs + i for i in self.left_limb if self.with_limb)]
        right = [*(self.right_kp if self.with_kp else ()), *(limbs + i for i in self.right_limb if self.with_limb)]
        return swap_order(num_maps, left, right)

    @staticmethod
    def _maps(first: int, number: int, left: Sequence[int], right: Sequence[int], double: bool) -> Maps:
        """The maps from ``first`` on; ``left`` and ``right`` change places in the mirror."""
        own = first + np.arange(number)
        if not double:
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
