"""Training formats of a project: lists of segments and of videos, ActivityNet JSON, and labels per frame."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmaction.annotations.activitynet import ActivityNet
from mmaction.annotations.base import video_key, write_text
from mmaction.annotations.findings import Findings
from mmaction.annotations.record import Project, Segment, Video

__all__ = ['BACKGROUND', 'Targets', 'frame_labels']

BACKGROUND = 'background'


@dataclass
class Targets:
    """Writer of the training formats.

    Args:
        folder: where the files go.
        classes: class names in the order of their indices.
        findings: added to.
        videos: folder that paths are relative to; None writes absolute paths.
    """

    folder: Path
    classes: Sequence[str]
    findings: Findings
    videos: Path | None = None

    def __post_init__(self) -> None:
        self._index = {name: index for index, name in enumerate(self.classes)}

    def segment_list(self, name: str, project: Project) -> Path | None:
        """Write the list of :class:`mmaction.datasets.SegmentDataset`; None if there is no segment."""
        lines = []
        points = 0
        for video in project.videos:
            for segment in video.segments:
                if segment.end_sec <= segment.start_sec:
                    points += 1
                    continue
                times = f'{_seconds(segment.start_sec)} {_seconds(segment.end_sec)}'
                lines.append(f'{self._path(video)} {times} {self._index[segment.label]}')
        if points:
            self.findings.drop(f'{points} point events have no length, and are not in {name}')
        return self._write(name, lines)

    def video_list(self, name: str, project: Project) -> Path | None:
        """Write the list of :class:`mmaction.datasets.VideoDataset`; None if no video has a label."""
        lines = []
        for video in project.videos:
            if video.labels:
                numbers = ' '.join(str(self._index[label]) for label in video.labels)
                lines.append(f'{self._path(video)} {numbers}')
        several = [video.name for video in project.videos if len(video.labels) > 1]
        if several:
            self.findings.warn(
                several[0],
                f'{len(several)} videos have several labels',
                'Train with multi_class=True and num_classes.',
            )
        return self._write(name, lines)

    def activitynet(self, name: str, project: Project) -> Path | None:
        """Write the annotation file of ``ActivityNetDataset``; None if there is no segment.

        A video is named without folders and suffix, as its file of features is.
        """
        content = {}
        for video in project.videos:
            key = Path(video_key(video.name)).stem
            if key in content:
                self.findings.error(video.name, f'another video is called {key!r}, too', 'Rename one of them.')
                continue
            annotations = [
                {'segment': [segment.start_sec, segment.end_sec], 'label': segment.label} for segment in video.segments
            ]
            content[key] = {
                'duration_second': video.duration_sec,
                'duration_frame': video.num_frames,
                'feature_frame': video.num_frames,
                'fps': video.fps,
                'annotations': annotations,
            }
        if not any(video.segments for video in project.videos):
            return None
        path = self.folder / name
        write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + '\n')
        return path

    def frames(self, folder: str, project: Project, rate: float | None = None) -> list[Path]:
        """Write the labels per frame of each video, one class name per line, and their numbers in ``mapping.txt``.

        Args:
            folder: for the files, which are named after the videos.
            project: the videos.
            rate: labels per second; None takes the frame rate of each video.
        """
        written = []
        for video in project.videos:
            if not video.segments or not video.duration_sec or not (rate or video.fps):
                continue
            labels, overlaps = frame_labels(video, rate or video.fps or 1.0)
            if overlaps:
                self.findings.warn(
                    f'{video.name}, {overlaps[0].where or f"{overlaps[0].start_sec:g} s"}',
                    f'{len(overlaps)} segments begin while another one lasts; labels per frame have those that begin '
                    'later',
                    f'Use the list of segments or {ActivityNet.title} where classes overlap.',
                )
            path = self.folder / folder / f'{Path(video_key(video.name)).stem}.txt'
            write_text(path, '\n'.join(labels) + '\n')
            written.append(path)
        if written:
            names = [BACKGROUND, *(name for name in self.classes if name != BACKGROUND)]
            text = ''.join(f'{number} {name}\n' for number, name in enumerate(names))
            write_text(self.folder / folder / 'mapping.txt', text)
        return written

    def _path(self, video: Video) -> str:
        path = Path(video.path or video.name)
        if self.videos is not None and path.is_relative_to(self.videos.absolute()):
            return path.relative_to(self.videos.absolute()).as_posix()
        return os.path.abspath(path)

    def _write(self, name: str, lines: Sequence[str]) -> Path | None:
        if not lines:
            return None
        path = self.folder / name
        write_text(path, '\n'.join(lines) + '\n')
        return path


def _seconds(value: float) -> str:
    return f'{value:.6f}'.rstrip('0').rstrip('.')


def frame_labels(video: Video, rate: float) -> tuple[list[str], list[Segment]]:
    """Label of each frame, and the segments that begin while another one lasts, which hide it.

    Args:
        video: with its duration.
        rate: frames per second.

    Returns:
        labels, :data:`BACKGROUND` where there is none; and the segments.
    """
    count = round((video.duration_sec or 0) * rate)
    if rate == video.fps and video.num_frames:
        count = video.num_frames
    labels = [BACKGROUND] * count
    overlaps = []
    end = 0.0
    for segment in sorted(video.segments, key=lambda s: (s.start_sec, s.end_sec)):
        if segment.start_sec < end:
            overlaps.append(segment)
        end = max(end, segment.end_sec)
        first = max(round(segment.start_sec * rate), 0)
        last = min(round(segment.end_sec * rate), count)
        labels[first:last] = [segment.label] * max(last - first, 0)
    return labels, overlaps
