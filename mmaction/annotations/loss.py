"""Loss of a format: what it has no place for, reported before it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mmaction.annotations.base import Format, Writing
from mmaction.annotations.record import Project, Segment, Track, Video
from mmaction.utils.check import shorten

__all__ = ['reduce_to']


def reduce_to(format: Format, project: Project, writing: Writing) -> Project:
    """Reduce a project to what a format can represent, and report what was dropped.

    Reading the written file gives the reduced project.
    """
    dropped: dict[str, list[str]] = {}
    videos = [_reduce_video(format, video, writing, dropped) for video in project.videos]
    if 'empty_videos' not in format.holds:
        empty = [video.name for video in videos if not (video.labels or video.segments or video.tracks)]
        if empty:
            dropped['videos without an annotation'] = empty
        videos = [video for video in videos if video.name not in set(empty)]
    labels = project.labels
    if 'declared_labels' not in format.holds:
        used = {*Project(tuple(videos)).all_labels()}
        unused = [label for label in labels if label not in used]
        if unused:
            dropped['class names without an annotation'] = unused
        labels = ()
    for what, examples in dropped.items():
        writing.findings.drop(
            f'{format.title} has no place for {what}: {len(examples)} dropped ({shorten(dict.fromkeys(examples))})'
        )
    return Project(tuple(videos), labels).ordered()


def _reduce_video(format: Format, video: Video, writing: Writing, dropped: dict[str, list[str]]) -> Video:
    holds = format.holds

    def drop(what: str, count: int = 1) -> None:
        dropped.setdefault(what, []).extend([video.name] * count)

    segments = []
    for segment in video.segments:
        reduced = _reduce_segment(format, segment, video, writing, drop)
        if reduced:
            segments.append(reduced)
    if 'overlaps' not in holds:
        kept = _without_overlaps(segments)
        if len(kept) < len(segments):
            drop('segments at the same time', len(segments) - len(kept))
        segments = kept
    changes: dict = {'segments': tuple(segments)}
    if video.labels and 'video_labels' not in holds:
        drop('labels of whole videos', len(video.labels))
        changes['labels'] = ()
    if video.tracks and 'tracks' not in holds:
        drop('tracks of boxes', len(video.tracks))
        changes['tracks'] = ()
    elif video.tracks:
        tracks = [_reduce_track(format, track, video, writing) for track in video.tracks]
        kept_tracks = tuple(track for track in tracks if track)
        if len(kept_tracks) < len(tracks):
            drop(f'tracks in {_OTHER_UNIT[format.box_unit]}, as the size of the video is unknown')
        changes['tracks'] = kept_tracks
    if video.split and 'splits' not in holds:
        changes['split'] = ''  # not reported: lists of the splits are what one makes of a project
    # Facts of the file and not of the annotation, which a reader takes from the file.
    if 'fps' not in holds:
        changes['fps'] = None
    if 'durations' not in holds:
        changes.update(duration_sec=None, num_frames=None)
    if 'sizes' not in holds:
        changes['size'] = None
    return replace(video, **changes)


_OTHER_UNIT = {'pixels': 'relative units', 'relative': 'pixels'}


def _reduce_track(format: Format, track: Track, video: Video, writing: Writing) -> Track | None:
    scaled = track.scaled(format.box_unit, video.size)
    if scaled is None or format.grid != 'frames':
        return scaled
    fps = writing.fps_of(video)
    boxes = {}
    for box in scaled.boxes:
        time_sec = round(box.time_sec * fps) / fps
        boxes[time_sec] = replace(box, time_sec=time_sec)
    return replace(scaled, boxes=tuple(boxes.values()))


def _reduce_segment(
    format: Format, segment: Segment, video: Video, writing: Writing, drop: Callable[..., None]
) -> Segment | None:
    holds = format.holds
    if 'segments' not in holds:
        drop('segments')
        return None
    segment = _on_grid(format, segment, video, writing)
    if segment.end_sec <= segment.start_sec and 'points' not in holds:
        drop('segments without a length')
        return None
    if segment.subject and 'subjects' not in holds:
        drop('subjects')
        segment = replace(segment, subject='')
    if segment.score is not None and 'scores' not in holds:
        drop('scores')
        segment = replace(segment, score=None)
    if segment.model and 'models' not in holds:
        drop('names of models')
        segment = replace(segment, model='')
    return segment


def _on_grid(format: Format, segment: Segment, video: Video, writing: Writing) -> Segment:
    if format.grid == 'exact':
        return segment
    rate = 1000.0 if format.grid == 'milliseconds' else writing.fps_of(video)
    return replace(
        segment, start_sec=round(segment.start_sec * rate) / rate, end_sec=round(segment.end_sec * rate) / rate
    )


def _without_overlaps(segments: list[Segment]) -> list[Segment]:
    """Leave out segments that begin before an earlier one ends."""
    kept: list[Segment] = []
    for segment in sorted(segments, key=lambda s: (s.start_sec, s.end_sec)):
        if not kept or segment.start_sec >= kept[-1].end_sec:
            kept.append(segment)
    return kept
