"""Options of a prediction are arguments: threads share a model, and overrides in the manner of 1.x keep working."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from itertools import product

import pytest
import torch
from torch import nn

from mmaction.inference.run import predict_batch
from mmaction.models import Recognizer2D, Recognizer3D
from mmaction.models.heads.base import BaseHead
from mmaction.models.heads.i3d_head import I3DHead
from mmaction.models.options import PredictOptions, option, takes
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, seeded_tensor

VIEWS, CLASSES = 6, 5
PREPROCESSOR = dict(type='ActionDataPreprocessor', format_shape='NCTHW')


class Clips(nn.Sequential):
    """A small 3D backbone; keeps the sizes of the batches that it saw."""

    def __init__(self) -> None:
        super().__init__(nn.Conv3d(3, 8, 3, (1, 2, 2), 1), nn.BatchNorm3d(8), nn.ReLU())
        self.seen: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(x))
        return super().forward(x)


class Counting(nn.Module):
    """A 2D backbone that computes next to nothing, and keeps the sizes of the batches that it saw."""

    def __init__(self, size: int, num_segments: int | None) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(size)
        self.num_segments = num_segments
        self.seen: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(x))
        return self.pool(x).repeat(1, 3, 1, 1)[:, :8]


def head(cls: type[BaseHead] = I3DHead) -> BaseHead:
    return cls(num_classes=CLASSES, in_channels=8, average_clips='prob', dropout_ratio=0)


def recognizer(cls: type[Recognizer3D] = Recognizer3D, cls_head: type[BaseHead] = I3DHead, **kwargs) -> Recognizer3D:
    return fill_state_dict(cls(Clips(), head(cls_head), data_preprocessor=PREPROCESSOR, **kwargs)).eval()


def batch() -> dict:
    clips = seeded_tensor((2, VIEWS, 3, 4, 8, 8))
    return dict(
        inputs=[*((clips * 40 + 128).clamp(0, 255).to(torch.uint8))],
        data_samples=[ActionDataSample(), ActionDataSample()],
    )


def scores(model: nn.Module, options: PredictOptions = PredictOptions()) -> torch.Tensor:
    return torch.stack([sample.pred_score for sample in predict_batch(model, batch(), options)])


# --- the options themselves -----------------------------------------------------------------------------------------
def test_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"average_clips \('mean'\).*'prob', 'score', None"):
        PredictOptions('mean')
    for bad in (0, 2.5, 'all'):
        with pytest.raises(ValueError, match=rf'views_at_once \({bad!r}\) must be an integer of at least 1, or None'):
            PredictOptions(views_at_once=bad)
    with pytest.raises(FrozenInstanceError):
        PredictOptions().average_clips = 'prob'


def test_average_clips_by_hand() -> None:
    model = recognizer()
    views = scores(model, PredictOptions(None))
    assert views.shape == (2, VIEWS, CLASSES)
    torch.testing.assert_close(scores(model), views.softmax(-1).mean(1))
    torch.testing.assert_close(scores(model, PredictOptions('prob')), views.softmax(-1).mean(1))
    torch.testing.assert_close(scores(model, PredictOptions('score')), views.mean(1))
    assert model.cls_head.average_clips == 'prob'


@pytest.mark.parametrize('limit, seen', [(None, [12]), (5, [5, 5, 2]), ('default', [4, 4, 4])])
def test_views_at_once(limit, seen) -> None:
    model = recognizer(test_cfg=dict(max_testing_views=4))
    want = scores(recognizer(), PredictOptions(views_at_once=None))
    torch.testing.assert_close(scores(model, PredictOptions(views_at_once=limit)), want)
    assert model.backbone.seen == seen
    assert model.max_testing_views == 4


@pytest.mark.parametrize(
    ('size', 'segments', 'seen'),
    [(224, None, [8, 8, 4]), (448, None, [2] * 10), (224, 4, [8, 8, 4]), (448, 4, [4] * 5)],
)
def test_a_cpu_takes_as_many_views_as_eight_frames_of_224_pixels(size, segments, seen) -> None:
    """Frames of other sizes in proportion; those that a backbone mixes stay together."""
    model = Recognizer2D(Counting(size, segments), dict(type='TSNHead', num_classes=CLASSES, in_channels=8)).eval()
    inputs = torch.zeros(1, 20, 3, size, size)
    with torch.no_grad():
        model(inputs, mode='predict')
    assert model.backbone.seen == seen
    model.backbone.seen.clear()
    model.extract_feat(inputs, test_mode=True)  # with gradients: nothing is kept apart
    assert model.backbone.seen == [20]


# --- threads --------------------------------------------------------------------------------------------------------
def test_threads_with_different_options_share_a_model() -> None:
    model = recognizer()
    state = {name: value for name, value in vars(model).items() if not name.startswith('_')}
    options = [PredictOptions(*pair) for pair in product(('default', 'prob', 'score', None), ('default', None, 1, 4))]
    want = [scores(model, one) for one in options]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda one: scores(model, one), options * 4))
    for i, one in enumerate(got):
        assert torch.equal(one, want[i % len(want)]), options[i % len(want)]
    assert {name: value for name, value in vars(model).items() if not name.startswith('_')} == state


# --- overrides in the manner of MMAction2 1.x -------------------------------------------------------------------------
class OldRecognizer(Recognizer3D):
    def predict(self, inputs, data_samples, **kwargs):
        feats, predict_kwargs = self.extract_feat(inputs, test_mode=True)
        return self.cls_head.predict(feats, data_samples, **predict_kwargs)


class OldHead(I3DHead):
    def predict(self, feats, data_samples, **kwargs):
        return self.predict_by_feat(self(feats, **kwargs), data_samples)


class OldHeadByFeat(I3DHead):
    def predict_by_feat(self, cls_scores, data_samples):
        return super().predict_by_feat(cls_scores, data_samples)


class OldForward(Recognizer3D):
    def forward(self, inputs, data_samples=None, mode='tensor', **kwargs):
        return super().forward(inputs, data_samples, mode, **kwargs)


class OldTestStep(Recognizer3D):
    def test_step(self, data):
        return super().test_step(data)


class OldFeatures(Recognizer3D):
    def extract_feat(self, inputs, stage='backbone', data_samples=None, test_mode=False):
        return super().extract_feat(inputs, stage, data_samples, test_mode)


@pytest.mark.parametrize(
    'model, cls_head, refused',
    [
        (OldRecognizer, I3DHead, r"OldRecognizer\.predict takes no options.*average_clips='score'"),
        (Recognizer3D, OldHead, r"OldHead\.predict takes no average_clips, which is to be 'score'"),
        (Recognizer3D, OldHeadByFeat, r'OldHeadByFeat\.predict_by_feat takes no average_clips'),
        (OldForward, I3DHead, r'OldForward\.forward takes no options'),
        (OldTestStep, I3DHead, r'OldTestStep\.test_step takes no options'),
        (OldFeatures, I3DHead, None),
    ],
)
def test_overrides_of_1x(model, cls_head, refused) -> None:
    own, want = recognizer(model, cls_head), recognizer()
    torch.testing.assert_close(scores(own), scores(want))
    if refused is None:
        torch.testing.assert_close(scores(own, PredictOptions('score')), scores(want, PredictOptions('score')))
        return
    with pytest.raises(ValueError, match=refused):
        scores(own, PredictOptions('score'))


def test_features_that_take_no_limit_refuse_one_only() -> None:
    with pytest.raises(ValueError, match=r'OldFeatures\.extract_feat takes no views_at_once, which is to be 2'):
        scores(recognizer(OldFeatures), PredictOptions(views_at_once=2))


def test_a_default_that_is_asked_for_needs_no_options_of_the_head() -> None:
    model = recognizer(cls_head=OldHead)
    torch.testing.assert_close(scores(model, PredictOptions('prob')), scores(recognizer()))


def test_scores_of_0x() -> None:
    class Classic(Recognizer3D):
        def forward_test(self, imgs):
            return imgs.flatten(1)[:, :CLASSES]

    model = recognizer(Classic)
    assert scores(model).shape == (2, CLASSES)
    with pytest.raises(ValueError, match=r'forward_test takes no options'):
        scores(model, PredictOptions('score'))


def test_only_a_declared_parameter_takes_an_option() -> None:
    assert takes(recognizer().predict, 'options')
    assert not takes(recognizer(OldRecognizer).predict, 'kwargs')
    assert option(recognizer().predict, 'options', PredictOptions()) == {}
