"""Grad-CAM against CAM, which it equals where a linear classifier follows the pooled features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict
from mmaction.visualization.gradcam import GradCAM, find_layer, heat_frames, last_layer

PREPROCESSOR = dict(type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])


@pytest.fixture(scope='module')
def tsn() -> torch.nn.Module:
    model = MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNet', depth=18),
            cls_head=dict(type='TSNHead', num_classes=5, in_channels=512),
            data_preprocessor=dict(**PREPROCESSOR, format_shape='NCHW'),
        )
    )
    return fill_state_dict(model)


@pytest.fixture(scope='module')
def slowonly() -> torch.nn.Module:
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=dict(type='ResNet3dSlowOnly', depth=18, pretrained=None, lateral=False),
            cls_head=dict(type='I3DHead', num_classes=5, in_channels=512, spatial_type='avg'),
            data_preprocessor=dict(**PREPROCESSOR, format_shape='NCTHW'),
        )
    )
    return fill_state_dict(model)


def batch(*shape: int, labels: tuple[int, ...] = (3, 1)) -> dict:
    rng = np.random.default_rng(0)
    inputs = [torch.from_numpy(rng.integers(0, 256, shape, dtype=np.uint8)) for _ in labels]
    return dict(inputs=inputs, data_samples=[ActionDataSample().set_gt_label(i) for i in labels])


def unit(maps: torch.Tensor) -> torch.Tensor:
    low, high = maps.amin((1, 2, 3), keepdim=True), maps.amax((1, 2, 3), keepdim=True)
    return (maps - low) / (high - low)


def test_equals_cam_for_frames(tsn) -> None:
    data = batch(3, 3, 96, 96)
    before = torch.stack(data['inputs'])
    shown, scores = GradCAM(tsn, 'backbone/layer4/1/relu')(data, use_labels=True, target='score')
    with torch.inference_mode():
        inputs = tsn.data_preprocessor(data)['inputs']
        feats = tsn.eval()(inputs)  # (N * S, C, 3, 3)
        weight, bias = tsn.cls_head.fc_cls.weight[[3, 1]], tsn.cls_head.fc_cls.bias
        cam = torch.einsum('nc,nschw->nshw', weight, feats.unflatten(0, (2, 3))).relu()
        want = unit(F.interpolate(cam, (96, 96), mode='bilinear'))
        logits = feats.unflatten(0, (2, 3)).mean((1, 3, 4)) @ tsn.cls_head.fc_cls.weight.T + bias
    torch.testing.assert_close(scores, logits, rtol=1e-4, atol=1e-4)
    frames = before.movedim(2, -1).float() / 255
    torch.testing.assert_close(shown, heat_frames(frames, want), rtol=0, atol=0.01)
    assert shown.shape == (2, 3, 96, 96, 3) and shown.min() >= 0 and shown.max() <= 1
    assert want[0].std() > 0.05


def test_equals_cam_for_clips_and_views(slowonly) -> None:
    data = batch(2, 3, 4, 64, 64)  # two views of four frames
    shown, scores = GradCAM(slowonly, 'backbone.layer4.1.relu', colormap='jet')(data, target='score')
    with torch.inference_mode():
        inputs = slowonly.data_preprocessor(data)['inputs']
        feats = slowonly.eval()(inputs)  # (N * V, C, T, 2, 2)
        best = scores.argmax(1).repeat_interleave(2)
        cam = torch.einsum('bc,bcthw->bthw', slowonly.cls_head.fc_cls.weight[best], feats).relu()
        want = unit(F.interpolate(cam[:, None], (4, 64, 64), mode='trilinear')[:, 0])
    frames = torch.stack(data['inputs']).flatten(0, 1).movedim(1, -1).float() / 255  # (N * V, T, H, W, 3)
    torch.testing.assert_close(shown, heat_frames(frames, want, 'jet'), rtol=0, atol=0.03)
    assert shown.shape == (4, 4, 64, 64, 3)
    fainter, _ = GradCAM(slowonly, 'backbone.layer4.1.relu', colormap='jet')(data, False, 0.2, target='score')
    torch.testing.assert_close(fainter, heat_frames(frames, want, 'jet', alpha=0.2), rtol=0, atol=0.03)
    assert (fainter - frames).abs().mean() < 0.5 * (shown - frames).abs().mean()


@pytest.mark.parametrize('kind', ['frames', 'views', 'normalized'])
def test_frames_blended_one_by_one_are_those_of_a_call(request, kind) -> None:
    model = request.getfixturevalue('slowonly' if kind == 'views' else 'tsn')
    data = batch(2, 3, 4, 64, 64) if kind == 'views' else batch(3, 3, 64, 64)
    if kind == 'normalized':
        data['inputs'] = [inputs / 64 - 2 for inputs in data['inputs']]
    cam = GradCAM(model, 'backbone/layer4/1/relu')
    shown, scores = cam(data, alpha=0.3)
    heat, same = cam.heat(data)
    frames = torch.from_numpy(np.stack(list(cam.blended(data, heat, alpha=0.3))))
    assert frames.dtype == torch.uint8 and torch.equal(scores, same)
    tolerance = 1 if kind == 'normalized' else 0  # frames are rounded before
    torch.testing.assert_close(frames, (shown.flatten(0, 1) * 255).round().byte(), rtol=0, atol=tolerance)


def test_leaves_the_model_as_it_was(tsn) -> None:
    tsn.train()
    _, scores = GradCAM(tsn, 'backbone/layer3')(batch(2, 3, 64, 64))
    torch.testing.assert_close(scores.sum(1), torch.ones(2))
    assert tsn.training and not find_layer(tsn, 'backbone/layer3')._forward_hooks
    assert all(p.grad is None for p in tsn.parameters())


@pytest.mark.parametrize(('kind', 'rows', 'largest'), [('tsn', 5, 5), ('slowonly', 2, 2), ('tsm', 5, 4)])
def test_chunks_bound_the_memory_and_leave_the_result_alone(kind, rows, largest, tsn, slowonly) -> None:
    if kind == 'tsm':  # clips of four frames, which run together
        backbone = dict(type='ResNetTSM', depth=18, num_segments=4)
        head = dict(type='TSMHead', num_classes=5, in_channels=512, num_segments=4, average_clips='prob')
        preprocessor = dict(PREPROCESSOR, format_shape='NCHW')
        cfg = dict(type='Recognizer2D', backbone=backbone, cls_head=head, data_preprocessor=preprocessor)
        model = fill_state_dict(MODELS.build(cfg))
    else:
        model = dict(tsn=tsn, slowonly=slowonly)[kind]
    data = batch(3, 3, 2, 48, 48) if kind == 'slowonly' else batch(12, 3, 48, 48)
    seen: list[int] = []
    handle = model.backbone.layer1.register_forward_hook(lambda _, __, out: seen.append(len(out)))
    cam = GradCAM(model, 'backbone/layer4/1/relu')
    shown, scores = cam(data, rows_at_once=rows)
    handle.remove()
    assert max(seen) == largest and 'forward' not in vars(model.backbone)
    whole, expected = cam(data, rows_at_once=None)
    torch.testing.assert_close(scores, expected)
    torch.testing.assert_close(shown, whole, rtol=0, atol=0.01)


def test_last_layer_keeps_the_image_plane(tsn, slowonly) -> None:
    assert last_layer(tsn.eval(), batch(2, 3, 64, 64)) == 'backbone/layer4'
    assert last_layer(slowonly.eval(), batch(1, 3, 2, 64, 64)) == 'backbone/layer4'
    model = transformer(dict(MVIT, type='MViT'), 16, 'MViTHead').eval()
    assert last_layer(model, batch(1, 3, 4, 48, 48)) == 'backbone/blocks/1'


def test_colours_follow_the_map() -> None:
    out = heat_frames(torch.zeros(2, 3), torch.tensor([0.0, 1.0]), 'viridis', alpha=0.25)
    torch.testing.assert_close(
        out, 0.25 * torch.tensor([[0.267004, 0.004874, 0.329415], [0.993248, 0.906157, 0.143936]])
    )


def test_wrong_arguments_are_named(tsn) -> None:
    with pytest.raises(ValueError, match=r"ResNet has no 'layer9', but .*'layer4'"):
        GradCAM(tsn, 'backbone/layer9/0')
    with pytest.raises(ValueError, match=r"colormap \('nope'\)"):
        GradCAM(tsn, 'backbone', colormap='nope')
    with pytest.raises(ValueError, match=r'cls_head/fc_cls gives \(2, 5\)'):
        GradCAM(tsn, 'cls_head/fc_cls')(batch(2, 3, 64, 64))
    with pytest.raises(ValueError, match=r'alpha \(-0.1\) must be in \[0, 1\]'):
        GradCAM(tsn, 'backbone/layer4')(batch(2, 3, 64, 64), alpha=-0.1)
    with pytest.raises(ValueError, match=r"target \('loss'\) must be one of 'prob', 'score'"):
        GradCAM(tsn, 'backbone/layer4')(batch(2, 3, 64, 64), target='loss')


# --- transformers -----------------------------------------------------------------------------------------------------
CLIPS = dict(**PREPROCESSOR, format_shape='NCTHW')


def transformer(backbone: dict, channels: int, head: str = 'TimeSformerHead', **kwargs) -> torch.nn.Module:
    model = MODELS.build(
        dict(
            type='Recognizer3D',
            backbone=backbone,
            cls_head=dict(type=head, num_classes=5, in_channels=channels, **kwargs),
            data_preprocessor=CLIPS,
        )
    )
    return fill_state_dict(model).eval()


def timesformer(**kwargs) -> torch.nn.Module:
    sizes = dict(num_frames=2, img_size=48, patch_size=16, embed_dims=8, num_heads=2, num_transformer_layers=2)
    return transformer(dict(type='TimeSformer', **sizes, **kwargs), 8)


def cam_by_hand(maps: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """(B, C, T, H, W) weighted by (B, C, T or 1, 1, 1), resized to two frames of 48 x 48 and scaled to 0..1."""
    cam = (weights * maps).sum(1).relu()
    return unit(F.interpolate(cam[:, None], (2, 48, 48), mode='trilinear')[:, 0])


def frames_of(data: dict) -> torch.Tensor:
    return torch.stack(data['inputs'])[:, 0].movedim(1, -1).float() / 255


@pytest.mark.parametrize('attention', ['divided_space_time', 'joint_space_time', 'space_only'])
def test_class_token_explains_the_last_norm_of_timesformer(attention) -> None:
    model = timesformer(attention_type=attention)
    data = batch(1, 3, 2, 48, 48)
    shown, scores = GradCAM(model, 'backbone/norm')(data, use_labels=True, target='score')

    inputs = model.data_preprocessor(data)['inputs'].flatten(0, 1)
    seen = {}
    handle = model.backbone.norm.register_forward_hook(lambda module, args, out: seen.update(tokens=out.detach()))
    logits = model.cls_head(model.backbone(inputs))
    handle.remove()
    torch.testing.assert_close(scores, logits.detach())
    patches = seen['tokens'][:, 1:]
    if attention == 'space_only':  # a mean over the frames comes before the norm
        maps = patches.unflatten(1, (3, 3)).permute(0, 3, 1, 2)[:, :, None].expand(-1, -1, 2, -1, -1)
    else:
        maps = patches.unflatten(1, (3, 3, 2)).permute(0, 4, 3, 1, 2)  # patch by patch, then frame by frame
    # The score of a class is linear in the normalized class token: its gradient is the row of the classifier.
    want = cam_by_hand(maps, model.cls_head.fc_cls.weight[[3, 1], :, None, None, None].detach())
    torch.testing.assert_close(shown, heat_frames(frames_of(data), want), rtol=0, atol=0.01)
    assert want.std() > 0.05


def test_tokens_of_videomae_go_back_to_their_grid() -> None:
    backbone = dict(type='VisionTransformer', embed_dims=8, num_heads=2, depth=1, img_size=48, num_frames=4)
    model = transformer(backbone, 8)
    data = batch(1, 3, 4, 48, 48)
    shown, _ = GradCAM(model, 'backbone/blocks/0')(data, use_labels=True, target='score')

    inputs = model.data_preprocessor(data)['inputs'].flatten(0, 1)
    tokens = model.backbone.blocks[0](model.backbone.embed(inputs)[0]).detach().requires_grad_()  # (B, 2 * 3 * 3, C)
    pooled = model.backbone.fc_norm(tokens.mean(1))
    model.cls_head(pooled)[[0, 1], [3, 1]].sum().backward()
    maps, gradient = (x.detach().transpose(1, 2).unflatten(2, (2, 3, 3)) for x in (tokens, tokens.grad))
    cam = (gradient.mean((-2, -1), keepdim=True) * maps).sum(1).relu()
    want = unit(F.interpolate(cam[:, None], (4, 48, 48), mode='trilinear')[:, 0])
    torch.testing.assert_close(shown, heat_frames(frames_of(data), want), rtol=0, atol=0.01)


SWIN = dict(type='SwinTransformer3D', arch=dict(embed_dims=8, depths=[1, 1], num_heads=[1, 1]), window_size=(2, 3, 3))
MVIT = dict(arch=dict(embed_dims=8, num_layers=2, num_heads=1, downscale_indices=[1]), spatial_size=48, temporal_size=4)
UNIFORMER = dict(type='UniFormerV2', input_resolution=48, width=64, layers=2, heads=1, t_size=4, clip_pretrained=False)


@pytest.mark.parametrize(
    ('backbone', 'layer', 'shape'),
    [
        (dict(SWIN, out_indices=(1,)), 'backbone.layers.0.blocks.0', (8, 2, 12, 12)),
        (dict(SWIN, out_indices=(1,)), 'backbone.norm1', (16, 2, 6, 6)),
        (dict(SWIN, out_indices=(1,)), 'backbone.patch_embed', (8, 2, 12, 12)),
        (dict(SWIN, out_indices=(1,)), 'backbone.patch_embed.proj', (8, 2, 12, 12)),
        (dict(MVIT, type='MViT'), 'backbone.blocks.1', (16, 2, 6, 6)),
        (
            dict(UNIFORMER, return_list=[1], n_layers=1, n_dim=64, n_head=1, mlp_dropout=[0.0]),
            'backbone.transformer.resblocks.1',
            (64, 4, 3, 3),
        ),
    ],
    ids=['swin block', 'swin norm', 'swin embedding', 'swin convolution', 'mvit', 'uniformerv2'],
)
def test_layers_of_transformers_give_maps(backbone, layer, shape) -> None:
    model = MODELS.build(dict(type='Recognizer3D', backbone=backbone))
    fill_state_dict(model).eval()
    seen = []
    cam = GradCAM(model, layer)
    clip = torch.zeros(1, 3, 4, 48, 48)
    handle = cam.layer.register_forward_hook(lambda module, args, out: seen.append(cam._arrange(out, clip.shape)[0]))
    model.backbone(clip)
    handle.remove()
    assert seen[0].shape == (1, *shape)


def test_mvit_is_explained() -> None:
    model = transformer(dict(MVIT, type='MViT'), 16, 'MViTHead')
    data = batch(1, 3, 4, 48, 48)
    shown, scores = GradCAM(model, 'backbone/blocks/1')(data)
    torch.testing.assert_close(scores.sum(1), torch.ones(2))
    heat = (shown - 0.5 * frames_of(data)).std(dim=(1, 2, 3, 4))
    assert shown.shape == (2, 4, 48, 48, 3) and (heat > 0).all()


def test_layer_inside_of_a_block_is_named() -> None:
    with pytest.raises(ValueError, match=r'attentions/0/norm gives \(9, 2, 8\).* or the tokens of all patches'):
        GradCAM(timesformer(), 'backbone/transformer_layers/layers/0/attentions/0/norm')(
            batch(1, 3, 2, 48, 48, labels=(0,))
        )


def test_probabilities_of_several_labels_are_sigmoids() -> None:
    model = timesformer()
    model.cls_head.loss_cls = MODELS.build(dict(type='BCELossWithLogits'))
    data = batch(1, 3, 2, 48, 48)
    scores = GradCAM(model, 'backbone/norm')(data, target='score')[1]
    torch.testing.assert_close(GradCAM(model, 'backbone/norm')(data)[1], scores.sigmoid())
