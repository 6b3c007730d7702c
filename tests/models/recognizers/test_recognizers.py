"""Recognizers: recorded scores of whole models, and that views, batches and chunks do not change a result."""

from __future__ import annotations

import pytest
import torch
from golden_files import GoldenFile
from initialization import skip_initialization
from torch import nn

from mmaction.models import BaseRecognizer, Recognizer2D, Recognizer3D, build_backbone, build_model, build_recognizer
from mmaction.models.builder import BACKBONES
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

C = 5


def samples(*labels):
    return [ActionDataSample().set_gt_label(x) for x in labels]


class Frames(nn.Sequential):
    """A small 2D backbone with batch statistics; keeps the sizes of the batches that it saw."""

    def __init__(self, levels: int = 1):
        super().__init__(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU())
        self.levels, self.seen = levels, []

    def forward(self, x):
        self.seen.append(len(x))
        x = super().forward(x)
        return x if self.levels == 1 else tuple(x * (i + 1) for i in range(self.levels))


class Clips(Frames):
    """A small 3D backbone."""

    def __init__(self, levels: int = 1):
        super().__init__(levels)
        self[0], self[1] = nn.Conv3d(3, 8, 3, (1, 2, 2), 1), nn.BatchNorm3d(8)


class Neck(nn.Module):
    """Adds its levels up and reduces time to one, with a loss where there are labels."""

    def forward(self, x, data_samples=None):
        losses = {} if data_samples is None else {'loss_aux': sum(level.sum() for level in x) * 0 + 2.0}
        return sum(x).mean(2, keepdim=True), losses


def recognizer2d(head=None, backbone=None, **kwargs):
    head = head or dict(type='TSNHead', num_classes=C, in_channels=8, average_clips='prob')
    return fill_state_dict(Recognizer2D(backbone or Frames(), head, **kwargs)).eval()


def recognizer3d(head=None, backbone=None, **kwargs):
    head = head or dict(type='I3DHead', num_classes=C, in_channels=8, average_clips='prob')
    return fill_state_dict(Recognizer3D(backbone or Clips(), head, **kwargs)).eval()


X2, X3 = seeded_tensor((3, 4, 3, 8, 8)), seeded_tensor((3, 2, 3, 4, 8, 8))
GOLDENS = GoldenFile('recognizers')
BOTH = [(recognizer2d, X2), (recognizer3d, X3)]


# --- recorded numbers ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize('name', GOLDENS.names('upstream'))
@torch.inference_mode()
def test_recorded_scores(name):
    setup = GOLDENS.setup(name)
    with skip_initialization():
        model = fill_state_dict(MODELS.build(setup['model'])).eval()
    x = seeded_tensor(setup['shape'])
    scores = model(x, mode='tensor', stage='head')
    GOLDENS.check(name, scores, 'head')
    (sample,) = model(x, samples(0), mode='predict')
    GOLDENS.check(name, sample.pred_score, 'predict')
    torch.testing.assert_close(sample.pred_score, scores.softmax(1).mean(0))


# --- stages and modes ------------------------------------------------------------------------------------------------
def test_stages_of_a_2d_recognizer():
    model = recognizer2d()
    feats = model(X2, mode='tensor')
    torch.testing.assert_close(feats, model.backbone(X2.flatten(0, 1)))
    got, kwargs = model.extract_feat(X2, stage='head')
    assert kwargs == {'num_segs': 4, 'loss_aux': {}}
    torch.testing.assert_close(got, model.cls_head(feats, num_segs=4))
    torch.testing.assert_close(model(X2, mode='tensor', stage='head'), got)


def test_stages_of_a_3d_recognizer():
    model = recognizer3d()
    feats, kwargs = model.extract_feat(X3, stage='neck')
    assert kwargs == {'loss_aux': {}}
    torch.testing.assert_close(feats, model.backbone(X3.flatten(0, 1)))
    torch.testing.assert_close(model(X3, stage='head'), model.cls_head(feats))


