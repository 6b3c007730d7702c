"""Splits of videos for training and validation."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from mmaction.utils.check import shorten

__all__ = ['group_videos', 'split_videos']


def group_videos(videos: Iterable[str], pattern: str | None = None) -> dict[str, str]:
    """Group videos that must stay on one side of a split, such as those of one person, camera or day.

    Args:
        videos: names.
        pattern: regular expression; the group is what it matches, or its first parenthesis. None: each video is alone.

    Returns:
        Group by video.

    Raises:
        ValueError: the pattern is malformed, or matches nothing in a name.
    """
    if pattern is None:
        return {video: video for video in videos}
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ValueError(f'--group-by {pattern!r} is not a regular expression: {error}.') from None
    groups = {}
    for video in videos:
        match = expression.search(video)
        if match is None:
            raise ValueError(f'--group-by {pattern!r} matches nothing in the name of video {video!r}.')
        groups[video] = match[1] if expression.groups else match[0]
    return groups


def split_videos(
    groups: Mapping[str, str], labels: Mapping[str, Iterable[str]], val_ratio: float, seed: int = 0
) -> set[str]:
    """Choose videos for validation, whole groups at a time.

    The choice depends on names, labels and seed alone. Groups with labels that validation does not have yet come first;
    the last one with a label stays in training.

    Args:
        groups: group by video.
        labels: class names by video.
        val_ratio: part of the videos to validate on, in (0, 1).
        seed: for another choice.

    Returns:
        Names of the videos for validation; the others are for training.

    Raises:
        ValueError: there is only one group.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for video, group in groups.items():
        members[group].append(video)
    if len(members) < 2:
        raise ValueError(
            f'A split needs two videos that are not of one group, found {shorten(groups, 3)} in {len(members)} group. '
            'Annotate more videos, or cut this one into several.'
        )
    classes = {group: {label for video in own for label in labels[video]} for group, own in members.items()}
    order = sorted(members, key=lambda group: hashlib.sha256(f'{seed}/{group}'.encode()).digest())
    wanted = max(1, round(val_ratio * len(groups)))
    return _fill(order, members, classes, wanted)


def _fill(
    order: Sequence[str], members: Mapping[str, list[str]], classes: Mapping[str, set[str]], wanted: int
) -> set[str]:
    training = list(order)
    chosen: set[str] = set()
    covered: set[str] = set()
    while len(chosen) < wanted and len(training) > 1:
        room = wanted - len(chosen)
        allowed = [group for group in training if _spare(group, training, classes)]
        # A group too large for the room would unbalance the split; the first one may be.
        fitting = [group for group in allowed if len(members[group]) <= room] or ([] if chosen else allowed)
        if not fitting:
            break
        best = max(fitting, key=lambda group: len(classes[group] - covered))
        training.remove(best)
        chosen.update(members[best])
        covered |= classes[best]
    if not chosen:  # each group is the only one with some label
        chosen.update(members[training[0]])
    return chosen


def _spare(group: str, training: Sequence[str], classes: Mapping[str, set[str]]) -> bool:
    """Check that each label of a group is in another training group, too."""
    others = set().union(*(classes[other] for other in training if other != group))
    return classes[group] <= others
