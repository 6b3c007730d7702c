"""Windows over two and three axes: closed forms and brute force."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.models.common.drop_path import DropPath
from mmaction.models.common.window_attention import (
    WindowAttention,
    attend_shifted,
    drop_path_rates,
    effective_shift,
    padded_size,
    relative_position_index,
    shift_mask,
    window_partition,
    window_reverse,
)
from mmaction.testing import fill_state_dict, seeded_tensor

GRIDS = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3)


@settings(max_examples=30, deadline=None)
@given(GRIDS, st.integers(1, 2), st.integers(1, 3))
def test_reverse_undoes_partition(grid: list[tuple[int, int]], batch: int, channels: int) -> None:
    window = [w for w, _ in grid]
    size = [w * n for w, n in grid]
    x = torch.arange(batch * math.prod(size) * channels).view(batch, *size, channels)
    windows = window_partition(x, window)
    assert windows.shape == (batch * math.prod(n for _, n in grid), math.prod(window), channels)
    corner = x[(slice(None), *(slice(w) for w in window))].flatten(1, -2)  # the first window of each sample
    assert torch.equal(windows.unflatten(0, (batch, -1))[:, 0], corner)
    assert torch.equal(window_reverse(windows, window, size), x)


def test_relative_position_index_by_hand() -> None:
    assert relative_position_index((2, 2)).tolist() == [[4, 3, 1, 0], [5, 4, 2, 1], [7, 6, 4, 3], [8, 7, 5, 4]]
    index = relative_position_index((8, 7, 7))
    assert index.shape == (392, 392)
    assert (int(index.min()), int(index.max())) == (0, 15 * 13 * 13 - 1)
    assert index[0, 0] == index[391, 391] == (15 * 13 * 13) // 2


@pytest.mark.parametrize(
    ('size', 'window', 'shift'),
    [((8, 8), (4, 4), (2, 2)), ((4, 6, 6), (2, 3, 3), (1, 1, 1)), ((4, 6, 3), (2, 3, 3), (1, 1, 0))],
)
def test_shift_mask_by_brute_force(size: tuple[int, ...], window: tuple[int, ...], shift: tuple[int, ...]) -> None:
    """Two tokens of a window may meet where the roll has carried both or neither around, along every axis."""
    mask = shift_mask(size, window, shift)
    axes = tuple(range(len(size)))
    places = torch.stack(torch.meshgrid(*(torch.arange(side) for side in size), indexing='ij'), -1)
    rolled = window_partition(places.roll([-s for s in shift], axes)[None], window)  # (nW, N, dims)
    for tokens, block in zip(rolled, mask):
        for i, a in enumerate(tokens.tolist()):
            for j, b in enumerate(tokens.tolist()):
                together = all(abs(p - q) < w for p, q, w in zip(a, b, window))
                assert (block[i, j] == 0) == together
    assert set(mask.unique().tolist()) == {-100.0, 0.0}


def test_attention_equals_its_formula() -> None:
    net = fill_state_dict(WindowAttention(8, (2, 3), 2)).eval()
    x = seeded_tensor((6, 6, 8))
    mask = shift_mask((4, 6), (2, 3), (1, 1))[:3]  # as of three windows a sample
    q, k, v = net.qkv(x).view(2, 3, 6, 3, 2, 4).permute(3, 0, 1, 4, 2, 5)  # (B, nW, h, N, C/h)
    bias = net.relative_position_bias_table[relative_position_index((2, 3))].permute(2, 0, 1)
    for given_mask in (None, mask):
        logits = q @ k.transpose(-1, -2) / 2 + bias + (0 if given_mask is None else given_mask[:, None])
        want = net.proj((logits.softmax(-1) @ v).transpose(2, 3).reshape(6, 6, 8))
        torch.testing.assert_close(net(x, given_mask), want, rtol=1e-5, atol=1e-6)
    assert 'relative_position_index' not in net.state_dict()
    assert 'relative_position_index' in WindowAttention(8, (2,), 2, persistent_index=True).state_dict()
    with pytest.raises(ValueError, match=r'dim \(8\) must be a multiple of num_heads \(3\)'):
        WindowAttention(8, (2, 2), 3)


def test_one_frame_in_three_axes_equals_two_axes() -> None:
    flat = fill_state_dict(WindowAttention(8, (3, 3), 2)).eval()
    deep = WindowAttention(8, (1, 3, 3), 2).eval()
    deep.load_state_dict(flat.state_dict())
    x = seeded_tensor((2, 5, 7, 8))  # padded to (6, 9)
    mask = shift_mask(padded_size((5, 7), (3, 3)), (3, 3), (1, 1))
    y = attend_shifted(x, flat, (3, 3), (1, 1), mask)
    mask = shift_mask(padded_size((1, 5, 7), (1, 3, 3)), (1, 3, 3), (0, 1, 1))
    torch.testing.assert_close(attend_shifted(x[:, None], deep, (1, 3, 3), (0, 1, 1), mask)[:, 0], y)
    assert y.shape == x.shape


def test_no_shift_where_one_window_covers() -> None:
    assert effective_shift((7, 14), (7, 7), (3, 3)) == (0, 3)
    assert effective_shift((8, 7, 14), (8, 7, 7), (4, 3, 3)) == (0, 0, 3)


def test_drop_path() -> None:
    assert drop_path_rates(0.3, (1, 3)) == [[0.0], pytest.approx([0.1, 0.2, 0.3])]
    assert drop_path_rates(0.3, (1,)) == [[0.0]]
    torch.manual_seed(0)
    layer = DropPath(0.25)
    x = torch.ones(4000, 2)
    y = layer(x)
    assert torch.equal(y[:, 0], y[:, 1])  # a sample as a whole
    assert sorted(y.unique().tolist()) == pytest.approx([0, 4 / 3])
    assert abs(y.mean().item() - 1) < 0.03
    assert layer.eval()(x) is x
    with pytest.raises(ValueError, match=r'drop_prob \(1.0\) must lie in \[0, 1\)'):
        DropPath(1.0)
