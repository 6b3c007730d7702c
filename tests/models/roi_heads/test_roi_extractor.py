"""Features of the boxes of a clip, frame by frame."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from mmaction.models.common.roi_align import roi_align
from mmaction.models.common.roi_pool import roi_pool
from mmaction.models.roi_heads import SingleRoIExtractor3D, bbox2roi
from mmaction.testing import seeded_tensor

ROIS = torch.tensor([[1.0, 10, 20, 100, 90], [0, 0, 0, 127, 127], [1, 50, 30, 90, 60]])


def test_each_frame_is_pooled_at_the_same_boxes():
    maps = seeded_tensor((2, 3, 4, 8, 8))
    features, joined = SingleRoIExtractor3D(output_size=2, with_temporal_pool=False)(maps, ROIS)
    assert features.shape == (3, 3, 4, 2, 2)
    for t in range(4):
        assert torch.allclose(features[:, :, t], roi_align(maps[:, :, t], ROIS, 2, 1 / 16), atol=1e-6)
    assert torch.equal(joined, maps)


@pytest.mark.parametrize('mode', ['avg', 'max'])
def test_temporal_pooling_comes_first(mode):
    maps = seeded_tensor((2, 3, 4, 8, 8))
    features, joined = SingleRoIExtractor3D(output_size=2, temporal_pool_mode=mode)(maps, ROIS)
    pooled = maps.mean(2) if mode == 'avg' else maps.amax(2)
    assert torch.allclose(joined[:, :, 0], pooled)
    assert torch.allclose(features[:, :, 0], roi_align(pooled, ROIS, 2, 1 / 16), atol=1e-6)


def test_pathways_are_brought_to_one_size_and_joined():
    slow = seeded_tensor((2, 3, 2, 8, 8))
    fast = seeded_tensor((2, 2, 4, 4, 4), seed=1)
    features, joined = SingleRoIExtractor3D(output_size=2, with_temporal_pool=False)((slow, fast), ROIS)
    expected = torch.cat([slow.repeat_interleave(2, 2), fast.repeat_interleave(2, 3).repeat_interleave(2, 4)], 1)
    assert torch.equal(joined, expected)
    assert features.shape == (3, 5, 4, 2, 2)


def test_the_whole_frame_doubles_the_channels():
    maps = seeded_tensor((2, 3, 4, 8, 8))
    features, joined = SingleRoIExtractor3D(output_size=4, with_global=True, with_temporal_pool=False)(maps, ROIS)
    plain = SingleRoIExtractor3D(output_size=4, with_temporal_pool=False)(maps, ROIS)[0]
    assert features.shape == (3, 6, 4, 4, 4)
    assert torch.equal(features[:, :3], plain)
    for t in range(4):
        assert torch.allclose(features[:, 3:, t], F.adaptive_avg_pool2d(maps[:, :, t], 4)[[1, 0, 1]])
    assert torch.equal(joined, maps)


def test_roi_pool_and_stride_are_chosen_by_name():
    maps = seeded_tensor((2, 3, 1, 8, 8))
    extractor = SingleRoIExtractor3D('RoIPool', featmap_stride=8, output_size=2)
    assert torch.equal(extractor(maps, ROIS)[0][:, :, 0], roi_pool(maps[:, :, 0], ROIS, 2, 1 / 8))
    with pytest.raises(ValueError, match="roi_layer_type \\('Align'\\) must be one of 'RoIAlign', 'RoIPool'"):
        SingleRoIExtractor3D('Align')
    with pytest.raises(ValueError, match="temporal_pool_mode \\('sum'\\) must be one of 'avg', 'max'"):
        SingleRoIExtractor3D(temporal_pool_mode='sum')


def test_rois_begin_with_the_index_of_their_sample():
    boxes = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]])
    rois = bbox2roi([boxes[:1], boxes[:0], boxes])
    assert rois.tolist() == [[0, 1, 2, 3, 4], [2, 1, 2, 3, 4], [2, 5, 6, 7, 8]]
