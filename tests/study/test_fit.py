"""Fits of small studies, from videos to a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_study import SETTINGS, dense_videos, video_of, write_study

from mmaction.annotations import Segment
from mmaction.study import Run
from mmaction.study.fit import Fit, fit_study, table_of_figures
from mmaction.study.predict import Predictor
from mmaction.study.tasks import load_study


def test_frames_are_learned(run, dense):
    record = run.record
    assert record.task == 'frames'
    assert 'one at a time: each moment has one label, or none.' in record.reason
    assert (record.classes, record.background) == (['background', 'rojo ñ', '蓝色'], ['background'])
    assert record.videos == dict(train=[f'vidéo {n}.mp4' for n in range(3)], val=['vidéo 3.mp4', 'vidéo 4.mp4'])
    assert record.metrics['edit'] > record.baselines['majority']['edit']
    assert record.metrics['acc'] > 80 > record.baselines['majority']['acc']
    assert record.data == str(dense)
    assert {'features', 'training of linear', 'training of mstcnpp'} <= set(record.seconds)
    assert run.truth().videos[0].segments[0] == Segment(0, 1.5, 'rojo ñ')


def test_files_of_a_run_agree(run):
    assert Run.load(run.folder).record == run.record
    predicted = {video.name: video.segments for video in run.predictions().videos}
    for video in run.truth().videos:
        scores = run.scores(video.name)
        assert scores.scores.sum(1) == pytest.approx(1, abs=1e-5)
        assert scores.start_sec[0] == 0
        assert scores.end_sec[-1] == pytest.approx(video.duration_sec)
        assert scores.start_sec[1:].tolist() == scores.end_sec[:-1].tolist()
        for segment in predicted[video.name]:
            inside = (scores.start_sec >= segment.start_sec - 1e-9) & (scores.end_sec <= segment.end_sec + 1e-9)
            column = run.record.classes.index(segment.label)
            assert segment.score == pytest.approx(float(scores.scores[inside, column].mean()), abs=1e-6)
            assert segment.model == 'étude'
    assert table_of_figures(run.record).splitlines()[0].split()[:3] == ['acc', 'mean_acc', 'edit']


def test_a_run_is_repeated_exactly_and_not_overwritten(run, dense, encoder, tmp_path):
    config, weights = encoder
    settings = replace(SETTINGS, data=dense, out=run.folder, features=config, weights=weights)
    with pytest.raises(FileExistsError, match=r'There is a run in .*étude. Pass --overwrite'):
        fit_study(settings)
    again = fit_study(replace(settings, out=tmp_path / 'étude'), report=lambda line: None)
    assert again.record.metrics == run.record.metrics
    assert again.record.temperature == run.record.temperature
    for video in run.truth().videos:
        assert np.array_equal(run.scores(video.name).scores, again.scores(video.name).scores)


def test_interrupted_fit_goes_on_from_its_features(dense, encoder, tmp_path):
    config, weights = encoder
    kept = sorted(path.stat().st_mtime_ns for path in (dense / 'features').rglob('*.npz'))
    out = tmp_path / 'interrupted'
    out.mkdir()
    settings = Fit(dense, out, features=config, weights=weights, model='linear', step_sec=0.25, epochs=1)
    result = fit_study(settings, report=lambda line: None)
    assert len(kept) >= 5  # and those of videos that were annotated since
    assert sorted(path.stat().st_mtime_ns for path in (dense / 'features').rglob('*.npz')) == kept
    assert result.record.model == 'linear'
    assert result.record.metrics == result.record.baselines['linear']


@pytest.mark.parametrize('model', ['linear', 'attentive'])
def test_clips_are_learned(encoder, tmp_path, model):
    config, weights = encoder
    videos = []
    for number in range(8):
        label, seconds = [('rojo ñ', 3.0), ('蓝色', 1.0 + number / 10)][number in (1, 2, 4, 5, 7)]
        video = video_of(tmp_path / 'videos' / f'{number}.mp4', [(label, seconds)])
        videos.append(replace(video, segments=(), labels=(label,), split=('train', 'val', 'test')[max(number - 5, 0)]))
    data = write_study(tmp_path / 'study', videos)
    out = tmp_path / 'run'
    lines = []
    settings = Fit(
        data, out, features=config, weights=weights, model=model, step_sec=0.5, epochs=8, lr=0.02, dtype='bf16'
    )
    result = fit_study(settings, report=lines.append)
    assert lines[0] == 'Task clips: Each of the 8 videos has one label for its whole length.'
    assert "warning: 'rojo ñ' has 2 videos to learn from, fewer than 5." in lines
    assert result.record.metrics['acc'] == 100
    assert Run.load(out).record.encoder.dtype == 'bf16'
    assert not [name for name in result.record.metrics if name.startswith(('edit', 'F1'))]
    assert result.scores('6.mp4').scores.shape == (1, 2)
    record = Run.load(out).record
    assert {split: len(names) for split, names in record.videos.items()} == dict(train=6, val=1, test=1)
    assert lines[1] == '6 videos to learn from, 1 to validate, 1 to test, 2 classes.'
    assert record.test[model]['acc'] == 100
    # More videos have its class, though those of the other are longer: a video counts once.
    assert (record.baselines['majority']['acc'], record.test['majority']['acc']) == (0, 100)
    assert 0 <= record.test[model]['log_loss'] < 0.7
    predictor = Predictor.of_run(result)
    assert record.test[model]['log_loss_uncalibrated'] != record.test[model]['log_loss'] or predictor.temperature == 1
    assert table_of_figures(record, 'test').splitlines()[-1].split()[:2] == [model, '100.0']
    segment = result.predictions().videos[0].segments[0]
    assert (segment.start_sec, segment.end_sec, segment.label) == (0, pytest.approx(3.0), 'rojo ñ')


def test_events_are_learned(encoder, tmp_path):
    config, weights = encoder
    videos = []
    for number, video in enumerate(dense_videos(tmp_path / 'videos')):
        longer = Segment(0.5, 7.0, 'session')
        videos.append(replace(video, segments=(*video.segments, longer) if number % 2 else video.segments))
    data = write_study(tmp_path / 'study', videos)
    settings = Fit(data, tmp_path / 'run', features=config, weights=weights, step_sec=0.25, epochs=4, lr=0.01)
    result = fit_study(settings, report=lambda line: None)
    record = result.record
    assert record.task == 'events'
    assert 'overlap for' in record.reason
    assert record.model == 'actionformer'
    assert set(record.classes) == {'rojo ñ', '蓝色', 'session'}
    assert {'mAP@0.3', 'mAP@0.5', 'mAP@0.7'} <= set(record.metrics)
    assert set(record.baselines) == {'majority', 'linear'}
    scores = result.scores('vidéo 3.mp4').scores
    for segment in result.predictions().videos[0].segments:
        assert 0 <= segment.score <= 1
        assert scores[:, record.classes.index(segment.label)].max() >= segment.score - 1e-6


def test_a_study_without_a_split_gets_one(dense, tmp_path):
    study = load_study(dense)
    folder = write_study(tmp_path, [replace(video, split='train') for video in study.videos])
    other = load_study(folder)
    assert len(other.train) == 4
    assert len(other.val) == 1
    assert other.warnings[0] == 'The import has no split into train and val: 1 of 5 videos validate.'
    assert [video.name for video in load_study(folder).val] == [video.name for video in other.val]
