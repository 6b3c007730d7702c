"""Masked pre-training: what is hidden, what is to be restored, and that it is learnt and carried over."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.optim import OptimWrapper

from mmaction.models import VideoMAEPretrain, VisionTransformer
from mmaction.models.recognizers.videomae_pretrain import take, tube_places, tubelet_pixels
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import seeded_tensor

ENCODER = dict(img_size=32, patch_size=8, embed_dims=32, depth=2, num_heads=4, num_frames=4)


def build(**changes) -> VideoMAEPretrain:
    encoder = dict(ENCODER, type='VisionTransformer', use_mean_pooling=False)
    decoder = dict(embed_dims=24, depth=1, num_heads=2)
    return MODELS.build(
        dict(dict(type='VideoMAEPretrain', backbone=encoder, decoder=decoder, mask_ratio=0.75), **changes)
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(2, 4), st.integers(2, 4), st.floats(0.3, 0.95))
def test_tubes_hide_the_same_places_of_every_frame(batch, frames, height, width, ratio):
    places = height * width
    count = int(ratio * places)
    if count == 0:
        return
    visible, hidden = tube_places(batch, (frames, height, width), ratio)
    assert hidden.shape == (batch, frames * count)
    both = torch.cat((visible, hidden), 1).sort(1).values
    assert torch.equal(both, torch.arange(frames * places).expand(batch, -1))
    first = hidden[:, :count]
    assert torch.equal(hidden, torch.cat([first + places * t for t in range(frames)], 1))


def test_tubes_differ_between_clips_and_are_uniform():
    torch.manual_seed(0)
    _, hidden = tube_places(4000, (1, 4, 4), 0.5)
    share = torch.zeros(16).scatter_add_(0, hidden.flatten(), torch.ones(hidden.numel())) / 4000
    assert (share - 0.5).abs().max() < 0.04
    with pytest.raises(ValueError, match=r'mask_ratio \(0\.9\) hides 0 of 1 positions'):
        tube_places(1, (2, 1, 1), 0.9)


def test_pixels_of_a_tubelet():
    x = torch.arange(2 * 3 * 4 * 4 * 6.0).view(2, 3, 4, 4, 6)
    raw = tubelet_pixels(x, (2, 2, 3), normalise=False)
    assert raw.shape == (2, 2 * 2 * 2, 2 * 2 * 3 * 3)
    assert torch.equal(raw[1, 5], x[1, :, 2:4, 0:2, 3:6].permute(1, 2, 3, 0).flatten())  # (1, 0, 1) of (2, 2, 2)
    normal = tubelet_pixels(seeded_tensor((2, 3, 4, 4, 6)) * 7 + 3, (2, 2, 3)).unflatten(2, (12, 3))
    torch.testing.assert_close(normal.mean(2), torch.zeros(2, 8, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(normal.var(2), torch.ones(2, 8, 3), atol=1e-4, rtol=0)


def test_the_encoder_sees_the_visible_tubelets_alone():
    """Changing what is hidden leaves the guess as it is; changing what is seen does not."""
    model = build().eval()
    clip = seeded_tensor((1, 3, 4, 32, 32))
    torch.manual_seed(3)
    guess, hidden = model.restore(clip)
    assert guess.shape == (1, 2 * 12, 2 * 8 * 8 * 3)
    places = torch.zeros(2 * 16).index_fill_(0, hidden[0], 1).view(2, 4, 4)
    mask = places.repeat_interleave(2, 0).repeat_interleave(8, 1).repeat_interleave(8, 2)
    for shown, same in ((mask, True), (1 - mask, False)):
        torch.manual_seed(3)
        again, _ = model.restore(clip + 5 * shown)
        assert torch.allclose(again, guess, atol=1e-5) is same


def test_the_loss_is_over_the_hidden_tubelets():
    model = build(normalise_pixels=False).eval()
    clips = seeded_tensor((2, 1, 3, 4, 32, 32))
    torch.manual_seed(3)
    loss = model(clips, mode='loss')['loss_pixels']
    torch.manual_seed(3)
    guess, hidden = model(clips)
    want = take(tubelet_pixels(clips[:, 0], (2, 8, 8), normalise=False), hidden)
    torch.testing.assert_close(loss, (guess - want).square().mean())


def test_it_learns_and_the_encoder_is_carried_over(tmp_path):
    torch.manual_seed(0)
    model = build()
    model.init_weights()
    # smooth clips: what is hidden follows from what is seen
    y, x, t = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), torch.arange(4.0), indexing='ij')
    clips = torch.stack([torch.sin(0.2 * (a * y + b * x) + 0.5 * t) for a, b in ((1, 0), (0, 1), (1, 1), (1, -1))])
    batch = clips.permute(0, 3, 1, 2)[:, None, None].expand(-1, -1, 3, -1, -1, -1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=8e-3)
    without = {name for name, _ in model.named_parameters()}
    losses = []
    for _ in range(180):
        optimizer.zero_grad()
        loss = model(batch, [ActionDataSample()] * 4, mode='loss')['loss_pixels']
        loss.backward()
        without -= {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
        optimizer.step()
        losses.append(loss.item())
    assert without == set()
    assert losses[0] > 0.9
    assert sum(losses[-10:]) / 10 < 0.3  # guessing the mean gives 1

    torch.save({'state_dict': model.state_dict()}, tmp_path / 'epoch_1.pth')
    net = VisionTransformer(**ENCODER, pretrained=str(tmp_path / 'epoch_1.pth'))
    net.init_weights()
    assert torch.equal(net.blocks[1].attn.qkv.weight, model.backbone.blocks[1].attn.qkv.weight)
    assert torch.equal(net.patch_embed.projection.weight, model.backbone.patch_embed.projection.weight)


def test_other_sizes_and_half_precision():
    model = build()
    with torch.autocast('cpu', torch.bfloat16):
        loss = model(seeded_tensor((1, 1, 3, 6, 40, 24)), mode='loss')['loss_pixels']
    assert loss.dtype == torch.float32 and 0.5 < loss.item() < 5


@pytest.mark.parametrize(
    ('changes', 'error', 'message'),
    [
        (dict(mask_ratio=1.0), ValueError, r'mask_ratio \(1\.0\) must lie between 0 and 1'),
        (dict(backbone=dict(ENCODER, type='VisionTransformer')), ValueError, 'set use_mean_pooling=False'),
        (dict(backbone=dict(type='C2D', depth=18)), TypeError, 'must be a VisionTransformer, got C2D'),
    ],
)
def test_bad_arguments(changes, error, message):
    with pytest.raises(error, match=message):
        build(**changes)


def test_modes_and_shapes():
    model = build()
    with pytest.raises(ValueError, match=r"mode \('predict'\) must be one of 'tensor', 'loss'"):
        model(seeded_tensor((1, 1, 3, 4, 32, 32)), mode='predict')
    with pytest.raises(ValueError, match=r'got shape \(1, 3, 4, 32, 32\)'):
        model(seeded_tensor((1, 3, 4, 32, 32)), mode='loss')


def test_a_step_of_the_training_loop_from_frames():
    """From uint8 clips through the preprocessor to an update; samples without labels are fine."""
    torch.manual_seed(0)
    model = build(
        data_preprocessor=dict(type='ActionDataPreprocessor', mean=[0.0] * 3, std=[255.0] * 3, format_shape='NCTHW')
    )
    wrapper = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    before = model.backbone.patch_embed.projection.weight.detach().clone()
    clips = [torch.randint(0, 256, (1, 3, 4, 32, 32), dtype=torch.uint8) for _ in range(2)]
    log = model.train_step(dict(inputs=clips, data_samples=[ActionDataSample() for _ in clips]), wrapper)
    assert set(log) == {'loss', 'loss_pixels'} and 0.5 < log['loss'].item() < 5
    assert not torch.equal(model.backbone.patch_embed.projection.weight, before)
