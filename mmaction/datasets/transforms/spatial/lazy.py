"""The lazy mode: crop, resize and flip are recorded in ``results['lazy']`` and applied at once by ``Fuse``.

The record holds ``original_shape`` (h, w), ``crop_bbox`` (xyxy in pixels of the original, float), ``interpolation``,
``flip``, ``flip_direction``. Boxes follow at once, in both modes.
"""

from __future__ import annotations

import warnings

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.frames import frame_size, frames_like, open_clip
from mmaction.datasets.transforms.spatial import ops
from mmaction.registry import TRANSFORMS


def open_sample(results: dict, lazy: bool = False) -> tuple[int, int]:
    """Make sure of ``img_shape`` and, for a lazy transform, of the record.

    Returns:
        (h, w) of the frames as they are after the operations so far.

    Raises:
        ValueError: an eager transform follows a lazy one, or a lazy one meets keypoints.
    """
    if 'img_shape' not in results:
        if 'imgs' not in results:
            raise ValueError(f'The sample has no img_shape (h, w), nor imgs to take it from, only {sorted(results)}.')
        results['img_shape'] = frame_size(results['imgs'])
    height, width = results['img_shape']
    if not lazy:
        reject_lazy(results)
        if 'imgs' in results and frame_size(results['imgs']) != (height, width):
            warnings.warn(
                f"A step left frames of {frame_size(results['imgs'])} (h, w) and results['img_shape'] "
                f'({height}, {width}). The steps after it go by img_shape, as in MMAction2: set it along with the '
                'frames.',
                stacklevel=2,
            )
    else:
        if 'keypoint' in results:
            raise ValueError('Keypoints cannot be transformed lazily: leave lazy=True out.')
        results.setdefault(
            'lazy',
            dict(
                original_shape=(height, width),
                crop_bbox=np.array([0, 0, width, height], dtype=np.float64),
                interpolation=None,
                flip=False,
                flip_direction=None,
            ),
        )
        if results['lazy']['flip']:
            raise ValueError('Flip must be the last lazy operation before Fuse.')
    return height, width


def reject_lazy(results: dict) -> None:
    """Raise ValueError if lazy operations have not been applied: the frames still have their former size."""
    if 'lazy' in results:
        raise ValueError(
            'Lazy operations are pending in this sample (a transform has lazy=True): put Fuse before this step.'
        )


def record_crop(results: dict, bbox: tuple[int, int, int, int], img_shape: tuple[int, int]) -> None:
    """Narrow the recorded crop to ``bbox``, which is in pixels of a frame of ``img_shape`` (h, w)."""
    left, top, right, bottom = results['lazy']['crop_bbox']
    scale = np.array([(right - left) / img_shape[1], (bottom - top) / img_shape[0]] * 2)
    results['lazy']['crop_bbox'] = np.array([left, top, left, top]) + np.array(bbox) * scale


@TRANSFORMS.register_module()
class Fuse(BaseTransform):
    """Apply the recorded operations of the lazy transforms before it: crop, resize, flip.

    Each frame is touched once. Crops and flips equal the eager ones; a resize before a crop equals it up to the
    rounding of the crop to whole pixels of the original.

    Reads ``imgs``, ``img_shape``, ``lazy``; writes ``imgs`` and removes ``lazy``.
    """

    role = 'pixels'
    reads = ('imgs', 'img_shape', 'lazy')
    writes = ('imgs',)

    def transform(self, results: dict) -> dict:
        if 'lazy' not in results:
            raise ValueError('There is nothing to fuse: no transform before Fuse has lazy=True.')
        record = results.pop('lazy')
        height, width = results['img_shape']
        imgs = results['imgs']
        clip = ops.crop(open_clip(imgs), tuple(record['crop_bbox'].round().astype(int)))
        clip = ops.resize(clip, (width, height), record['interpolation'] or 'bilinear')
        if record['flip']:
            clip = ops.flip(clip, record['flip_direction'])
            if results.get('modality') == 'Flow':
                clip = ops.invert_flow_x(clip)
        results['imgs'] = frames_like(imgs, clip)
        return results
