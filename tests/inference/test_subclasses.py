"""Subclasses of users are run like the models and transforms that they derive from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from torch import nn

from mmaction.datasets.transforms import DecordDecode, DecordInit, RawFrameDecode, SampleFrames, SegmentsOnFeatureGrid
from mmaction.inference.features import feature_head
from mmaction.inference.localize import VideoFacts, find_segments
from mmaction.inference.pipeline import adapt_steps, check_takes_videos, step_name
from mmaction.inference.windows import WindowPipeline
from mmaction.models import BMN, Recognizer2D, RecognizerGCN
from mmaction.models.localizers.feature_spec import FeatureSpec, TakesFeatures, contract_of
from mmaction.registry import TRANSFORMS

FACTS = VideoFacts('video', 40, 10.0)


@pytest.fixture(autouse=True)
def _no_names_stay():
    before = dict(TRANSFORMS.module_dict)
    yield
    for name in {*TRANSFORMS.module_dict} - {*before}:
        TRANSFORMS.module_dict.pop(name)


class Shifting(nn.Conv2d):
    """A backbone of a user's own that mixes the frames of a clip."""

    num_segments = 4


# --- transforms -------------------------------------------------------------------------------------------------------
class OwnInit(DecordInit):
    pass


class OwnSampler(SampleFrames):
    pass


class OwnDecode(DecordDecode):
    def transform(self, results):
        return super().transform(results)


class OwnFrames(RawFrameDecode):
    pass


def register(*classes: type) -> None:
    for cls in classes:
        TRANSFORMS.register_module(module=cls, force=True)


@pytest.mark.parametrize('as_config', [True, False])
def test_own_steps_are_exchanged(as_config: bool) -> None:
    register(OwnInit, OwnSampler, OwnDecode, OwnFrames)
    steps = [dict(type='OwnInit'), dict(type='OwnSampler', clip_len=4), dict(type='OwnDecode'), dict(type='Flip')]
    if not as_config:
        steps = [TRANSFORMS.build(step) for step in steps]
    names = [[step_name(step) for step in adapt_steps(steps, kind)] for kind in ('video', 'rawframes', 'array')]
    assert names == [
        ['OwnInit', 'OwnSampler', 'OwnDecode', 'Flip'],
        ['OwnSampler', 'RawFrameDecode', 'Flip'],
        ['OwnSampler', 'ArrayDecode', 'Flip'],
    ]
    frames = [dict(type='OwnSampler', clip_len=4), dict(type='OwnFrames')]
    assert [step_name(step) for step in adapt_steps(frames, 'video')] == ['DecordInit', 'OwnSampler', 'DecordDecode']


def test_windows_take_their_clips_from_an_own_sampler() -> None:
    register(OwnInit, OwnSampler, OwnDecode)
    steps = [dict(type='OwnInit'), dict(type='OwnSampler', clip_len=6, frame_interval=3), dict(type='OwnDecode')]
    grid = WindowPipeline(Config(dict(test_pipeline=steps))).clip_grid(10)
    assert (grid.clip_len, grid.clip_interval, grid.frame_interval) == (6, 10, 3)
    steps[1] = dict(type='UniformSample', clip_len=8)  # spreads over the whole video: has no interval
    grid = WindowPipeline(Config(dict(test_pipeline=steps))).clip_grid(10)
    assert (grid.clip_len, grid.frame_interval) == (8, 1)


def test_pipelines_of_skeletons_take_no_videos() -> None:
    steps = [dict(type='UniformSampleFrames', clip_len=8), dict(type='PoseDecode'), dict(type='FormatGCNInput')]
    cfg = Config(dict(test_dataloader=dict(dataset=dict(type='PoseDataset', pipeline=steps))))
    with pytest.raises(ValueError, match=r'\(UniformSampleFrames, .*\) starts from the skeletons of PoseDataset'):
        check_takes_videos(cfg)
    check_takes_videos(Config(dict(test_pipeline=[dict(type='LoadAudioFeature')])))
    check_takes_videos(Config(dict(test_pipeline=[dict(type='DecordInit'), dict(type='DecordDecode')])))


