"""Colour and erasing: numbers recorded from torchvision 0.28 (uint8 tensors), closed forms, messages."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.datasets.transforms import ColorJitter, RandomErasing
from mmaction.datasets.transforms.augment import color, warp
from mmaction.testing import moving_texture

CLIP = moving_texture(4, 24, 32)


@pytest.fixture(scope='module')
def recorded(golden_dir):
    return dict(np.load(golden_dir / 'color_torchvision.npz'))


def test_changes_of_colour_equal_torchvision(recorded):
    compared = 0
    for key, expected in recorded.items():
        name, _, value = key.partition('|')
        change = getattr(color, name, None)
        if change is None:
            continue
        value = [int(value) if name == 'posterize' else float(value)] if value else []
        found = change(recorded['clip'], *value).astype(int)
        assert np.abs(found - expected).max() <= (name == 'hue'), key  # hue: one of 256 for the last bit of a float
        compared += 1
    assert compared == 15


def test_warps_equal_torchvision_inside(recorded):
    clip, compared = recorded['smooth'], 0
    for key, expected in recorded.items():
        name, _, value = key.partition('|')
        if not hasattr(warp, name):
            continue
        matrix = getattr(warp, name)(float(value), clip.shape[2:0:-1])
        found = warp.warp(clip, matrix, (128, 128, 128)).astype(int)
        # the two mix the edge with the filling in different ways
        inside = warp.warp(np.full_like(clip, 255), matrix, (0, 0, 0)) == 255
        assert inside.mean() > 0.5
        assert np.abs(found - expected)[inside].max() <= 4, key  # OpenCV interpolates in steps of 1/32 pixel
        compared += 1
    assert compared == 5


def test_neutral_values_change_nothing():
    for change in (color.brightness, color.contrast, color.saturation, color.sharpness):
        assert (change(CLIP, 1.0) == CLIP).all(), change.__name__
    assert np.abs(color.hue(CLIP, 0.0).astype(int) - CLIP).max() <= 1
    assert (color.invert(color.invert(CLIP)) == CLIP).all()
    assert (color.posterize(CLIP, 8) == CLIP).all() and (color.posterize(CLIP, 0) == 0).all()
    assert (color.solarize(CLIP, 256) == CLIP).all()
    flat = np.full((1, 4, 4, 3), 9, np.uint8)
    assert (color.auto_contrast(flat) == 9).all() and (color.equalize(flat) == 9).all()
    assert color.sharpness(flat[:, :2], 0.0) is not None


def test_frames_are_treated_one_by_one():
    for change in (color.auto_contrast, color.equalize, lambda clip: color.contrast(clip, 0.5)):
        assert (change(CLIP) == np.concatenate([change(frame[None]) for frame in CLIP])).all()


class TestColorJitter:
    def test_alike_in_a_clip_and_not_between_clips(self):
        np.random.seed(0)
        still = np.repeat(CLIP[:1], 4, axis=0)
        out = ColorJitter()(dict(imgs=still, num_clips=2))['imgs']
        assert (out[0] == out[1]).all() and (out[2] == out[3]).all()
        assert not (out[0] == out[2]).all()
        assert not (out[0] == still[0]).all() and out.dtype == np.uint8

    def test_draws_from_the_intervals_in_any_order(self):
        np.random.seed(0)
        jitter = ColorJitter(0.4, (0.9, 1.3), 0.2, 0.05)
        drawn = [jitter.draw() for _ in range(300)]
        for name, low, high in (
            ('brightness', 0.6, 1.4),
            ('contrast', 0.9, 1.3),
            ('saturation', 0.8, 1.2),
            ('hue', -0.05, 0.05),
        ):
            values = [dict(changes)[name] for changes in drawn]
            assert low <= min(values) < low + 0.05 * (high - low)
            assert high - 0.05 * (high - low) < max(values) <= high
        assert len({tuple(name for name, _ in changes) for changes in drawn}) == 24

    def test_is_the_chain_of_its_changes(self):
        np.random.seed(3)
        out = ColorJitter(hue=0)(dict(imgs=list(CLIP)))['imgs']
        np.random.seed(3)
        expected = CLIP
        for name, value in ColorJitter(hue=0).draw():
            expected = expected if name == 'hue' else getattr(color, name)(expected, value)
        assert (out == expected).all()

    def test_zero_is_the_identity(self):
        assert np.asarray(ColorJitter(0, 0, 0, 0)(dict(imgs=CLIP))['imgs']) is CLIP

    @pytest.mark.parametrize(
        ('args', 'message'),
        [
            (dict(brightness=-1), r'brightness \(-1\) must be at least 0'),
            (dict(hue=0.6), r'hue \(0.6\) must be .* \[-0.5, 0.5\]'),
            (dict(contrast=(1.5, 0.5)), r'contrast \(\(1.5, 0.5\)\) must be in ascending order'),
        ],
    )
    def test_refuses(self, args, message):
        with pytest.raises(ValueError, match=message):
            ColorJitter(**args)

    def test_refuses_flow(self):
        with pytest.raises(ValueError, match='found uint8 with 2 channels'):
            ColorJitter()(dict(imgs=CLIP[..., :2]))


class TestRandomErasing:
    def erase(self, **args):
        before = CLIP.copy()
        out = np.asarray(RandomErasing(1.0, **args)(dict(imgs=CLIP))['imgs'])
        assert (before == CLIP).all()
        return out

    def test_const_fills_one_rectangle_in_all_frames(self):
        for seed in range(20):
            np.random.seed(seed)
            clip = np.zeros((3, 40, 60, 3), np.uint8)
            out = np.asarray(RandomErasing(1.0, 0.1, 0.2, fill_color=(1, 2, 3))(dict(imgs=clip))['imgs'])
            ys, xs = np.nonzero(out[0, ..., 0])
            h, w = np.ptp(ys) + 1, np.ptp(xs) + 1
            assert h * w == len(ys) and (out[:, ys, xs] == [1, 2, 3]).all() and (out == out[:1]).all()
            assert 0.08 < h * w / 2400 < 0.22 and 0.25 < h / w < 4

    def test_rand_fills_each_frame_with_its_own_noise(self):
        np.random.seed(0)
        out = self.erase(mode='rand', min_area_ratio=0.3)
        same = (out == CLIP).all(axis=(0, 3))
        assert 0.6 < same.mean() < 0.75
        patch = out[:, ~same]
        assert not (patch[0] == patch[1]).all() and 110 < patch.mean() < 145 and patch.std() > 65

    def test_rand_with_std_is_normal(self):
        np.random.seed(0)
        out = self.erase(mode='rand', fill_color=100, fill_std=10, min_area_ratio=0.3)
        patch = out[:, (out != CLIP).any(axis=(0, 3))]
        assert patch.mean() == pytest.approx(99.5, abs=1) and patch.std() == pytest.approx(10, abs=0.5)

    def test_probability(self):
        np.random.seed(0)
        changed = [RandomErasing(0.25)(dict(imgs=CLIP))['imgs'] is not CLIP for _ in range(1000)]
        assert 220 < sum(changed) < 280

    @pytest.mark.parametrize(
        ('args', 'message'),
        [
            (dict(erase_prob=2), r'erase_prob \(2\) must be in \[0, 1\]'),
            (dict(min_area_ratio=0.5), r'min_area_ratio \(0.5\) and max_area_ratio \(0.33'),
            (dict(aspect_range=(2, 1)), r'aspect_range \(2, 1\) must be positive'),
            (dict(mode='noise'), r"mode \('noise'\) must be one of 'const', 'rand'"),
            (dict(fill_std=1), r"fill_std \(1\) needs mode='rand'"),
        ],
    )
    def test_refuses(self, args, message):
        with pytest.raises(ValueError, match=message):
            RandomErasing(**args)
