from typing import Dict, Tuple

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmaction.datasets.transforms import RandomCrop, SampleFrames
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class SegmentFrames(SampleFrames):
    """One clip in each of equal segments: at random, or at its middle."""

    def _get_train_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        length = (num_frames - ori_clip_len + 1) // self.num_clips
        return np.arange(self.num_clips) * length + np.random.randint(length, size=self.num_clips)

    def _get_test_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        step = max((num_frames - ori_clip_len) / max(self.num_clips - 1, 1), 0)
        if self.num_clips == 1:
            return np.array([(num_frames - ori_clip_len) // 2])
        return np.floor(np.arange(self.num_clips) * step).astype(np.int64)


@TRANSFORMS.register_module()
class ScaleFrames(BaseTransform):
    """Resize the frames one by one, in place."""

    def __init__(self, size: Tuple[int, int]) -> None:
        self.size = tuple(size)

    def transform(self, results: Dict) -> Dict:
        assert isinstance(results['imgs'], list)
        for i, img in enumerate(results['imgs']):
            results['imgs'][i] = cv2.resize(img, self.size)
        results['img_shape'] = results['imgs'][0].shape[:2]
        return results


@TRANSFORMS.register_module()
class DoubleThenHalf(BaseTransform):
    """Append frames, reorder and drop them again; what is left is what came in."""

    def transform(self, results: Dict) -> Dict:
        imgs = results['imgs']
        count = len(imgs)
        imgs.extend([np.zeros_like(img) for img in imgs])
        imgs.reverse()
        imgs = imgs[count:] + imgs[:count]
        results['imgs'] = imgs[:count][::-1]
        return results


@TRANSFORMS.register_module()
class AnySquare(RandomCrop):
    """A random square, cut with the helpers of RandomCrop."""

    def transform(self, results: Dict) -> Dict:
        img_h, img_w = results['img_shape']
        x = int(np.random.randint(0, img_w - self.size + 1))
        y = int(np.random.randint(0, img_h - self.size + 1))
        crop_bbox = np.array([x, y, x + self.size, y + self.size])
        results['crop_bbox'] = crop_bbox
        results['img_shape'] = (self.size, self.size)
        if 'keypoint' in results:
            results['keypoint'] = self._crop_kps(results['keypoint'], crop_bbox)
        results['imgs'] = self._crop_imgs(results['imgs'], crop_bbox)
        if 'gt_bboxes' in results:
            results = self._all_box_crop(results, crop_bbox)
        return results

    def __repr__(self) -> str:
        return f'{self.__class__.__name__}(size={self.size})'