# --- recognizers ------------------------------------------------------------------------------------------------------
def test_features_of_an_own_recognizer_and_backbone() -> None:
    class Own2D(Recognizer2D):
        pass

    class OwnGCN(RecognizerGCN):
        pass

    shifting = feature_head(Own2D(Shifting(3, 8, 3)), 'avg', 'avg', None)
    assert (shifting.backbone_name, shifting.num_segments) == ('tsm', 4)
    assert shifting(torch.ones(8, 3, 2, 2), num_segs=8).shape == (2, 3)  # two clips of four frames
    plain = feature_head(Own2D(nn.Conv2d(3, 8, 3)), 'avg', 'avg', None)
    assert (plain.backbone_name, plain.num_segments) == (None, None)
    assert feature_head(OwnGCN(nn.Conv2d(3, 8, 3)), 'avg', 'avg', None).backbone_name == 'gcn'


# --- localizers -------------------------------------------------------------------------------------------------------
class Recording(TakesFeatures, BaseModel):
    """A localizer of a user's own that keeps its inputs and finds one segment."""

    def __init__(self, spec: FeatureSpec, steps: list) -> None:
        super().__init__()
        self.spec = spec
        self.cfg = Config(dict(test_pipeline=steps))

    @property
    def feature_spec(self) -> FeatureSpec:
        return self.spec

    def forward(self, inputs, data_samples=None, mode='tensor'):
        self.seen = inputs[0]
        self.meta = data_samples[0].metainfo
        return [dict(segments=[[1.0, 2.0]], scores=[0.5], labels=[0])]


PACK = dict(type='PackLocalizationInputs', meta_keys=('video_name', 'feature_step_sec', 'feature_start_sec'))


def test_features_are_resized_to_the_steps_that_are_declared() -> None:
    table = np.arange(12, dtype=np.float32).reshape(4, 3)  # (T, C)
    model = Recording(FeatureSpec(channels=3, num_steps=8), [PACK])
    assert find_segments(model, table, 10, FACTS) == [dict(segment=[1.0, 2.0], score=0.5, label=0)]
    assert model.seen.shape == (3, 8)
    assert model.seen[0].tolist() == [0.0, 0.75, 2.25, 3.75, 5.25, 6.75, 8.25, 9.0]
    with pytest.raises(ValueError, match='needs features of 3 channels, those of video have 2'):
        find_segments(model, table[:, :2], 10, FACTS)


def test_an_own_grid_step_is_fitted_to_the_clips() -> None:
    class OwnGrid(SegmentsOnFeatureGrid):
        pass

    register(OwnGrid)
    model = Recording(FeatureSpec(num_steps=8), [dict(type='OwnGrid', stride=4, fps=30.0), PACK])
    find_segments(model, np.zeros((4, 3), np.float32), 10, FACTS)
    assert model.seen.shape == (3, 4)  # the grid places the features, so they stay as they are
    assert model.meta['feature_step_sec'] == pytest.approx(10 / FACTS.fps)
    assert model.meta['feature_start_sec'] == pytest.approx(5 / FACTS.fps)


def test_declared_features_of_a_subclass_and_of_a_model_that_declares_nothing() -> None:
    class OwnBMN(BMN):
        pass

    model = OwnBMN(
        temporal_dim=8,
        boundary_ratio=0.5,
        num_samples=4,
        num_samples_per_bin=2,
        feat_dim=16,
        soft_nms_alpha=0.4,
        soft_nms_low_threshold=0.5,
        soft_nms_high_threshold=0.9,
        post_process_top_k=10,
    )
    assert contract_of(model).feature_spec == FeatureSpec(channels=16, num_steps=8)
    assert contract_of(BaseModel).feature_spec == FeatureSpec()
    assert contract_of(BaseModel).class_names is None
