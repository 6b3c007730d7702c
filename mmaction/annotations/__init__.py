"""Annotations of videos in the formats of annotation tools: one neutral record, a reader and a writer per format."""

from mmaction.annotations.base import Format, Reading, Writing
from mmaction.annotations.findings import AnnotationError, Finding, Findings
from mmaction.annotations.formats import FORMATS, detect_format, read_annotations, write_annotations
from mmaction.annotations.record import Project, Segment, Track, TrackBox, Video

__all__ = [
    'FORMATS',
    'AnnotationError',
    'Finding',
    'Findings',
    'Format',
    'Project',
    'Reading',
    'Segment',
    'Track',
    'TrackBox',
    'Video',
    'Writing',
    'detect_format',
    'read_annotations',
    'write_annotations',
]
