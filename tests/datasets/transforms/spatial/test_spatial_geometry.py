"""Resize, crops and flips: exact pixels, views, boxes and keypoints that follow, messages."""

from __future__ import annotations

import cv2
import mmcv
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.datasets.transforms import (
    CenterCrop,
    Flip,
    MultiScaleCrop,
    RandomCrop,
    RandomRescale,
    RandomResizedCrop,
    Resize,
    TenCrop,
    ThreeCrop,
)
from mmaction.datasets.transforms.spatial import draw, ops
from mmaction.datasets.transforms.spatial.resize import rescale_size

quick = settings(max_examples=60, deadline=None)


def numbered(t=2, h=6, w=8, c=3):
    """A clip of which each value says where it is from."""
    return np.arange(t * h * w * c, dtype=np.int64).reshape(t, h, w, c)


def noise(t=2, h=24, w=32, c=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (t, h, w, c), dtype=np.uint8)


def run(transform, clip, **more):
    return transform(dict(imgs=clip, img_shape=clip.shape[1:3], modality='RGB', **more))


# --- resize ----------------------------------------------------------------------------------------------------------
@quick
@given(
    st.integers(1, 2000),
    st.integers(1, 2000),
    st.one_of(st.floats(0.1, 4), st.tuples(st.integers(1, 900), st.integers(1, 900))),
)
def test_rescale_size_is_mmcv_s(w, h, scale):
    assert rescale_size((w, h), scale) == mmcv.rescale_size((w, h), scale)


@pytest.mark.parametrize('interpolation', ['nearest', 'bilinear', 'bicubic', 'area', 'lanczos'])
@pytest.mark.parametrize('channels', [1, 2, 3])
def test_resize_equals_mmcv_frame_by_frame(interpolation, channels):
    clip = noise(c=channels)
    results = run(Resize((19, 31), keep_ratio=False, interpolation=interpolation), clip)
    expected = np.stack([mmcv.imresize(frame, (19, 31), interpolation=interpolation) for frame in clip])
    assert results['imgs'].shape == (2, 31, 19, channels)
    assert (results['imgs'] == expected.reshape(2, 31, 19, channels)).all()
    assert results['img_shape'] == (31, 19)
    assert results['scale_factor'] == pytest.approx([19 / 32, 31 / 24])


@pytest.mark.parametrize(
    ('scale', 'shape'),
    [((-1, 12), (12, 16)), ([12, -1], (12, 16)), ((20, 100), (20, 27)), ((16, 16), (12, 16)), (0.5, (12, 16))],
)
def test_keep_ratio(scale, shape):
    results = run(Resize(scale), noise())
    assert results['img_shape'] == results['imgs'].shape[1:3] == shape


def test_scale_factor_multiplies_and_the_same_size_costs_nothing():
    clip = noise()
    results = run(Resize((-1, 24)), clip)
    assert np.asarray(results['imgs']) is clip
    results = Resize((8, 8), keep_ratio=False)(Resize((-1, 12))(results))
    assert results['scale_factor'] == pytest.approx([8 / 32, 8 / 24])


def test_random_rescale():
    np.random.seed(0)
    seen = {run(RandomRescale((10, 12)), noise())['img_shape'] for _ in range(40)}
    assert seen == {(10, 13), (11, 15), (12, 16)}
    results = run(RandomRescale([11, 11]), noise())
    assert results['short_edge'] == 11


# --- crop ------------------------------------------------------------------------------------------------------------
@quick
@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 40))
def test_crops_lie_inside_and_are_views(seed, h, w):
    np.random.seed(seed)
    clip = numbered(1, h, w, 1)
    side = min(h, w)
    for transform in (
        RandomCrop(side),
        CenterCrop((w, side)),
        RandomResizedCrop((0.3, 1.0)),
        MultiScaleCrop((w, h), (1, 0.9), random_crop=True),
        MultiScaleCrop(side, (1, 0.9), num_fixed_crops=13),
    ):
        if isinstance(transform, MultiScaleCrop) and side < 2:
            continue
        results = run(transform, clip)
        left, top, right, bottom = results['crop_bbox']
        assert 0 <= left < right <= w and 0 <= top < bottom <= h
        assert (results['imgs'] == clip[:, top:bottom, left:right]).all()
        assert results['img_shape'] == (bottom - top, right - left)
        assert np.shares_memory(results['imgs'], clip)


