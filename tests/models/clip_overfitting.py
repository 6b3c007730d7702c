"""Four clips learnt by heart: that a model trains, and that every parameter takes part."""

from __future__ import annotations

import torch
from torch import nn

from mmaction.models import build_recognizer
from mmaction.structures import ActionDataSample
from mmaction.testing import seeded_tensor


def recognizer(backbone: dict, head: dict, layout: str = 'NCTHW') -> nn.Module:
    """A clip recognizer of four classes, initialised alike every time."""
    torch.manual_seed(0)
    model = build_recognizer(
        dict(
            type='Recognizer3D',
            backbone=backbone,
            cls_head=dict(head, num_classes=4, average_clips='prob'),
            data_preprocessor=dict(type='ActionDataPreprocessor', format_shape=layout),
        )
    )
    model.init_weights()
    return model


def overfit(model: nn.Module, clip: tuple[int, ...], steps: int, lr: float) -> tuple[float, float]:
    """Train on four random clips of four classes and check what becomes of it.

    Args:
        model: a recognizer of four classes.
        clip: (C, T, H, W).
        steps: of AdamW.
        lr: its learning rate.

    Returns:
        The first and the last loss. The clips are told apart by then, and every parameter has had a gradient.
    """
    torch.manual_seed(0)
    clips = seeded_tensor((4, 1, *clip), seed=1)
    samples = [ActionDataSample().set_gt_label(i) for i in range(4)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0, fused=True)
    without = {name: p for name, p in model.named_parameters() if p.requires_grad}
    losses = []
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(clips, samples, mode='loss')['loss_cls']
        loss.backward()
        without = {name: p for name, p in without.items() if p.grad is None or not p.grad.any()}
        optimizer.step()
        losses.append(loss.item())
    assert list(without) == []
    model.eval()
    with torch.no_grad():
        predicted = model(clips, samples, mode='predict')
    assert [int(sample.pred_label) for sample in predicted] == [0, 1, 2, 3]
    return losses[0], losses[-1]


def assert_half_agrees(model: nn.Module, x: torch.Tensor, atol: float = 0.05) -> None:
    """bfloat16 arithmetic gives the features of float32 up to its precision (relative to their largest)."""
    model.eval()
    with torch.no_grad():
        full = model(x)
        with torch.autocast('cpu', torch.bfloat16):
            half = model(x)
    assert torch.isfinite(half).all()
    assert (half.float() - full).abs().max() <= atol * full.abs().max()
