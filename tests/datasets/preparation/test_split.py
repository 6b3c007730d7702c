"""Splits of videos: deterministic, by group, with all classes on both sides where that is possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmaction.datasets.preparation.split import group_videos, split_videos


def test_groups_are_what_the_pattern_matches():
    videos = ['ann_1.mp4', 'ann_2.mp4', 'bob_1.mp4']
    assert group_videos(videos) == {video: video for video in videos}
    assert group_videos(videos, '^[^_]+') == dict(zip(videos, ('ann', 'ann', 'bob')))
    assert group_videos(videos, r'_(\d)') == dict(zip(videos, '121'))
    with pytest.raises(ValueError, match=r"--group-by 'x\+' matches nothing in the name of video 'ann_1\.mp4'"):
        group_videos(videos, 'x+')
    with pytest.raises(ValueError, match=r"--group-by '\(' is not a regular expression"):
        group_videos(videos, '(')


@given(
    groups=st.dictionaries(st.text('abc', min_size=3, max_size=5), st.sampled_from('abcdefg'), min_size=4),
    ratio=st.floats(0.1, 0.5),
    seed=st.integers(0, 5),
)
def test_groups_stay_together_whatever_the_order(groups, ratio, seed):
    labels = {video: {video[0]} for video in groups}
    if len(set(groups.values())) < 2:
        return
    chosen = split_videos(groups, labels, ratio, seed)
    backwards = dict(reversed(groups.items()))
    assert split_videos(backwards, labels, ratio, seed) == chosen
    assert 0 < len(chosen) < len(groups)
    sides = {groups[video]: video in chosen for video in groups}
    assert all((video in chosen) == sides[group] for video, group in groups.items())


def test_every_class_is_on_both_sides():
    groups = {f'v{number}': f'v{number}' for number in range(20)}
    labels = {video: {'rare' if number in (3, 11) else 'common'} for number, video in enumerate(groups)}
    for seed in range(20):
        chosen = split_videos(groups, labels, 0.2, seed)
        assert len(chosen) == 4
        assert len(chosen & {'v3', 'v11'}) == 1
    assert len({frozenset(split_videos(groups, labels, 0.2, seed)) for seed in range(20)}) > 10


def test_one_group_cannot_be_split():
    with pytest.raises(ValueError, match=r'needs two videos that are not of one group, found a, b in 1 group'):
        split_videos({'a': 'x', 'b': 'x'}, {'a': {'y'}, 'b': {'y'}}, 0.2)
