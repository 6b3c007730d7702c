"""The demo of own videos: its footage, and all four commands at the smallest size."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from mmaction.annotations import read_annotations
from mmaction.cli.main import main
from mmaction.video import open_video

FOLDER = Path(__file__).resolve().parents[2] / 'demo' / 'own_videos'


@pytest.fixture
def footage(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import footage

    return footage


def test_footage_and_its_labels(footage, tmp_path):
    project = footage.make_study(tmp_path / 'videos', 'day', 2, 4.0, seed=0)
    footage.write_boris(project, tmp_path / 'study.boris')
    read = read_annotations(tmp_path / 'study.boris')
    assert [len(video.segments) for video in read.videos] == [len(video.segments) for video in project.videos]
    assert {segment.label for video in read.videos for segment in video.segments} <= set(footage.BEHAVIORS)
    with open_video(project.videos[0].path) as reader:
        assert (len(reader), reader.size, reader.avg_fps) == (48, (72, 96), 12)


def test_behaviors_look_different(footage):
    frames = {name: footage.draw_animal(48.0, 1.0, name, 0.3).astype(int) for name in ('rest', *footage.BEHAVIORS)}
    rest = frames.pop('rest')
    assert all(np.abs(frame - rest).mean() > 0.5 for frame in frames.values())


def test_the_four_commands(footage, tmp_path, monkeypatch):
    spec = spec_from_file_location('run_own_videos', FOLDER / 'run.py')
    demo = module_from_spec(spec)
    spec.loader.exec_module(demo)
    demo.prepare(tmp_path, videos=3, seconds=3.0)
    monkeypatch.chdir(tmp_path)
    for words in demo.commands(epochs=1):
        main(words.split())
    assert 'what the model learned' in Path('runs/study/report.html').read_text(encoding='utf-8')
    study = read_annotations('runs/study/truth.json')
    assert len(study.videos) == 1
    assert [video.name for video in read_annotations('next.boris').videos] == [study.videos[0].name]
    assert Path('new.boris').is_file()
