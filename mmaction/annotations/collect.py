"""Collection of annotations by video, while a file is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mmaction.annotations.record import Project, Segment, Track, Video

__all__ = ['Collector']


class Collector:
    """Annotations by video, in the order in which the videos appear."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[str, Any]] = {}
        self._labels: dict[str, list[str]] = {}
        self._segments: dict[str, list[Segment]] = {}
        self._tracks: dict[str, list[Track]] = {}

    def fact(self, video: str, **facts: Any) -> None:
        """Note a video, and facts of it; None is no fact."""
        known = self._facts.setdefault(video, {})
        known.update({name: value for name, value in facts.items() if value is not None})

    def label(self, video: str, label: str) -> None:
        """Add a label of a whole video."""
        self.fact(video)
        labels = self._labels.setdefault(video, [])
        if label not in labels:
            labels.append(label)

    def segment(self, video: str, segment: Segment) -> None:
        """Add a segment."""
        self.fact(video)
        self._segments.setdefault(video, []).append(segment)

    def track(self, video: str, track: Track) -> None:
        """Add a track."""
        self.fact(video)
        self._tracks.setdefault(video, []).append(track)

    def project(self, labels: tuple[str, ...] = ()) -> Project:
        """The collected videos."""
        videos = []
        for name, facts in self._facts.items():
            video = Video(
                name,
                labels=tuple(self._labels.get(name, ())),
                segments=tuple(self._segments.get(name, ())),
                tracks=tuple(self._tracks.get(name, ())),
            )
            videos.append(replace(video, **facts))
        return Project(tuple(videos), labels)