def test_centre_crop():
    clip = numbered(1, 7, 10, 1)
    results = run(CenterCrop((4, 3)), clip)
    assert results['crop_bbox'].tolist() == [3, 2, 7, 5]
    assert (results['imgs'] == clip[:, 2:5, 3:7]).all()


def test_random_crop_reaches_both_ends():
    np.random.seed(0)
    corners = {tuple(run(RandomCrop(5), numbered())['crop_bbox'][:2]) for _ in range(200)}
    assert corners == {(x, y) for x in range(4) for y in range(2)}


def test_random_resized_crop_draws_what_it_says():
    np.random.seed(0)
    boxes = np.array([RandomResizedCrop.get_crop_bbox((240, 320), (0.2, 0.5), (0.5, 2)) for _ in range(400)])
    w, h = (boxes[:, 2:] - boxes[:, :2]).T
    area, ratio = w * h / (240 * 320), w / h
    assert area.min() == pytest.approx(0.2, abs=0.01) and area.max() == pytest.approx(0.5, abs=0.01)
    assert ratio.min() == pytest.approx(0.5, abs=0.05) and ratio.max() == pytest.approx(2, abs=0.05)
    assert area.mean() == pytest.approx(0.35, abs=0.02) and np.log(ratio).mean() == pytest.approx(0, abs=0.1)
    # nothing fits: the largest centred square
    assert RandomResizedCrop.get_crop_bbox((10, 50), (1, 1), (1, 1.01)) == (20, 0, 30, 10)


def test_multi_scale_sizes_and_places():
    sizes = draw.multi_scale_sizes((256, 340), (224, 224), (1, 0.875, 0.75, 0.66), 1)
    near = {256: (256, 224), 224: (256, 224, 192), 192: (224, 192, 168), 168: (192, 168)}
    assert sizes == [(w, h) for h in (256, 224, 192, 168) for w in near[h]]
    assert draw.multi_scale_sizes((223, 300), (224, 224), (1,), 0) == [(224, 223)]  # equal where it fits
    np.random.seed(0)
    for count, expected in ((5, 5), (13, 13)):
        transform = MultiScaleCrop(4, (0.5,), num_fixed_crops=count)
        seen = {tuple(run(transform, numbered(1, 8, 12, 1))['crop_bbox']) for _ in range(300)}
        assert len(seen) == expected
        assert {(0, 0, 4, 4), (8, 0, 12, 4), (0, 4, 4, 8), (8, 4, 12, 8), (4, 2, 8, 6)} <= seen


def test_three_crop_table():
    wide = numbered(2, 4, 10)
    results = run(ThreeCrop(4), wide)
    expected = np.concatenate([wide[:, :, x : x + 4] for x in (0, 6, 3)])
    assert (results['imgs'] == expected).all()
    assert results['crop_bbox'][::2].tolist() == [[0, 0, 4, 4], [6, 0, 10, 4], [3, 0, 7, 4]]
    assert len(results['crop_bbox']) == 6 and results['img_shape'] == (4, 4)
    high = numbered(2, 10, 4)
    assert (run(ThreeCrop(4), high)['imgs'] == np.concatenate([high[:, y : y + 4] for y in (0, 6, 3)])).all()


def test_ten_crop_table():
    clip = noise(2, 9, 13)
    results = run(TenCrop((5, 4)), clip)
    views = np.asarray(results['imgs']).reshape(5, 2, 2, 4, 5, 3)
    for view, (x, y) in zip(views, [(0, 0), (8, 0), (0, 4), (8, 4), (4, 2)]):
        part = clip[:, y : y + 4, x : x + 5]
        assert (view[0] == part).all() and (view[1] == part[:, :, ::-1]).all()
    assert results['crop_bbox'].shape == (20, 4)
    assert results['crop_bbox'][4].tolist() == [8, 0, 13, 4]


def test_ten_crop_of_flow_negates_x_of_the_mirrored():
    clip = noise(2, 9, 13, 2)
    results = TenCrop(4)(dict(imgs=clip, modality='Flow'))
    plain, mirrored = np.asarray(results['imgs']).reshape(5, 2, 2, 4, 4, 2).swapaxes(0, 1)
    back = mirrored[:, :, :, ::-1]
    assert (back[..., 0] == 255 - plain[..., 0]).all() and (back[..., 1] == plain[..., 1]).all()


