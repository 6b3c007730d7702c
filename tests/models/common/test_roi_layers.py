"""Features of boxes: closed forms, gradients, torchvision's kernel; non-maximum suppression."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from mmaction.models.common.nms import batched_nms, nms
from mmaction.models.common.roi_align import RoIAlign, plain_roi_align, roi_align, torchvision_roi_align
from mmaction.models.common.roi_pool import RoIPool, roi_pool
from mmaction.testing import seeded_tensor

ROIS = torch.tensor(
    [
        [0.0, 10.0, 20.0, 100.0, 90.0],
        [1.0, 0.0, 0.0, 127.0, 127.0],
        [0.0, -30.0, -40.0, 60.0, 50.0],  # partly outside
        [1.0, 100.0, 90.0, 300.0, 200.0],
        [0.0, 50.0, 50.0, 53.0, 52.0],  # smaller than a pixel of the map
        [1.0, 33.0, 40.0, 33.0, 40.0],  # empty
    ]
)


def one_point(image: np.ndarray, y: float, x: float) -> float:
    """Bilinear interpolation at one point, as the definition has it."""
    height, width = image.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y = min(max(y, 0), height - 1)
    x = min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    dy, dx = y - top, x - left
    upper = image[top, left] * (1 - dx) + image[top, right] * dx
    lower = image[bottom, left] * (1 - dx) + image[bottom, right] * dx
    return upper * (1 - dy) + lower * dy


def by_definition(
    features: Tensor, rois: Tensor, size: int, scale: float, ratio: int, mode: str, aligned: bool
) -> np.ndarray:
    """RoIAlign point by point."""
    out = np.zeros((len(rois), features.shape[1], size, size))
    for r, (index, *box) in enumerate(rois.tolist()):
        x1, y1, x2, y2 = (v * scale - 0.5 * aligned for v in box)
        width, height = (max(v, 0 if aligned else 1) for v in (x2 - x1, y2 - y1))
        rows = ratio or math.ceil(height / size)
        columns = ratio or math.ceil(width / size)
        for c, image in enumerate(features[int(index)].numpy()):
            for i in range(size):
                for j in range(size):
                    points = [
                        one_point(
                            image,
                            y1 + height / size * (i + (a + 0.5) / rows),
                            x1 + width / size * (j + (b + 0.5) / columns),
                        )
                        for a in range(rows)
                        for b in range(columns)
                    ]
                    if points:
                        out[r, c, i, j] = np.mean(points) if mode == 'avg' else np.max(points)
    return out


@pytest.mark.parametrize('mode', ['avg', 'max'])
@pytest.mark.parametrize(('ratio', 'aligned'), [(0, True), (0, False), (2, True)])
def test_plain_roi_align_is_what_the_definition_says(mode, ratio, aligned):
    features = seeded_tensor((2, 3, 8, 9))
    found = plain_roi_align(features, ROIS, (4, 4), 1 / 16, ratio, mode, aligned)
    expected = by_definition(features, ROIS, 4, 1 / 16, ratio, mode, aligned)
    np.testing.assert_allclose(found.numpy(), expected, atol=2e-6)


def test_roi_align_of_a_constant_map_is_the_constant():
    features = torch.full((1, 2, 12, 10), 3.5)
    rois = torch.tensor([[0, 16.0, 32.0, 120.0, 160.0]])
    pooled = RoIAlign((3, 5), 1 / 16)(features, rois)
    assert pooled.shape == (1, 2, 3, 5)
    assert torch.allclose(pooled, torch.full_like(pooled, 3.5), atol=1e-6)


@pytest.mark.parametrize('ratio', [0, 1, 3])
def test_roi_align_of_a_linear_ramp_is_its_value_at_the_centers_of_the_bins(ratio):
    y, x = torch.meshgrid(torch.arange(12.0), torch.arange(16.0), indexing='ij')
    ramp = (2 * x - 3 * y + 1)[None, None]
    box = torch.tensor([32.0, 48.0, 224.0, 144.0])
    pooled = plain_roi_align(ramp, torch.cat([torch.zeros(1), box])[None], (4, 8), 1 / 16, ratio, 'avg', True)
    x1, y1, x2, y2 = box / 16 - 0.5
    columns = x1 + (x2 - x1) * (torch.arange(8) + 0.5) / 8
    rows = y1 + (y2 - y1) * (torch.arange(4) + 0.5) / 4
    assert torch.allclose(pooled[0, 0], 2 * columns - 3 * rows[:, None] + 1, atol=1e-4)


@pytest.mark.parametrize('mode', ['avg', 'max'])
def test_roi_align_has_the_gradients_of_finite_differences(mode):
    features = seeded_tensor((2, 2, 5, 6)).double().requires_grad_()
    rois = ROIS[:4].double() * 0.6
    assert torch.autograd.gradcheck(lambda x: plain_roi_align(x, rois, (2, 3), 1 / 16, 0, mode, True), (features,))


def test_roi_align_without_boxes_is_empty_and_has_a_gradient():
    features = seeded_tensor((2, 3, 4, 4)).requires_grad_()
    pooled = plain_roi_align(features, torch.zeros(0, 5), (2, 2), 1.0, 0, 'avg', True)
    assert pooled.shape == (0, 3, 2, 2)
    pooled.sum().backward()
    assert torch.equal(features.grad, torch.zeros_like(features))


def test_roi_align_takes_half_precision():
    features = seeded_tensor((2, 3, 8, 9))
    pooled = plain_roi_align(features.bfloat16(), ROIS, (4, 4), 1 / 16, 0, 'avg', True)
    assert pooled.dtype == torch.bfloat16
    assert torch.allclose(pooled.float(), roi_align(features, ROIS, (4, 4), 1 / 16), atol=0.03)


@pytest.fixture(scope='module')
def recorded(golden_dir):
    """Recorded outputs of torchvision's kernels, which need a build for the installed torch."""
    return json.loads((golden_dir / 'torchvision_ops.json').read_text())


