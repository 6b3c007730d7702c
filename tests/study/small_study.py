"""A study with planted colors: each class tints the frames, and a tiny encoder passes colors on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from mmaction.annotations import Project, Segment, Video, Writing, write_annotations
from mmaction.study.fit import Fit
from mmaction.video import write_video

FPS = 10
ENCODER = """
default_scope = 'mmaction'
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', depth=18, num_stages=1, strides=(1,), dilations=(1,), out_indices=(0,)),
    cls_head=dict(type='TSNHead', num_classes=3, in_channels=64),
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[128] * 3, std=[64] * 3, format_shape='NCHW'),
)
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=4, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(32, 32), keep_ratio=False),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
"""
SETTINGS = Fit(Path(), model='mstcnpp', step_sec=0.25, epochs=12, lr=0.01)
COLORS = {'': (90, 90, 90), 'rojo ñ': (220, 40, 40), '蓝色': (40, 40, 220)}


def video_of(path: Path, parts: list[tuple[str, float]]) -> Video:
    """Write a video of parts, (label, seconds) each, and describe it."""
    rng = np.random.default_rng(len(path.name))
    frames = []
    segments = []
    at = 0.0
    for label, seconds in parts:
        count = round(seconds * FPS)
        noise = rng.integers(-20, 20, (count, 32, 48, 1))
        frames.append(np.clip(np.array(COLORS[label]) + noise, 0, 255).astype(np.uint8))
        if label:
            segments.append(Segment(at, at + seconds, label))
        at += seconds
    path.parent.mkdir(parents=True, exist_ok=True)
    clip = np.concatenate(frames)
    write_video(path, clip, FPS)
    return Video(path.name, str(path), float(FPS), len(clip) / FPS, len(clip), (48, 32), segments=tuple(segments))


def write_study(folder: Path, videos: list[Video]) -> Path:
    """Write the ``annotations.json`` of an import."""
    write_annotations(Project(tuple(videos)), folder / 'annotations.json', 'json', Writing())
    return folder


def dense_videos(folder: Path) -> list[Video]:
    """Five videos of both classes and the background, three of them to learn from."""
    red, blue = list(COLORS)[1:]
    plans = [
        [('', 1.5), (red, 2.0), ('', 1.0), (blue, 1.5), (red, 1.5)],
        [(blue, 2.0), ('', 1.0), (red, 1.5), ('', 1.5), (blue, 1.5)],
        [('', 1.0), (blue, 1.5), (red, 2.0), ('', 1.0), (blue, 2.0)],
        [(red, 1.5), ('', 1.5), (blue, 2.0), ('', 1.0), (red, 2.0)],
        [('', 1.5), (blue, 2.0), ('', 1.0), (red, 2.0)],
    ]
    videos = []
    for number, plan in enumerate(plans):
        video = video_of(folder / f'vidéo {number}.mp4', plan)
        videos.append(replace(video, split='train' if number < 3 else 'val'))
    return videos