# --- flip ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ('direction', 'modality'), [('horizontal', 'RGB'), ('vertical', 'RGB'), ('horizontal', 'Flow')]
)
def test_flip_twice_is_identity(direction, modality):
    clip = noise(c=2 if modality == 'Flow' else 3)
    boxes = np.array([[1, 2, 5, 9], [0, 0, 32, 24]], np.float32)
    start = dict(imgs=clip, modality=modality, gt_bboxes=boxes.copy(), proposals=boxes[:1].copy())
    once = Flip(1.0, direction)(dict(start))
    twice = Flip(1.0, direction)(dict(once))
    assert once['flip'] is True and once['flip_direction'] == direction
    assert not (once['imgs'] == clip).all()
    assert (twice['imgs'] == clip).all() and (twice['gt_bboxes'] == boxes).all()
    assert (start['gt_bboxes'] == boxes).all() and (twice['proposals'] == boxes[:1]).all()


def test_flip_pixels():
    clip = noise()
    assert (run(Flip(1), clip)['imgs'] == clip[:, :, ::-1]).all()
    assert (run(Flip(1, 'vertical'), clip)['imgs'] == clip[:, ::-1]).all()
    assert run(Flip(0), clip)['imgs'] is clip
    interleaved = noise(4, c=1)  # x, y, x, y
    flipped = np.asarray(Flip(1)(dict(imgs=interleaved, modality='Flow'))['imgs'])[:, :, ::-1]
    assert (flipped[::2] == 255 - interleaved[::2]).all() and (flipped[1::2] == interleaved[1::2]).all()


def test_flip_ratio():
    np.random.seed(0)
    assert 220 < sum(run(Flip(0.25), noise())['flip'] for _ in range(1000)) < 280


@pytest.mark.parametrize(
    ('label', 'expected'),
    [(86, 87), (5, 5), ([86, 5], [87, 5]), (np.array([87, 1]), np.array([86, 1]))],
)
def test_flip_label_map(label, expected):
    table = {86: 87, 87: 86}
    found = run(Flip(1, flip_label_map=table), noise(), label=label)['label']
    assert type(found) is type(expected) and np.array_equal(found, expected)
    assert np.array_equal(run(Flip(0, flip_label_map=table), noise(), label=label)['label'], label)


def test_keypoints_follow():
    keypoint = np.array([[[[10, 4], [20, 6], [0, 0]]]], np.float32)  # (M, T, V, xy), the last is missing
    score = np.array([[[0.1, 0.2, 0.3]]])
    results = dict(keypoint=keypoint, keypoint_score=score, img_shape=(24, 32), modality='Pose')
    results = Flip(1, left_kp=[0], right_kp=[1])(results)
    assert results['keypoint'].tolist() == [[[[12, 6], [22, 4], [0, 0]]]]
    assert results['keypoint_score'].tolist() == [[[0.2, 0.1, 0.3]]]
    assert keypoint[0, 0, 0].tolist() == [10, 4]  # the annotation stays
    results = Resize((64, 12), keep_ratio=False)(results)
    assert results['keypoint'].tolist() == [[[[24, 3], [44, 2], [0, 0]]]]
    results = CenterCrop((20, 10))(results)
    assert results['keypoint'][0, 0, :2].tolist() == [[2, 2], [22, 1]] and results['img_shape'] == (10, 20)


# --- boxes follow pixels ---------------------------------------------------------------------------------------------
@quick
@given(st.integers(0, 2**31), st.integers(0, 25), st.integers(0, 19), st.permutations(range(4)))
def test_box_follows_its_pixels(seed, x, y, order):
    """A bright rectangle and its box stay together through any order of transforms."""
    np.random.seed(seed)
    clip = np.zeros((1, 24, 32, 1), np.uint8)
    clip[:, y : y + 5, x : x + 7] = 255
    box = np.array([[x, y, x + 7, y + 5]], np.float32)
    results = dict(imgs=clip, modality='RGB', gt_bboxes=box, proposals=box.copy())
    steps = [Resize((64, 48), keep_ratio=False), RandomResizedCrop((0.5, 1)), Flip(1), Flip(0.5, 'vertical')]
    for i in order:
        results = steps[i](results)
    ys, xs = np.nonzero(results['imgs'][0][..., 0] > 127)
    if len(xs) == 0:
        return
    assert results['gt_bboxes'].dtype == np.float32
    found = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    # a crop clips boxes to the last pixel, not behind it; the resize may make that pixel three
    assert np.abs(results['gt_bboxes'][0] - found).max() <= 4
    assert (results['gt_bboxes'] == results['proposals']).all()


