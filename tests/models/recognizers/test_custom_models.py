"""Subclasses in the style of MMAction2 1.x: hooks that are called, keywords and keys that are accepted."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mmaction.models import (
    C2D,
    DRN,
    X3D,
    BaseRecognizer,
    GCNHead,
    I3DHead,
    MViTHead,
    Recognizer2D,
    Recognizer3D,
    RecognizerGCN,
    ResNet,
    ResNet3dSlowOnly,
    RGBPoseHead,
    SlowFastHead,
    TCANet,
    TimeSformer,
    TimeSformerHead,
    TPNHead,
    TRNHead,
    TSMHead,
    TSNAudioHead,
    TSNHead,
    VisionTransformer,
    X3DHead,
)
from mmaction.models.base import Model
from mmaction.models.common import DividedTemporalAttentionWithNorm
from mmaction.models.heads.base import BaseHead, gather_labels
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

C, D = 3, 4
CLIPS = seeded_tensor((2, 2, 3, 2, 4, 4))
FRAMES = seeded_tensor((2, 3, 3, 4, 4))


def backbone(dims):
    conv = nn.Conv3d if dims == 3 else nn.Conv2d
    return conv(3, D, 1)


class Doubles(nn.Module):
    """A neck whose output has the shape of its input, so that leaving it out does not fail."""

    def forward(self, x, data_samples=None):
        return x * 2, {}


def samples(*labels):
    return [ActionDataSample().set_gt_label(label) for label in labels]


# --- one forward for all models --------------------------------------------------------------------------------------
class Sum(Model):
    def tensor(self, inputs, data_samples=None, factor=1):
        return inputs.sum() * factor

    def predict(self, inputs, data_samples=None):
        return [float(inputs.sum())]


def test_each_mode_is_the_method_of_its_name():
    model = Sum()
    assert model(torch.ones(3), factor=2) == 6
    assert model(torch.ones(3), mode='predict') == [3.0]
    with pytest.raises(NotImplementedError):
        model(torch.ones(3), mode='loss')
    with pytest.raises(ValueError, match=r"mode \('train'\) must be one of 'tensor', 'predict', 'loss'\."):
        model(torch.ones(3), mode='train')


def test_a_model_lists_the_modes_that_it_has():
    class Silent(Sum):
        modes = ('tensor', 'loss')

    with pytest.raises(ValueError, match=r"mode \('predict'\) must be one of 'tensor', 'loss'\."):
        Silent()(torch.ones(3), mode='predict')


# --- recognizers -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(('dims', 'cls', 'x'), [(3, Recognizer3D, CLIPS)])
def test_features_are_those_after_the_neck_by_default(dims, cls, x):
    model = cls(backbone(dims), neck=Doubles())
    before = model(x, mode='tensor')
    after, kwargs = model.extract_feat(x)
    assert torch.equal(after, before * 2)
    assert kwargs == {'loss_aux': {}}
    assert torch.equal(model.extract_feat(x, test_mode=True)[0], before * 2)


def test_a_copied_loss_hands_the_features_and_keywords_on():
    class Copied(Recognizer3D):
        def loss(self, inputs, data_samples, **kwargs):
            feats, head_kwargs = self.extract_feat(inputs, data_samples=data_samples)
            loss_aux = head_kwargs.get('loss_aux', {})
            return {**self.cls_head.loss(feats, data_samples, **head_kwargs), **loss_aux}

    head = dict(type='I3DHead', num_classes=C, in_channels=D, dropout_ratio=0)
    copied, ours = (fill_state_dict(cls(backbone(3), head)) for cls in (Copied, Recognizer3D))
    got = copied(CLIPS, samples(0, 2), mode='loss')
    want = ours(CLIPS, samples(0, 2), mode='loss')
    assert list(got) == list(want) and torch.equal(got['loss_cls'], want['loss_cls'])


def test_extract_feat_without_stages_trains_and_predicts():
    class Plain(BaseRecognizer):
        def extract_feat(self, inputs, data_samples=None, test_mode=False):
            return self.backbone(inputs.flatten(0, 1)), {}

    head = dict(type='I3DHead', num_classes=C, in_channels=D, average_clips='score', dropout_ratio=0)
    plain, ours = (fill_state_dict(cls(backbone(3), head)) for cls in (Plain, Recognizer3D))
    for mode in ('loss', 'predict'):
        got = plain(CLIPS, samples(0, 2), mode=mode)
        want = ours(CLIPS, samples(0, 2), mode=mode)
        if mode == 'loss':
            assert torch.equal(got['loss_cls'], want['loss_cls'])
        else:
            assert torch.equal(got[1].pred_score, want[1].pred_score)
    assert torch.equal(plain(CLIPS, mode='tensor'), ours(CLIPS, mode='tensor'))


def test_features_come_alone_whatever_is_returned_beside_them():
    class Masked(BaseRecognizer):
        def extract_feat(self, inputs, stage='neck', **kwargs):
            return self.backbone(inputs), inputs > 0

    class Doubled(Masked):
        def _forward(self, inputs, stage='backbone', **kwargs):
            return super()._forward(inputs, stage=stage, **kwargs) * 2

    net = backbone(3)
    x = CLIPS.flatten(0, 1)
    assert torch.equal(Masked(net)(x), net(x)) and torch.equal(Doubled(net)(x), net(x) * 2)


def test_further_keywords_reach_extract_feat():
    class Scaled(Recognizer3D):
        def extract_feat(self, inputs, stage='neck', data_samples=None, test_mode=False, scale=1.0):
            return super().extract_feat(inputs * scale, stage, data_samples, test_mode)

    head = dict(type='I3DHead', num_classes=C, in_channels=D, average_clips='score', dropout_ratio=0)
    scaled, ours = (fill_state_dict(cls(backbone(3), head)) for cls in (Scaled, Recognizer3D))
    got = scaled(CLIPS, samples(0, 2), mode='loss', scale=2.0)['loss_cls']
    assert torch.equal(got, ours(CLIPS * 2, samples(0, 2), mode='loss')['loss_cls'])
    got = scaled(CLIPS, mode='predict', scale=2.0)[0].pred_score
    assert torch.equal(got, ours(CLIPS * 2, mode='predict')[0].pred_score)
    with pytest.raises(TypeError, match='scale'):
        ours(CLIPS, mode='predict', scale=2.0)


def test_a_subclass_reads_keys_of_its_own():
    class Passes(Recognizer3D):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.npass = self.test_cfg.get('npass', 1)

    model = Passes(backbone(3), test_cfg=dict(average_clips='prob', npass=3), train_cfg=dict(mine=1))
    assert model.npass == 3 and model.train_cfg == {'mine': 1}
    with pytest.raises(ValueError, match=r"test_cfg has unknown keys \['npass'\]"):
        Recognizer3D(backbone(3), test_cfg=dict(npass=3))


def test_frames_per_view_may_be_given_in_test_cfg():
    seen = []
    model = Recognizer2D(backbone(2), test_cfg=dict(fcn_test=True, num_segs=3, max_testing_views=1))
    model.backbone.register_forward_hook(lambda module, args, out: seen.append(len(args[0])))
    model.extract_feat(FRAMES, test_mode=True)
    assert seen == [3, 3]


def test_a_graph_recognizer_may_use_its_neck():
    class WithNeck(RecognizerGCN):
        def extract_feat(self, inputs, stage='neck', **kwargs):
            return self.neck(self.backbone(inputs))[0], {}

    model = WithNeck(nn.Identity(), neck=Doubles())
    assert torch.equal(model.extract_feat(torch.ones(1))[0], torch.full((1,), 2.0))
    with pytest.warns(UserWarning, match=r'RecognizerGCN does not run its neck \(Doubles\): leave it out, or override'):
        RecognizerGCN(nn.Identity(), neck=Doubles())


# --- heads -----------------------------------------------------------------------------------------------------------
POOLED = [
    (I3DHead, (D, 2, 3, 3), nn.AdaptiveMaxPool3d),
    (TSNAudioHead, (D, 3, 3), nn.AdaptiveMaxPool2d),
    (TSNHead, (D, 3, 3), nn.AdaptiveMaxPool2d),
    (TSMHead, (D, 3, 3), nn.AdaptiveMaxPool2d),
    (TRNHead, (D, 3, 3), nn.AdaptiveMaxPool2d),
]


@pytest.mark.parametrize(('cls', 'shape', 'pool'), POOLED)
def test_the_pooling_is_a_module_that_can_be_replaced(cls, shape, pool):
    kwargs = {} if cls in (I3DHead, TSNAudioHead, TSNHead) else dict(num_segments=2)
    if cls is TRNHead:
        kwargs['relation_type'] = 'TRN'  # draws nothing
    head = fill_state_dict(cls(C, D, **kwargs)).eval()
    x = seeded_tensor((2, *shape))
    averaged = head(x, num_segs=2)
    torch.testing.assert_close(averaged, head(x.flatten(2).mean(2), num_segs=2))
    head.avg_pool = pool(1)
    torch.testing.assert_close(head(x, num_segs=2), head(x.flatten(2).amax(2), num_segs=2))
    assert cls(C, D, spatial_type=None, **kwargs).avg_pool is None


def test_pooling_of_the_other_heads_can_be_replaced():
    x = seeded_tensor((2, D, 2, 3, 3))
    tpn = fill_state_dict(TPNHead(C, D)).eval()
    tpn.avg_pool3d = nn.AdaptiveMaxPool3d(1)
    torch.testing.assert_close(tpn(x), F.linear(x.amax((2, 3, 4)), tpn.fc_cls.weight, tpn.fc_cls.bias))
    tpn.avg_pool2d = nn.AdaptiveMaxPool2d(1)
    torch.testing.assert_close(tpn(x[:, :, 0]), F.linear(x[:, :, 0].amax((2, 3)), tpn.fc_cls.weight, tpn.fc_cls.bias))
    x3d = fill_state_dict(X3DHead(C, D)).eval()
    x3d.pool = nn.AdaptiveMaxPool3d(1)
    torch.testing.assert_close(x3d(x), x3d(x.amax((2, 3, 4))))
    gcn = fill_state_dict(GCNHead(C, D)).eval()
    gcn.pool = nn.AdaptiveMaxPool2d(1)
    persons = x.transpose(1, 2)  # (N, M, C, T, V)
    want = F.linear(persons.amax((3, 4)).mean(1), gcn.fc.weight, gcn.fc.bias)
    torch.testing.assert_close(gcn(persons), want)
    slowfast = fill_state_dict(SlowFastHead(C, 2 * D)).eval()
    slowfast.avg_pool = nn.AdaptiveMaxPool3d(1)
    both = torch.cat([x.amax((2, 3, 4))] * 2, 1)
    torch.testing.assert_close(slowfast((x, x)), F.linear(both, slowfast.fc_cls.weight, slowfast.fc_cls.bias))
    rgbpose = fill_state_dict(RGBPoseHead(C, (D, D))).eval()
    rgbpose.avg_pool = nn.AdaptiveMaxPool3d(1)
    want = F.linear(x.amax((2, 3, 4)), rgbpose.fc_pose.weight, rgbpose.fc_pose.bias)
    torch.testing.assert_close(rgbpose((x, x))['pose'], want)


@pytest.mark.parametrize(('head', 'shape'), [(I3DHead(C, D), (2, D, 3, 3)), (TSNHead(C, D), (2, D, 2, 3, 3))])
def test_a_map_of_another_rank_is_averaged_over_all_of_it(head, shape):
    """A 3D head after a 2D backbone and the other way round."""
    x = seeded_tensor(shape)
    torch.testing.assert_close(head.eval()(x, num_segs=1), head(x.flatten(2).mean(2), num_segs=1))


@pytest.mark.parametrize('cls', [I3DHead, X3DHead, SlowFastHead, GCNHead, TimeSformerHead, MViTHead])
def test_heads_accept_the_keywords_of_every_recognizer(cls):
    head = fill_state_dict(cls(C, D, dropout=0) if cls is GCNHead else cls(C, D, dropout_ratio=0))
    x = seeded_tensor((2, D, 2, 3, 3))
    feats = {
        SlowFastHead: (x[:, :1], x[:, 1:]),
        TimeSformerHead: x[:, :, 0, 0, 0],
        MViTHead: ([x, x[:, :, 0, 0, 0]],),
        GCNHead: x.transpose(1, 2),
    }.get(cls, x)
    assert torch.equal(head(feats, num_segs=2, fcn_test=True, loss_aux={}), head(feats))


def test_a_3d_head_in_a_2d_recognizer():
    head = dict(type='I3DHead', num_classes=C, in_channels=D, average_clips='score')
    model = fill_state_dict(Recognizer2D(backbone(2), head)).eval()
    frames = model.backbone(FRAMES.flatten(0, 1)).mean((2, 3)).unflatten(0, (2, 3))
    want = F.linear(frames, model.cls_head.fc_cls.weight, model.cls_head.fc_cls.bias).mean(1)
    got = torch.stack([sample.pred_score for sample in model(FRAMES, mode='predict')])
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize('cls', [I3DHead, TSNHead, TRNHead, TimeSformerHead, MViTHead])
def test_initialization_leaves_the_layers_of_a_subclass_alone(cls):
    class Projected(cls):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.projection = nn.Linear(64, 64)

    head = Projected(64, 64)
    before = head.projection.weight.clone()
    head.init_weights()
    assert torch.equal(head.projection.weight, before)
    assert head.fc_cls.weight.std().item() == pytest.approx(head.init_std, rel=0.1)
    assert (head.fc_cls.bias == 0).all()
    assert head.init_cfg is None


@pytest.mark.parametrize('cls', [I3DHead, TimeSformerHead, RGBPoseHead])
def test_a_standard_deviation_set_later_counts(cls):
    head = cls(64, (64, 64) if cls is RGBPoseHead else 64)
    head.init_std = 0.25
    head.init_weights()
    last = head.fc_pose if cls is RGBPoseHead else head.fc_cls
    assert last.weight.std().item() == pytest.approx(0.25, rel=0.1)
    given = cls(64, (64, 64) if cls is RGBPoseHead else 64, init_cfg=dict(type='Constant', layer='Linear', val=3.0))
    given.init_weights()
    assert next(given.parameters()).unique().tolist() == [3.0]


# --- real numbers as labels ------------------------------------------------------------------------------------------
class Regression(BaseHead):
    def __init__(self):
        super().__init__(1, D, loss_cls=nn.MSELoss(), label_smooth_eps=0.1)

    def forward(self, x, **kwargs):
        return x.mean(1)


def test_real_numbers_stay_what_they_are():
    targets = [ActionDataSample(gt_label=torch.tensor([value])) for value in (0.25, -1.5)]
    labels = gather_labels(targets, 1, multi_class=False)
    assert labels.dtype == torch.float32 and labels.tolist() == [0.25, -1.5]
    x = seeded_tensor((2, D))
    losses = Regression().loss(x, targets)
    assert list(losses) == ['loss_cls']  # no accuracies: these are no class indices
    torch.testing.assert_close(losses['loss_cls'], F.mse_loss(x.mean(1), torch.tensor([0.25, -1.5])))


def test_soft_labels_give_the_soft_cross_entropy():
    soft = ActionDataSample().set_gt_label(torch.tensor([0.2, 0.8]))
    losses = I3DHead(2, D).loss_by_feat(torch.tensor([[1.0, 2.0]]), [soft])
    assert losses['loss_cls'].item() == pytest.approx(0.2 * 1.313262 + 0.8 * 0.313262)


def test_labels_by_task_are_reported():
    sample = ActionDataSample(gt_label={'verb': torch.tensor([1]), 'noun': torch.tensor([2])})
    with pytest.raises(TypeError, match=r"gt_label is a dict with \['noun', 'verb'\]"):
        gather_labels([sample], C, multi_class=False)


def test_the_losses_of_one_component_get_its_labels():
    seen = []

    class Mine(RGBPoseHead):
        def loss_by_scores(self, cls_scores, labels):
            seen.append(labels.tolist())
            return {'loss_cls': F.cross_entropy(cls_scores, labels) * 10}

    head = fill_state_dict(Mine(C, (D, D), loss_weights=(1.0, 0.5), dropout=0.0)).eval()
    stock = fill_state_dict(RGBPoseHead(C, (D, D), dropout=0.0)).eval()
    x = seeded_tensor((4, D, 2, 3, 3))  # two views each
    losses, expected = (net.loss((x, x), samples(2, 0)) for net in (head, stock))
    assert seen == [[2, 2, 0, 0]] * 2
    torch.testing.assert_close(losses['rgb_loss_cls'], expected['rgb_loss_cls'] * 10)
    torch.testing.assert_close(losses['pose_loss_cls'], expected['pose_loss_cls'] * 5)


def test_keywords_that_1x_ignored_are_ignored_with_a_warning():
    sizes = dict(embed_dims=8, num_heads=2, depth=1, img_size=32)
    with pytest.warns(UserWarning, match=r'VisionTransformer has no use for foo=\S+, bar=\S+, and ignores it'):
        VisionTransformer(**sizes, foo=1, bar=2)
    with pytest.warns(UserWarning, match='TimeSformer has no use for foo=1'):
        TimeSformer(2, 32, 16, embed_dims=8, num_heads=2, num_transformer_layers=1, foo=1)
    with pytest.warns(UserWarning, match='DividedTemporalAttentionWithNorm has no use for foo=1'):
        attention = fill_state_dict(DividedTemporalAttentionWithNorm(8, 2, 2, foo=1)).eval()
    x = seeded_tensor((1, 1 + 2 * 2, 8))
    assert torch.equal(attention(x, query_pos=None), attention(x))
    with pytest.warns(UserWarning, match='TCANet has no use for foo=1'):
        TCANet(feat_dim=8, lgte_num=1, foo=1)
    with pytest.warns(UserWarning, match='DRN has no use for foo=1'):
        DRN(vocab_size=4, hidden_dim=8, embed_dim=4, feature_dim=8, first_output_dim=8, fpn_feature_dim=8, foo=1)


@pytest.mark.parametrize(
    ('net', 'shape', 'message'),
    [
        (
            ResNet3dSlowOnly(depth=18, in_channels=17, base_channels=4),
            (2, 13, 4, 16, 16),
            'takes 17 .* got 13',
        ),
        (
            ResNet(18),
            (2, 2, 32, 32),
            r'takes 3 channels \(in_channels\), got 2 in .* \(2, 2, 32, 32\)',
        ),
        (X3D(num_stages=1, spatial_strides=(2,)), (1, 1, 2, 8, 8), 'X3D takes 3 .* got 1 .* set in_channels=1'),
        (C2D(18), (1, 4, 2, 32, 32), 'C2D takes 3 .* got 4'),
    ],
    ids=['poses', 'flow', 'x3d', 'c2d'],
)
def test_data_of_other_channels_is_named(net, shape, message):
    with pytest.raises(ValueError, match=message):
        net(torch.zeros(shape))


def test_a_stem_of_the_users_own_takes_what_it_likes():
    class Any4(ResNet3dSlowOnly):
        def _make_stem_layer(self):
            super()._make_stem_layer()
            self.conv1 = nn.Conv3d(4, 4, 1)

    net = Any4(depth=18, base_channels=4, num_stages=1, out_indices=(0,), spatial_strides=(1,), temporal_strides=(1,),
               dilations=(1,), inflate=(0,))  # fmt: skip
    assert net(torch.zeros(1, 4, 2, 8, 8)).shape == (1, 4, 2, 4, 4)
