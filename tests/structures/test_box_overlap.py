"""Overlap of boxes: hand-made values, arrays and tensors alike."""

from __future__ import annotations

import numpy as np
import torch

from mmaction.structures.box_overlap import box_area, box_iou, pairwise_box_iou

A = np.array([[0, 0, 2, 2], [1, 1, 3, 3], [5, 5, 5, 9]])
B = np.array([[0, 0, 2, 2], [0, 0, 1, 2]])
IOU = [[1, 1 / 2], [1 / 7, 0], [0, 0]]


def test_values():
    np.testing.assert_allclose(box_area(A), [4, 4, 0])
    np.testing.assert_allclose(pairwise_box_iou(A, B), IOU)
    np.testing.assert_allclose(box_iou(A[:2], B), [1, 0])
    np.testing.assert_allclose(box_iou(A, B[0]), [1, 1 / 7, 0])
    assert box_iou([5, 5, 5, 5], [5, 5, 5, 5]) == 0  # no area, and no division by it
    assert box_area([3, 3, 1, 1]) == 0  # not 4: a box without extent


def test_tensors_agree_and_have_gradients():
    boxes = torch.tensor(A, dtype=torch.float32, requires_grad=True)
    overlap = pairwise_box_iou(boxes, torch.tensor(B, dtype=torch.float32))
    assert overlap.dtype == torch.float32
    np.testing.assert_allclose(overlap.detach(), IOU, rtol=1e-6)
    overlap.sum().backward()
    assert torch.isfinite(boxes.grad).all()