def test_boxes_table():
    boxes = np.array([[2, 3, 10, 12]], np.float32)
    assert run(CenterCrop(8), noise(1, 24, 16), gt_bboxes=boxes)['gt_bboxes'].tolist() == [[0, 0, 6, 4]]
    assert run(Resize((32, 12), keep_ratio=False), noise(1, 24, 16), gt_bboxes=boxes)['gt_bboxes'].tolist() == [
        [4, 1.5, 20, 6]
    ]
    assert run(Flip(1), noise(1, 24, 16), gt_bboxes=boxes)['gt_bboxes'].tolist() == [[6, 3, 14, 12]]
    assert run(Flip(1, 'vertical'), noise(1, 24, 16), gt_bboxes=boxes)['gt_bboxes'].tolist() == [[2, 12, 10, 21]]
    assert run(Flip(1), noise(), gt_bboxes=boxes, proposals=None)['proposals'] is None


# --- input of one's own transforms -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    'transform',
    [
        Resize((-1, 12)),
        RandomCrop(10),
        RandomResizedCrop(),
        MultiScaleCrop(20, (1, 0.8)),
        CenterCrop(10),
        ThreeCrop((10, 24)),
        TenCrop(10),
        Flip(1),
        RandomRescale((10, 20)),
    ],
    ids=lambda t: type(t).__name__,
)
def test_a_list_of_frames_is_as_good_as_an_array(transform):
    clip = noise()
    np.random.seed(1)
    from_array = transform(dict(imgs=clip, modality='RGB'))
    np.random.seed(1)
    from_list = transform(dict(imgs=list(clip), modality='RGB'))
    assert isinstance(from_array['imgs'], list) and isinstance(from_list['imgs'], list)
    assert np.array_equal(from_array['imgs'], from_list['imgs'])
    assert from_array['img_shape'] == from_list['img_shape'] == from_array['imgs'].shape[1:3]
    assert (clip == noise()).all()  # the input is not written


def test_gray_frames_stay_without_a_channel():
    frames = [frame[..., 0] for frame in noise()]
    resized = Resize((16, 12))(dict(imgs=frames))['imgs']
    assert resized.shape == (2, 12, 16)
    assert (resized[1] == mmcv.imresize(frames[1], (16, 12))).all()
    assert Resize((16, 12))(dict(imgs=noise(c=1)))['imgs'].shape == (2, 12, 16, 1)


def test_resize_writes_into_one_array():
    out = ops.resize(noise(), (5, 7))
    assert out.base is None and out.flags.c_contiguous
    assert (out[1] == cv2.resize(noise()[1], (5, 7), interpolation=cv2.INTER_LINEAR)).all()


