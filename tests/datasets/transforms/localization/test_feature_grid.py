"""Where the steps of features lie in seconds, and random stretches of them."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.datasets.transforms import RandomFeatureCrop, SegmentsOnFeatureGrid
from mmaction.datasets.transforms.localization.grid import kept_share, resize_steps


def record(length=50, **keywords):
    annotations = [dict(segment=[2.0, 5.0], label='a'), dict(segment=[6.0, 7.0], label='b')]
    features = np.arange(2 * length, dtype=np.float32).reshape(2, length)
    base = dict(video_name='v', raw_feature=features, annotations=annotations, labels=[0, 1], fps=30.0)
    return {**base, **keywords}


def test_steps_in_seconds():
    out = SegmentsOnFeatureGrid(stride=4, num_frames=16)(record())
    # step i is the middle of frames 4 i to 4 i + 16
    assert out['feature_step_sec'] == pytest.approx(4 / 30) and out['feature_start_sec'] == pytest.approx(8 / 30)
    np.testing.assert_allclose(out['gt_segments'], [[13, 35.5], [43, 50.5]], rtol=1e-6)
    back = out['gt_segments'] * out['feature_step_sec'] + out['feature_start_sec']
    np.testing.assert_allclose(back, [[2, 5], [6, 7]], rtol=1e-6)
    assert out['gt_labels'].tolist() == [0, 1]


def test_resized_steps_cover_the_same_time():
    out = SegmentsOnFeatureGrid(stride=16, fps=15, num_steps=25, single_class=True)(record())
    assert out['raw_feature'].shape == (2, 25) and out['gt_labels'].tolist() == [0, 0]
    assert out['feature_step_sec'] == pytest.approx(50 * 16 / 15 / 25)
    np.testing.assert_allclose(out['raw_feature'][0], np.arange(25) * 2 + 0.5)  # means of pairs


def test_resize_steps():
    features = np.array([[1.0, 3.0, 5.0]], np.float32)
    np.testing.assert_allclose(resize_steps(features, 3), features)
    np.testing.assert_allclose(resize_steps(features, 1), [[3.0]])
    np.testing.assert_allclose(resize_steps(features[:, :1], 4), [[1.0] * 4])
    np.testing.assert_allclose(resize_steps(features, 6), [[1, 1.5, 2.5, 3.5, 4.5, 5]])


def test_frame_rate_from_the_length():
    out = SegmentsOnFeatureGrid(stride=4)(record(fps=None, duration_frame=250, duration_second=10.0))
    assert out['feature_step_sec'] == pytest.approx(4 / 25)
    with pytest.raises(ValueError, match='frame rate of video v is not known'):
        SegmentsOnFeatureGrid(stride=4)(record(fps=None))


def test_labels_are_needed():
    with pytest.raises(ValueError, match='Video v has segments but no class indices'):
        SegmentsOnFeatureGrid(stride=4)({k: v for k, v in record().items() if k != 'labels'})
    out = SegmentsOnFeatureGrid(stride=4)(dict(raw_feature=np.zeros((2, 5), np.float32), annotations=[], fps=5))
    assert out['gt_segments'].shape == (0, 2) and out['gt_labels'].shape == (0,)
    with pytest.raises(ValueError, match=r'stride \(0\) must be positive'):
        SegmentsOnFeatureGrid(stride=0)


def test_crop_keeps_time_and_segments():
    np.random.seed(0)
    for _ in range(30):
        out = SegmentsOnFeatureGrid(stride=4)(record(length=60))
        whole = out['raw_feature'].copy()
        crop = RandomFeatureCrop(max_steps=20)(out)
        size = crop['raw_feature'].shape[1]
        assert size == 20 and len(crop['gt_segments']) == len(crop['gt_labels']) >= 1
        shift = round((crop['feature_start_sec'] - 2 / 30) / crop['feature_step_sec'])
        np.testing.assert_array_equal(crop['raw_feature'], whole[:, shift : shift + 20])
        assert (crop['gt_segments'] >= 0).all() and (crop['gt_segments'] <= 20).all()
        true = {0: (2.0, 5.0), 1: (6.0, 7.0)}
        for span, label in zip(crop['gt_segments'], crop['gt_labels']):
            seconds = span * crop['feature_step_sec'] + crop['feature_start_sec']
            inside = true[int(label)]
            low, high = crop['feature_start_sec'], crop['feature_start_sec'] + 20 * crop['feature_step_sec']
            np.testing.assert_allclose(seconds, np.clip(inside, low, high), atol=1e-4)


def test_crop_of_short_features():
    np.random.seed(0)
    sizes = {
        RandomFeatureCrop(100, (0.5, 1.0))(SegmentsOnFeatureGrid(4)(record()))['raw_feature'].shape[1]
        for _ in range(60)
    }
    assert 25 <= min(sizes) < 35 and 45 < max(sizes) <= 50
    whole = RandomFeatureCrop(100, None)(SegmentsOnFeatureGrid(4)(record()))
    assert whole['raw_feature'].shape[1] == 50
    with pytest.raises(ValueError, match=r'crop_ratio \(\(0\.9, 1\.2\)\)'):
        RandomFeatureCrop(100, (0.9, 1.2))


def test_kept_share_and_dropped_segments():
    share = kept_share(np.array([[2.0, 6.0], [8.0, 10.0]]), np.array([0, 3, 4]), 5)
    np.testing.assert_allclose(share, [[0.75, 0], [0.75, 0], [0.5, 0.5]])
