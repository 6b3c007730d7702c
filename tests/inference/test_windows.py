"""Windows of a long video: their frames, features and scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmaction.datasets.transforms import UntrimmedSampleFrames
from mmaction.datasets.transforms.sampling import ClipGrid
from mmaction.inference.features import clip_features, feature_head
from mmaction.inference.localize import VideoFacts, label_segments
from mmaction.inference.run import run_windows
from mmaction.inference.windows import FrameCache, WindowPipeline, draw_grid
from mmaction.video import ArrayReader, open_reader


@pytest.mark.parametrize('total', [1, 5, 16, 70])
def test_clip_grid_is_that_of_untrimmed_sample_frames(total):
    grid = ClipGrid(clip_len=3, clip_interval=8, frame_interval=2)
    expected = UntrimmedSampleFrames(3, 8, 2)(dict(total_frames=total, start_index=0))
    draw, count = draw_grid(grid, total)
    drawn = [draw(i)['frame_inds'] for i in range(count)]
    np.testing.assert_array_equal(np.concatenate(drawn), expected['frame_inds'])
    with pytest.raises(ValueError, match=r'clip_interval \(0\) must be at least 1'):
        ClipGrid(clip_interval=0)


def test_cache_decodes_each_frame_once_and_forgets():
    class Counting(ArrayReader):
        decoded: list[int] = []

        def get_frames(self, indices, accurate=None):
            self.decoded.extend(np.asarray(indices).tolist())
            return super().get_frames(indices, accurate)

    video = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    cache = FrameCache(Counting(video))
    for start in range(0, 30, 2):
        wanted = np.arange(start, start + 8)
        np.testing.assert_array_equal(cache.get_frames(wanted)[:, 0, 0, 0], wanted)
        assert len(cache._frames) <= 8
    assert sorted(Counting.decoded) == list(range(36))


def test_features_are_those_of_the_frames(localization_models, long_video):
    recognizer = localization_models[0]['recognizer']
    pipeline = WindowPipeline(recognizer.cfg)
    with open_reader(long_video) as reader:
        table = clip_features(recognizer, pipeline, reader, pipeline.clip_grid(4), batch_size=5)
        frames = reader.get_frames(range(len(reader)))
    assert table.shape == (17, 128) and table.dtype == np.float32
    crop = torch.from_numpy(frames[[2, 30]]).permute(0, 3, 1, 2)[:, None, :, :, 16:80]
    data = recognizer.data_preprocessor(dict(inputs=list(crop), data_samples=[]), False)
    with torch.no_grad():
        expected = recognizer.backbone(data['inputs'].flatten(0, 1)).mean((2, 3))
    np.testing.assert_allclose(table[[0, 7]], expected.numpy(), rtol=1e-4, atol=1e-5)


def test_scores_of_a_stretch_are_those_of_its_frames_alone(localization_models, long_video, tmp_path):
    from mmaction.apis import inference_recognizer

    recognizer = localization_models[0]['recognizer']
    with open_reader(long_video) as reader:
        frames = reader.get_frames(range(20, 50))
        facts = VideoFacts('long', 70, 10.0)
        found = [dict(segment=[2.0, 5.0], score=0.5), dict(segment=[0.0, 0.01], score=0.2)]
        labelled = label_segments(recognizer, reader, found, facts)
    expected = inference_recognizer(recognizer, frames).pred_score
    best = next(entry for entry in labelled if entry['segment'] == [2.0, 5.0])
    assert best['label'] == int(expected.argmax())
    assert best['score'] == pytest.approx(0.5 * float(expected.max()), rel=1e-4)
    assert len(labelled) == 2  # a segment shorter than a frame is looked at all the same
    assert recognizer.cls_head.average_clips == 'prob'


def test_pipeline_without_decoding(localization_models):
    cfg = localization_models[0]['actionformer'].cfg
    with pytest.raises(ValueError, match='has no step that decodes frames'):
        WindowPipeline(cfg)


def test_features_and_scores_in_one_pass(localization_models):
    recognizer = localization_models[0]['recognizer']
    sample = dict(inputs=torch.zeros(4, 3, 64, 64, dtype=torch.uint8), data_samples=_sample())
    rows = list(run_windows(recognizer, [sample] * 3, feature_head(recognizer, 'avg', 'avg', 'score'), True, 2))
    assert [(a.shape, b.shape) for a, b in rows] == [((2, 128), (2, 6)), ((1, 128), (1, 6))]


def _sample():
    from mmaction.structures import ActionDataSample

    return ActionDataSample()