@pytest.mark.parametrize(('build', 'x'), BOTH)
def test_predictions_average_the_softmax_of_the_views(build, x):
    model = build()
    out = model(x, samples(0, 1, 2), mode='predict')
    scores = model(x, stage='head').unflatten(0, (3, -1)).softmax(2).mean(1)
    torch.testing.assert_close(torch.stack([s.pred_score for s in out]), scores)
    assert [s.pred_label.item() for s in out] == scores.argmax(1).tolist()
    assert [s.gt_label.item() for s in out] == [0, 1, 2]
    unlabelled = model(x, mode='predict')
    torch.testing.assert_close(unlabelled[2].pred_score, scores[2])


@pytest.mark.parametrize(('build', 'x'), BOTH)
def test_batched_equals_one_by_one(build, x):
    model = build()
    whole = [s.pred_score for s in model(x, mode='predict')]
    single = [model(x[i : i + 1], mode='predict')[0].pred_score for i in range(3)]
    torch.testing.assert_close(whole, single)


@pytest.mark.parametrize(('build', 'x'), BOTH)
def test_training_step(build, x):
    """The loss falls to nothing on three samples, and the log has the names of the quick run."""
    torch.manual_seed(0)
    model = build().train()
    model.cls_head.dropout = None
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        losses = model(x, samples(0, 1, 2), mode='loss')
        optimizer.zero_grad()
        losses['loss_cls'].backward()
        optimizer.step()
    assert list(losses) == ['top1_acc', 'top5_acc', 'loss_cls']
    assert losses['loss_cls'].item() < 0.05 and losses['top1_acc'] == 1


def test_the_default_preprocessor_runs_in_a_test_step():
    pixels = [torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8) for _ in range(2)]
    model = recognizer2d()
    (a, b) = model.test_step(dict(inputs=pixels, data_samples=samples(0, 1)))
    want = model(torch.stack(pixels).float(), mode='predict')
    assert torch.equal(a.pred_score, want[0].pred_score) and torch.equal(b.pred_score, want[1].pred_score)


# --- neck ------------------------------------------------------------------------------------------------------------
def test_neck_of_a_2d_recognizer_sees_time_and_adds_its_loss():
    model = recognizer2d(backbone=Frames(2), neck=Neck())
    feats, kwargs = model.extract_feat(X2, stage='neck', data_samples=samples(0, 1, 2))
    plain = model.backbone(X2.flatten(0, 1))[0]
    torch.testing.assert_close(feats, plain.unflatten(0, (3, 4)).mean(1) * 3)  # levels of weight 1 and 2
    assert kwargs['num_segs'] == 1 and kwargs['loss_aux']['loss_aux'] == 2
    losses = model(X2, samples(0, 1, 2), mode='loss')
    assert list(losses) == ['top1_acc', 'top5_acc', 'loss_cls', 'loss_aux']
    assert model(X2, stage='head').shape == (3, C)
    assert len(model(X2, mode='predict')) == 3


@pytest.mark.parametrize('max_testing_views', [None, 4])
def test_neck_of_a_3d_recognizer(max_testing_views):
    model = recognizer3d(
        backbone=Clips(2),
        neck=Neck(),
        test_cfg=dict(max_testing_views=max_testing_views) if max_testing_views else None,
    )
    assert model.with_neck
    feats = model.extract_feat(X3, stage='neck', test_mode=True)[0]
    torch.testing.assert_close(feats, model.backbone(X3.flatten(0, 1))[0].mean(2, keepdim=True) * 3)
    assert model(X3, samples(0, 1, 2), mode='loss')['loss_aux'] == 2


# --- test_cfg, train_cfg ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize('views', [1, 4, 5, 6, 100])
@pytest.mark.parametrize(('build', 'x'), BOTH)
def test_max_testing_views_bounds_the_batch_and_keeps_the_result(build, x, views):
    model = build(test_cfg=dict(max_testing_views=views))
    out = model(x, mode='predict')
    assert max(model.backbone.seen) <= views and sum(model.backbone.seen) == x.shape[0] * x.shape[1]
    torch.testing.assert_close([s.pred_score for s in out], [s.pred_score for s in build()(x, mode='predict')])
    model.backbone.seen.clear()
    model(x, samples(0, 1, 2), mode='loss')
    assert model.backbone.seen == [x.shape[0] * x.shape[1]]  # training is not cut into pieces


