"""Inputs for models under test, identical in every call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick


def check_norm_state(modules: Iterable[nn.Module], train_state: bool) -> bool:
    """Check that all batch norms are in training mode (``train_state=True``) or in evaluation mode."""
    return all(module.training == train_state for module in modules if isinstance(module, _BatchNorm))


def generate_backbone_demo_inputs(input_shape: Sequence[int] = (1, 3, 64, 64)) -> Tensor:
    """Draw uniform values in [0, 1)."""
    return torch.rand(*input_shape, generator=torch.Generator().manual_seed(0))


def generate_recognizer_demo_inputs(
    input_shape: Sequence[int] = (1, 3, 3, 224, 224), model_type: str = '2D'
) -> dict[str, Tensor]:
    """Draw ``imgs`` of a shape, uniform in [0, 1), and ``gt_labels``, all of class 2.

    Args:
        input_shape: (N, S, C, H, W) for a 2D recognizer, (N, M, C, T, H, W) for a 3D one, (N, 1, 1, T, F) for audio,
            (N, C, T, V, M) for skeletons.
        model_type: ``'2D'``, ``'3D'``, ``'audio'`` or ``'skeleton'``: the axis that the labels are counted by.
    """
    axis = {'2D': 0, 'skeleton': 0, '3D': 1, 'audio': 1}
    labels = torch.full((input_shape[pick(axis, model_type, 'model_type')],), 2)
    return dict(imgs=generate_backbone_demo_inputs(input_shape), gt_labels=labels)


def generate_detector_demo_inputs(
    input_shape: Sequence[int] = (1, 3, 4, 224, 224),
    num_classes: int = 81,
    train: bool = True,
    device: str = 'cpu',
) -> dict[str, Any]:
    """Generate clips with boxes for a spatio-temporal detector.

    Args:
        input_shape: (N, C, T, H, W).
        num_classes: length of the label vectors; class 0, the background, is never set.
        train: add ground truth to the samples; without it, N must be 1.
        device: device of the tensors.

    Returns:
        ``inputs`` (N, C, T, H, W) and ``data_samples``, each with two ``proposals`` (boxes xyxy in pixels) and in
        training two ``gt_instances`` with boxes and labels (2, num_classes) of zeros and ones.
    """
    if len(input_shape) != 5:
        raise ValueError(f'input_shape {tuple(input_shape)} must be (N, C, T, H, W).')
    num_samples, _, _, height, width = input_shape
    if not train and num_samples != 1:
        raise ValueError(f'For testing one sample is expected, found {num_samples} in input_shape.')
    rng = torch.Generator().manual_seed(0)

    def boxes(n: int) -> Tensor:
        corners = torch.rand(n, 4, generator=rng) * 0.5
        corners[:, 2:] += 0.5
        return (corners * torch.tensor([width, height, width, height])).to(device)

    def labels(n: int) -> Tensor:
        chosen = torch.randn(n, num_classes, generator=rng) > 0.8
        chosen[:, 0] = False
        return chosen.float().to(device)

    samples = []
    for _ in range(num_samples):
        sample = ActionDataSample(metainfo=dict(img_shape=(height, width)))
        sample.proposals = InstanceData(bboxes=boxes(2))
        if train:
            sample.gt_instances = InstanceData(bboxes=boxes(2), labels=labels(2))
        samples.append(sample)
    return dict(inputs=torch.rand(*input_shape, generator=rng).to(device), data_samples=samples)
