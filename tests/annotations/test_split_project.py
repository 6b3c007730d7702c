"""Splits of a project: proportions, groups, and what an added split must not change."""

from __future__ import annotations

from collections import Counter

import pytest

from mmaction.annotations.record import Project, Segment, Video
from mmaction.annotations.split import split_project


@pytest.fixture(scope='module')
def project() -> Project:
    """Twenty videos of two subjects each and four classes."""
    videos = []
    for number in range(20):
        segment = Segment(0.0, 1.0, f'class {number % 4}', subject=f's{number // 2}')
        videos.append(Video(f'v{number}', segments=(segment,)))
    return Project(videos=tuple(videos))


def splits(project: Project) -> dict[str, str]:
    return {video.name: video.split for video in project.videos}


def test_proportions_and_classes(project):
    found = splits(split_project(project, 0.2, test=0.2))
    assert Counter(found.values()) == {'train': 12, 'val': 4, 'test': 4}
    for split in ('val', 'test'):
        assert {int(name[1:]) % 4 for name, own in found.items() if own == split} == {0, 1, 2, 3}


def test_videos_for_testing_come_out_of_training(project):
    without = splits(split_project(project, 0.2))
    found = splits(split_project(project, 0.2, test=0.3))
    assert [name for name in found if found[name] == 'val'] == [name for name in without if without[name] == 'val']
    assert {without[name] for name in found if found[name] == 'test'} == {'train'}


def test_subjects_stay_together(project):
    found = splits(split_project(project, 0.3, 'subject', test=0.2))
    assert Counter(found.values()) == {'train': 10, 'val': 6, 'test': 4}
    assert all(found[f'v{number}'] == found[f'v{number + 1}'] for number in range(0, 20, 2))


def test_nothing_is_left_to_train_on(project):
    with pytest.raises(ValueError, match=r'test beside val=0\.6 \(0\.5\) must be in \[0, 0\.39\]'):
        split_project(project, 0.6, test=0.5)
