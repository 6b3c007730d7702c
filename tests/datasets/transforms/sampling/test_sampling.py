"""Where clips start and which frames they have: tables written by hand, closed forms, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.datasets.transforms import (
    DenseSampleFrames,
    SampleAVAFrames,
    SampleFrames,
    UniformSample,
    UniformSampleFrames,
    UntrimmedSampleFrames,
)
from mmaction.datasets.transforms.sampling import starts

quick = settings(max_examples=60, deadline=None)


def sample(transform, total, start_index=0, **more):
    return transform(dict(total_frames=total, start_index=start_index, **more))


def inds(transform, total, start_index=0, **more):
    results = sample(transform, total, start_index, **more)
    assert results['frame_inds'].dtype == np.int32
    return results['frame_inds'].tolist()


@pytest.mark.parametrize(
    ('args', 'total', 'expected'),
    [
        # clips of one frame: the middle of each stretch
        (dict(clip_len=1, num_clips=8), 40, [2, 7, 12, 17, 22, 27, 32, 37]),
        (dict(clip_len=1, num_clips=4, twice_sample=True), 40, [5, 15, 25, 35, 0, 10, 20, 30]),
        (dict(clip_len=1, num_clips=3), 2, [0, 1, 1]),
        # longer clips: spread from the first to the last start that fits; one lies in the middle
        (dict(clip_len=2, frame_interval=4), 100, [47, 51]),
        (dict(clip_len=2, frame_interval=4, num_clips=3), 100, [0, 4, 48, 52, 95, 99]),
        (dict(clip_len=2, frame_interval=1, num_clips=3), 5, [0, 1, 2, 3, 3, 4]),
        # 71 // 5 steps, rounded: 0 14.2 28.4 42.6 56.8 71
        (
            dict(clip_len=2, frame_interval=28, num_clips=3, twice_sample=True),
            100,
            [0, 28, 14, 42, 28, 56, 43, 71, 57, 85, 71, 99],
        ),
        # out of bound
        (dict(clip_len=8), 5, [0, 1, 2, 3, 4, 0, 1, 2]),
        (dict(clip_len=8, out_of_bound_opt='repeat_last'), 5, [0, 1, 2, 3, 4, 4, 4, 4]),
        (dict(clip_len=4, frame_interval=3, out_of_bound_opt='repeat_last'), 5, [0, 3, 3, 3]),
    ],
)
def test_test_mode_table(args, total, expected):
    assert inds(SampleFrames(test_mode=True, **args), total) == expected
    assert inds(SampleFrames(test_mode=True, **args), total, start_index=3) == [i + 3 for i in expected]


def test_results_say_what_was_sampled():
    results = sample(SampleFrames(4, 2, 3, twice_sample=True, test_mode=True), 100)
    assert (results['clip_len'], results['frame_interval'], results['num_clips']) == (4, 2, 6)
    assert results['frame_inds'].shape == (24,)
    assert sample(SampleFrames(4, 2, 3, twice_sample=True), 100)['num_clips'] == 3  # not in training


def test_target_fps_scales_the_interval():
    transform = SampleFrames(4, 3, 3, target_fps=30, test_mode=True)
    # at 60 fps the clip takes 24 frames: starts at whole steps of 76 / 2, frames at 0, 23 / 3, 46 / 3, 23
    assert inds(transform, 100, avg_fps=60) == [0, 7, 15, 23, 38, 45, 53, 61, 76, 83, 91, 99]
    assert inds(transform, 25, avg_fps=60) == [0, 7, 15, 23] * 3  # floor(1 / 2)
    # of unknown rate: as it is, 12 frames
    assert inds(transform, 13) == [0, 3, 7, 11] * 3


@quick
@given(st.integers(0, 2**31), st.sampled_from([15, 30, 59.94]), st.integers(1, 300))
def test_jitter_with_target_fps_stays_within_an_interval(seed, fps, total):
    np.random.seed(seed)
    plain = SampleFrames(4, 6, 2, target_fps=30, test_mode=True)
    moved = SampleFrames(4, 6, 2, target_fps=30, test_mode=True, temporal_jitter=True)
    step = (np.array(inds(moved, total, avg_fps=fps)) - inds(plain, total, avg_fps=fps)) % total
    assert (step < max(1, int(6 * fps / 30))).all()


def test_jitter_reaches_all_of_the_interval():
    np.random.seed(0)
    seen = {tuple(inds(SampleFrames(2, 3, temporal_jitter=True, test_mode=True), 4)) for _ in range(200)}
    assert seen == {(a % 4, (3 + b) % 4) for a in range(3) for b in range(3)}


class TestTrainStarts:
    def test_one_in_each_stretch(self):
        rand = np.random.RandomState(0)
        drawn = np.array([starts.train_starts(100, 8, 4, rand) for _ in range(500)])  # stretches of 93 // 4
        assert (drawn // 23 == np.arange(4)).all()
        assert (drawn.min(axis=0) == [0, 23, 46, 69]).all()
        assert (drawn.max(axis=0) == [22, 45, 68, 91]).all()

    def test_no_room_for_stretches(self):
        rand = np.random.RandomState(0)
        drawn = np.array([starts.train_starts(10, 9, 4, rand) for _ in range(200)])
        assert (np.sort(drawn, axis=1) == drawn).all()
        assert set(drawn.reshape(-1)) == {0, 1}

    @pytest.mark.parametrize(
        ('total', 'span', 'num', 'expected'),
        [(4, 1, 8, [0, 0, 1, 2, 2, 2, 3, 4]), (8, 8, 3, [0, 0, 1]), (3, 9, 4, [0, 0, 0, 0])],
    )
    def test_short_videos(self, total, span, num, expected):
        assert starts.train_starts(total, span, num).tolist() == expected

    def test_with_tail_reaches_the_last_start(self):
        rand = np.random.RandomState(0)
        drawn = np.array([starts.train_starts_with_tail(100, 8, 4, rand) for _ in range(2000)])
        assert drawn.max() == 92 and drawn.min() == 0  # without the tail 91, see above
        assert starts.train_starts_with_tail(7, 8, 3).tolist() == [0, 0, 0]


def test_same_draws_under_one_seed():
    transform, again = SampleFrames(4, 2, 3), SampleFrames(4, 2, 3)
    np.random.seed(5)
    first = inds(transform, 90)
    np.random.seed(5)
    offsets = np.random.randint(27, size=3)  # (90 - 8 + 1) // 3
    assert first == (np.arange(3) * 27 + offsets)[:, None].__add__(np.arange(4) * 2).reshape(-1).tolist()
    assert first != inds(again, 90)


class TestDense:
    def test_table(self):
        transform = DenseSampleFrames(1, num_clips=2, sample_range=64, num_sample_positions=3, test_mode=True)
        assert inds(transform, 100) == [0, 32, 18, 50, 36, 68]
        assert sample(transform, 100)['num_clips'] == 6
        assert inds(transform, 20) == [0, 12, 0, 12, 0, 12]  # 32 % 20

    def test_train_covers_all_positions(self):
        np.random.seed(0)
        transform = DenseSampleFrames(2, 3, 2, sample_range=8)
        seen = {tuple(inds(transform, 10)) for _ in range(200)}
        assert seen == {tuple((s + k) % 10 for k in (0, 3, 4, 7)) for s in range(3)}

    def test_refuses(self):
        with pytest.raises(ValueError, match=r'sample_range \(0\) must be at least 1'):
            DenseSampleFrames(1, sample_range=0)
        with pytest.raises(ValueError, match=r'raise num_sample_positions \(10\)'):
            DenseSampleFrames(1, twice_sample=True)


class TestUniformSample:
    @pytest.mark.parametrize(
        ('clip_len', 'num_clips', 'total', 'expected'),
        [
            (8, 1, 33, [2, 6, 10, 14, 18, 22, 26, 30]),
            (4, 3, 17, [1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]),
            (8, 1, 3, [0, 0, 0, 1, 1, 1, 2, 2]),
            (2, 2, 1, [0, 0, 0, 0]),
        ],
    )
    def test_table(self, clip_len, num_clips, total, expected):
        assert inds(UniformSample(clip_len, num_clips, test_mode=True), total, 1) == [i + 1 for i in expected]

    def test_train_draws_within_the_segment(self):
        np.random.seed(0)
        drawn = np.array([inds(UniformSample(4, 2), 17) for _ in range(300)]).reshape(-1, 4)
        assert (drawn.min(axis=0) == [0, 4, 8, 12]).all() and (drawn.max(axis=0) == [4, 8, 12, 16]).all()
        results = sample(UniformSample(4, 2), 17)
        assert (results['clip_len'], results['frame_interval'], results['num_clips']) == (4, None, 2)


class TestUniformSampleFrames:
    def test_test_mode_draws_from_the_seed_alone(self):
        transform = UniformSampleFrames(4, num_clips=2, test_mode=True)
        before = np.random.get_state()[1].copy()
        rand = np.random.RandomState(255)
        expected = [b + o for _ in range(2) for b, o in zip((0, 25, 50, 75), rand.randint([25] * 4))]
        assert inds(transform, 100) == inds(transform, 100) == expected
        assert (np.random.get_state()[1] == before).all()
        assert inds(UniformSampleFrames(4, 2, True, seed=1), 100) != expected

    def test_between_one_and_two_lengths_leaves_some_out(self):
        drawn = np.random.RandomState(255).choice(6, 3, replace=False)
        expected = np.setdiff1d(np.arange(8), np.sort(drawn) + np.arange(3))  # the gaps, counted in the video
        assert inds(UniformSampleFrames(5, test_mode=True), 8) == expected.tolist()

    def test_short_videos_loop(self):
        assert inds(UniformSampleFrames(8, 2, test_mode=True), 5) == [0, 1, 2, 3, 4, 0, 1, 2, 2, 3, 4, 0, 1, 2, 3, 4]
        assert inds(UniformSampleFrames(2, 3, test_mode=True), 1) == [0] * 6
        np.random.seed(0)
        drawn = np.array([inds(UniformSampleFrames(8), 5) for _ in range(100)])
        assert set(drawn[:, 0]) == set(range(5)) and ((drawn[:, 1:] - drawn[:, :-1]) % 5 == 1).all()

    def test_keypoints_must_fit(self):
        with pytest.raises(ValueError, match=r'keypoint has 9 frames .*, fewer than total_frames \(10\)'):
            UniformSampleFrames(4)(dict(total_frames=10, keypoint=np.zeros((1, 9, 17, 2))))


def test_untrimmed():
    transform = UntrimmedSampleFrames(clip_len=3, clip_interval=16, frame_interval=2)
    assert inds(transform, 25, 1) == [7, 9, 11, 23, 25, 25]  # the last frame is 24, counted from 1
    assert sample(transform, 25)['num_clips'] == 2
    assert inds(UntrimmedSampleFrames(), 4) == [3]
    assert transform(dict(total_frames=40, start_index=0))['clip_interval'] == 16
    assert inds(UntrimmedSampleFrames(clip_len=4, clip_interval=1), 1) == [0, 0, 0, 0]


def test_ava():
    args = dict(fps=30, timestamp=902, timestamp_start=900, shot_info=(0, 63), start_index=1)
    results = SampleAVAFrames(4, 2, test_mode=True)(dict(args))
    assert results['frame_inds'].tolist() == [58, 60, 62, 63]  # 57, 59, 61 and 63 -> 62, counted from 1
    assert (results['num_clips'], results['frame_interval'], results['crop_quadruple'].tolist()) == (1, 2, [0, 0, 1, 1])
    for start_index in ({}, dict(start_index=0)):  # as AVA-Kinetics and MultiSports count
        args_of_zero = dict(fps=30, timestamp=902, timestamp_start=900, shot_info=(0, 63), **start_index)
        assert SampleAVAFrames(4, 2, test_mode=True)(args_of_zero)['frame_inds'].tolist() == [56, 58, 60, 62]
    np.random.seed(0)
    moved = np.array([SampleAVAFrames(2, 3)(dict(args, total_frames=1000))['frame_inds'] for _ in range(200)])
    assert [set(column) for column in moved.T] == [{57, 58, 59, 60}, {60, 61, 62, 63}]  # -2 to 1


@pytest.mark.parametrize(
    ('change', 'fault'),
    [
        (dict(timestamp=932), r'timestamp 932 is outside of a.mp4: it is frame 960 of 900, at fps=30 from .*start=900'),
        (dict(timestamp=898), r'timestamp 898 is outside of a.mp4: it is frame -60 of 900'),
        (dict(avg_fps=25.0), r'a.mp4 has 25 frames a second, but fps of the dataset is 30.*Set fps=25, or fps=1'),
    ],
)
def test_ava_timestamps_must_fit_the_video(change, fault):
    sample = dict(fps=30, timestamp=910, timestamp_start=900, total_frames=900, avg_fps=29.97, video_id='a.mp4')
    sampler = SampleAVAFrames(2, 1, test_mode=True)
    assert sampler(dict(sample))['frame_inds'].tolist() == [299, 300]
    assert sampler(dict(sample, timestamp=930))['frame_inds'].tolist() == [899, 899]  # within a second: the last frame
    assert sampler(dict(sample, fps=1, timestamp_start=1, timestamp=12))['frame_inds'].tolist() == [10, 11]  # frames
    with pytest.raises(ValueError, match=fault):
        sampler(dict(sample, **change))


@quick
@given(
    st.integers(1, 400),
    st.integers(1, 20),
    st.integers(1, 9),
    st.integers(1, 6),
    st.sampled_from(['loop', 'repeat_last']),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, 24]),
)
def test_indices_in_range(total, clip_len, interval, num_clips, bound, test_mode, flag, jitter, target_fps):
    transforms = [
        SampleFrames(clip_len, interval, num_clips, jitter, flag, bound, test_mode, not flag, target_fps),
        DenseSampleFrames(
            clip_len,
            interval,
            num_clips,
            jitter,
            False,
            bound,
            test_mode,
            sample_range=num_clips,
            num_sample_positions=2,
        ),
        UniformSample(clip_len, num_clips, test_mode),
        UniformSampleFrames(clip_len, num_clips, test_mode),
        UntrimmedSampleFrames(clip_len, interval, interval),
    ]
    for transform in transforms:
        results = sample(transform, total, 1, avg_fps=50)
        found = results['frame_inds']
        assert found.min() >= 1 and found.max() <= total
        assert len(found) == results['num_clips'] * clip_len


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: SampleFrames(0), r'clip_len \(0\) must be at least 1. Did you mean num_clips\?'),
        (lambda: SampleFrames(1, frame_interval=0), r'frame_interval \(0\) must be at least 1'),
        (lambda: SampleFrames(1, num_clips=-1), r'num_clips \(-1\) must be at least 1'),
        (
            lambda: SampleFrames(1, out_of_bound_opt='wrap'),
            r"out_of_bound_opt \('wrap'\) must be one of 'loop', 'rep",
        ),
        (lambda: SampleFrames(1, target_fps=0), r'target_fps \(0\) must be positive'),
        (lambda: UniformSample(0), r'clip_len \(0\) must be at least 1'),
        (lambda: UniformSampleFrames(4, 0), r'num_clips \(0\) must be at least 1'),
        (lambda: UntrimmedSampleFrames(clip_interval=0), r'clip_interval \(0\) must be at least 1'),
        (
            lambda: SampleFrames(1)(dict(total_frames=0, start_index=0, filename='a.mp4')),
            r'total_frames of a.mp4 \(0\) must be at least 1',
        ),
    ],
)
def test_refuses(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_unknown_keywords_are_ignored_with_a_warning():
    with pytest.warns(UserWarning, match=r'SampleFrames has no use for start_index=1, .* are clip_len, frame_interval'):
        sampler = SampleFrames(4, start_index=1)
    assert inds(sampler, 4) == [0, 1, 2, 3]
    with pytest.warns(UserWarning, match='DenseSampleFrames has no use for interval_frames=2'):
        DenseSampleFrames(1, interval_frames=2)
