from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mmaction.annotations import Project, Segment, Video
from mmaction.study import Encoder, Run, RunRecord, Scores
from mmaction.study.run import save_run, score_file

RECORD = RunRecord(
    task='frames',
    reason='Because.',
    data='/data/study',
    classes=['background', 'hug'],
    background=['background'],
    encoder=Encoder('tiny.py', 'encoder.py', 'tiny.pth', 'abc', 16, 'MIT'),
    step_sec=0.5,
    scale=2.0,
    model='linear',
    model_config='model.py',
    checkpoint='best.pth',
    temperature=1.5,
    seed=0,
    videos=dict(train=['b.mp4'], val=['ä/a.mp4']),
    metrics=dict(acc=50.0),
    baselines=dict(majority=dict(acc=40.0)),
)
NAME = 'ä/a.mp4'


@pytest.fixture
def folder(tmp_path):
    video = Video(NAME, path=str(tmp_path / 'a.mp4'), duration_sec=2.0)
    truth = replace(video, segments=(Segment(0, 1, 'hug'),))
    predicted = replace(video, segments=(Segment(0, 1.5, 'hug', score=0.75, model='study'),))
    scores = Scores(np.array([[0.25, 0.75]], np.float32), np.array([0.0]), np.array([0.5]))
    save_run(tmp_path / 'study', RECORD, Project((predicted,)), Project((truth,)), {NAME: scores})
    return tmp_path / 'study'


def test_a_run_reads_what_was_written(folder):
    run = Run.load(folder)
    assert run.record == RECORD
    assert run.name == 'study'
    assert run.truth().videos[0].segments == (Segment(0, 1, 'hug'),)
    assert run.predictions().videos[0].segments == (Segment(0, 1.5, 'hug', score=0.75, model='study'),)
    scores = run.scores(NAME)
    assert scores.scores.tolist() == [[0.25, 0.75]]
    assert (scores.start_sec.tolist(), scores.end_sec.tolist()) == ([0.0], [0.5])


def test_video_path_names_what_is_gone(folder):
    run = Run.load(folder)
    with pytest.raises(FileNotFoundError, match=r'The file of the video .* is gone: .*a\.mp4\. Put it back'):
        run.video_path(NAME)
    (folder.parent / 'a.mp4').write_bytes(b'')
    assert run.video_path(NAME) == folder.parent / 'a.mp4'
    with pytest.raises(KeyError, match=r"has no validation video 'c\.mp4'; it has ä/a\.mp4"):
        run.video_path('c.mp4')


def test_score_files_of_different_videos_differ():
    assert score_file('ä/a.mp4') == 'ä%2fa.mp4.npz'
    assert score_file('ä%2fa.mp4') == 'ä%252fa.mp4.npz'


def test_a_folder_that_is_no_run(tmp_path, folder):
    with pytest.raises(FileNotFoundError, match='it does not exist'):
        Run.load(tmp_path / 'absent')
    with pytest.raises(FileNotFoundError, match='or one that was interrupted'):
        Run.load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r'lacks its file best\.pth'):
        _ = Run.load(folder).checkpoint
    (folder / 'scores' / score_file(NAME)).write_bytes(b'half')
    with pytest.raises(ValueError, match='has no scores'):
        Run.load(folder).scores(NAME)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(mmaction_run=9), 'has mmaction_run 9, and this version reads 1'),
        (dict(task='words'), r"task of .* \('words'\) must be one of 'clips', 'frames', 'events', 'boxes'"),
        (dict(classes=None), 'lacks classes'),
        (dict(encoder={'name': 'a'}), 'encoder is malformed'),
    ],
)
def test_a_malformed_record_is_named(folder, change, message):
    path = folder / 'run.json'
    content = json.loads(path.read_text(encoding='utf-8')) | change
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}), encoding='utf-8')
    with pytest.raises(ValueError, match=message):
        Run.load(folder)
    path.write_text('{', encoding='utf-8')
    with pytest.raises(ValueError, match='is no JSON'):
        Run.load(folder)