# --- messages --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ('error', 'message', 'call'),
    [
        (ValueError, r"interpolation \('linear'\) must be one of", lambda: Resize((4, 4), interpolation='linear')),
        (ValueError, r'scale \(-0.5\) must be positive', lambda: Resize(-0.5)),
        (ValueError, r'scale \(0.5\) is a factor', lambda: Resize(0.5, keep_ratio=False)),
        (TypeError, r"scale \('256'\) must be a float or \(w, h\)", lambda: Resize('256')),
        (TypeError, r'scale \(256\) must be a float or \(w, h\)', lambda: Resize(256)),
        (ValueError, r'scale \(\(-1, -1\)\) must be positive', lambda: Resize((-1, -1))),
        (ValueError, r'scale \(\(-1, 256\)\) has no limit', lambda: Resize((-1, 256), keep_ratio=False)),
        (ValueError, r'makes \(32, 24\) into \(1, 0\)', lambda: run(Resize(0.02), noise())),
        (ValueError, r'scale_range \(320, 256\) must be positive and in asc', lambda: RandomRescale((320, 256))),
        (ValueError, r"interpolation \('x'\) must be one of", lambda: RandomRescale((1, 2), interpolation='x')),
        (TypeError, r'size \(\(4, 4\)\) must be an int', lambda: RandomCrop((4, 4))),
        (ValueError, r'size \(0\) must be at least 1', lambda: RandomCrop(0)),
        (ValueError, r'size \(w, h\) = \(25, 25\) is larger .* \(32, 24\)', lambda: run(RandomCrop(25), noise())),
        (ValueError, r'crop_size .* makes the short edge 33 or more', lambda: run(CenterCrop(33), noise())),
        (TypeError, r"crop_size \('8'\) must be an int or \(w, h\)", lambda: CenterCrop('8')),
        (ValueError, r'crop_size \(\(0, 4\)\) must be at least 1', lambda: CenterCrop((0, 4))),
        (ValueError, r'area_range \(1.0, 0.1\) must be positive', lambda: RandomResizedCrop((1.0, 0.1))),
        (TypeError, r'aspect_ratio_range \(1\) must be two numbers', lambda: RandomResizedCrop(aspect_ratio_range=1)),
        (TypeError, r'scales \(1\) must be a sequence', lambda: MultiScaleCrop(4, scales=1)),
        (ValueError, r'scales \(\(1, 1.5\)\) must lie in', lambda: MultiScaleCrop(4, scales=(1, 1.5))),
        (ValueError, r'num_fixed_crops \(7\) must be one of 5, 13', lambda: MultiScaleCrop(4, num_fixed_crops=7)),
        (ValueError, r'= \(8, 8\) must equal .* \(32, 24\) in one direction', lambda: run(ThreeCrop(8), noise())),
        (ValueError, r'crop_size .* = \(40, 40\) is larger', lambda: run(TenCrop(40), noise())),
        (ValueError, r'flip_ratio \(1.5\) must be in \[0, 1\]', lambda: Flip(1.5)),
        (ValueError, r"direction \('diagonal'\) must be one of", lambda: Flip(direction='diagonal')),
        (ValueError, r'left_kp \(\[1\]\) and right_kp \(None\)', lambda: Flip(left_kp=[1])),
        (
            ValueError,
            r"direction \('vertical'\) is not defined for flow",
            lambda: Flip(1, 'vertical')(dict(imgs=noise(c=2), modality='Flow')),
        ),
        (
            ValueError,
            r'gt_bboxes must be \(N, 4\), .* \(5,\)',
            lambda: run(Flip(1), noise(), gt_bboxes=np.zeros(5)),
        ),
        (ValueError, r'imgs is empty; a sample needs at least one frame', lambda: Flip(1)(dict(imgs=[]))),
        (
            ValueError,
            r'differ in shape \(\(2, 2, 3\) and \(2, 3, 3\)\)',
            lambda: TenCrop(1)(dict(imgs=[np.zeros((2, 2, 3)), np.zeros((2, 3, 3))])),
        ),
        (ValueError, r'found frames of shape \(2,\)', lambda: Flip(1)(dict(imgs=np.zeros((2, 2))))),
        (
            ValueError,
            r'imgs of int64 cannot be resized; make them one of uint8',
            lambda: run(Resize((4, 4)), noise().astype(np.int64)),
        ),
    ],
)
def test_refuses(error, message, call):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize('dtype', [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize('channels', [1, 2, 3, 17])
def test_contiguous_is_numpy_s(dtype, channels):
    clip = noise(c=channels).astype(dtype)
    for view in (clip, clip[:, 3:9, 4:20], clip[:, 3:9, 20:4:-1], clip[:, ::-1, ::-1], clip[:, ::-1], clip[::-1]):
        out = ops.contiguous(view)
        assert out.flags.c_contiguous and out.dtype == dtype and (out == view).all()
        assert (out is view) == (view is clip) and not np.shares_memory(ops.contiguous(view, copy=True), clip)


def test_resize_of_a_flipped_clip():
    clip = noise()
    assert (ops.resize(ops.flip(clip), (16, 12)) == ops.resize(clip[:, :, ::-1].copy(), (16, 12))).all()
