"""RandAugment and AugMix under the names of other packages."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter

import numpy as np
import pytest

from mmaction.datasets.transforms import ImgAug, PytorchVideoWrapper, TorchVisionWrapper
from mmaction.datasets.transforms.augment import AugMix, RandAugment, warp
from mmaction.datasets.transforms.augment.actions import ACTIONS, apply_action
from mmaction.testing import moving_texture

CLIP = moving_texture(3, 32, 48)
STILL = np.repeat(CLIP[:1], 3, axis=0)


class TestActions:
    @pytest.mark.parametrize('name', sorted(ACTIONS))
    def test_alike_in_all_frames_and_the_input_stays(self, name):
        before = STILL.copy()
        out, _ = apply_action(name, STILL, ACTIONS[name].draw(7))
        assert out.shape == STILL.shape and out.dtype == np.uint8
        assert (out == out[:1]).all() and not (out == STILL).all() and (before == STILL).all()

    @pytest.mark.parametrize(
        ('name', 'level', 'values'),
        [
            ('AdjustBrightness', 5, {0.55, 1.45}),
            ('AdjustSharpness', 10, {0.1, 1.9}),
            ('Rotate', 10, {-30, 30}),
            ('ShearX', 5, {-0.15, 0.15}),
            ('TranslateY', 10, {-0.45, 0.45}),
            ('Posterize', 7, {2}),
            ('Posterize', 10, {0}),
            ('Solarize', 10, {0}),
            ('Solarize', 0, {255}),
            ('Invert', 3, set()),
        ],
    )
    def test_strength_of_a_level(self, name, level, values):
        np.random.seed(0)
        drawn = {round(value, 6) for _ in range(30) for value in ACTIONS[name].draw(level)}
        assert drawn == values

    def test_boxes_follow_the_warp(self):
        clip = np.zeros((1, 40, 60, 3), np.uint8)
        clip[:, 15:22, 20:30] = 255
        box = np.array([[20, 15, 29, 21]], np.float32)  # first and last pixel
        for name, strength in (('rotate', 90.0), ('shear_x', 0.4), ('shear_y', -0.3), ('translate_x', 0.25)):
            matrix = getattr(warp, name)(strength, (60, 40))
            ys, xs = np.nonzero(warp.warp(clip, matrix, (0, 0, 0))[0, ..., 0] > 127)
            found = warp.warp_boxes(box, matrix, (60, 40))
            assert np.abs(found[0] - [xs.min(), ys.min(), xs.max(), ys.max()]).max() <= 1, name
            assert found.dtype == np.float32
        far = warp.warp_boxes(box, warp.translate_x(0.75, (60, 40)), (60, 40))
        assert far.tolist() == [[59, 15, 59, 21]]


class TestRandAugment:
    def test_draws(self):
        np.random.seed(0)
        policy = RandAugment(magnitude=7, num_layers=4, prob=0.5)
        drawn = [policy.draw() for _ in range(700)]
        counts = Counter(name for actions in drawn for name, _ in actions)
        assert set(counts) == set(ACTIONS) and len(ACTIONS) == 14
        assert all(70 < count < 135 for count in counts.values())  # 700 * 4 * 0.5 / 14 = 100
        turns = np.abs([args[0] for actions in drawn for name, args in actions if name == 'Rotate'])
        assert turns.mean() == pytest.approx(21, abs=0.6) and turns.std() == pytest.approx(1.5, abs=0.4)

    def test_uniform_levels(self):
        np.random.seed(0)
        policy = RandAugment(3, sampling_type='uniform')
        assert {policy._level() for _ in range(100)} == {0, 1, 2, 3}

    def test_through_the_wrapper(self):
        transform = PytorchVideoWrapper('RandAugment', magnitude=7, num_layers=4)
        np.random.seed(1)
        out = transform(dict(imgs=list(STILL)))
        assert (out['imgs'] == out['imgs'][0]).all() and not (out['imgs'] == STILL).all()
        np.random.seed(1)
        assert (RandAugment(magnitude=7, num_layers=4)(STILL)[0] == out['imgs']).all()

    def test_boxes_follow(self):
        boxes = np.array([[4, 5, 20, 21]], np.float32)
        transform = PytorchVideoWrapper('RandAugment', prob=1.0)
        for seed in range(20):
            np.random.seed(seed)
            out = transform(dict(imgs=CLIP, gt_bboxes=boxes))['gt_bboxes']
            np.random.seed(seed)
            moved = [
                ACTIONS[name].matrix(*args, (48, 32)) for name, args in transform.trans.draw() if ACTIONS[name].matrix
            ]
            expected = boxes
            for matrix in moved:
                expected = warp.warp_boxes(expected, matrix, (48, 32))
            assert (out == expected).all() and (out == boxes).all() == (not moved)


class TestAugMix:
    def test_mixes(self):
        np.random.seed(0)
        out = PytorchVideoWrapper('AugMix', magnitude=3, width=2)(dict(imgs=STILL))['imgs']
        assert out.dtype == np.uint8 and (out == out[0]).all() and not (out == STILL).all()

    def test_weights_sum_to_one(self):
        np.random.seed(0)
        policy = AugMix()
        policy._chain = lambda clip: clip
        assert all(np.abs(policy(CLIP)[0].astype(int) - CLIP).max() <= 1 for _ in range(10))

    def test_depth(self, monkeypatch):
        calls = []
        monkeypatch.setattr(
            'mmaction.datasets.transforms.augment.policies.apply_action',
            lambda name, clip, args: (calls.append(name), (clip, None))[1],
        )
        AugMix(width=4, depth=2)(CLIP)
        assert len(calls) == 8


def test_img_aug_default():
    transform = ImgAug('default')
    assert (transform.aug.magnitude, transform.aug.num_layers, transform.aug.prob) == (9, 2, 1.0)
    np.random.seed(0)
    out = transform(dict(imgs=CLIP, gt_bboxes=np.array([[4, 5, 20, 21]], np.float32)))
    assert out['imgs'].shape == CLIP.shape and not (out['imgs'] == CLIP).all()


@pytest.mark.skipif(importlib.util.find_spec('torchvision') is None, reason='torchvision is not installed')
def test_torchvision():
    out = TorchVisionWrapper('Grayscale', num_output_channels=3)(dict(imgs=list(CLIP)))['imgs']
    assert out.shape == CLIP.shape and (out == out[..., :1]).all()
    cut = TorchVisionWrapper('CenterCrop', size=(10, 20))(dict(imgs=CLIP))
    assert (cut['imgs'] == CLIP[:, 11:21, 14:34]).all() and cut['img_shape'] == (10, 20)
    with pytest.raises(ValueError, match=r"op \('Greyscale'\) is not in torchvision.transforms"):
        TorchVisionWrapper('Greyscale')


@pytest.mark.parametrize(
    ('package', 'build'),
    [
        ('torchvision', lambda: TorchVisionWrapper('Grayscale')),
        ('pytorchvideo', lambda: PytorchVideoWrapper('ShortSideScale', size=4)),
        ('imgaug', lambda: ImgAug([dict(type='Fliplr')])),
    ],
)
def test_says_what_to_install(package, build, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed, wherever the test runs
    with pytest.raises(ImportError, match=f'{package}.* is needed here .*pip install "?{package}'):
        build()


@pytest.mark.parametrize(
    ('error', 'message', 'build'),
    [
        (
            ValueError,
            r"op \('RandomErase'\) must be one of \['AugMix', 'Rand",
            lambda: PytorchVideoWrapper('RandomErase'),
        ),
        (TypeError, 'strength', lambda: PytorchVideoWrapper('RandAugment', strength=3)),
        (ValueError, r'magnitude \(11\) must be in \[0, 10\]', lambda: RandAugment(11)),
        (ValueError, r'num_layers \(0\) must be at least 1', lambda: RandAugment(num_layers=0)),
        (ValueError, r'prob \(-1\) must be in \[0, 1\]', lambda: RandAugment(prob=-1)),
        (ValueError, r"sampling_type \('beta'\) must be one of", lambda: RandAugment(sampling_type='beta')),
        (ValueError, r'magnitude \(-1\) must be in \[0, 10\]', lambda: AugMix(-1)),
        (ValueError, r'alpha \(0\) must be positive', lambda: AugMix(alpha=0)),
        (ValueError, r'width \(0\) must be at least 1', lambda: AugMix(width=0)),
        (ValueError, r'depth \(0\) must be at least 1, or -1', lambda: AugMix(depth=0)),
        (ValueError, r"transforms \('all'\) must be 'default'", lambda: ImgAug('all')),
        (
            ValueError,
            'RandAugment needs uint8 RGB frames, found float64 with 3 channels',
            lambda: PytorchVideoWrapper('RandAugment')(dict(imgs=CLIP / 255)),
        ),
    ],
)
def test_refuses(error, message, build):
    with pytest.raises(error, match=message):
        build()
