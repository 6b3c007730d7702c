"""Writing of a long-term feature bank."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.dist import barrier, get_rank, get_world_size, is_main_process
from mmengine.logging import print_log
from torch import Tensor, nn

from mmaction.models.roi_heads._pooling import PoolType, spatial_pool, temporal_pool
from mmaction.models.roi_heads.shared_heads.bank_files import Bank, bank_file, merge_banks, part_file, write_bank
from mmaction.registry import MODELS


@MODELS.register_module()
class LFBInferHead(nn.Module):
    """Collect the features of all boxes while a model is tested; the box features themselves pass through.

    After the test, :meth:`finish_test` writes ``lfb_{dataset_mode}.pkl``, which :class:`LFB` reads. The runner calls
    it; call it yourself after a loop of your own.

    Args:
        lfb_prefix_path: folder of the bank; created.
        dataset_mode: name of the part of the data set, ``'train'`` or ``'val'``.
        use_half_precision: whether to store the features in half precision.
        temporal_pool_type: ``'avg'`` or ``'max'`` over time.
        spatial_pool_type: ``'avg'`` or ``'max'`` over space.
    """

    def __init__(
        self,
        lfb_prefix_path: str,
        dataset_mode: str = 'train',
        use_half_precision: bool = True,
        temporal_pool_type: PoolType = 'avg',
        spatial_pool_type: PoolType = 'max',
    ) -> None:
        super().__init__()
        self.lfb_prefix_path = lfb_prefix_path
        self.dataset_mode = dataset_mode
        self.use_half_precision = use_half_precision
        self.temporal_pool = temporal_pool(temporal_pool_type)
        self.spatial_pool = spatial_pool(spatial_pool_type)
        self.all_features: Bank = {}

    def init_weights(self) -> None:
        """Do nothing: there are no weights."""

    @torch.no_grad()
    def _collect(self, x: Tensor, rois: Tensor, img_metas: Sequence[Mapping[str, Any]]) -> None:
        features = self.spatial_pool(self.temporal_pool(x)).flatten(1)  # (R, C, T, H, W) -> (R, C)
        features = (features.half() if self.use_half_precision else features.float()).cpu()
        sample_of = rois[:, 0].long().cpu()
        for index, meta in enumerate(img_metas):
            video_id, timestamp = meta['img_key'].rsplit(',', 1)
            seconds = self.all_features.setdefault(video_id, {})
            # Set, not appended: a sampler repeats samples to give all processes as many.
            seconds[int(timestamp)] = list(features[sample_of == index])

    def forward(self, x: Tensor, rois: Tensor, img_metas: Sequence[Mapping[str, Any]], **kwargs: Any) -> Tensor:
        """Collect the features of boxes, unless the model is in training.

        Args:
            x: (R, C, T, h, w), features of the boxes.
            rois: (R, 5): index of the sample, and the box.
            img_metas: meta information of the samples, with ``img_key``, ``'video,second'``.
            **kwargs: ignored.

        Returns:
            ``x``.
        """
        if not self.training:
            self._collect(x, rois, img_metas)
        return x

    def finish_test(self) -> None:
        """Write the bank; with several processes each writes its part, and the first one joins them."""
        if self.all_features:
            write_bank(self.all_features, part_file(self.lfb_prefix_path, self.dataset_mode, get_rank()))
        self.all_features = {}
        barrier()
        if is_main_process():
            self._join_parts()
        barrier()

    def _join_parts(self) -> None:
        parts = [part_file(self.lfb_prefix_path, self.dataset_mode, rank) for rank in range(get_world_size())]
        parts = [path for path in parts if os.path.exists(path)]  # a process may have had no samples
        if not parts:
            return
        path = bank_file(self.lfb_prefix_path, self.dataset_mode)
        bank = merge_banks(parts)
        write_bank(bank, path)
        for part in parts:
            os.remove(part)
        print_log(f'The feature bank of {len(bank)} videos is in {path}.', logger='current')
