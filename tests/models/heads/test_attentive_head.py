"""The attentive probe: what its query sees, and the shapes that it takes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmaction.models import AttentiveHead
from mmaction.structures import ActionDataSample


def head(**options) -> AttentiveHead:
    torch.manual_seed(0)
    built = AttentiveHead(3, 8, num_heads=2, **options)
    built.init_weights()
    return built.eval()


def test_forms_of_the_same_tokens():
    probe = head(depth=2)
    tokens = torch.randn(2, 12, 8)
    scores = probe(tokens)
    assert scores.shape == (2, 3)
    volume = tokens.transpose(1, 2).unflatten(2, (3, 2, 2))  # (N, C, T, H, W)
    torch.testing.assert_close(probe(volume), scores)
    frames = volume.transpose(1, 2).flatten(0, 1)  # (N * S, C, H, W), as a 2D backbone has them
    torch.testing.assert_close(probe(frames, num_segs=3), scores)
    torch.testing.assert_close(probe(tokens.flip(1)), scores)  # a set of tokens has no order
    assert not torch.allclose(probe(tokens[:, :6]), scores)


def test_one_token_is_the_value_of_the_attention():
    """With one token the weights of the attention are 1, whatever the query: all can be written out."""
    probe = head()
    (block,) = probe.blocks
    nn.init.normal_(probe.query)
    x = torch.randn(5, 1, 8)
    value = nn.functional.linear(block.norm1(x), block.attn.in_proj_weight[16:], block.attn.in_proj_bias[16:])
    pooled = probe.query + block.attn.out_proj(value)
    pooled = pooled + block.mlp(block.norm2(pooled))
    torch.testing.assert_close(probe(x), probe.fc_cls(probe.norm(pooled[:, 0])))


def test_learns_a_class_that_one_token_shows():
    """Mean pooling cannot tell which: the sign of the token that has a marker, among tokens of both signs."""
    torch.manual_seed(0)
    tokens = torch.randn(64, 6, 8).sign()
    tokens[..., 0] = 0
    tokens[torch.arange(64), torch.arange(64) % 6, 0] = 3
    labels = (tokens[torch.arange(64), torch.arange(64) % 6, 1] > 0).long()
    samples = [ActionDataSample().set_gt_label(int(label)) for label in labels]
    probe = AttentiveHead(2, 8, num_heads=2, topk=1).train()
    probe.init_weights()
    optimizer = torch.optim.Adam(probe.parameters(), lr=1e-2)
    for _ in range(60):
        losses = probe.loss(tokens, samples)
        optimizer.zero_grad()
        losses['loss_cls'].backward()
        optimizer.step()
    assert losses['top1_acc'] == 1


def test_errors():
    with pytest.raises(ValueError, match=r'in_channels \(8\) cannot be divided among num_heads \(3\)'):
        AttentiveHead(3, 8, num_heads=3)
    with pytest.raises(ValueError, match=r'depth \(0\) must be at least 1'):
        AttentiveHead(3, 8, depth=0)
    with pytest.raises(ValueError, match=r'takes tokens \(N, L, 8\).*got \(2, 5, 7\)'):
        head()(torch.zeros(2, 5, 7))