def test_max_testing_views_does_not_cut_clips():
    """A backbone that shifts across the frames of a clip sees whole clips."""

    class Shift(Frames):
        num_segments = 4

        def forward(self, x):
            return super().forward(x.unflatten(0, (-1, 4)).roll(1, dims=1).flatten(0, 1))

    x = seeded_tensor((1, 12, 3, 8, 8))
    head = dict(type='TSMHead', num_classes=C, in_channels=8, num_segments=4, average_clips='prob')
    model = recognizer2d(head, Shift(), test_cfg=dict(max_testing_views=2))
    (out,) = model(x, mode='predict')
    assert model.backbone.seen == [8, 4]
    torch.testing.assert_close(out.pred_score, recognizer2d(head, Shift())(x, mode='predict')[0].pred_score)


def test_features_of_several_maps_are_joined():
    model = recognizer3d(backbone=Clips(2), test_cfg=dict(max_testing_views=4))
    slow, fast = model.extract_feat(X3, test_mode=True)[0]
    assert model.backbone.seen == [4, 2]
    torch.testing.assert_close(slow * 2, fast)
    torch.testing.assert_close(slow, model.backbone(X3.flatten(0, 1))[0])


@pytest.mark.parametrize(('build', 'x'), BOTH)
def test_feature_extraction(build, x):
    model = build(test_cfg=dict(feature_extraction=True))
    want = model.backbone(x.flatten(0, 1)).flatten(2).mean(2).unflatten(0, (3, -1)).mean(1)
    torch.testing.assert_close(model(x, samples(0, 1, 2), mode='predict'), want)
    kind, backbone = type(model), type(model.backbone)
    assert kind(backbone(), test_cfg=dict(feature_extraction=True)).eval()(x, mode='predict').shape == (3, 8)


def test_average_clips_of_test_cfg_goes_before_the_heads():
    model = recognizer3d(test_cfg=dict(average_clips='score'))
    out = model(X3, mode='predict')
    torch.testing.assert_close(out[0].pred_score, model(X3, stage='head')[:2].mean(0))
    with pytest.raises(ValueError, match=r"average_clips \('max'\)"):
        recognizer3d(test_cfg=dict(average_clips='max'))


def test_fcn_test_reaches_the_head_in_tests_alone():
    model = recognizer3d(test_cfg=dict(fcn_test=True))
    assert model.extract_feat(X3, test_mode=True)[1] == {'fcn_test': True, 'loss_aux': {}}
    assert model.extract_feat(X3, 'backbone')[1] == {}
    # I3DHead has no fully convolutional test: it accepts the keyword and ignores it
    (want, *_), (got, *_) = (net(X3, mode='predict') for net in (recognizer3d(), model))
    assert torch.equal(got.pred_score, want.pred_score)


def test_aux_info_reaches_the_loss():
    loss = dict(type='HVULoss', categories=['a'], category_nums=[C], category_loss_weights=[1], with_mask=True)
    head = dict(type='I3DHead', num_classes=C, in_channels=8, multi_class=True, loss_cls=loss, dropout_ratio=0)
    model = recognizer3d(head, train_cfg=dict(aux_info=['mask']))
    data = samples([0], [1, 2], [3])
    for sample in data:
        sample.mask = torch.tensor([1.0, 1, 0, 0, 0])
    scores = model(X3[:, :1], stage='head')[:, :2]
    hot = torch.tensor([[1.0, 0], [0, 1], [0, 0]])
    want = nn.functional.binary_cross_entropy_with_logits(scores, hot)
    torch.testing.assert_close(model(X3[:, :1], data, mode='loss')['loss_cls'], want)


