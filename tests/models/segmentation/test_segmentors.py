"""Networks of temporal segmentation: padding, losses in closed form, gradients, checkpoints; they learn."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from mmaction.evaluation.functional import edit_score
from mmaction.models import MSTCNPP, ASFormer
from mmaction.models.segmentation.asformer import MaskedInstanceNorm1d
from mmaction.models.segmentation.losses import frame_cross_entropy, truncated_smoothing
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.structures.frame_labels import IGNORE_INDEX
from mmaction.testing import fill_state_dict

TINY = {
    'MSTCN++': dict(channels=8, num_layers=5, num_refinements=2, num_refinement_layers=4, dropout=0.1),
    'ASFormer': dict(channels=8, num_layers=4, num_decoders=2, dropout=0.1, feature_dropout=0.0),
    'LinearSegmentor': dict(),
}
NAMES = sorted(TINY)


def tiny(name, **keywords):
    torch.manual_seed(0)
    return MODELS.build(dict(type=name, in_channels=6, num_classes=3, **{**TINY[name], **keywords}))


def sample(labels, name='v'):
    return ActionDataSample(metainfo=dict(video_name=name)).set_gt_label(torch.as_tensor(labels))


@pytest.mark.parametrize('name', NAMES)
def test_a_video_is_segmented_alike_alone_and_in_a_batch(name):
    model = tiny(name).eval()
    fill_state_dict(model)
    videos = [torch.randn(6, length) for length in (1, 23, 50)]
    both = model(videos, mode='predict')
    for video, found in zip(videos, both):
        (alone,) = model([video], mode='predict')
        assert found.pred_score.shape == (video.shape[1], 3)
        torch.testing.assert_close(found.pred_score, alone.pred_score, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(found.pred_score.sum(1), torch.ones(video.shape[1]))
        assert found.pred_label.tolist() == found.pred_score.argmax(1).tolist()
    logits = model(videos, mode='tensor')
    assert logits.shape == (3, 3, 50)
    assert logits[1, :, 23:].abs().max() == 0


@pytest.mark.parametrize('name', NAMES)
def test_loss_of_a_batch_ignores_padding(name):
    model = tiny(name, smoothing_weight=0.5).eval()
    videos, labels = [torch.randn(6, 20), torch.randn(6, 33)], [torch.randint(3, (20,)), torch.randint(3, (33,))]
    samples = [sample(each) for each in labels]
    both = model(videos, samples, mode='loss')
    first, second = (model([v], [s], mode='loss') for v, s in zip(videos, samples))
    weights = {'loss_cls': (20, 33), 'loss_smooth': (19, 32), 'acc': (20, 33)}
    for key, (a, b) in weights.items():
        torch.testing.assert_close(both[key], (a * first[key] + b * second[key]) / (a + b), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('name', NAMES)
def test_every_parameter_has_a_gradient_and_padding_has_none(name):
    model = tiny(name)
    videos = [torch.randn(6, 40, requires_grad=True), torch.randn(6, 25, requires_grad=True)]
    losses = model(videos, [sample(torch.randint(3, (40,))), sample(torch.randint(3, (25,)))], mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    without = [key for key, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert without == []
    # A bias of the keys shifts all scores of a query alike: its gradient is 0.
    zero = [key for key, p in model.named_parameters() if p.grad.abs().max() == 0 and 'key_conv.bias' not in key]
    assert zero == []
    assert all(video.grad.abs().sum() > 0 for video in videos)


def planted(count, generator, length=160):
    """Videos of segments of two actions and the background; noisy features of which single steps are wrong."""
    videos, samples = [], []
    for _ in range(count):
        labels = torch.zeros(length, dtype=torch.long)
        at = 5
        while at < length - 30:
            size = int(torch.randint(12, 25, (1,), generator=generator))
            labels[at : at + size] = 1 + int(torch.randint(2, (1,), generator=generator))
            at += size + int(torch.randint(8, 15, (1,), generator=generator))
        shown = torch.where(torch.rand(length, generator=generator) < 0.15, torch.tensor(0), labels)
        videos.append(F.one_hot(shown, 6).T + 0.3 * torch.randn(6, length, generator=generator))
        samples.append(sample(labels))
    return videos, samples


def train(name, videos, samples, steps):
    dropout = {} if name == 'LinearSegmentor' else dict(dropout=0.0)
    model = tiny(name, **dropout)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(steps):
        losses = model(videos, samples, mode='loss')
        optimizer.zero_grad()
        (losses['loss_cls'] + losses['loss_smooth']).backward()
        optimizer.step()
    return model.eval()


@pytest.mark.parametrize(
    ('name', 'low', 'high'), [('MSTCN++', 80, 100), ('ASFormer', 80, 100), ('LinearSegmentor', 0, 50)]
)
def test_learns_the_order_of_planted_segments_as_a_linear_probe_cannot(name, low, high):
    videos, samples = planted(4, torch.Generator().manual_seed(0))
    unseen, truth = planted(3, torch.Generator().manual_seed(1))
    model = train(name, videos, samples, 41)
    found = model(unseen, [ActionDataSample() for _ in unseen], mode='predict')
    right = [(f.pred_label == t.gt_label).float().mean() for f, t in zip(found, truth)]
    assert min(right) > 0.85
    edit = [edit_score(f.pred_label, t.gt_label, ignore=[0]) for f, t in zip(found, truth)]
    assert low <= min(edit) <= max(edit) <= high


@pytest.mark.parametrize('name', NAMES)
def test_training_is_deterministic(name):
    videos, samples = planted(2, torch.Generator().manual_seed(0))
    one, two = (train(name, videos, samples, 3).state_dict() for _ in range(2))
    assert all(torch.equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize('name', NAMES)
def test_checkpoint_round_trip(name, tmp_path):
    model = tiny(name, class_weight=[1.0, 2.0, 3.0]).eval()
    assert 'class_weight' not in model.state_dict()
    torch.save(model.state_dict(), tmp_path / 'model.pth')
    other = tiny(name).eval()
    fill_state_dict(other)
    other.load_state_dict(torch.load(tmp_path / 'model.pth', weights_only=True))
    video = [torch.randn(6, 30)]
    assert torch.equal(model(video), other(video))


def test_parameter_names_and_numbers_are_those_of_the_authors():
    model = MSTCNPP(2048, 11)
    assert sum(p.numel() for p in model.parameters()) == 994220  # 0.99 M in the paper
    keys = set(model.state_dict())
    assert {'PG.conv_1x1_in.weight', 'PG.conv_dilated_1.10.bias', 'PG.conv_fusion.0.weight', 'PG.conv_out.bias'} <= keys
    assert {'Rs.2.layers.9.conv_dilated.weight', 'Rs.0.layers.0.conv_1x1.bias', 'Rs.1.conv_out.weight'} <= keys
    assert [conv.dilation[0] for conv in model.PG.conv_dilated_1] == [2**i for i in range(10, -1, -1)]
    assert [layer.conv_dilated.dilation[0] for layer in model.Rs[0].layers] == [2**i for i in range(10)]
    model = ASFormer(2048, 11)
    assert sum(p.numel() for p in model.parameters()) == 1130860  # 1.13 M in the paper
    keys = set(model.state_dict())
    assert {'encoder.conv_1x1.weight', 'encoder.layers.9.feed_forward.layer.0.weight'} <= keys
    assert {'decoders.2.layers.0.att_layer.query_conv.weight', 'decoders.0.layers.0.conv_1x1.bias'} <= keys
    assert [block.att_layer.window for block in model.encoder.layers] == [2 * 2**i + 1 for i in range(10)]
    assert [stage.layers[0].attention_weight for stage in model.decoders] == [1, math.exp(-3), math.exp(-6)]


def test_causal_network_does_not_see_the_future():
    model = tiny('MSTCN++', causal=True).eval()
    video = torch.randn(6, 40)
    torch.testing.assert_close(model([video[:, :25]])[0], model([video])[0][:, :25], atol=1e-5, rtol=1e-5)
    both = tiny('MSTCN++').eval()
    assert (both([video[:, :25]])[0] - both([video])[0][:, :25]).abs().max() > 1e-3


# --------------------------------------------------------------------------------------------------------------- parts
def test_instance_norm_of_a_padded_video():
    x = torch.randn(2, 4, 9)
    mask = torch.arange(9) < torch.tensor([[9], [5]])
    found = MaskedInstanceNorm1d()(x, mask)
    torch.testing.assert_close(found[:1], F.instance_norm(x[:1]), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[1:, :, :5], F.instance_norm(x[1:, :, :5]), atol=1e-5, rtol=1e-5)
    assert found[1, :, 5:].abs().max() == 0


def test_smoothing_closed_form():
    # log p of two classes: (log 1/2, log 1/2), then (log 3/4, log 1/4), then nearly (0, -20)
    logits = torch.tensor([[[0.0, math.log(3), 20.0], [0.0, 0.0, 0.0]]], requires_grad=True)
    mask = torch.ones(1, 3, dtype=torch.bool)
    first = [math.log(1.5) ** 2, math.log(0.5) ** 2]
    second = [math.log(4 / 3) ** 2, 4.0**2]
    loss = truncated_smoothing(logits, mask)
    assert loss.item() == pytest.approx(sum(first + second) / 4, rel=1e-5)
    loss.backward()
    assert logits.grad[0, :, 0].abs().max() == 0  # the earlier step of a pair is a constant
    mask[0, 2] = False
    assert truncated_smoothing(logits, mask).item() == pytest.approx(sum(first) / 2, rel=1e-5)
    assert truncated_smoothing(logits[:, :, :1], mask[:, :1]).item() == 0


def test_cross_entropy_is_weighted_and_ignores():
    logits = torch.randn(2, 3, 5)
    labels = torch.randint(3, (2, 5))
    labels[0, 2] = IGNORE_INDEX
    weight = torch.tensor([0.5, 1.0, 3.0])
    for given in (None, weight):
        expected = F.cross_entropy(logits, labels, given)
        torch.testing.assert_close(frame_cross_entropy(logits, labels, given, IGNORE_INDEX), expected)
    none = torch.full_like(labels, IGNORE_INDEX)
    assert frame_cross_entropy(logits, none, weight, IGNORE_INDEX).item() == 0


def test_class_weights_change_the_loss():
    model = tiny('LinearSegmentor').eval()
    video, labels = torch.randn(6, 12), torch.tensor([0] * 10 + [2] * 2)
    logits = model([video])
    for weights in ([1.0, 1.0, 1.0], [0.2, 1.0, 1.8]):
        model.set_class_weight(weights)
        expected = F.cross_entropy(logits[0].T, labels, torch.tensor(weights))
        torch.testing.assert_close(model([video], [sample(labels)], mode='loss')['loss_cls'], expected)


@pytest.mark.parametrize(
    ('inputs', 'labels', 'message'),
    [
        (torch.zeros(5, 4), [0] * 4, r'must be \(6, T\) with T at least 1, got \(5, 4\) for walk'),
        (torch.zeros(6, 4), [0] * 3, r'gt_label of walk must be \(4,\), one per step of the features, got \(3,\)'),
        (torch.zeros(6, 4), [0, 1, 3, 1], r'Labels of walk \(\[0, 1, 3\]\) must lie in 0..2'),
        (torch.full((6, 4), math.nan), [0] * 4, '24 of 24 values of the features of walk are NaN'),
    ],
)
def test_bad_inputs_are_named(inputs, labels, message):
    with pytest.raises(ValueError, match=message):
        tiny('LinearSegmentor')([inputs], [sample(labels, 'walk')], mode='loss')


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r'class_weight \(\[1.0, 2.0\]\) must be 3 numbers'):
        tiny('LinearSegmentor', class_weight=[1.0, 2.0])
    with pytest.raises(ValueError, match='classes has 2 names, but num_classes is 3'):
        tiny('LinearSegmentor', classes=['a', 'b'])
    with pytest.raises(ValueError, match=r'channels \(1\) must be at least 2'):
        tiny('ASFormer', channels=1)
    with pytest.raises(ValueError, match="mode='loss' needs the labels"):
        tiny('LinearSegmentor')([torch.zeros(6, 4)], mode='loss')
