"""Labels per frame on the grid of the features."""

from __future__ import annotations

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import at_least, positive

_TOLERANCE = 0.05


@TRANSFORMS.register_module()
class FrameLabelsOnFeatureGrid(BaseTransform):
    """Give each step of the features the label of the frame in its middle, and keep every n-th step.

    Step i stands for the frames from ``i * stride`` to ``i * stride + num_frames``. The last steps, for whose middle
    there is no label, take the last label. Where the number of labels does not fit the features, the rate of one of
    them is wrong, which is an error.

    Reads ``raw_feature`` (C, T) and ``frame_labels`` (frames,). Writes ``gt_label``, int64 (T',), unless there are no
    labels; and ``raw_feature`` (C, T').

    Args:
        stride: labels from one step of the features to the next: frames, if there is a label per frame.
        num_frames: frames of the window of a step; default: ``stride``.
        every: keep every n-th step, of long videos at a high rate (50Salads: 2).

    Raises:
        ValueError: a number is below its limit; labels and features differ in length.
    """

    role = 'labels'
    reads = ('raw_feature',)
    writes = ('gt_label', 'raw_feature')

    def __init__(self, stride: float = 1, num_frames: float | None = None, every: int = 1) -> None:
        self.stride = positive(stride, 'stride')
        self.num_frames = stride if num_frames is None else positive(num_frames, 'num_frames')
        self.every = at_least(1, every, 'every')

    def transform(self, results: dict) -> dict:
        length = results['raw_feature'].shape[1]
        if 'frame_labels' in results:
            labels = np.asarray(results['frame_labels'], np.int64)
            self._check(length, labels, results)
            middle = (np.arange(length) * self.stride + (self.num_frames - 1) / 2).astype(np.int64)
            results['gt_label'] = labels[np.minimum(middle, len(labels) - 1)][:: self.every]
        results['raw_feature'] = results['raw_feature'][:, :: self.every]
        return results

    def _check(self, length: int, labels: np.ndarray, results: dict) -> None:
        expected = (len(labels) - self.num_frames) / self.stride + 1
        # Windows at the ends may be padded or left out, and decoders disagree on the last frames.
        slack = 2 + self.num_frames / self.stride + _TOLERANCE * max(length, expected)
        if abs(length - expected) > slack:
            raise ValueError(
                f'Video {results.get("video_name")} has {len(labels)} labels, and {length} steps of features where '
                f'about {max(expected, 1):.0f} are expected at a stride of {self.stride:g}. Set stride of '
                'FrameLabelsOnFeatureGrid to the number of labels per step; if the files hold (channels, steps), set '
                'channels_first=True of LoadLocalizationFeature.'
            )

    def __repr__(self) -> str:
        return f'{type(self).__name__}(stride={self.stride}, num_frames={self.num_frames}, every={self.every})'