def test_blending_of_train_cfg_is_the_preprocessors():
    blending = dict(type='CutmixBlending', num_classes=C, alpha=0.5)
    model = recognizer3d(train_cfg=dict(blending=blending))
    assert model.data_preprocessor.blending.alpha == 0.5


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(test_cfg=dict(average_clip='prob')), r"test_cfg has unknown keys \['average_clip'\].*average_clips"),
        (dict(train_cfg=dict(aux='x')), r"train_cfg has unknown keys \['aux'\].*accepts aux_info, blending"),
        (dict(test_cfg=dict(max_testing_views=0)), r'max_testing_views \(0\)'),
        (dict(test_cfg=dict(max_testing_views=2.5)), r'max_testing_views \(2.5\)'),
    ],
)
def test_bad_configs_fail_when_built(kwargs, message):
    with pytest.raises(ValueError, match=message):
        recognizer2d(**kwargs)


@pytest.mark.parametrize(
    ('build', 'inputs', 'message'),
    [
        (recognizer2d, X3, r'5 dimensions \(batch, crops \* clips \* frames.*\(3, 2, 3, 4, 8, 8\)'),
        (recognizer3d, X2, r'6 dimensions \(batch, crops \* clips, channels.*\(3, 4, 3, 8, 8\)'),
    ],
)
def test_inputs_of_another_layout(build, inputs, message):
    with pytest.raises(ValueError, match=message):
        build()(inputs)


def test_unknown_modes_and_stages_and_missing_heads():
    model = recognizer2d()
    with pytest.raises(ValueError, match=r"mode \('test'\) must be one of 'tensor', 'predict', 'loss'"):
        model(X2, mode='test')
    with pytest.raises(ValueError, match=r"stage \('pool'\)"):
        model(X2, stage='pool')
    with pytest.raises(TypeError, match='stag'):
        model(X2, stag='head')
    with pytest.raises(ValueError, match='needs the labels in data_samples'):
        model(X2, mode='loss')
    bare = Recognizer2D(Frames())
    for call in (
        lambda: bare(X2, stage='head'),
        lambda: bare(X2, mode='predict'),
        lambda: bare(X2, samples(0, 0, 0), mode='loss'),
    ):
        with pytest.raises(ValueError, match='Recognizer2D has no cls_head'):
            call()


# --- the 0.x line ----------------------------------------------------------------------------------------------------
def test_a_recognizer_with_forward_train_and_forward_test():
    class Old(BaseRecognizer):
        def scores(self, imgs):
            return self.cls_head(self.extract_feat(imgs.flatten(0, 1)))

        def forward_train(self, imgs, labels, **kwargs):
            return {'loss_cls': nn.functional.cross_entropy(self.scores(imgs), labels)}

        def forward_test(self, imgs):
            return self.scores(imgs).detach().numpy()

    head = dict(type='I3DHead', num_classes=C, in_channels=8)
    model = fill_state_dict(Old(Clips(), head)).eval()
    x = X3[:, :1]
    want = recognizer3d(head)(x, stage='head')
    losses = model(x, samples(0, 1, 2), mode='loss')
    torch.testing.assert_close(losses['loss_cls'], nn.functional.cross_entropy(want, torch.arange(3)))
    out = model(x, samples(0, 1, 2), mode='predict')
    torch.testing.assert_close(out[1].pred_score, want[1])
    assert out[1].pred_label.tolist() == [int(want[1].argmax())]


def test_builders_and_registries_by_their_old_names():
    @BACKBONES.register_module()
    class BackboneOfTheTest(Frames):
        pass

    try:
        assert isinstance(build_backbone(dict(type='BackboneOfTheTest', levels=2)), BackboneOfTheTest)
        cfg = dict(type='Recognizer2D', backbone=dict(type='BackboneOfTheTest'))
        model = build_model(cfg, test_cfg=dict(feature_extraction=True))
        assert isinstance(model, Recognizer2D) and model.test_cfg == {'feature_extraction': True}
        with pytest.raises(ValueError, match='test_cfg is given both in the model'):
            build_recognizer({**cfg, 'test_cfg': dict(fcn_test=True)}, test_cfg=dict(fcn_test=False))
    finally:
        MODELS._module_dict.pop('BackboneOfTheTest')
