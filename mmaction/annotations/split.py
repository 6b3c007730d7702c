"""Splits of a project by video or by subject: what belongs together is in one split."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from mmaction.annotations.base import video_key
from mmaction.annotations.record import Project, Video
from mmaction.utils.check import within

__all__ = ['SplitBy', 'split_project']

SplitBy = Literal['video', 'subject', 'folder']


def split_project(project: Project, val: float, by: SplitBy = 'video', seed: int = 0, test: float = 0.0) -> Project:
    """Assign each video without a split to ``train``, ``val`` or ``test``.

    The choice depends on names and seed alone: a project that grows keeps the split of the videos that it had, as far
    as the proportion allows. Groups are added to ``val`` until it has the proportion, those first that have a class
    that it lacks; each class keeps at least one group in ``train``. Then the same is done for ``test``.

    Args:
        project: the videos.
        val: proportion of the videos for validation, in [0, 0.99].
        by: videos of a group stay together: each ``'video'`` alone, those that share a ``'subject'``, or a
            ``'folder'``.
        seed: of the choice.
        test: proportion of the videos for testing; with ``val`` in [0, 0.99].
    """
    within(0, 0.99, val, 'val')
    within(0, round(0.99 - val, 4), test, f'test beside val={val}')
    free = [video for video in project.videos if not video.split]
    groups = sorted(_groups(free, by), key=lambda group: _rank(group, seed))
    split_of = dict.fromkeys((video.name for video in free), 'train')
    for split, proportion in (('val', val), ('test', test)):
        remaining = [group for group in groups if split_of[group[0].name] == 'train']
        for name in _choose(remaining, proportion * len(free)):
            split_of[name] = split
    videos = [replace(video, split=split_of.get(video.name, video.split)) for video in project.videos]
    return replace(project, videos=tuple(videos))


def _choose(groups: Sequence[list[Video]], target: float) -> set[str]:
    """Names of the videos of groups that leave training, about ``target`` of them."""
    labels = [_labels_of(group) for group in groups]
    left = Counter(label for of_group in labels for label in of_group)
    chosen: set[str] = set()
    seen: set[str] = set()
    # Twice: first for classes that the split lacks, then for the proportion.
    for wants_new in (True, False):
        for group, of_group in zip(groups, labels):
            is_taken = group[0].name in chosen
            empties_train = any(left[label] < 2 for label in of_group)
            is_useful = not wants_new or bool(of_group - seen)
            if is_taken or empties_train or not is_useful or len(chosen) + len(group) > max(target, bool(target)):
                continue
            chosen |= {video.name for video in group}
            seen |= of_group
            left.subtract(of_group)
    if target and not chosen and len(groups) > 1:
        chosen = {video.name for video in groups[0]}
    return chosen


def _labels_of(group: list[Video]) -> set[str]:
    labels = {segment.label for video in group for segment in video.segments}
    return labels | {label for video in group for label in video.labels}


def _rank(group: list[Video], seed: int) -> str:
    names = '\n'.join(sorted(video_key(video.name) for video in group))
    return hashlib.sha256(f'{seed}\n{names}'.encode()).hexdigest()


def _groups(videos: list[Video], by: SplitBy) -> list[list[Video]]:
    """Groups of videos that share a key; a video with several keys joins their groups."""
    keys_of = _KEYS[by]
    group_of: dict[str, list[Video]] = {}
    groups: list[list[Video]] = []
    for video in videos:
        merged = [video]
        for key in keys_of(video):
            group = group_of.get(key)
            if group is not None and group is not merged and group in groups:
                groups.remove(group)
                merged = [*group, *merged]
        groups.append(merged)
        for member in merged:
            for key in keys_of(member):
                group_of[key] = merged
    return groups


def _subjects(video: Video) -> list[str]:
    """The subjects of a video; one without is a group of its own."""
    return sorted({segment.subject for segment in video.segments} - {''}) or [f'\n{video.name}']


_KEYS: dict[str, Callable[[Video], list[str]]] = {
    'video': lambda video: [video.name],
    'subject': _subjects,
    'folder': lambda video: [str(Path(video.path or video.name).parent)],
}
