"""From a long video to its segments: features by a tiny recognizer, BMN and ActionFormer."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmaction.apis import localize
from mmaction.inference.features import clip_features
from mmaction.inference.localize import VideoFacts, find_segments
from mmaction.inference.windows import WindowPipeline
from mmaction.testing import moving_texture
from mmaction.video import open_reader


# ----------------------------------------------------------------------------------------------------------- localize
@pytest.mark.parametrize('kind', ['actionformer', 'bmn'])
def test_localize_gives_the_format_of_activitynet(localization_models, long_video, kind):
    built = localization_models[0]
    result = localize(long_video, built['recognizer'], built[kind], max_segments=5, classes=None)
    assert set(result) == {'version', 'results', 'external_data'} and list(result['results']) == ['long']
    entries = result['results']['long']
    assert 1 <= len(entries) <= 5 and json.loads(json.dumps(result)) == result
    for entry in entries:
        start, end = entry['segment']
        assert set(entry) == {'label', 'score', 'segment'} and 0 <= start < end <= 7.0
        assert entry['label'] in ({'run', 'jump'} if kind == 'actionformer' else {f'class {i}' for i in range(6)})
    assert [e['score'] for e in entries] == sorted((e['score'] for e in entries), reverse=True)
    best = entries[0]['score']
    fewer = localize(long_video, built['recognizer'], built[kind], max_segments=5, min_score=best)
    assert {e['score'] for e in fewer['results']['long']} == {best}


def test_localize_with_features_of_ones_own_and_names(localization_models, long_video, tmp_path):
    built = localization_models[0]
    pipeline = WindowPipeline(built['recognizer'].cfg)
    with open_reader(long_video) as reader:
        table = clip_features(built['recognizer'], pipeline, reader, pipeline.clip_grid(4))
    np.save(tmp_path / 'long.npy', table)
    names = tmp_path / 'names.txt'
    names.write_text('sit\nstand\n')
    direct = localize(long_video, built['recognizer'], built['actionformer'])['results']['long']
    same = localize(
        long_video, built['recognizer'], built['actionformer'], features=tmp_path / 'long.npy', video_name='other'
    )['results']['other']
    assert [e['segment'] for e in same] == [pytest.approx(e['segment'], abs=1e-3) for e in direct]
    given = localize(long_video, built['recognizer'], built['bmn'], classes=['a', 'b', 'c', 'd', 'e', 'f'])
    assert {e['label'] for e in given['results']['long']} <= set('abcdef')


@pytest.mark.parametrize('kind', ['actionformer', 'bmn'])
@pytest.mark.parametrize('length', [1, 3])
def test_one_frame_and_less_than_a_window(localization_models, kind, length):
    built = localization_models[0]
    frames = moving_texture(length, 64, 96)
    result = localize(frames, built['recognizer'], built[kind], fps=10, clip_interval=16)
    for entry in result['results']['video']:
        assert 0 <= entry['segment'][0] < entry['segment'][1] <= length / 10


def test_what_cannot_be_localized(localization_models, long_video, tmp_path):
    built = localization_models[0]
    both = built['recognizer'], built['actionformer']
    with pytest.raises(FileNotFoundError, match=r'no video and no folder of frames at nowhere\.mp4'):
        localize('nowhere.mp4', *both)
    with pytest.raises(ValueError, match=r'frame rate of <array> is unknown \(0.0\). Pass fps'):
        localize(moving_texture(5, 64, 96), *both)
    with pytest.raises(ValueError, match='needs features of 128 channels, those of long have 5'):
        localize(long_video, *both, features=np.zeros((17, 5), np.float32))
    broken = np.zeros((17, 128), np.float32)
    broken[3] = np.nan
    with pytest.raises(ValueError, match='1 of the 17 features of long are NaN or infinite, the first at step 3'):
        localize(long_video, *both, features=broken)
    np.save(tmp_path / 'nan.npy', broken)
    with pytest.raises(ValueError, match='NaN or infinite'):
        localize(long_video, *both, features=tmp_path / 'nan.npy')
    with pytest.raises(FileNotFoundError, match=r'none\.npy'):
        localize(long_video, *both, features=tmp_path / 'none.npy')
    with pytest.raises(ValueError, match=r'max_segments \(0\)'):
        localize(long_video, *both, max_segments=0)
    with pytest.raises(FileNotFoundError, match=r'no file of class names at nowhere\.txt'):
        localize(long_video, *both, classes='nowhere.txt')


def test_features_at_another_rate_lie_at_the_same_times(localization_models):
    """A localizer trained at 10 frames a second, a video at 20: clips are 8 frames apart, and the seconds agree."""
    built = localization_models[0]
    cfg = built['actionformer'].cfg
    table = np.random.default_rng(0).normal(size=(12, 128)).astype(np.float32)
    slow = find_segments(built['actionformer'], table, 4, VideoFacts('v', 48, 10.0))
    fast = find_segments(built['actionformer'], table, 8, VideoFacts('v', 96, 20.0))
    assert [e['segment'] for e in slow] == [pytest.approx(e['segment'], abs=1e-5) for e in fast] and slow
    assert cfg.test_pipeline[1].stride == 4
