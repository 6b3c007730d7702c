"""HACS Segments: the list of its videos, features of a fixed length, and annotation files of the localizers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from mmaction.datasets.official.missing import files_below
from mmaction.video.suffixes import VIDEO_SUFFIXES

SUBSETS = {'training': 'train', 'validation': 'val', 'testing': 'test'}
RELEASE = 'HACS_segments_v1.1.1.json'


def name_of(youtube_id: str) -> str:
    """Name a video as ActivityNet does: ``v_ID``."""
    return f'v_{youtube_id}'


def find_videos(root: str) -> dict[str, str]:
    """Find the videos below a folder: name without suffix -> path below it."""
    return {os.path.splitext(os.path.basename(path))[0]: path for path in files_below(root, VIDEO_SUFFIXES)}


def match_videos(database: Mapping[str, Any], videos: Mapping[str, str]) -> dict[str, str]:
    """Find the file of each annotated video, called ``v_ID`` or ``ID``: ID -> path."""
    matched = {}
    for youtube_id in database:
        path = videos.get(name_of(youtube_id)) or videos.get(youtube_id)
        if path is not None:
            matched[youtube_id] = path
    return matched


def to_annotation(entry: Mapping[str, Any], num_frames: int, fps: float) -> dict[str, Any]:
    """Make the annotation of a video in the form of ``ActivityNetDataset``.

    Args:
        entry: of the release, with ``annotations``.
        num_frames: frames of the video.
        fps: its frame rate.
    """
    duration = num_frames / fps
    annotations = [
        {'segment': [float(time) for time in segment['segment']], 'label': segment['label']}
        for segment in entry.get('annotations', ())
    ]
    return {
        'duration_second': duration,
        'duration_frame': num_frames,
        'feature_frame': num_frames,
        'fps': fps,
        'annotations': annotations,
    }
