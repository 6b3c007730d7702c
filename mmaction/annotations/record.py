"""The neutral record of annotations that every format is read into and written from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

__all__ = ['BoxUnit', 'Project', 'Segment', 'Track', 'TrackBox', 'Video']

BoxUnit = Literal['pixels', 'relative']


@dataclass(frozen=True)
class Segment:
    """A labeled interval ``[start_sec, end_sec)`` of a video; a point event has both equal.

    Attributes:
        start_sec, end_sec: seconds from the first frame of the video.
        label: class name.
        subject: the person or animal that does it; empty where the format names none.
        score: confidence of a prediction; None for the annotation of a person.
        model: name of the model that predicted it; empty for the annotation of a person.
        where: row or id in the file it was read from, for messages.
    """

    start_sec: float
    end_sec: float
    label: str
    subject: str = ''
    score: float | None = None
    model: str = ''
    where: str = field(default='', compare=False)


@dataclass(frozen=True)
class TrackBox:
    """A box of a track at one time.

    Attributes:
        time_sec: seconds from the first frame of the video.
        box: x1, y1, x2, y2 in the unit of the track.
        attributes: name and value of each attribute at this time, such as ``('action', 'run')``.
        outside: the object is not in view from here to the next box.
        occluded: the object is partly hidden.
    """

    time_sec: float
    box: tuple[float, float, float, float]
    attributes: tuple[tuple[str, str], ...] = ()
    outside: bool = False
    occluded: bool = False


@dataclass(frozen=True)
class Track:
    """The boxes of one object, ascending in time; between them it moves linearly.

    Attributes:
        label: class of the object, such as ``'person'``.
        boxes: at the annotated times.
        unit: ``'pixels'``, or ``'relative'`` to width and height, in 0..1.
        where: id in the file it was read from, for messages.
    """

    label: str
    boxes: tuple[TrackBox, ...]
    unit: BoxUnit = 'pixels'
    where: str = field(default='', compare=False)

    def at(self, time_sec: float) -> TrackBox | None:
        """Interpolate the box at a time; attributes are those of the last box before. None where it is out of view."""
        index = bisect_right([box.time_sec for box in self.boxes], time_sec)
        if index == 0 or self.boxes[index - 1].outside:
            return None
        before = self.boxes[index - 1]
        if before.time_sec == time_sec:
            return before
        if index == len(self.boxes):
            return None
        after = self.boxes[index]
        # An object that leaves has no known place after its last box.
        end = before.box if after.outside else after.box
        ratio = (time_sec - before.time_sec) / (after.time_sec - before.time_sec)
        x1, y1, x2, y2 = (a + (b - a) * ratio for a, b in zip(before.box, end))
        return replace(before, time_sec=time_sec, box=(x1, y1, x2, y2))

    def scaled(self, unit: BoxUnit, size: tuple[int, int] | None) -> Track | None:
        """Convert to another unit; None where that needs the size (width, height) of the video and it is unknown."""
        if unit == self.unit:
            return self
        if size is None:
            return None
        width, height = size
        if unit == 'relative':
            factors = (1 / width, 1 / height) * 2
        else:
            factors = (float(width), float(height)) * 2
        boxes = []
        for box in self.boxes:
            x1, y1, x2, y2 = (value * factor for value, factor in zip(box.box, factors))
            boxes.append(replace(box, box=(x1, y1, x2, y2)))
        return replace(self, boxes=tuple(boxes), unit=unit)


@dataclass(frozen=True)
class Video:
    """A video and its annotations.

    Attributes:
        name: as the annotation file names it; identifies the video.
        path: the file on this machine, once it is found.
        fps: frames per second.
        duration_sec: length.
        num_frames: number of frames.
        size: (width, height) in pixels.
        labels: class names of the video as a whole.
        segments: labeled intervals.
        tracks: boxes of objects.
        split: ``'train'``, ``'val'``, ``'test'`` or another name; empty where the format names none.
    """

    name: str
    path: str = field(default='', compare=False)
    fps: float | None = None
    duration_sec: float | None = None
    num_frames: int | None = None
    size: tuple[int, int] | None = None
    labels: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    tracks: tuple[Track, ...] = ()
    split: str = ''

    def ordered(self) -> Video:
        """The same video with its segments in the order of time, label and subject."""
        return replace(self, segments=tuple(sorted(self.segments, key=_order)))


def _order(segment: Segment) -> tuple:
    score = -1.0 if segment.score is None else segment.score
    return (segment.start_sec, segment.end_sec, segment.label, segment.subject, segment.model, score)


@dataclass(frozen=True)
class Project:
    """The videos of an annotation project.

    Attributes:
        videos: with their annotations.
        labels: class names that the project declares, in its order, used or not.
    """

    videos: tuple[Video, ...]
    labels: tuple[str, ...] = ()

    def all_labels(self) -> list[str]:
        """Class names: the declared ones in their order, then other ones in use, sorted."""
        used = {label for video in self.videos for label in video.labels}
        used |= {segment.label for video in self.videos for segment in video.segments}
        return [*self.labels, *sorted(used.difference(self.labels))]

    def ordered(self) -> Project:
        """The same project with the segments of each video in order."""
        return replace(self, videos=tuple(video.ordered() for video in self.videos))


def merge_projects(projects: Iterable[Project]) -> Project:
    """Merge the projects of several files; what they state of the same video is put together."""
    videos: dict[str, Video] = {}
    labels: dict[str, None] = {}
    for project in projects:
        labels.update(dict.fromkeys(project.labels))
        for video in project.videos:
            known = videos.get(video.name)
            videos[video.name] = merge_videos(known, video) if known else video
    return Project(tuple(videos.values()), tuple(labels))


def merge_videos(first: Video, second: Video) -> Video:
    """Put the annotations of two records of a video together; the first one's facts win."""
    return replace(
        first,
        fps=first.fps or second.fps,
        duration_sec=first.duration_sec or second.duration_sec,
        num_frames=first.num_frames or second.num_frames,
        size=first.size or second.size,
        split=first.split or second.split,
        labels=tuple(dict.fromkeys([*first.labels, *second.labels])),
        segments=(*first.segments, *second.segments),
        tracks=(*first.tracks, *second.tracks),
    )


def additions(video: Video, present: Video | None) -> Video:
    """The annotations of a video that another record of it lacks."""
    if present is None:
        return video
    # Sets: there may be 10,000s of segments.
    labels, segments, tracks = set(present.labels), set(present.segments), set(present.tracks)
    return replace(
        video,
        labels=tuple(label for label in video.labels if label not in labels),
        segments=tuple(segment for segment in video.segments if segment not in segments),
        tracks=tuple(track for track in video.tracks if track not in tracks),
    )