def with_gradient(kernel: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Output, and gradient of the sum of its squares."""
    features = seeded_tensor((2, 3, 8, 9)).requires_grad_()
    output = kernel(features)
    return output, torch.autograd.grad(output.square().sum(), features)[0]


def test_roi_align_agrees_with_torchvision(recorded):
    kernel = torchvision_roi_align()
    for golden in recorded['roi_align']:
        ratio, aligned = golden['sampling_ratio'], golden['aligned']
        output, gradient = with_gradient(
            lambda x, ratio=ratio, aligned=aligned: plain_roi_align(x, ROIS, (4, 4), 1 / 16, ratio, 'avg', aligned)
        )
        np.testing.assert_allclose(output.detach().flatten(), golden['output'], atol=2e-6)
        np.testing.assert_allclose(gradient.flatten(), golden['gradient'], atol=2e-5)
        if kernel is not None:  # the installed one, too
            theirs = with_gradient(
                lambda x, ratio=ratio, aligned=aligned: kernel(x, ROIS, (4, 4), 1 / 16, ratio or -1, aligned)
            )
            assert torch.allclose(output, theirs[0], atol=2e-6)
            assert torch.allclose(gradient, theirs[1], atol=2e-5)
    assert len(recorded['roi_align']) == 3


def test_nms_agrees_with_torchvision(recorded):
    golden = recorded['nms']
    boxes, scores = torch.tensor(golden['boxes']), torch.tensor(golden['scores'])
    for threshold, kept in golden['keep'].items():
        assert nms(boxes, scores, float(threshold)).tolist() == kept
    assert [len(kept) for kept in golden['keep'].values()] == [36, 51, 60]


@pytest.mark.parametrize('ratio', [0, 2])
def test_a_box_without_extent_is_empty(ratio):
    features = torch.ones(1, 1, 8, 8)
    rois = torch.tensor([[0, 64.0, 64.0, 32.0, 32.0]])
    pooled = roi_align(features, rois, (2, 2), 1 / 16, ratio)
    assert torch.equal(pooled, plain_roi_align(features, rois, (2, 2), 1 / 16, ratio, 'avg', True))
    assert torch.equal(pooled, torch.full((1, 1, 2, 2), 1.0 if ratio else 0.0))


def test_wrong_arguments_of_roi_align_are_named():
    with pytest.raises(ValueError, match=r'got shapes \(1, 2, 3\) and \(1, 5\)'):
        roi_align(torch.zeros(1, 2, 3), torch.zeros(1, 5), 2)
    with pytest.raises(ValueError, match="pool_mode \\('sum'\\) must be one of 'avg', 'max'"):
        RoIAlign(2, pool_mode='sum')


def test_roi_pool_takes_the_largest_pixel_of_each_bin():
    image = torch.arange(64.0).view(1, 1, 8, 8)
    rois = torch.tensor([[0, 0.0, 0.0, 7.0, 7.0], [0, 2.0, 4.0, 4.0, 5.0], [0, 20.0, 20.0, 30.0, 30.0]])
    pooled = RoIPool(2)(image, rois)[:, 0]
    assert pooled[0].tolist() == [[27, 31], [59, 63]]
    # columns 2..4.99 in bins [2, 3.5) and [3.5, 5): pixels 2, 3 and 3, 4
    assert pooled[1].tolist() == [[35, 36], [43, 44]]
    assert pooled[2].tolist() == [[0, 0], [0, 0]]


def test_roi_pool_has_the_gradients_of_finite_differences():
    features = seeded_tensor((2, 2, 5, 6)).double().requires_grad_()
    rois = ROIS[:4].double() * 0.6
    assert torch.autograd.gradcheck(lambda x: roi_pool(x, rois, 2, 1 / 16), (features,))
    assert roi_pool(features, torch.zeros(0, 5), 2).shape == (0, 2, 2, 2)


def test_nms_keeps_the_best_of_overlapping_boxes():
    boxes = torch.tensor([[0, 0, 10, 10.0], [1, 0, 11, 10], [20, 20, 30, 30], [5, 0, 15, 10], [20, 20, 30, 31]])
    scores = torch.tensor([0.5, 0.9, 0.3, 0.8, 0.7])
    # 0 overlaps 1 with 9/11, 3 overlaps 1 with 6/14, 2 overlaps 4 with 10/11
    assert nms(boxes, scores, 0.5).tolist() == [1, 3, 4]
    assert nms(boxes, scores, 0.4).tolist() == [1, 4]
    assert nms(boxes, scores, 1.0).tolist() == [1, 3, 4, 0, 2]
    assert nms(boxes[:0], scores[:0], 0.5).tolist() == []
    labels = torch.tensor([0, 1, 0, 1, 1])
    assert batched_nms(boxes, scores, labels, 0.5).tolist() == [1, 3, 4, 0, 2]
    with pytest.raises(ValueError, match=r'iou_threshold \(1.5\) must be in \[0, 1\]'):
        nms(boxes, scores, 1.5)
