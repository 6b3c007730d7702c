"""Tracks of annotation tools, with an attribute for the action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mmaction.annotations import Reading, Track, TrackBox, Video, read_annotations
from mmaction.annotations.ava import actions_of
from mmaction.annotations.media import Media
from mmaction.datasets.preparation.box_actions import NO_ACTION, BoxAction, join_moments

__all__ = ['read_box_tracks']

# Label of the moment at which a track leaves the frame: the action before it ends there.
_GONE = '\0'


def read_box_tracks(path: str, media: Media, attribute: str = 'action') -> list[BoxAction]:
    """Read tracks, such as an export "CVAT for video 1.1", as actions in boxes in 0..1 of the frame.

    An action lasts until the attribute changes or the track leaves the frame. Between the annotated boxes, the box is
    interpolated. A track of which no box has attributes is named after its action.

    Args:
        path: the file, in any format of :mod:`mmaction.annotations` that has tracks.
        media: the videos, for their frame rate and size.
        attribute: the one that names the action.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file is malformed, has no tracks, or no box has an action; names track and frame.
    """
    reading = Reading(fps=media.fps_of)
    project = read_annotations(path, None, reading)
    project = media.attach(project, reading.findings)
    reading.findings.raise_errors()
    moments: list[BoxAction] = []
    for video in project.videos:
        for number, track in enumerate(video.tracks):
            moments += _moments(path, video, track, str(number), attribute)
    if not moments:
        raise ValueError(
            f'{path} has no tracks of boxes. Annotate persons with tracks, not with single shapes or tags.'
        )
    if all(moment.label in ('', _GONE, NO_ACTION) for moment in moments):
        raise ValueError(f'{path}: no box has an action in the attribute {attribute!r}. {_remedy(project.videos)}')
    return [action for action in join_moments(moments, np.inf) if action.label != _GONE]


def _moments(path: str, video: Video, track: Track, number: str, attribute: str) -> Iterator[BoxAction]:
    """The boxes of a track, one per action; a part between two absences is a person of its own for the joining."""
    scaled = track.scaled('relative', video.size)
    assert scaled is not None  # the size of an attached video is known
    before: TrackBox | None = None
    for box in scaled.boxes:
        if box.outside:
            labels = [_GONE] if before else []
            corners = before.box if before else box.box
        else:
            labels = actions_of(track, box, [attribute]) or [_without_action(box, attribute)]
            corners = box.box
        before = None if box.outside else box
        where = f'{path}, {track.where}, {box.time_sec:g} s'
        for label in labels:
            yield BoxAction(
                where,
                video.name,
                f'{path}, {track.where or number}',
                label,
                np.array([box.time_sec]),
                np.array([corners]),
                closed=True,
            )


def _without_action(box: TrackBox, attribute: str) -> str:
    """Label of a person without an action: the attribute says so, or is not set."""
    value = dict(box.attributes).get(attribute, '').lower()
    return '' if value in ('', '__undefined__') else NO_ACTION


def _remedy(videos: Sequence[Video]) -> str:
    names = {name for video in videos for track in video.tracks for box in track.boxes for name, _ in box.attributes}
    if names:
        return f'There are {sorted(names)}: name one of them with --attribute.'
    return 'Add an attribute for the action to the label of the persons, and mark it as mutable.'
