"""Splits: stratified, by group, the same in each run; groups from names."""

from __future__ import annotations

from collections import Counter

import pytest

from mmaction.datasets.scan import Clip, group_by, guess_groups, split_off


def counts(clips: list[Clip], split: str) -> Counter[str]:
    return Counter(clip.label for clip in clips if clip.split == split)


def test_each_class_is_split_by_the_ratio() -> None:
    clips = [
        Clip(f'{label}/{i}.mp4', label) for label, n in (('a', 50), ('b', 10), ('c', 2), ('d', 1)) for i in range(n)
    ]
    done = split_off(clips, 'val', 0.2)
    assert counts(done, 'val') == {'a': 10, 'b': 2, 'c': 1}
    assert counts(done, 'train') == {'a': 40, 'b': 8, 'c': 1, 'd': 1}
    assert [clip.path for clip in done] == [clip.path for clip in clips]
    assert split_off(clips, 'val', 0.2) == done
    assert split_off(clips, 'val', 0.2, seed=1) != done


def test_groups_stay_together() -> None:
    clips = [
        Clip(f'{label}/{g}_{i}.mp4', label, None, f's{g}')
        for g in range(10)
        for label in 'ab'
        for i in range(g % 3 + 1)
    ]
    done = split_off(clips, 'val', 0.3)
    val = {clip.group for clip in done if clip.split == 'val'}
    assert not val & {clip.group for clip in done if clip.split == 'train'}
    total = counts(clips, None)
    assert all(abs(counts(done, 'val')[label] - 0.3 * total[label]) <= 1 for label in 'ab')


def test_given_splits_are_left_alone() -> None:
    clips = [Clip('a.mp4', 'a', 'test'), *(Clip(f'{i}.mp4', 'a', 'train') for i in range(10))]
    done = split_off(clips, 'val', 0.2)
    assert done[0].split == 'test' and counts(done, 'val')['a'] == 2
    with pytest.raises(ValueError, match=r'ratio of val \(1.5\) must be in \[0, 0.9\]'):
        split_off(clips, 'val', 1.5)


@pytest.mark.parametrize(
    'names, groups',
    [
        (
            'v_YoYo_g01_c01 v_YoYo_g01_c02 v_YoYo_g02_c01 v_Fence_g01_c01',
            'v_yoyo_g01 v_yoyo_g01 v_yoyo_g02 v_fence_g01',
        ),
        ('0_1_4 1_1_2 2_3_1 3_10_1', '1 1 3 10'),
        (
            'hit/A_hit_u_nm_np1_fr_bad_3 shoot_ball/A_shoot_ball_f_cm_np2_le_med_0 hit/B_b_hit_h_cm_np1_ba_goo_1 '
            'hit/B_c_hit_u_cm_np1_ri_bad_0',
            'a a b_b b_c',
        ),
        (
            'abcdefghijk_000001_000011 abcdefghijk_000021_000031 _bcdefghijk_000001_000011 cbcdefghijk_000001_000011',
            'abcdefghijk abcdefghijk _bcdefghijk cbcdefghijk',
        ),
        ('person01_walk_d1 person01_run_d1 person02_walk_d1 person03_walk', 'person01 person01 person02 person03'),
        ('kick-Subject4-2 hug-Subject4-1 hug-subject-5-1 hug-subject6', 'subject4 subject4 subject-5 subject6'),
        (
            'S001C001P001R001A001 S001C002P001R001A002 S001C001P002R001A001 S001C001P003R001A001_rgb',
            'p001 p001 p002 p003',
        ),
        ('clip1 clip2 clip3 clip4', ''),
        ('video1 video2 video3 video4', ''),
    ],
)
def test_groups_by_well_known_names(names, groups) -> None:
    paths = [f'folder/{name}.avi' for name in names.split()]
    group_of, description = guess_groups(paths)
    assert [group_of(path) for path in paths] == (groups.split() or [''] * 4)
    assert bool(description) == bool(groups)


def test_groups_by_a_pattern_of_ones_own() -> None:
    assert group_by(r'day(\d+)')('a/day12/b.mp4') == '12'
    assert group_by(r'day\d+')('a/day12/b.mp4') == 'day12'
    assert group_by(r'day\d+')('a/b.mp4') == ''
    with pytest.raises(ValueError, match=r"group \('\(day'\) is no regular expression"):
        group_by('(day')
