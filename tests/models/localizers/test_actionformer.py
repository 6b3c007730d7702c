"""ActionFormer: targets, losses and decoding against closed forms; attention against its definition; it learns."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData

from mmaction.models import ActionFormer
from mmaction.models.localizers.actionformer.block import TransformerBlock
from mmaction.models.localizers.actionformer.decoding import Decoding, decode, select_candidates
from mmaction.models.localizers.actionformer.local_attention import local_attention
from mmaction.models.localizers.actionformer.losses import distance_iou_loss, focal_loss
from mmaction.models.localizers.actionformer.nms import Segments, pairwise_iou, soft_nms, vote
from mmaction.models.localizers.actionformer.points import make_points
from mmaction.models.localizers.actionformer.targets import assign_targets
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict

TINY = dict(in_channels=8, num_classes=3, channels=16, num_heads=2, window_size=7, num_stem=1)
LEVELS = ((0, 4), (4, 8), (8, 10000))


def tiny(**keywords):
    torch.manual_seed(0)
    return ActionFormer(**{**TINY, 'regression_ranges': LEVELS, 'drop_path': 0.0, **keywords})


def sample(segments=(), labels=(), length=32, name='v'):
    out = ActionDataSample()
    segments = torch.tensor(segments, dtype=torch.float32).reshape(-1, 2)
    out.gt_instances = InstanceData(gt_segments=segments, gt_labels=torch.tensor(labels, dtype=torch.long))
    out.set_metainfo(dict(video_name=name, duration_second=length * 0.5, feature_step_sec=0.5, feature_start_sec=0.25))
    return out


# ---------------------------------------------------------------------------------------------------------- attention
@pytest.mark.parametrize('length', [1, 5, 18, 40])
@pytest.mark.parametrize('window', [1, 3, 7, 19, -1])
def test_local_attention_equals_masked_full_attention(length, window):
    generator = torch.Generator().manual_seed(length)
    q, k, v = (torch.randn(2, 2, length, 4, generator=generator) for _ in range(3))
    mask = torch.ones(2, length, dtype=torch.bool)
    mask[1, max(2 * length // 3, 1) :] = False
    distance = (torch.arange(length)[:, None] - torch.arange(length)).abs()
    near = distance <= window // 2 if window > 0 else distance >= 0
    allowed = (mask[:, None] & near) | (distance == 0)
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=allowed[:, None])
    torch.testing.assert_close(local_attention(q, k, v, mask, window), expected, atol=1e-5, rtol=1e-5)


def test_block_ignores_padding_and_halves_time():
    torch.manual_seed(0)
    block = TransformerBlock(16, 2, 5, stride=2, drop_path=0.0).eval()
    with torch.no_grad():
        block.drop_path_attn.scale.fill_(1.0)
        block.drop_path_mlp.scale.fill_(1.0)
    x = torch.randn(1, 16, 12)
    mask = torch.arange(12)[None] < 8
    x = x * mask[:, None]
    short, kept = block(x[..., :8], mask[:, :8])
    padded, long_kept = block(x, mask)
    assert short.shape == (1, 16, 4) and long_kept.tolist() == [[True] * 4 + [False] * 2]
    torch.testing.assert_close(padded[..., :4], short, atol=1e-5, rtol=1e-5)
    assert padded[..., 4:].abs().max() == 0


def test_a_video_is_predicted_alike_alone_and_in_a_batch():
    model = tiny().eval()
    fill_state_dict(model)
    short, long = torch.randn(8, 21), torch.randn(8, 50)
    with torch.no_grad():
        alone = model([short], mode='tensor')
        both = model([short, long], mode='tensor')
    for one, many in zip(alone[:2], both[:2]):
        torch.testing.assert_close(one[0][alone[2][0]], many[0][both[2][0]], atol=1e-4, rtol=1e-4)
    assert both[2].sum(1).tolist() == [21 + 11 + 6, 50 + 25 + 13]


# ------------------------------------------------------------------------------------------------------------ targets
def test_points():
    points = make_points(8, LEVELS)
    assert points.time.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 4, 6, 0, 4]
    assert points.stride.tolist() == [1] * 8 + [2] * 4 + [4] * 2
    assert points.longest.tolist() == [4] * 8 + [8] * 4 + [10000] * 2


def test_targets_by_hand():
    points = make_points(16, LEVELS)
    # length 3, middle 3.5: level 0 only, points within 1.5 steps of the middle
    targets = assign_targets(points, torch.tensor([[2.0, 5.0]]), torch.tensor([1]), 3)
    positive = targets.positive.nonzero()[:, 0].tolist()
    assert [(points.time[i].item(), points.stride[i].item()) for i in positive] == [(3, 1), (4, 1)]
    assert targets.distances[positive].tolist() == [[1, 2], [2, 1]]
    assert targets.classes[positive].tolist() == [[0, 1, 0]] * 2
    # length 10, middle 6: farther end 5 to 8 away belongs to level 1 (stride 2, radius 3); 8 and more to level 2
    targets = assign_targets(points, torch.tensor([[1.0, 11.0]]), torch.tensor([0]), 3)
    positive = targets.positive.nonzero()[:, 0].tolist()
    assert [(points.time[i].item(), points.stride[i].item()) for i in positive] == [(4, 2), (6, 2), (8, 2)]
    assert targets.distances[positive].tolist() == [[1.5, 3.5], [2.5, 2.5], [3.5, 1.5]]


def test_shortest_action_wins_and_equal_ones_share():
    points = make_points(16, ((0, 10000),))
    spans = torch.tensor([[0.0, 12.0], [5.0, 8.0], [5.0, 8.0]])
    targets = assign_targets(points, spans, torch.tensor([0, 1, 2]), 3, radius=None)
    assert targets.classes[6].tolist() == [0, 1, 1] and targets.distances[6].tolist() == [1, 2]
    assert targets.classes[3].tolist() == [1, 0, 0] and targets.distances[3].tolist() == [3, 9]
    assert targets.classes[12].tolist() == [0, 0, 0]
    empty = assign_targets(points, torch.zeros(0, 2), torch.zeros(0, dtype=torch.long), 3)
    assert not empty.positive.any() and empty.distances.shape == (16, 2)


# ------------------------------------------------------------------------------------------------------------- losses
def test_focal_loss_closed_form():
    p = torch.tensor([0.9, 0.2])
    loss = focal_loss(torch.logit(p), torch.tensor([1.0, 0.0]))
    expected = [0.25 * 0.1**2 * -math.log(0.9), 0.75 * 0.2**2 * -math.log(0.8)]
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-5)
    half = focal_loss(torch.zeros(1), torch.ones(1), alpha=0.5, gamma=0.0)
    assert half.item() == pytest.approx(0.5 * math.log(2))


def test_distance_iou_loss_closed_form():
    predicted = torch.tensor([[2.0, 2.0], [1.0, 3.0], [0.0, 0.0], [0.0, 4.0]])
    target = torch.tensor([[2.0, 2.0], [3.0, 1.0], [1.0, 1.0], [0.0, 2.0]])
    # equal; 2 of 6 shared, middles 2 apart in a hull of 6; nothing shared, middles equal; half, 1 apart in a hull of 4
    expected = [0, 1 - 2 / 6 + (2 / 6) ** 2, 1, 1 - 0.5 + (1 / 4) ** 2]
    np.testing.assert_allclose(distance_iou_loss(predicted, target).numpy(), expected, atol=1e-6)


def test_loss_norm_is_a_running_mean():
    model = tiny(train_cfg=dict(start_norm=10.0, norm_momentum=0.9))
    features, data = [torch.randn(8, 32)], [sample([[2, 5]], [1])]
    points, *_ = model.run(features)
    count = int(model.targets(points, data).positive.sum())
    model.loss(features, data)
    assert model.loss_norm.item() == pytest.approx(0.9 * 10 + 0.1 * count)
    before = model.loss_norm.item()
    model.eval().loss(features, data)
    assert model.loss_norm.item() == before


# ----------------------------------------------------------------------------------------------------------- decoding
def found(spans, scores, labels):
    return Segments(torch.tensor(spans, dtype=torch.float32), torch.tensor(scores), torch.tensor(labels))


def test_pairwise_iou():
    a, b = torch.tensor([[0.0, 4.0], [2.0, 2.0]]), torch.tensor([[2.0, 6.0], [0.0, 4.0], [9.0, 9.0]])
    torch.testing.assert_close(pairwise_iou(a, b), torch.tensor([[1 / 3, 1.0, 0.0], [0.0, 0.0, 0.0]]))


def test_soft_nms_by_hand():
    candidates = found([[0, 4], [0, 4], [2, 6], [10, 12]], [0.9, 0.8, 0.6, 0.5], [0, 1, 0, 0])
    kept = soft_nms(candidates, sigma=0.5, max_num=10)
    lowered = 0.6 * math.exp(-((1 / 3) ** 2) / 0.5)
    assert kept.labels.tolist() == [0, 1, 0, 0]
    assert kept.spans.tolist() == [[0, 4], [0, 4], [10, 12], [2, 6]] or lowered > 0.5
    np.testing.assert_allclose(sorted(kept.scores.tolist()), sorted([0.9, 0.8, 0.5, lowered]), rtol=1e-6)
    agnostic = soft_nms(candidates, sigma=0.5, max_num=10, by_class=False)
    assert agnostic.scores.min().item() == pytest.approx(0.8 * math.exp(-1 / 0.5) * math.exp(-((1 / 3) ** 2) / 0.5))
    assert len(soft_nms(candidates, 0.5, max_num=2)) == 2
    assert len(soft_nms(candidates, 0.5, 10, min_score=0.55)) == 2
    assert len(soft_nms(candidates[:0], 0.5, 10)) == 0


def test_soft_nms_of_all_classes_equals_that_of_each():
    generator = torch.Generator().manual_seed(0)
    start = torch.rand(60, generator=generator) * 20
    spans = torch.stack([start, start + 1 + 5 * torch.rand(60, generator=generator)], 1)
    every = Segments(spans, torch.rand(60, generator=generator), torch.arange(60) % 3)
    together = soft_nms(every, 0.5, 25)
    alone = [soft_nms(every[every.labels == k], 0.5, 60) for k in range(3)]
    scores = torch.cat([part.scores for part in alone]).sort(descending=True).values[:25]
    torch.testing.assert_close(together.scores, scores)


def test_vote_by_hand():
    candidates = found([[0, 4], [1, 4], [0, 4], [20, 24]], [0.8, 0.4, 0.9, 0.5], [0, 0, 1, 0])
    moved = vote(candidates[:1], candidates, 0.7)
    # weights: 0.8 * 1 and 0.4 * 0.75; the one of the other class does not vote
    start = 0.3 * 1 / (0.8 + 0.3)
    torch.testing.assert_close(moved.spans, torch.tensor([[start, 4.0]]))
    assert vote(candidates[:1], candidates, 1.0).spans.tolist() == [[0, 4]]


def test_decode_by_hand():
    points = make_points(4, ((0, 4), (4, 10000)))  # times 0 1 2 3, and 0 2 of stride 2
    logits = torch.full((6, 2), -20.0)
    logits[1, 0], logits[5, 1], logits[3, 1] = 2.0, 1.0, 3.0
    distances = torch.zeros(6, 2)
    distances[1], distances[5] = torch.tensor([1.0, 0.5]), torch.tensor([1.0, 2.0])  # that of point 3 has no length
    candidates = select_candidates(points, logits, distances, Decoding())
    assert candidates.spans.tolist() == [[0, 1.5], [0, 6]] and candidates.labels.tolist() == [0, 1]
    torch.testing.assert_close(candidates.scores, torch.tensor([2.0, 1.0]).sigmoid())
    assert len(decode(points, logits, distances, Decoding(max_segments=1))) == 1
    assert len(select_candidates(points, logits, distances, Decoding(pre_nms_top_k=2))) == 1


# -------------------------------------------------------------------------------------------------------------- model
def planted(rng, count=5):
    """Features in which channel k is high while class k goes on."""
    features, data = [], []
    for number in range(count):
        length = int(rng.integers(40, 60))
        x = rng.normal(0, 0.3, (8, length)).astype(np.float32)
        spans, labels, at = [], [], 3
        while at < length - 15:
            steps, label = int(rng.integers(3, 14)), int(rng.integers(0, 3))
            x[label, at : at + steps] += 2
            spans.append([at - 0.5, at + steps - 0.5])
            labels.append(label)
            at += steps + int(rng.integers(3, 7))
        features.append(torch.from_numpy(x))
        data.append(sample(spans, labels, length, f'v{number}'))
    return features, data


def test_overfits_planted_segments_and_every_parameter_learns():
    torch.set_num_threads(1)
    model = tiny()
    features, data = planted(np.random.default_rng(0))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2, fused=True)
    for step in range(120):  # the number of threads changes sums: half of the steps miss the tolerance with one
        losses = model(features, data, mode='loss')
        optimizer.zero_grad()
        sum(losses.values()).backward()
        if step == 1:
            assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    for one, true in zip(model.eval()(features, data, mode='predict'), data):
        expected = true.gt_instances
        order = np.argsort(one['segments'][: len(expected), 0])
        seconds = expected.gt_segments.numpy() * 0.5 + 0.25
        assert one['labels'][order].tolist() == expected.gt_labels.tolist()
        np.testing.assert_allclose(one['segments'][order], seconds, atol=0.2)
        assert (np.diff(one['scores']) <= 0).all() and one['video_name'] == true.metainfo['video_name']


def test_predictions_stay_within_the_video_and_take_names():
    model = tiny(classes=['run', 'jump', 'throw'], test_cfg=dict(max_segments=5)).eval()
    fill_state_dict(model)
    one = model([torch.randn(8, 1)], [sample(length=1)], mode='predict')[0]
    assert set(one['labels']) <= {'run', 'jump', 'throw'}
    assert ((one['segments'] >= 0) & (one['segments'] <= 0.5)).all()


def test_class_scores_of_another_model(tmp_path):
    path = tmp_path / 'scores.json'
    path.write_text(json.dumps({'class': ['a', 'b', 'c'], 'results': {'x': [0.1, 0.04, 0.86]}}))
    model = tiny(num_classes=1, test_cfg=dict(class_scores=str(path), class_scores_top_k=2, max_segments=3)).eval()
    fill_state_dict(model)
    torch.manual_seed(0)
    features = [torch.randn(8, 30)]
    one = model(features, [sample(length=30, name='v_x')], mode='predict')[0]
    plain = tiny(num_classes=1, test_cfg=dict(max_segments=3)).eval()
    fill_state_dict(plain)
    other = plain(features, [sample(length=30)], mode='predict')[0]
    expected = sorted([*np.sqrt(0.86 * other['scores']), *np.sqrt(0.1 * other['scores'])], reverse=True)
    np.testing.assert_allclose(one['scores'], expected, rtol=1e-5)
    assert sorted(one['labels']) == ['a'] * len(other['labels']) + ['c'] * len(other['labels'])
    with pytest.raises(ValueError, match='do not include the video v_y'):
        model(features, [sample(length=30, name='v_y')], mode='predict')


def test_size_of_the_published_model():
    model = MODELS.build(dict(type='ActionFormer', in_channels=2048, num_classes=20))
    assert sum(p.numel() for p in model.parameters()) == 29_251_612  # the paper has 29.3 M


@pytest.mark.parametrize(
    ('keywords', 'message'),
    [
        (dict(window_size=6), r'window_size \(6\) must be an odd'),
        (dict(window_size=(7, 7)), 'window_size has 2 entries, but regression_ranges has 3 levels'),
        (dict(channels=15), r'channels \(15\) must be a multiple of num_heads \(2\)'),
        (dict(num_classes=0), r'num_classes \(0\) must be at least 1'),
        (dict(test_cfg=dict(sigma=1)), r"test_cfg has unknown keys \['sigma'\]"),
        (dict(test_cfg=dict(nms_sigma=0)), r'nms_sigma \(0\) must be positive'),
        (dict(classes=['a']), 'classes has 1 names, but num_classes is 3'),
        (dict(classes='nowhere.txt'), 'no file of class names at nowhere.txt'),
    ],
)
def test_wrong_arguments(keywords, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        tiny(**keywords)


def test_wrong_inputs():
    model = tiny()
    with pytest.raises(ValueError, match=r'must be \(8, T\) with T at least 1, got \(9, 30\)'):
        model([torch.randn(9, 30)])
    with pytest.raises(ValueError, match=r'got \(8, 0\)'):
        model([torch.randn(8, 0)])
    with pytest.raises(ValueError, match=r'must lie in 0\.\.2'):
        model([torch.randn(8, 30)], [sample([[1, 4]], [3])], mode='loss')
    with pytest.raises(ValueError, match='needs the actions in data_samples'):
        model([torch.randn(8, 30)], mode='loss')
    with pytest.raises(ValueError, match=r"mode \('train'\) must be one of"):
        model([torch.randn(8, 30)], mode='train')
    bad = torch.randn(8, 30)
    bad[2, 5] = torch.nan
    with pytest.raises(ValueError, match='1 of 240 values of the features of v are NaN'):
        model([bad], [sample([[1, 4]], [1])], mode='loss')
