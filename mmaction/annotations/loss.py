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

    Reading the written file gives the reduced project, but for the facts of videos that the format does not state:
    frame rate, duration and size.
    """
    dropped: dict[str, list[str]] = {}
    videos = [_reduce_video(format, video, writing, dropped) for video in project.videos]
    if 'empty_videos' not in format.holds:
        empty = [video.name for video in videos if not (video.labels or video.segments or video.tracks)]
        if empty:
            dropped['videos without an annotation'] = empty
        videos = [video for video in videos if video.name not in set(empty)]
    labels = Project(tuple(videos), project.labels).all_labels()
    if 'declared_labels' not in format.holds:
        used = {*Project(tuple(videos)).all_labels()}
        unused = [label for label in labels if label not in used]
        if unused:
            dropped['class names without an annotation'] = unused
        labels = []
    for what, examples in dropped.items():
        writing.findings.drop(
            f'{format.title} has no place for {what}: {len(examples)} dropped ({shorten(dict.fromkeys(examples))})'
        )
    return Project(tuple(videos), tuple(labels)).ordered()


def _reduce_video(format: Format, video: Video, writing: Writing, dropped: dict[str, list[str]]) -> Video:
    holds = format.holds

    def drop(what: str, count: int = 1) -> None:
        if count:
            dropped.setdefault(what, []).extend([video.name] * count)

    segments = []
    for segment in video.segments:
        reduced = _reduce_segment(format, segment, video, writing, drop)
        if reduced:
            segments.append(reduced)
    if 'overlaps' not in holds:
        kept = _without_overlaps(segments, lambda segment: '')
        drop('segments at the same time', len(segments) - len(kept))
        segments = kept
    if 'touching' not in holds:
        merged = _merge_touching(segments)
        drop('borders between segments of one label', len(segments) - len(merged))
        segments = merged
    elif 'self_overlaps' not in holds:
        kept = _without_overlaps(segments, lambda segment: (segment.label, segment.subject, segment.model))
        drop('segments of one label and subject at the same time', len(segments) - len(kept))
        segments = kept
    changes: dict = {'segments': tuple(segments)}
    if video.labels and 'video_labels' not in holds:
        drop('labels of whole videos', len(video.labels))
        changes['labels'] = ()
    if video.tracks and 'tracks' not in holds:
        drop('tracks of boxes', len(video.tracks))
        changes['tracks'] = ()
    elif video.tracks:
        tracks = [_reduce_track(format, track, video, writing, drop) for track in video.tracks]
        changes['tracks'] = tuple(track for track in tracks if track)
    if video.split and 'splits' not in holds:
        changes['split'] = ''  # not reported: lists of the splits are what one makes of a project
    return replace(video, **changes)


_OTHER_UNIT = {'pixels': 'relative units', 'relative': 'pixels'}


def _reduce_track(
    format: Format, track: Track, video: Video, writing: Writing, drop: Callable[..., None]
) -> Track | None:
    scaled = track.scaled(format.box_unit, video.size)
    if scaled is None:
        drop(f'tracks in {_OTHER_UNIT[format.box_unit]}, as the size of the video is unknown')
        return None
    boxes = {}
    for box in scaled.boxes:
        if format.grid == 'frames':
            fps = writing.fps_of(video)
            box = replace(box, time_sec=round(box.time_sec * fps) / fps)
        if format.box_digits is not None:
            x1, y1, x2, y2 = (round(side, format.box_digits) for side in box.box)
            box = replace(box, box=(x1, y1, x2, y2))
        if 'box_attributes' not in format.holds and (box.attributes or box.occluded):
            drop('attributes of boxes')
            box = replace(box, attributes=(), occluded=False)
        boxes[box.time_sec] = box
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


def _without_overlaps(segments: list[Segment], group: Callable[[Segment], object]) -> list[Segment]:
    """Leave out segments that begin before an earlier one of their group ends."""
    kept: list[Segment] = []
    ends: dict[object, float] = {}
    for segment in sorted(segments, key=lambda s: (s.start_sec, s.end_sec)):
        key = group(segment)
        if segment.start_sec >= ends.get(key, segment.start_sec):
            kept.append(segment)
            ends[key] = segment.end_sec
    return kept


def _merge_touching(segments: list[Segment]) -> list[Segment]:
    """Merge segments of a label that overlap or touch."""
    merged: dict[str, list[Segment]] = {}
    for segment in sorted(segments, key=lambda s: (s.start_sec, s.end_sec)):
        of_label = merged.setdefault(segment.label, [])
        if of_label and segment.start_sec <= of_label[-1].end_sec:
            of_label[-1] = replace(of_label[-1], end_sec=max(of_label[-1].end_sec, segment.end_sec))
        else:
            of_label.append(segment)
    return [segment for of_label in merged.values() for segment in of_label]
