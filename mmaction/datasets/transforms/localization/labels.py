"""The step that turns annotated segments into ground truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.registry import TRANSFORMS


def relative_segments(segments: Sequence[Sequence[float]], seconds: float) -> np.ndarray:
    """Segments in seconds as fractions of a video of that length, clipped to it.

    >>> relative_segments([[2, 12], [-1, 4]], 10).tolist()
    [[0.2, 1.0], [0.0, 0.4]]

    Returns:
        float64 (G, 2) in 0..1; (0, 2) without segments.
    """
    return np.clip(np.asarray(segments, np.float64).reshape(-1, 2) / seconds, 0, 1)


@TRANSFORMS.register_module()
class GenerateLocalizationLabels(BaseTransform):
    """Express annotated segments as fractions of the part of the video that the features cover.

    Features of, say, 16 frames each omit the last few frames: they cover ``feature_frame`` of ``duration_frame``
    frames. Reads these, ``duration_second`` and ``annotations``, a list of ``dict(segment=[start, end], label=...)`` in
    seconds. Writes ``gt_bbox``, float64 (G, 2) in 0..1; and ``gt_labels``, int64 (G,), from ``labels``, which the
    dataset adds if it knows the classes.

    Raises:
        ValueError: the video has no length.
    """

    role = 'labels'
    reads = ('duration_frame', 'feature_frame', 'duration_second', 'annotations')
    writes = ('gt_bbox', 'gt_labels')

    def transform(self, results: dict) -> dict:
        frames = results['duration_frame']
        covered = results['feature_frame']
        if not (frames > 0 and covered > 0 and results['duration_second'] > 0):
            raise ValueError(
                f'Video {results.get("video_name")} has duration_frame {frames}, duration_second '
                f'{results["duration_second"]} and feature_frame {covered}; all must be above 0. Correct the '
                'annotation or leave the video out.'
            )
        seconds = float(covered) / frames * results['duration_second']
        results['gt_bbox'] = relative_segments([a['segment'] for a in results['annotations']], seconds)
        if 'labels' in results:
            results['gt_labels'] = np.asarray(results['labels'], np.int64).reshape(-1)
        return results
