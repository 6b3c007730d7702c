"""The task that annotations state, and studies that cannot be learned."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from small_study import write_study

from mmaction.annotations import Project, Segment, Track, TrackBox, Video
from mmaction.cli.main import main
from mmaction.study.tasks import choose_task, default_step_sec, load_study


def video(name, *segments, labels=(), tracks=(), split='train'):
    parts = tuple(Segment(*segment) for segment in segments)
    return Video(name, name, 10.0, 10.0, 100, (48, 32), tuple(labels), parts, tuple(tracks), split)


BOX = Track('person', (TrackBox(0.0, (0, 0, 4, 4)),))


@pytest.mark.parametrize(
    ('videos', 'task', 'reason'),
    [
        ([video('a', labels=['x'])], 'clips', 'Each of the 1 videos has one label'),
        ([video('a', (0, 9.5, 'x')), video('b', (0.2, 10, 'y'))], 'clips', 'Each of the 2 videos has one label'),
        ([video('a', labels=['x', 'y'])], 'clips', 'a has several'),
        ([video('a', (0, 3, 'x'), (4, 7, 'y'))], 'frames', '2 segments cover 60% of the 0.167 minutes, one at a time'),
        ([video('a', (0, 3, 'x'), (2.95, 7, 'y'))], 'frames', 'one at a time'),
        ([video('a', (0, 5, 'x'), (2, 7, 'y'))], 'events', 'overlap for 3 s'),
        ([video('a', (0, 1, 'x'), (5, 6, 'y'))], 'events', 'cover 20% of the 0.167 minutes, and are sparse'),
        ([video('a', tracks=[BOX])], 'boxes', 'There are 1 tracks of boxes, and no segments'),
    ],
)
def test_task_of_annotations(videos, task, reason):
    chosen, why = choose_task(Project(tuple(videos)))
    assert chosen == task
    assert reason in why


def test_step_of_the_features():
    assert default_step_sec([video('a', (0, 6, 'x'), (6, 9, 'y'), (9, 10, 'y'))]) == 0.125  # 3 s / 24
    assert default_step_sec([video('a', (0, 0.5, 'x'))]) == 0.125
    assert default_step_sec([video('a')]) == pytest.approx(10 / 24)
    assert default_step_sec([replace(video('a', (0, 600, 'x')), duration_sec=900.0)]) == 1


def study(tmp_path, *videos):
    for item in videos:
        (tmp_path / item.name).write_bytes(b'')
    return write_study(tmp_path / 'study', [replace(item, path=str(tmp_path / item.name)) for item in videos])


def test_10_000_segments_and_strange_names(tmp_path):
    names = ('蓝色', 'a b\tc', 'x' * 200)
    many = [(i / 1000, (i + 1) / 1000, names[i % 3]) for i in range(10_000)]
    loaded = load_study(study(tmp_path, video('ä ö.mp4', *many), video('b', *many, split='val')))
    assert loaded.task == 'frames'
    assert set(loaded.classes) == set(names)
    assert loaded.background == ()
    assert not loaded.warnings


def test_a_class_without_training_examples_is_named(tmp_path):
    videos = [video('a', (0, 3, 'x'), (4, 7, 'y')), video('b', (0, 3, 'z'), (4, 7, 'y'), split='val')]
    loaded = load_study(study(tmp_path, *videos))
    assert loaded.classes == ('background', 'x', 'y', 'z')
    assert "'z' occurs in no video to learn from, and cannot be learned." in loaded.warnings
    assert "'x' has 1 segments to learn from, fewer than 5." in loaded.warnings


WITHOUT = (0, 3, 'x')
CASES = {
    'no folder': (None, [], 'does not exist .* Make one with mmaction data import'),
    'no import': ([], [], 'is no folder of an import: it has no annotations.json .* mmaction data import'),
    'no JSON': ('{', [], 'annotations.json, line 1: it is no JSON'),
    'no annotation': ([video('a'), video('b')], [], 'has 0 annotated videos, and at least 2 are needed'),
    'one video': ([video('a', WITHOUT)], [], 'has 1 annotated videos, and at least 2 are needed'),
    'one class of clips': (
        [video('a', labels=['x']), video('b', labels=['x'], split='val')],
        [],
        "has one class, 'x', for all of the time: there is nothing to tell it from",
    ),
    'boxes': (
        [video('a', tracks=[BOX]), video('b', tracks=[BOX], split='val')],
        [],
        'are boxes, which mmaction fit does not learn. Prepare them with mmaction data detection from-boxes',
    ),
    'points': (
        [video('a', (1, 1, 'x')), video('b', (2, 2, 'y'), split='val')],
        [],
        'None of the 2 segments .* has a length, and no moment can be learned from points',
    ),
    'labels for another task': (
        [video('a', WITHOUT, (4, 7, 'y')), video('b', WITHOUT, split='val')],
        ['--task', 'clips'],
        '2 videos do not have exactly one label for their whole length, the first one a; the task clips needs it',
    ),
    'a model of another task': (
        [video('a', WITHOUT, (4, 7, 'y')), video('b', WITHOUT, split='val')],
        ['--model', 'attentive'],
        r"model of the task frames \('attentive'\) must be one of 'asformer', 'mstcnpp', 'linear'",
    ),
    'no such encoder': (
        [video('a', WITHOUT, (4, 7, 'y')), video('b', WITHOUT, split='val')],
        ['--features', 'absent.py'],
        'There is no config at absent.py',
    ),
    'no such weights': (
        [video('a', WITHOUT, (4, 7, 'y')), video('b', WITHOUT, split='val')],
        ['--weights', 'absent.pth'],
        'There is no checkpoint at absent.pth',
    ),
    'a number': (
        [video('a', WITHOUT), video('b', WITHOUT, split='val')],
        ['--step-sec', '0'],
        r'step_sec \(0\.0\) must be positive',
    ),
}


@pytest.mark.parametrize('case', CASES)
def test_bad_input_is_one_paragraph(case, tmp_path, capsys):
    videos, options, message = CASES[case]
    folder = tmp_path / 'study'
    if isinstance(videos, str):
        folder.mkdir()
        (folder / 'annotations.json').write_text(videos)
    elif videos:
        study(tmp_path, *videos)
    elif videos is not None:
        folder.mkdir()
    with pytest.raises(SystemExit, match='1'):
        main(['fit', str(folder), '--out', str(tmp_path / 'run'), *options])
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert len([line for line in error.splitlines() if line.startswith('error: ')]) == 1


def test_videos_that_vanished_are_named(tmp_path):
    folder = study(tmp_path, video('a', WITHOUT, (4, 7, 'y')), video('b', WITHOUT, split='val'))
    (tmp_path / 'b').unlink()
    with pytest.raises(FileNotFoundError, match=r"The file of the video 'b' is gone: .*b\. Put it back, or import"):
        load_study(folder)
    (tmp_path / 'a').unlink()
    with pytest.raises(FileNotFoundError, match=r"2 of 2 videos are gone\. The first one: The file of the video 'a'"):
        load_study(folder)
