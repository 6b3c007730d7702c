"""Overlap of segments: closed forms, and NumPy against torch."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmaction.structures.segments import pairwise_segment_iou, segment_coverage, segment_iou

segments = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=5).map(
    lambda pairs: np.array([(start, start + length) for start, length in pairs], dtype=np.float64)
)


def test_closed_forms():
    assert segment_iou([0, 2], [1, 3]) == 1 / 3
    assert segment_iou([0, 2], [0, 2]) == 1
    assert segment_iou([0, 1], [1, 2]) == 0  # they touch
    assert segment_iou([0, 1], [5, 6]) == 0
    assert segment_iou([2, 2], [2, 2]) == 0  # no length
    assert segment_coverage([0, 4], [3, 9]) == 0.25
    assert segment_coverage([3, 9], [0, 4]) == 1 / 6
    assert segment_coverage([3, 3], [0, 4]) == 0


def test_leading_dimensions_broadcast():
    a = np.array([[0, 2], [4, 8]])
    np.testing.assert_array_equal(segment_iou(a, [0, 4]), [0.5, 0])
    np.testing.assert_array_equal(pairwise_segment_iou(a, [[0, 4], [4, 6], [9, 9]]), [[0.5, 0, 0], [0, 0.5, 0]])
    batch = torch.tensor(a, dtype=torch.float32).expand(3, 2, 2)
    assert pairwise_segment_iou(batch, batch[:1, :1]).tolist() == [[[1], [0]]] * 3
    assert pairwise_segment_iou(np.zeros((0, 2)), a).shape == (0, 2)


@given(segments, segments)
def test_arrays_and_tensors_agree(a, b):
    iou = pairwise_segment_iou(a, b)
    tensors = torch.tensor(a), torch.tensor(b)
    np.testing.assert_array_equal(pairwise_segment_iou(*tensors), iou)
    coverage = segment_coverage(a[:, None], b)
    np.testing.assert_array_equal(segment_coverage(tensors[0][:, None], tensors[1]), coverage)
    np.testing.assert_array_equal(iou, pairwise_segment_iou(b, a).T)
    assert ((iou >= 0) & (iou <= coverage) & (coverage <= 1)).all()


def test_tensors_keep_type_and_gradient():
    a = torch.tensor([[0.0, 2.0], [3.0, 3.0]], dtype=torch.float16, requires_grad=True)
    iou = segment_iou(a, torch.tensor([[1.0, 3.0], [3.0, 3.0]], dtype=torch.float16))
    assert iou.dtype == torch.float16
    iou.sum().backward()
    assert a.grad is not None and torch.isfinite(a.grad).all()
