"""Heatmaps against closed forms and against the definition, written as loops over persons, frames and pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mmaction.datasets.transforms import Flip, FormatShape, GeneratePoseTarget
from mmaction.datasets.transforms.pose import heatmap

LIMBS = ((0, 1), (1, 2), (2, 3), (3, 0))


# --- the definition, pixel by pixel ----------------------------------------------------------------------------------
def window(low: float, high: float, sigma: float, size: int) -> range:
    return range(max(int(low - 3 * sigma), 0), min(int(high + 3 * sigma) + 1, size))


def loop_point(out: np.ndarray, point: np.ndarray, value: float, sigma: float) -> None:
    if value < 1e-3:
        return
    x0, y0 = map(float, point)
    for y in window(y0, y0, sigma, out.shape[0]):
        for x in window(x0, x0, sigma, out.shape[1]):
            out[y, x] = max(out[y, x], value * math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma**2)))


def loop_limb(out: np.ndarray, start: np.ndarray, end: np.ndarray, values: tuple[float, float], sigma: float) -> None:
    if min(values) < 1e-3:
        return
    (x0, y0), (x1, y1) = start.tolist(), end.tolist()
    length2 = (x1 - x0) ** 2 + (y1 - y0) ** 2
    if length2 < 1:
        loop_point(out, start, values[0], sigma)
        return
    for y in window(min(y0, y1), max(y0, y1), sigma, out.shape[0]):
        for x in window(min(x0, x1), max(x0, x1), sigma, out.shape[1]):
            ratio = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length2
            if ratio <= 0:
                d2 = (x - x0) ** 2 + (y - y0) ** 2
            elif ratio >= 1:
                d2 = (x - x1) ** 2 + (y - y1) ** 2
            else:
                d2 = (x - x0 - ratio * (x1 - x0)) ** 2 + (y - y0 - ratio * (y1 - y0)) ** 2
            out[y, x] = max(out[y, x], min(values) * math.exp(-d2 / (2 * sigma**2)))


def loop_stack(keypoint: np.ndarray, score: np.ndarray, size: tuple[int, int], sigma: float, limbs: bool) -> np.ndarray:
    persons, frames, points, _ = keypoint.shape
    out = np.zeros((frames, len(LIMBS) if limbs else points, *size))
    for m in range(persons):
        for t in range(frames):
            for k in range(out.shape[1]):
                if limbs:
                    a, b = LIMBS[k]
                    ends = keypoint[m, t, a], keypoint[m, t, b]
                    loop_limb(out[t, k], *ends, (float(score[m, t, a]), float(score[m, t, b])), sigma)
                else:
                    loop_point(out[t, k], keypoint[m, t, k], float(score[m, t, k]), sigma)
    return out


def random_sample(seed: int, persons: int = 3, frames: int = 2, points: int = 4, size=(19, 23)) -> dict:
    """Points within and around the frame, also far away; scores with some below the limit; some limbs of no length."""
    rng = np.random.default_rng(seed)
    height, width = size
    keypoint = rng.uniform([-4, -4], [width + 4, height + 4], (persons, frames, points, 2)).astype(np.float32)
    keypoint[0, 0, 0] = (-300.5, 7)
    keypoint[0, -1, 1] = keypoint[0, -1, 0] + 0.3
    score = rng.uniform(0, 1, (persons, frames, points)).astype(np.float32)
    score[-1, 0, 0] = 5e-4
    return dict(keypoint=keypoint, keypoint_score=score, img_shape=size)


@pytest.mark.parametrize('sigma', [0.6, 1.7])
@pytest.mark.parametrize('limbs', [False, True])
@pytest.mark.parametrize('seed', range(4))
def test_equals_the_definition(seed: int, limbs: bool, sigma: float, monkeypatch) -> None:
    if seed == 3:
        monkeypatch.setattr(heatmap, '_CHUNK', 50)  # many pieces
    sample = random_sample(seed)
    expected = loop_stack(sample['keypoint'], sample['keypoint_score'], sample['img_shape'], sigma, limbs)
    step = GeneratePoseTarget(sigma=sigma, with_kp=not limbs, with_limb=limbs, skeletons=LIMBS)
    imgs = step(sample)['imgs']
    assert imgs.dtype == np.float32 and imgs.shape == expected.shape
    assert np.abs(imgs - expected).max() < 2e-6
    assert expected.max() > 0.5  # the comparison is of something


def test_of_one_point_is_a_gaussian_cut_to_its_window() -> None:
    sample = dict(keypoint=np.array([[[[10.0, 8.5]]]]), keypoint_score=np.array([[[0.8]]]), img_shape=(20, 24))
    got = GeneratePoseTarget(sigma=0.6)(sample)['imgs'][0, 0]
    columns, rows = np.arange(8, 12), np.arange(6, 11)  # int(10 - 1.8) ... int(10 + 1.8), int(6.7) ... int(10.3)
    d2 = (columns - 10.0) ** 2 + (rows[:, None] - 8.5) ** 2
    assert np.allclose(got[6:11, 8:12], 0.8 * np.exp(-d2 / 0.72), atol=1e-7)
    assert got.sum() == pytest.approx((0.8 * np.exp(-d2 / 0.72)).sum(), rel=1e-6)
    assert np.count_nonzero(got) == 20


def test_of_a_limb_is_constant_along_it_and_has_the_lower_score() -> None:
    sample = dict(
        keypoint=np.array([[[[5.0, 10.0], [15.0, 10.0]]]]), keypoint_score=np.array([[[0.9, 0.5]]]), img_shape=(20, 24)
    )
    got = GeneratePoseTarget(sigma=0.6, with_kp=False, with_limb=True, skeletons=[(0, 1)])(sample)['imgs'][0, 0]
    assert np.allclose(got[10, 5:16], 0.5)
    assert np.allclose(got[9, 5:16], 0.5 * math.exp(-1 / 0.72))
    assert got[10, 4] == pytest.approx(0.5 * math.exp(-1 / 0.72))
    assert not got[:8].any() and not got[12:].any()


def test_persons_are_joined_by_the_maximum() -> None:
    both = random_sample(7, persons=2)
    alone = [
        GeneratePoseTarget()(dict(both, keypoint=both['keypoint'][[i]], keypoint_score=both['keypoint_score'][[i]]))
        for i in (0, 1)
    ]
    joined = GeneratePoseTarget()(dict(both))['imgs']
    assert np.array_equal(joined, np.maximum(alone[0]['imgs'], alone[1]['imgs']))


def test_points_and_limbs_follow_each_other() -> None:
    sample = random_sample(1)
    options = dict(skeletons=LIMBS, left_kp=(1,), right_kp=(2,), left_limb=(0,), right_limb=(3,), double=True)
    points = GeneratePoseTarget(**options)(dict(sample))['imgs']
    limbs = GeneratePoseTarget(**options, with_kp=False, with_limb=True)(dict(sample))['imgs']
    both = GeneratePoseTarget(**options, with_limb=True)(dict(sample))['imgs']
    assert np.array_equal(both, np.concatenate([points, limbs], axis=1))


@pytest.mark.parametrize('limbs', [False, True])
def test_double_adds_the_mirror_image_with_left_and_right_changed(limbs: bool) -> None:
    sample = random_sample(2)
    options = dict(with_kp=not limbs, with_limb=limbs, skeletons=LIMBS, left_kp=(1,), right_kp=(2,))
    options.update(left_limb=(0,), right_limb=(3,))
    once = GeneratePoseTarget(**options)(dict(sample))['imgs']
    twice = GeneratePoseTarget(**options, double=True)(dict(sample))['imgs']
    order = [3, 1, 2, 0] if limbs else [0, 2, 1, 3]
    assert np.array_equal(twice, np.concatenate([once, once[:, order, :, ::-1]]))


def test_double_is_what_flip_gives_up_to_its_shift_of_a_pixel() -> None:
    sample = random_sample(5)
    sample['keypoint'] = np.clip(sample['keypoint'], 4, 14)
    twice = GeneratePoseTarget(left_kp=(1,), right_kp=(2,), double=True)(dict(sample))['imgs']
    flipped = Flip(flip_ratio=1, left_kp=[1], right_kp=[2])(dict(sample))
    flipped['keypoint'] = flipped['keypoint'] - np.float32([1, 0])  # Flip mirrors 0 to width, pixels 0 to width - 1
    # windows are cut the other way round, which shows at their borders, at 3 sigma
    assert np.abs(GeneratePoseTarget()(flipped)['imgs'] - twice[2:]).max() < math.exp(-(3**2) / 2)


def test_scaling_and_scores() -> None:
    sample = random_sample(3, size=(38, 46))
    small = dict(sample, keypoint=sample['keypoint'] / 2, img_shape=(19, 23))
    assert np.allclose(GeneratePoseTarget(scaling=0.5)(dict(sample))['imgs'], GeneratePoseTarget()(small)['imgs'])
    ones = dict(sample, keypoint_score=np.ones_like(sample['keypoint_score']))
    ignored = GeneratePoseTarget(use_score=False)(dict(sample))['imgs']
    assert np.array_equal(ignored, GeneratePoseTarget()(ones)['imgs'])
    del sample['keypoint_score']
    assert np.array_equal(ignored, GeneratePoseTarget()(sample)['imgs'])


def test_nobody_and_nan_are_not_drawn() -> None:
    sample = random_sample(4)
    empty = dict(sample, keypoint=sample['keypoint'][:0], keypoint_score=sample['keypoint_score'][:0])
    assert not GeneratePoseTarget(double=True, left_kp=(1,), right_kp=(2,))(empty)['imgs'].any()
    broken, without = sample['keypoint'].copy(), sample['keypoint_score'].copy()
    broken[1, 0, 2] = np.nan, 5
    broken[2, 1, 0] = np.inf
    without[1, 0, 2] = without[2, 1, 0] = 0
    for limbs in (False, True):
        step = GeneratePoseTarget(with_kp=not limbs, with_limb=limbs, skeletons=LIMBS)
        got = step(dict(sample, keypoint=broken))['imgs']
        assert np.array_equal(got, step(dict(sample, keypoint_score=without))['imgs'])


def test_frames_keep_their_place_and_the_layout_follows() -> None:
    sample = dict(random_sample(6), imgs=np.zeros((2, 19, 23, 3), np.uint8), num_clips=1, clip_len=2)
    results = FormatShape('NCTHW')(GeneratePoseTarget()(sample))
    assert results['imgs'].shape == (1, 3, 2, 19, 23) and results['heatmap_imgs'].shape == (1, 4, 2, 19, 23)
    assert np.array_equal(results['heatmap_imgs'][0, 1, 1], GeneratePoseTarget()(random_sample(6))['imgs'][1, 1])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(sigma=0), r'sigma \(0\) must be positive'),
        (dict(scaling=-1.0), r'scaling \(-1.0\) must be positive'),
        (dict(with_kp=False), 'with_kp and with_limb are both False'),
        (dict(left_kp=(1, 3), right_kp=(2,)), r'left_kp \(\(1, 3\)\) and right_kp'),
        (dict(left_limb=(1, 1), right_limb=(2, 3)), 'each number once'),
    ],
)
def test_bad_options_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GeneratePoseTarget(**options)


def test_points_that_the_sample_has_not_are_named() -> None:
    with pytest.raises(ValueError, match='skeletons name number 16, the sample has 4'):
        GeneratePoseTarget(with_kp=False, with_limb=True)(random_sample(0))
    with pytest.raises(ValueError, match='left_kp and right_kp name number 16, the sample has 4'):
        GeneratePoseTarget(double=True)(random_sample(0))
    with pytest.raises(ValueError, match=r'keypoint must be .* found shape \(4, 2\)'):
        GeneratePoseTarget()(dict(keypoint=np.zeros((4, 2)), img_shape=(8, 8)))
    with pytest.raises(ValueError, match=r'keypoint_score must be \(3, 2, 4\) .* found \(3, 2\)'):
        GeneratePoseTarget()(dict(random_sample(0), keypoint_score=np.ones((3, 2))))
