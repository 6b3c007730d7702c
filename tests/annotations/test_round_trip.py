"""Every format: read, write and read again is the identity on what the format can represent."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.annotations import FORMATS, Project, Reading, Segment, Track, TrackBox, Video, Writing
from mmaction.annotations.base import FEATURES
from mmaction.annotations.loss import reduce_to

TEXT = st.text(st.characters(codec='utf-8', exclude_categories=['C', 'Z']), min_size=1, max_size=6)
NAMES = st.builds('{} {}'.format, TEXT, TEXT)
LABELS = st.one_of(st.sampled_from(['run', 'sit, "down"; up', 'Größe', '跑步', '<a&b>']), NAMES)
SECONDS = st.floats(0, 60, allow_subnormal=False)
SIDES = st.floats(0, 400).map(lambda value: round(value, 2))


@st.composite
def segments(draw):
    start = draw(SECONDS)
    length = draw(st.one_of(st.just(0.0), st.floats(0, 60, allow_subnormal=False)))
    model = draw(st.sampled_from(['', 'tsn_r50', 'my model']))
    score = draw(st.one_of(st.none(), st.floats(0, 1)))
    return Segment(start, start + length, draw(LABELS), draw(st.sampled_from(['', 'Ana', 'Bö b'])), score, model)


@st.composite
def tracks(draw):
    frames = sorted(draw(st.sets(st.integers(0, 500), min_size=1, max_size=4)))
    boxes = []
    for frame in frames:
        x, y = draw(SIDES), draw(SIDES)
        attributes = (('action', draw(st.sampled_from(['run', 'sit "down"']))), ('pose', draw(LABELS)))
        boxes.append(TrackBox(frame / 25, (x, y, x + draw(SIDES), y + draw(SIDES)), attributes, draw(st.booleans())))
    return Track(draw(st.sampled_from(['person', 'Ziege'])), tuple(boxes))


@st.composite
def projects(draw):
    videos = []
    for number in range(draw(st.integers(1, 3))):
        video = Video(
            f'{draw(st.sampled_from(["", "a b/", "ä/"]))}{number}.mp4',
            fps=draw(st.sampled_from([25.0, 30000 / 1001])),
            duration_sec=draw(st.sampled_from([None, 150.5])),
            num_frames=draw(st.sampled_from([None, 1505])),
            size=draw(st.sampled_from([None, (640, 480)])),
            labels=tuple(draw(st.lists(LABELS, unique=True, max_size=2))),
            segments=tuple(draw(st.lists(segments(), max_size=5))),
            tracks=tuple(draw(st.lists(tracks(), max_size=2))),
            split=draw(st.sampled_from(['', 'train', 'val'])),
        )
        videos.append(video)
    return Project(tuple(videos), tuple(draw(st.lists(LABELS, unique=True, max_size=3))))


def stated(format, project):
    """The project with those facts of the videos that the format states."""
    unknown = {}
    if 'fps' not in format.holds:
        unknown['fps'] = None
    if 'durations' not in format.holds:
        unknown |= {'duration_sec': None, 'num_frames': None}
    if 'sizes' not in format.holds:
        unknown['size'] = None
    return replace(project, videos=tuple(replace(video, **unknown) for video in project.videos))


def round_trip(format, project, folder):
    rates = {video.name: video.fps for video in project.videos}
    writing = Writing(fps=25.0)
    reduced = reduce_to(format, project, writing)
    assert reduce_to(format, reduced, writing) == reduced
    path = Path(folder) / f'project{"" if format.per_video else format.suffixes[0]}'
    format.write(reduced, path, writing)
    reading = Reading(fps=lambda name: rates.get(name, 25.0))
    read = format.read(path, reading)
    assert [str(finding) for finding in reading.findings] == []
    assert read == stated(format, reduced)


@pytest.mark.parametrize(
    'format', [format for name, format in FORMATS.items() if name != 'folders'], ids=lambda f: f.name
)
@settings(max_examples=15)
@given(project=projects())
def test_reading_what_was_written_is_the_identity(format, project):
    with tempfile.TemporaryDirectory() as folder:
        round_trip(format, project, folder)


@pytest.mark.parametrize('format', FORMATS.values(), ids=lambda f: f.name)
def test_every_format_states_what_it_holds(format):
    assert format.holds <= {*FEATURES}
    assert len(format.limits) > 40


def test_what_a_format_has_no_place_for_is_reported():
    segment = Segment(1, 2, 'run', 'Ana', 0.5, 'tsn')
    video = Video('a.mp4', fps=25.0, labels=('walk',), segments=(segment, replace(segment, end_sec=1)))
    writing = Writing()
    reduced = reduce_to(FORMATS['cvat'], Project((video,), ('jump',)), writing)
    assert reduced == Project((Video('a.mp4', fps=25.0),))
    assert [str(finding) for finding in writing.findings.of('dropped')] == [
        'CVAT for video 1.1 has no place for segments: 2 dropped (a.mp4).',
        'CVAT for video 1.1 has no place for labels of whole videos: 1 dropped (a.mp4).',
        'CVAT for video 1.1 has no place for class names without an annotation: 1 dropped (jump).',
    ]
