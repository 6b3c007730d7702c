"""``Flip``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import change_frames, frames_like, open_clip
from mmaction.datasets.transforms.spatial import ops, targets
from mmaction.datasets.transforms.spatial.lazy import open_sample
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import pick, within


def map_label(label: Any, table: Mapping[int, int]) -> Any:
    """The label (or each of several: list, tuple or array) of the mirrored sample."""
    if isinstance(label, np.ndarray):
        return np.array([table.get(int(one), one) for one in label.reshape(-1)], label.dtype).reshape(label.shape)
    if isinstance(label, list | tuple):
        return type(label)(table.get(one, one) for one in label)
    return table.get(label, label)


@TRANSFORMS.register_module()
@dataclass(repr=False, eq=False)
class Flip(BaseTransform):
    """Mirror all frames of a sample, or none; boxes, keypoints, labels and the x component of flow follow.

    Reads ``imgs`` (or ``keypoint``), ``img_shape``, ``modality``, and ``label`` with ``flip_label_map``. Writes these,
    ``flip`` and ``flip_direction``.

    Args:
        flip_ratio: probability, 0 to 1.
        direction: ``horizontal`` or ``vertical``.
        flip_label_map: class -> class of the mirrored sample, for classes such as "push left".
        left_kp: keypoints that swap with ``right_kp``.
        right_kp: see ``left_kp``.
        lazy: leave the pixels to ``Fuse``.
    """

    role = 'pixels'
    reads = ('imgs|keypoint',)
    writes = ('imgs', 'keypoint', 'keypoint_score', 'img_shape', 'label', 'flip', 'flip_direction', 'lazy')

    flip_ratio: float = 0.5
    direction: ops.Direction = 'horizontal'
    flip_label_map: Mapping[int, int] | None = None
    left_kp: Sequence[int] | None = None
    right_kp: Sequence[int] | None = None
    lazy: bool = False

    def __post_init__(self) -> None:
        within(0, 1, self.flip_ratio, 'flip_ratio')
        pick(get_args(ops.Direction), self.direction, 'direction')
        if len(self.left_kp or ()) != len(self.right_kp or ()):
            raise ValueError(f'left_kp ({self.left_kp}) and right_kp ({self.right_kp}) must be of one length.')

    def transform(self, results: dict) -> dict:
        img_shape = open_sample(results, self.lazy)
        flow = results.get('modality') == 'Flow'
        if self.direction == 'vertical' and (flow or 'keypoint' in results):
            raise ValueError("direction ('vertical') is not defined for flow and keypoints; use 'horizontal'.")
        flip = bool(np.random.rand() < self.flip_ratio)
        results['flip'] = flip
        results['flip_direction'] = self.direction
        if not flip:
            return results
        if self.flip_label_map is not None and 'label' in results:
            results['label'] = map_label(results['label'], self.flip_label_map)
        if self.lazy:
            results['lazy'].update(flip=True, flip_direction=self.direction)
        elif 'imgs' in results:
            results['imgs'] = self._flip_imgs(results['imgs'], results.get('modality', 'RGB'))
        if 'keypoint' in results:
            score = results.get('keypoint_score')
            results['keypoint'], score = self._flip_kps(results['keypoint'], score, img_shape[1])
            if score is not None:
                results['keypoint_score'] = score
        if self.direction == 'horizontal':
            targets.map_boxes(results, lambda boxes: self._box_flip(boxes, img_shape[1]))
        else:
            targets.map_boxes(results, lambda boxes: targets.flip_boxes(boxes, img_shape[0], axis=1))
        return results

    # The parts of `transform`, under the names and signatures of MMAction2 1.x: subclasses override and call them.
    def _flip_imgs(self, imgs: Any, modality: str) -> list[np.ndarray]:
        if modality == 'Flow':  # whose gray frames alternate: what is done to one depends on its place
            return frames_like(imgs, ops.invert_flow_x(ops.flip(open_clip(imgs), self.direction)))
        return change_frames(imgs, lambda clip: ops.flip(clip, self.direction))

    def _flip_kps(
        self, kps: np.ndarray, kpscores: np.ndarray | None, img_width: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        order = targets.swap_order(kps.shape[2], self.left_kp or (), self.right_kp or ())
        flipped = targets.flip_keypoints(kps, img_width, order)
        return flipped, None if kpscores is None else kpscores[:, :, order]

    @staticmethod
    def _box_flip(box: np.ndarray, img_width: int) -> np.ndarray:
        return targets.flip_boxes(box, img_width)
