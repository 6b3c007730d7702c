"""Heads: closed forms of averaging, smoothing and accuracies; the order of pooling and classifying."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from mmaction.models import FeatureHead, I3DHead, RGBPoseHead, TSMHead, TSNHead
from mmaction.models.heads.base import BaseHead, average_views, gather_labels, top_k_hits
from mmaction.models.losses.base import BaseWeightedLoss
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

C, D = 5, 8


class Scores(BaseHead):
    """Takes the features for the scores."""

    def forward(self, x):
        return x


def samples(*labels):
    return [ActionDataSample().set_gt_label(x) for x in labels]


def head(cls=I3DHead, **kwargs):
    return fill_state_dict(cls(C, D, **kwargs)).eval()


# --- averaging -------------------------------------------------------------------------------------------------------
def test_views_are_averaged_as_told():
    x = seeded_tensor((6, C))
    views = x.view(2, 3, C)
    torch.testing.assert_close(average_views(x, 3, 'prob'), views.softmax(2).mean(1))
    torch.testing.assert_close(average_views(x, 3, 'score'), views.mean(1))
    assert torch.equal(average_views(x, 3, None), views)


def test_half_precision_scores_are_averaged_in_float32():
    x = seeded_tensor((4, C)).bfloat16()
    got = average_views(x, 4, 'prob')
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, x.float().softmax(1).mean(0, keepdim=True))


@pytest.mark.parametrize(
    'loss',
    [
        dict(type='BCELossWithLogits'),
        dict(type='HVULoss', category_nums=(C,), categories=('a',), category_loss_weights=(1,)),
    ],
)
def test_scores_of_several_labels_are_independent_probabilities(loss):
    several = head(loss_cls=loss, multi_class=True, average_clips='prob')
    logits = torch.tensor([[4.0, 4, -4, 0, 1], [2.0, 4, -4, 0, 1]])
    sample = several.predict_by_feat(logits, samples(0))[0]
    torch.testing.assert_close(sample.pred_score, logits.sigmoid().mean(0))
    torch.testing.assert_close(several.probabilities(logits), logits.sigmoid())
    # One label per sample, and the other ways to average, are as ever.
    torch.testing.assert_close(
        head(average_clips='prob').predict_by_feat(logits, samples(0))[0].pred_score, logits.softmax(1).mean(0)
    )
    several.average_clips = 'score'
    torch.testing.assert_close(several.predict_by_feat(logits, samples(0))[0].pred_score, logits.mean(0))


def test_components_of_several_labels_are_fused_as_probabilities():
    net = RGBPoseHead(C, (D, D), loss_cls=dict(type='BCELossWithLogits'), average_clips='prob')
    # The softmax would rank class 1 first: 0.27 + 0.33 against 0.73 + 0.
    scores = dict(rgb=torch.tensor([[2.0, 1.0, -9, -9, -9]]), pose=torch.tensor([[0.5, 2.0, 2.1, 2.1, -9]]))
    sample = net.predict_by_feat(scores, samples(0))[0]
    assert sample.pred_label.item() == (scores['rgb'].sigmoid() + scores['pose'].sigmoid()).argmax().item() == 1
    torch.testing.assert_close(sample.pred_score['rgb'], scores['rgb'][0].sigmoid())


def test_a_loss_of_the_user_declares_its_probabilities():
    class Focal(BaseWeightedLoss):
        activation = 'sigmoid'

        def _forward(self, cls_score, label):
            return F.binary_cross_entropy_with_logits(cls_score, label)

    net = head()
    assert net.activation == 'softmax'
    net.loss_cls = Focal()
    assert net.activation == 'sigmoid'
    net.loss_cls = torch.nn.CrossEntropyLoss()
    assert net.activation == 'softmax'


@pytest.mark.parametrize('cls', [I3DHead, TSNHead, TSMHead, FeatureHead])
def test_a_bad_average_fails_when_built(cls):
    args = () if cls is FeatureHead else (C, D)
    with pytest.raises(ValueError, match=r"average_clips \('probs'\) must be one of 'prob', 'score', None"):
        cls(*args, average_clips='probs')


def test_a_bad_average_set_later_fails_when_used():
    net = head()
    net.average_clips = 'mean'
    with pytest.raises(ValueError, match=r"average_clips \('mean'\)"):
        net.predict(torch.zeros(1, D), samples(0))


def test_predictions_are_written_into_the_samples():
    x, data = seeded_tensor((4, C)), samples(0, 1)
    out = Scores(C, D, average_clips='prob').predict(x, data)
    want = x.view(2, 2, C).softmax(2).mean(1)
    for i in range(2):
        torch.testing.assert_close(out[i].pred_score, want[i])
        assert out[i].pred_label.tolist() == [int(want[i].argmax())]
        torch.testing.assert_close(out[i].pred_scores.item, want[i])
    kept = Scores(C, D).predict(x, samples(0, 1))
    assert torch.equal(kept[1].pred_score, x[2:])
    assert torch.equal(kept[1].pred_label[:, 0], x[2:].argmax(1))


def test_views_that_do_not_divide_among_the_samples():
    with pytest.raises(ValueError, match='5 rows of scores cannot be divided among 2 samples'):
        Scores(C, D).predict(torch.zeros(5, C), samples(0, 1))


# --- losses ----------------------------------------------------------------------------------------------------------
X = seeded_tensor((3, C), 4)
Y = torch.tensor([1, 4, 0])


def test_loss_names_and_values():
    losses = Scores(C, D).loss(X, samples(*Y.tolist()))
    assert list(losses) == ['top1_acc', 'top5_acc', 'loss_cls']
    torch.testing.assert_close(losses['loss_cls'], F.cross_entropy(X, Y))
    assert losses['top1_acc'] == (X.argmax(1) == Y).float().mean()
    assert losses['top5_acc'] == 1


def test_accuracies_by_hand():
    scores = torch.tensor([[0.1, 0.2, 0.7], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
    got = top_k_hits(scores, torch.tensor([2, 1, 2, 0]), (1, 2, 5))  # of three classes, k = 5 counts all
    assert {k: v.item() for k, v in got.items()} == {'top1_acc': 0.25, 'top2_acc': 0.5, 'top5_acc': 1.0}


def test_label_smoothing_formula():
    eps = 0.1
    losses = Scores(C, D, label_smooth_eps=eps).loss(X, samples(*Y.tolist()))
    log_p = X.log_softmax(1)
    want = (-(1 - eps) * log_p.gather(1, Y[:, None])[:, 0] - eps * log_p.mean(1)).mean()
    torch.testing.assert_close(losses['loss_cls'], want)
    torch.testing.assert_close(losses['loss_cls'], F.cross_entropy(X, Y, label_smoothing=eps))
    assert 'top1_acc' in losses


def test_soft_labels_have_no_accuracy():
    target = seeded_tensor((3, C), 5).softmax(1)
    data = [ActionDataSample(gt_label=t) for t in target]
    losses = Scores(C, D).loss(X, data)
    assert list(losses) == ['loss_cls']
    torch.testing.assert_close(losses['loss_cls'], F.cross_entropy(X, target))
    single = Scores(C, D).loss(X[:1], data[:1])['loss_cls']  # as many values as classes, one sample
    torch.testing.assert_close(single, F.cross_entropy(X[:1], target[:1]))


@pytest.mark.parametrize('eps', [0.0, 0.2])
def test_several_labels_as_indices_or_multi_hot(eps):
    net = Scores(C, D, loss_cls=dict(type='BCELossWithLogits', loss_weight=2.0), multi_class=True, label_smooth_eps=eps)
    hot = torch.tensor([[1.0, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 1, 1, 1]])
    want = 2 * F.binary_cross_entropy_with_logits(X, (1 - eps) * hot + eps / C)
    for data in (samples([0, 3], [1], [2, 3, 4]), [ActionDataSample(gt_label=h) for h in hot], samples(*hot.long())):
        losses = net.loss(X, data)
        assert list(losses) == ['loss_cls']
        torch.testing.assert_close(losses['loss_cls'], want)


def test_each_view_has_the_label_of_its_sample():
    x = seeded_tensor((6, C), 6)
    losses = Scores(C, D).loss(x, samples(1, 4, 0))
    torch.testing.assert_close(losses['loss_cls'], F.cross_entropy(x, Y.repeat_interleave(2)))


def test_half_precision_scores_have_a_float32_loss():
    loss = Scores(C, D, label_smooth_eps=0.1).loss(X.bfloat16(), samples(*Y.tolist()))['loss_cls']
    torch.testing.assert_close(loss, F.cross_entropy(X.bfloat16().float(), Y, label_smoothing=0.1))


def test_losses_in_a_dict_and_their_further_inputs():
    net = Scores(
        C,
        D,
        multi_class=True,
        loss_cls=dict(
            type='HVULoss', categories=['a', 'b'], category_nums=[2, 3], category_loss_weights=[1, 1], with_mask=True
        ),
    )
    mask = torch.tensor([[1.0, 0, 0, 0, 1]] * 3)
    losses = net.loss(X, samples([0, 3], [1], [2]), aux_inputs=dict(mask=mask))
    hot = torch.tensor([[1.0, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]])
    torch.testing.assert_close(losses['loss_cls'], F.binary_cross_entropy_with_logits(X[:, [0, 4]], hot[:, [0, 4]]))


@pytest.mark.parametrize(
    ('labels', 'message'),
    [
        (([0, 1], [2], [3]), r'have \[2, 1, 1\] labels each. Set multi_class=True'),
        (([0, 1], [2, 3], [3, 4]), 'A label has 2 values'),
        ((0, 1, 5), r'A label \(5\) is outside \[0, 5\)'),
        ((0, -1, 2), r'A label \(-1\) is outside \[0, 5\)'),
    ],
)
def test_labels_that_do_not_fit(labels, message):
    with pytest.raises(ValueError, match=message):
        Scores(C, D).loss(X, samples(*labels))


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(label_smooth_eps=1.0), r'label_smooth_eps \(1.0\)'),
        (dict(topk=(1, 0)), r'topk \(1, 0\)'),
        (dict(dropout_ratio=1.5), r'dropout_ratio \(1.5\)'),
        (dict(spatial_type='max'), r"spatial_type \('max'\)"),
    ],
)
def test_bad_arguments_fail_when_built(kwargs, message):
    with pytest.raises(ValueError, match=message):
        I3DHead(C, D, **kwargs)


def test_misspelt_arguments_fail_when_built():
    with pytest.raises(TypeError, match='droput_ratio'):
        MODELS.build(dict(type='TSNHead', num_classes=C, in_channels=D, droput_ratio=0.1))
    with pytest.raises(ValueError, match=r"consensus type \('MaxConsensus'\)"):
        TSNHead(C, D, consensus=dict(type='MaxConsensus'))


def test_gathered_labels_keep_one_class_models_apart():
    assert gather_labels(samples(0, 0), 1, False).tolist() == [0, 0]
    assert gather_labels(samples([0], []), 2, True).tolist() == [[1, 0], [0, 0]]


# --- the three classifiers -------------------------------------------------------------------------------------------
def linear(net, x):
    return F.linear(x, net.fc_cls.weight, net.fc_cls.bias)


def test_i3d_head_pools_then_classifies():
    net, x = head(), seeded_tensor((2, D, 3, 4, 4))
    torch.testing.assert_close(net(x), linear(net, x.mean((2, 3, 4))))
    pooled = x.mean((2, 3, 4))
    torch.testing.assert_close(net(pooled), net(x))
    torch.testing.assert_close(head(spatial_type=None)(pooled), net(x))
    torch.testing.assert_close(net(x[:1]), net(x)[:1])


def test_tsn_head_averages_frames():
    net, x = head(TSNHead), seeded_tensor((6, D, 4, 4))
    torch.testing.assert_close(net(x, num_segs=3), linear(net, x.mean((2, 3)).view(2, 3, D).mean(1)))
    torch.testing.assert_close(net(x.mean((2, 3)), num_segs=3), net(x, num_segs=3))
    torch.testing.assert_close(net(x[:1], num_segs=1), linear(net, x[:1].mean((2, 3))))


@pytest.mark.parametrize('temporal_pool', [False, True])
def test_tsm_head_averages_the_scores_of_each_clip(temporal_pool):
    frames = 2 if temporal_pool else 4
    net = head(TSMHead, num_segments=4, temporal_pool=temporal_pool)
    x = seeded_tensor((2 * 3 * frames, D, 4, 4))  # 2 samples of 3 clips
    got = net(x, num_segs=12)
    torch.testing.assert_close(got, linear(net, x.mean((2, 3))).view(6, frames, C).mean(1))
    net.average_clips = 'prob'
    out = net.predict(x, samples(0, 1), num_segs=12)
    torch.testing.assert_close(out[1].pred_score, got.softmax(1)[3:].mean(0))


def test_tsm_head_rejects_incomplete_clips():
    with pytest.raises(ValueError, match='features of 6 frames do not divide into clips of 4'):
        head(TSMHead, num_segments=4)(torch.zeros(6, D, 2, 2), num_segs=6)
    with pytest.raises(ValueError, match=r'num_segments \(0\)'):
        TSMHead(C, D, num_segments=0)


def test_heads_take_one_feature_map():
    with pytest.raises(TypeError, match='one feature map, got tuple of 2'):
        head(TSNHead)((torch.zeros(1, D, 2, 2),) * 2, num_segs=1)


@pytest.mark.parametrize(('cls', 'std'), [(I3DHead, 0.01), (TSNHead, 0.01), (TSMHead, 0.001)])
def test_initial_weights(cls, std):
    torch.manual_seed(0)
    net = cls(400, 256, init_std=std)
    net.init_weights()
    assert net.fc_cls.weight.std().item() == pytest.approx(std, rel=0.02)
    assert (net.fc_cls.bias == 0).all()
    assert sorted(net.state_dict()) == ['fc_cls.bias', 'fc_cls.weight']


def test_dropout_only_where_asked():
    assert I3DHead(C, D, dropout_ratio=0).dropout is None
    net, x = head(dropout_ratio=0.5).train(), torch.ones(1, D)
    torch.manual_seed(0)
    assert not torch.equal(net(x), net(x))


# --- features --------------------------------------------------------------------------------------------------------
def test_feature_head_on_a_3d_map():
    x = seeded_tensor((4, D, 3, 2, 2))
    torch.testing.assert_close(FeatureHead()(x), x.mean((2, 3, 4)))
    torch.testing.assert_close(FeatureHead(spatial_type='max')(x), x.amax((3, 4)).mean(2))
    torch.testing.assert_close(FeatureHead(temporal_type=None)(x), x.mean((3, 4)))
    assert torch.equal(FeatureHead(None, None)(x), x)
    got = FeatureHead(average_clips='score').predict(x, samples(0, 1))
    torch.testing.assert_close(got, x.mean((2, 3, 4)).view(2, 2, D).mean(1))
    torch.testing.assert_close(FeatureHead().predict(x, samples(0, 1)), x.mean((2, 3, 4)).view(2, 2, D))


def test_feature_head_on_frames():
    x = seeded_tensor((12, D, 2, 2))
    torch.testing.assert_close(FeatureHead()(x, num_segs=6), x.mean((2, 3)).view(2, 6, D).mean(1))
    tsm = FeatureHead(backbone_name='tsm', num_segments=3)
    torch.testing.assert_close(tsm(x, num_segs=6), x.mean((2, 3)).view(4, 3, D).mean(1))
    by_frame = FeatureHead(temporal_type=None)
    torch.testing.assert_close(by_frame(x, num_segs=6), x.mean((2, 3)).view(2, 6, D))
    torch.testing.assert_close(FeatureHead(None, None)(x, num_segs=6), x.view(2, 6, D, 2, 2))
    with pytest.raises(ValueError, match=r'\(12, 8, 2, 2\), need num_segs'):
        FeatureHead()(x)


def test_feature_head_joins_pathways_and_averages_persons():
    slow, fast = seeded_tensor((2, 4, 2, 3, 3)), seeded_tensor((2, 2, 8, 3, 3), 1)
    got = FeatureHead(backbone_name='slowfast')((slow, fast))
    torch.testing.assert_close(got, torch.cat([slow.mean((2, 3, 4)), fast.mean((2, 3, 4))], 1))
    x = seeded_tensor((2, 3, D, 5, 6))  # persons, channels, time, joints
    torch.testing.assert_close(FeatureHead(backbone_name='gcn')(x), x.mean((1, 3, 4)))
    assert torch.equal(FeatureHead()(x[:, 0, :, 0, 0]), x[:, 0, :, 0, 0])


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(spatial_type='mean'), r"spatial_type \('mean'\)"),
        (dict(temporal_type='mean'), r"temporal_type \('mean'\)"),
        (dict(backbone_name='resnet'), r"backbone_name \('resnet'\)"),
        (dict(backbone_name='tsm'), r'num_segments \(None\)'),
    ],
)
def test_feature_head_checks_its_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        FeatureHead(**kwargs)


def test_feature_head_has_no_loss():
    with pytest.raises(NotImplementedError, match='has no loss'):
        FeatureHead().loss(torch.zeros(1, D), samples(0))
