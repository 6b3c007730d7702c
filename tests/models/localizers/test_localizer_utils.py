"""Overlaps, soft-NMS, BSN's proposals and features, offsets: hand-made tables, and plain loops as the other side."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.models.localizers import utils
from mmaction.models.localizers.utils.bsn_utils import boundary_peaks, proposals_from_scores

INFO = dict(
    video_name='v_a',
    duration_frame=100,
    duration_second=10.0,
    feature_frame=80,
    annotations=[dict(segment=[2.0, 4.0], label='x'), dict(segment=[6.0, 8.0], label='x')],
)


def segments(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.sort(rng.uniform(0, 1, (count, 2)), axis=1)


# --- overlaps ---------------------------------------------------------------------------------------------------------
def test_overlaps_by_hand():
    low, high = np.array([0.0, 0.5, 0.9, 0.3]), np.array([0.5, 1.0, 1.0, 0.3])
    np.testing.assert_allclose(utils.temporal_iou(low, high, 0.25, 0.75), [1 / 3, 1 / 3, 0, 0])
    np.testing.assert_allclose(utils.temporal_iop(low, high, 0.25, 0.75), [0.5, 0.5, 0, 0])
    assert utils.temporal_iou(0.2, 0.2, 0.2, 0.2) == 0
    assert utils.temporal_iou(0, 2, 1, 3) == pytest.approx(1 / 3)


def test_batch_iou_is_temporal_iou_of_all_pairs():
    rng = np.random.default_rng(0)
    a, b = segments(rng, 5), segments(rng, 3)
    want = utils.temporal_iou(a[:, :1], a[:, 1:], b[:, 0], b[:, 1])
    a, b = torch.tensor(a), torch.tensor(b)
    np.testing.assert_allclose(utils.batch_iou(a, b), want, atol=1e-12)
    np.testing.assert_allclose(utils.batch_iou(a.expand(2, -1, -1), b)[1], want, atol=1e-12)
    assert utils.batch_iou(torch.zeros(1, 2), torch.zeros(1, 2)).item() == 0


@given(st.integers(0, 10_000), st.floats(0.1, 2), st.floats(0.1, 2))
@settings(max_examples=25, deadline=None)
def test_offsets_undo_each_other(seed, scale_x, scale_w):
    rng = np.random.default_rng(seed)
    ours, theirs = torch.tensor(segments(rng, 4) + [0, 0.01]), torch.tensor(segments(rng, 4) + [0, 0.01])
    moved = utils.bbox_xw_transform_batch(ours, theirs) / torch.tensor([scale_x, scale_w])
    torch.testing.assert_close(utils.bbox_xw_transform_inv(ours, moved, scale_x, scale_w), theirs)
    moved = utils.bbox_se_transform_batch(ours, theirs) / scale_x
    torch.testing.assert_close(utils.bbox_se_transform_inv(ours, moved, scale_x), theirs)


def test_offsets_by_hand():
    box, other = torch.tensor([[2.0, 4.0]]), torch.tensor([[3.0, 7.0]])
    assert utils.bbox_xw_transform_batch(box, other).tolist() == [[1.0, pytest.approx(math.log(2))]]
    assert utils.bbox_se_transform_batch(box, other).tolist() == [[0.5, 1.5]]
    two = torch.tensor([[0.0, 0.0, 0.5, 1.5]])  # two pairs of offsets
    assert utils.bbox_se_transform_inv(box, two, 1.0).tolist() == [[2.0, 4.0, 3.0, 7.0]]
    assert utils.bbox_xw_transform_inv(box, torch.tensor([[0.5, 0.0, 0.0, 0.0]]), 2.0, 1.0).tolist() == [[4, 6, 2, 4]]


# --- soft-NMS ---------------------------------------------------------------------------------------------------------
def test_soft_nms_as_published():
    proposals = np.array([[0, 1, 1, 1, 0.5, 0.5], [0, 0.4, 1, 1, 0.4, 0.4], [0, 0.95, 1, 1, 0.6, 0.6]])
    np.testing.assert_array_equal(utils.soft_nms(proposals, 0.75, 0.65, 0.9, 1), [[0, 0.95, 0.6], [0, 0.4, 0.4]])
    left = utils.soft_nms(proposals, 0.75, 0.65, 0.9, 5)
    np.testing.assert_allclose(left[2], [0, 1, 0.5 * math.exp(-(0.95**2) / 0.75)])


def soft_nms_one_by_one(proposals, alpha, low, high, top_k):
    rest, taken = [list(p) for p in sorted(proposals[:, [0, 1, -1]].tolist(), key=lambda p: -p[2])], []
    while rest and len(taken) <= top_k:
        best = rest.pop(max(range(len(rest)), key=lambda i: rest[i][2]))
        taken.append(best)
        for other in rest:
            iou = float(utils.temporal_iou(best[0], best[1], other[0], other[1]))
            if iou > low + (high - low) * (best[1] - best[0]):
                other[2] *= math.exp(-(iou**2) / alpha)
    return np.array(taken)


@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 12), st.floats(0, 0.7))
@settings(max_examples=30, deadline=None)
def test_soft_nms_against_a_loop(seed, count, top_k, low):
    rng = np.random.default_rng(seed)
    proposals = np.c_[segments(rng, count), rng.uniform(0, 1, (count, 2))]
    got = utils.soft_nms(proposals, 0.4, low, 0.9, top_k)
    np.testing.assert_allclose(got, soft_nms_one_by_one(proposals, 0.4, low, 0.9, top_k), rtol=1e-12)
    assert (np.diff(got[:, 2]) <= 0).all()
    assert len(got) == min(count, top_k + 1)


def test_soft_nms_checks():
    with pytest.raises(ValueError, match=r'1 of 2 proposals contain NaN'):
        utils.soft_nms(np.array([[0, 1, 0.5], [0, np.nan, 0.4]]), 0.4, 0, 0, 5)
    with pytest.raises(ValueError, match=r'alpha \(0\) must be above 0'):
        utils.soft_nms(np.zeros((2, 3)), 0, 0, 0, 5)


def test_post_processing_by_hand():
    result = np.array([[-0.1, 0.5, 0.2], [0.4, 1.2, 0.9], [0.0, 0.1, 0.5]])
    info = dict(duration_frame=100, duration_second=50.0)
    got = utils.post_processing(result, info, 0.4, 0.9, 0.9, 2, 16)  # 96 of 100 frames, 48 seconds
    assert got == [
        dict(score=0.9, segment=[pytest.approx(0.4 * 48), 48.0]),
        dict(score=0.5, segment=[0.0, pytest.approx(4.8)]),
    ]
    short = utils.post_processing(result[1:2], dict(info, duration_frame=10), 0.4, 0.9, 0.9, 2, 16)
    assert short[0]['segment'] == [20.0, 50.0]


# --- proposals and features of BSN ------------------------------------------------------------------------------------
def test_boundary_peaks_by_hand():
    scores = np.array([0.9, 0.1, 0.3, 0.2, 0.6, 0.55, 0.5, 0.95])
    assert boundary_peaks(scores, 0.55).tolist() == [False, False, True, False, True, True, False, False]
    start, end = np.array([0.1, 0.8, 0.1, 0.1]), np.array([0.1, 0.1, 0.9, 0.2])
    table = proposals_from_scores(start, end, 0.5)
    best = [0.375, 0.625, 0.8, 0.9, 0.72]
    np.testing.assert_allclose(table[0], best)
    # starts 0, 1 and 3, ends 0, 2 and 3: (0, 2), (0, 3), (1, 2), (1, 3)
    assert sorted(map(tuple, table[:, :2].tolist())) == [(0.125, 0.625), (0.125, 0.875), (0.375, 0.625), (0.375, 0.875)]


def write(path, table, header='action,start,end,tmin,tmax'):
    np.savetxt(path, table, delimiter=',', header=header, comments='')


def tem_table(scores: np.ndarray) -> np.ndarray:
    steps = np.arange(len(scores)) / len(scores)
    return np.c_[scores, steps, steps + 1 / len(scores)]


def test_candidate_proposals_with_overlaps(tmp_path):
    scores = np.array([[0.1, 0.1, 0.1], [0.9, 0.8, 0.1], [0.9, 0.1, 0.9], [0.1, 0.1, 0.2]])
    write(tmp_path / 'v_a.csv', tem_table(scores))
    shared = {}
    made = utils.generate_candidate_proposals([0], [INFO], tmp_path, 4, 0.5, result_dict=shared)
    assert made['v_a'].shape == (4, 7)
    assert shared['v_a'] is made['v_a']
    # features cover 8 seconds: the actions are 0.25..0.5 and 0.75..1
    tmin, tmax, *_, iou, iop = made['v_a'][0]
    assert (tmin, tmax, iou) == (0.375, 0.625, pytest.approx(0.125 / 0.375))
    assert iop == pytest.approx(0.5)
    bare = {k: v for k, v in INFO.items() if k != 'annotations'}
    assert not utils.generate_candidate_proposals([0], [bare], tmp_path, 4, 0.5)['v_a'][:, 5:].any()


def test_malformed_results_are_named(tmp_path):
    def generate(scale=4):
        return utils.generate_candidate_proposals([0], [INFO], tmp_path, scale, 0.5)

    with pytest.raises(FileNotFoundError, match=r'v_a\.csv does not exist; it is written by testing the TEM'):
        generate()
    write(tmp_path / 'v_a.csv', tem_table(np.full((4, 3), 0.5)))
    with pytest.raises(ValueError, match=r'v_a has 4 rows in .*, but temporal_scale is 5'):
        generate(5)
    write(tmp_path / 'v_a.csv', tem_table(np.full((4, 3), np.nan)))
    with pytest.raises(ValueError, match=r'v_a\.csv holds 12 values that are not finite'):
        generate()
    write(tmp_path / 'v_a.csv', np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r'a table of \(4, 2\); it needs at least one row and 3 columns'):
        generate()
    with pytest.raises(NotImplementedError, match=r"Only '\.csv' files can be read, not '\.npy'"):
        utils.generate_candidate_proposals([0], [INFO], tmp_path, 4, 0.5, tem_results_ext='.npy')
    with pytest.raises(ValueError, match=r'num_sample_end \(1\) must be at least 2'):
        utils.generate_bsp_feature([0], [INFO], tmp_path, tmp_path, num_sample_end=1)


def bsp_one_by_one(proposal, action, ratio, counts, interp):
    gap, extend = 1 / len(action), len(action) // 4 + 10
    times = (np.arange(-extend, len(action) + extend) + 0.5) * gap
    values = np.pad(action, extend)
    tmin, tmax = proposal
    around = (tmax - tmin) * ratio
    out = []
    for left, right, count in (
        (tmin, tmax, counts[0]),
        (tmin - around, tmin + around, counts[1]),
        (tmax - around, tmax + around, counts[2]),
    ):
        step = (right - left) / (count - 1)
        for i in range(count):
            cell = [left + step * (i - 0.5 + j / interp) for j in range(interp + 1)]
            out.append(np.mean([np.interp(t, times, values) for t in cell]))
    return out


def test_bsp_features_against_a_loop(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / 'pgm').mkdir()
    scores = rng.uniform(0, 1, (20, 3)).astype(np.float32)
    proposals = np.sort(rng.integers(0, 20, (6, 2)), axis=1) / 20 + [0.025, 0.075]
    write(tmp_path / 'v_a.csv', tem_table(scores))
    write(tmp_path / 'pgm' / 'v_a.csv', proposals, 'tmin,tmax')
    made = utils.generate_bsp_feature([0], [INFO], tmp_path, tmp_path / 'pgm', top_k=5)['v_a']
    want = [bsp_one_by_one(p, scores[:, 0], 0.2, (16, 8, 8), 3) for p in proposals[:5]]
    np.testing.assert_allclose(made, want, atol=2e-6)
    write(tmp_path / 'pgm' / 'v_a.csv', proposals[:1], 'tmin,tmax')  # a single proposal
    assert utils.generate_bsp_feature([0], [INFO], tmp_path, tmp_path / 'pgm')['v_a'].shape == (1, 32)
