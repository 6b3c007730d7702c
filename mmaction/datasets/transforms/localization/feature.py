"""The step that loads the features of a video."""

from __future__ import annotations

import os.path as osp

import numpy as np

from mmaction.datasets.transforms.base import BaseTransform
from mmaction.datasets.transforms.localization.tables import check_table_ext, read_features
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadLocalizationFeature(BaseTransform):
    """Load the features of a video.

    Reads ``feature_path``, a file with one row per time step (see :func:`read_table` for the formats), and
    ``video_name``. Writes ``raw_feature``, float32 (C, T).

    Args:
        raw_feature_ext: suffix of the files, replacing that of ``feature_path``; None keeps it.

    Raises:
        FileNotFoundError, ValueError: the file is missing, broken, empty or has NaNs; the message names file and video.
    """

    role = 'features'
    reads = ('feature_path',)
    writes = ('raw_feature',)

    def __init__(self, raw_feature_ext: str | None = None) -> None:
        if raw_feature_ext is not None:
            check_table_ext(raw_feature_ext, 'raw_feature_ext')
        self.raw_feature_ext = raw_feature_ext

    def transform(self, results: dict) -> dict:
        path = results['feature_path']
        if self.raw_feature_ext is not None:
            path = osp.splitext(path)[0] + self.raw_feature_ext
        features = read_features(path, results.get('video_name', ''))
        results['raw_feature'] = np.ascontiguousarray(features.T)  # (T, C) -> (C, T)
        return results
