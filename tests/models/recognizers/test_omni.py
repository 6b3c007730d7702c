"""OmniSource: images as still clips, one step over several sources; sub-batch norm."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mmaction.models import OmniHead, OmniResNet, RecognizerOmni, SubBatchNorm3D, build_norm
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor
from mmaction.weights.tables.torchvision import RESNET

HEAD = dict(type='OmniHead', image_classes=6, video_classes=4, in_channels=2048, average_clips='prob')


def recognizer(**head):
    return RecognizerOmni(dict(type='OmniResNet', layers=[1, 1, 1, 1]), dict(HEAD, **head))


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


@torch.no_grad()
def test_an_image_is_a_clip_that_stands_still():
    net = fill_state_dict(OmniResNet([1, 1, 1, 2])).eval()
    image = seeded_tensor((2, 3, 48, 40))
    clip = image[:, :, None].expand(-1, -1, 7, -1, -1)  # three kernels of three frames: the middle sees no end
    torch.testing.assert_close(net(image), net(clip)[:, :, 3])
    assert net(image).shape == (2, 2048, 2, 2)


def test_two_dimensional_weights_are_inflated(tmp_path):
    from mmaction.models import ResNet

    net = OmniResNet([1, 1, 1, 1])
    state = fill_state_dict(OmniResNet([1, 1, 1, 1])).state_dict()
    flat = {k: v.sum(2) if v.ndim == 5 else v for k, v in state.items()}  # an image net of torchvision's names
    torch.save(flat, tmp_path / 'resnet.pth')
    net = OmniResNet([1, 1, 1, 1], pretrain_2d=str(tmp_path / 'resnet.pth'))
    net.init_weights()
    for name, weight in net.state_dict().items():
        torch.testing.assert_close(weight.sum(2) if weight.ndim == 5 else weight, flat[name])
    torch.testing.assert_close(net.layer4[0].conv1.weight[:, :, 0], flat['layer4.0.conv1.weight'] / 3)

    with torch.device('meta'):  # the names are those of an image net indeed
        ours = set(ResNet(50).state_dict())
        assert {RESNET.rename(k) for k in OmniResNet().state_dict()} == ours


@torch.no_grad()
def test_head_has_a_classifier_for_each_kind():
    head = fill_state_dict(OmniHead(6, 4, 8)).eval()
    image, clip = seeded_tensor((3, 8, 2, 2)), seeded_tensor((3, 8, 2, 2, 2))
    bn, linear = head.fc2d[2], head.fc2d[4]
    torch.testing.assert_close(head(image), linear(bn(image.mean((2, 3)))))
    hidden = head.fc3d[3](head.fc3d[2](clip.mean((2, 3, 4)))).clamp(min=0)
    torch.testing.assert_close(head(clip), head.fc3d[6](hidden))
    assert OmniHead(6, 4, 8, video_nl_head=False).fc3d[-1].weight.shape == (4, 8)
    with pytest.raises(ValueError, match=r'got shape \(3, 8\)'):
        head(image.mean((2, 3)))


def test_labels_are_checked_against_the_classes_of_their_kind():
    head = OmniHead(6, 4, 8, label_smooth_eps=0.1)
    assert head.loss(seeded_tensor((2, 8, 2, 2)), samples(5, 0))['loss_cls'] > 0
    with pytest.raises(ValueError, match=r'A label \(5\) is outside \[0, 4\)'):
        head.loss(seeded_tensor((2, 8, 2, 2, 2)), samples(5, 0))
    assert head.num_classes == 4


def test_a_step_takes_a_batch_of_each_source():
    model = fill_state_dict(recognizer()).train()
    videos = dict(inputs=[torch.randint(255, (1, 3, 2, 32, 32), dtype=torch.uint8)] * 2, data_samples=samples(1, 3))
    images = dict(inputs=[torch.randint(255, (3, 32, 32), dtype=torch.uint8)] * 3, data_samples=samples(5, 0, 2))
    data = model.data_preprocessor([videos, images], True)
    losses = model._run_forward(data, mode='loss')
    assert set(losses) == {f'{name}_{i}' for name in ('loss_cls', 'top1_acc', 'top5_acc') for i in (0, 1)}
    total, _ = model.parse_losses(losses)
    torch.testing.assert_close(total, losses['loss_cls_0'] + losses['loss_cls_1'])
    predicted = model.eval().test_step(videos)
    assert predicted[0].pred_score.shape == (4,)
    assert predicted[0].pred_score.sum().item() == pytest.approx(1, abs=1e-5)


@torch.no_grad()
def test_predictions_and_features():
    model = fill_state_dict(recognizer()).eval()
    x = seeded_tensor((2, 3, 3, 2, 32, 32))  # three views
    got = model(dict(inputs=x, data_samples=samples(0, 1)), mode='predict')
    scores = model.cls_head(model.backbone(x.flatten(0, 1)))
    torch.testing.assert_close(torch.stack([s.pred_score for s in got]), scores.softmax(1).view(2, 3, 4).mean(1))
    torch.testing.assert_close(model(x, stage='head'), scores)
    torch.testing.assert_close(model(inputs=x, data_samples=None), model.backbone(x.flatten(0, 1)))
    for match, call in (
        (r"mode \('test'\) must be one of", lambda: model(x, mode='test')),
        (r'one batch at a time, got 2', lambda: model({}, {}, mode='predict')),
        (r'got \(2, 3\)', lambda: model(torch.zeros(2, 3))),
        (r"stage \('pool'\) must be", lambda: model(x, stage='pool')),
    ):
        with pytest.raises(ValueError, match=match):
            call()


def test_trains():
    """On clips and images at once. Both move the same running statistics, so few steps are judged by the loss."""
    torch.manual_seed(0)
    model = recognizer(image_dropout_ratio=0.0, video_dropout_ratio=0.0).train()
    clips = dict(inputs=seeded_tensor((4, 1, 3, 2, 32, 32)), data_samples=samples(0, 1, 2, 3))
    images = dict(inputs=seeded_tensor((4, 3, 32, 32), 1), data_samples=samples(5, 4, 3, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=0)
    without, totals = set(dict(model.named_parameters())), []
    for _ in range(12):
        optimizer.zero_grad()
        losses = model(clips, images, mode='loss')
        total = losses['loss_cls_0'] + losses['loss_cls_1']
        total.backward()
        without -= {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
        optimizer.step()
        totals.append(total.item())
    assert without == set()
    assert totals[-1] < 0.5 * totals[0]
    assert (losses['top1_acc_0'], losses['top1_acc_1']) == (1, 1)


# --- sub-batch norm ---------------------------------------------------------------------------------------------------
def test_sub_batches_are_normalised_for_themselves():
    norm = fill_state_dict(SubBatchNorm3D(3, num_splits=2)).train()
    x = seeded_tensor((6, 3, 2, 4, 4)) * 3 + 1
    plain = nn.BatchNorm3d(3)
    plain.load_state_dict(dict(weight=norm.weight, bias=norm.bias), strict=False)
    want = torch.empty_like(x)
    for part in (0, 1):
        want[part::2] = plain(x[part::2])
    torch.testing.assert_close(norm(x), want)


def test_aggregated_statistics_are_those_of_the_whole():
    norm = SubBatchNorm3D(3, num_splits=4, momentum=1.0).train()
    x = seeded_tensor((8, 3, 2, 4, 4)) * 2 + 1
    x += torch.arange(4.0).repeat(2)[:, None, None, None, None]  # the parts have means of their own
    norm(x)
    norm.aggregate_stats()
    torch.testing.assert_close(norm.bn.running_mean, x.mean((0, 2, 3, 4)))
    n = x.numel() / 3 / 4  # values of a part: its variance is the unbiased one
    parts = norm.split_bn.running_mean.view(4, 3)
    want = norm.split_bn.running_var.view(4, 3).mean(0) * (n - 1) / n + parts.var(0, unbiased=False)
    torch.testing.assert_close(want, x.var((0, 2, 3, 4), unbiased=False))
    torch.testing.assert_close(norm.bn.running_var, want, rtol=0.05, atol=0)
    norm.eval()
    torch.testing.assert_close(norm(x).mean((0, 2, 3, 4)), torch.zeros(3), rtol=0, atol=1e-5)


def test_norm_as_a_layer():
    name, norm = build_norm(dict(type='SubBatchNorm3D', num_splits=2, requires_grad=False), 4)
    assert name == 'bn'
    assert set(dict(norm.named_parameters())) == {'weight', 'bias'}
    assert not norm.weight.requires_grad
    assert list(SubBatchNorm3D(4, affine=False).parameters()) == []
    with pytest.raises(ValueError, match=r'A batch of 3 cannot be divided into num_splits \(2\)'):
        norm.train()(torch.zeros(3, 4, 1, 2, 2))
    with pytest.raises(ValueError, match=r'num_splits \(0\)'):
        SubBatchNorm3D(4, num_splits=0)
