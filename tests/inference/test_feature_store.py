"""Stored features: found by content and model, with times, and extracted again where anything differs."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from mmaction.inference.feature_store import FeatureStore, VideoFeatures, content_digest, model_identity
from mmaction.inference.features import FeatureExtractor


@pytest.fixture
def extractor(localization_models, tmp_path) -> FeatureExtractor:
    model = localization_models[0]['recognizer']
    return replace(FeatureExtractor.of_features(model), store=FeatureStore(str(tmp_path / 'store')))


def files_in(folder) -> list[str]:
    return [name for _, _, names in os.walk(folder) for name in names]


def test_clips_have_times_and_are_found_again(extractor, long_video, tmp_path, monkeypatch):
    found = extractor.timed_clips(long_video, '', 20, frame_interval=2, clip_len=3)
    np.testing.assert_array_equal(found.features, extractor.clips(long_video, '', 20, 2, 3))
    # centres 10, 30, 50 at 10 frames a second; a clip reaches from frame centre - 2 to the end of frame centre + 2
    np.testing.assert_allclose(found.start_sec, [0.8, 2.8, 4.8], atol=1e-6)
    np.testing.assert_allclose(found.end_sec, [1.3, 3.3, 5.3], atol=1e-6)
    assert found.meta['video'] == 'long.mp4'
    assert found.meta['fps'] == pytest.approx(10)
    assert found.meta['license'] is None
    assert found.meta['settings'] == dict(clip_len=3, clip_interval=20, frame_interval=2)
    assert found.meta['content'] == content_digest(long_video)

    moved = shutil.copy(long_video, tmp_path / 'renamed.mp4')
    monkeypatch.setattr(FeatureExtractor, '_clip_rows', lambda *_: pytest.fail('extracted twice'))
    again = extractor.timed_clips(moved, '', 20, 2, 3)
    np.testing.assert_array_equal(again.features, found.features)
    np.testing.assert_array_equal(again.start_sec, found.start_sec)
    monkeypatch.undo()
    extractor.timed_clips(moved, '', 10, 2, 3)  # another sampling is another file
    assert len(files_in(tmp_path / 'store')) == 2


def test_a_damaged_file_is_extracted_again(extractor, clip_path, tmp_path):
    found = extractor.timed_video(clip_path, '')
    assert (found.start_sec.tolist(), found.end_sec.tolist()) == ([0.0], [pytest.approx(1.2)])
    (name,) = files_in(tmp_path / 'store')
    path = tmp_path / 'store' / name[:2] / name
    path.write_bytes(path.read_bytes()[:100])
    np.testing.assert_array_equal(extractor.timed_video(clip_path, '').features, found.features)
    np.testing.assert_array_equal(VideoFeatures.load(str(path)).features, found.features)


def test_identity_depends_on_weights_buffers_and_settings():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).bfloat16()
    first = model_identity(net, 'avg')
    assert first == model_identity(net, 'avg') != model_identity(net, 'max')
    assert model_identity(net, dict(a=1, b=(2,))) == model_identity(net, dict(b=[2], a=1))
    with torch.no_grad():
        net[1].running_mean += 1
    second = model_identity(net, 'avg')
    assert second != first
    with torch.no_grad():
        net[0].weight[0, 0] += 1
    assert model_identity(net, 'avg') not in (first, second)


def test_content_of_a_folder_has_names(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a' / '1.jpg').write_bytes(b'x')
    before = content_digest(str(tmp_path))
    (tmp_path / 'a' / '1.jpg').rename(tmp_path / 'a' / '2.jpg')
    assert content_digest(str(tmp_path)) != before


def test_another_file_is_rejected(tmp_path):
    path = tmp_path / 'other.npz'
    np.savez(path, features=np.zeros(3))
    with pytest.raises(ValueError, match=r'other\.npz is not a file of features.*extract again'):
        VideoFeatures.load(str(path))
