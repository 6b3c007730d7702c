"""Long videos joined of clips: the annotated boundaries are where the clips are; and what blind segments are worth."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmaction.cli.data.concatenate_clips import main as concatenate
from mmaction.datasets import ActivityNetDataset
from mmaction.datasets.concatenation import Clip, crossfade, group_clips, hold, read_frames
from mmaction.evaluation.metrics.chance_level import evaluate, evaluate_results, spread, uniform_segments
from mmaction.testing import moving_texture
from mmaction.video import open_reader, write_video


@pytest.fixture(scope='module')
def clips(tmp_path_factory):
    """Five clips of three classes, each of its own size and length."""
    root = tmp_path_factory.mktemp('clips')
    lines = []
    for i in range(5):
        write_video(root / f'{i}.mp4', moving_texture(20 + 4 * i, 48 + 16 * i, 64, seed=i), fps=30)
        lines.append(f'{i}.mp4 {i % 3}')
    (root / 'list.txt').write_text('\n'.join(lines) + '\n')
    (root / 'classes.txt').write_text('run\njump\nthrow\n')
    return root


def test_clips_lie_where_they_are_annotated(clips, tmp_path):
    out = tmp_path / 'long'
    command = [str(clips / 'list.txt'), str(clips), str(out), '--classes', str(clips / 'classes.txt')]
    concatenate([*command, '--clips-per-video', '2', '3', '--size', '64', '64', '--gap', '0.8', '1.5', '--rounds', '2'])
    annotations = json.loads((tmp_path / 'long.json').read_text())
    used = []
    originals = {i: read_frames(str(clips / f'{i}.mp4'), (64, 64)) for i in range(5)}
    for name, info in annotations.items():
        with open_reader(out / f'{name}.mp4') as reader:
            assert len(reader) == info['duration_frame'] and reader.avg_fps == pytest.approx(30)
            frames = reader.get_frames(range(len(reader))).astype(int)
        bounds = [0.0, *[t for entry in info['annotations'] for t in entry['segment']], info['duration_second']]
        assert bounds == sorted(bounds) and min(np.diff(bounds)) >= 0.6
        for entry in info['annotations']:
            start, end = (round(30 * t) for t in entry['segment'])
            number = next(i for i, clip in originals.items() if len(clip) == end - start)
            assert entry['label'] == ['run', 'jump', 'throw'][number % 3]
            # the codec costs 8 grey levels of this texture, a frame's delay 20, another picture 60
            assert np.abs(frames[start:end] - originals[number]).mean() < 12
            assert np.abs(frames[start + 1 : end + 1] - originals[number]).mean() > 14
            used.append(number)
            # no cut at the boundaries
            assert np.abs(frames[start - 1] - frames[start]).mean() < 25
            assert np.abs(frames[end] - frames[end - 1]).mean() < 25
    assert sorted(used) == sorted([*range(5)] * 2)
    dataset = ActivityNetDataset(
        str(tmp_path / 'long.json'), [], metainfo=dict(classes=['run', 'jump', 'throw']), feature_ext='.npy'
    )
    assert sum(len(dataset.get_data_info(i)['labels']) for i in range(len(dataset))) == 10


def test_parts_of_the_background():
    rng = np.random.default_rng(0)
    picture = moving_texture(1, 40, 60)[0]
    held = hold(picture, 30, 30.0, False, rng).astype(int)
    assert held.shape == (30, 40, 60, 3)
    assert np.abs(held[0] - picture).mean() < np.abs(held[-1] - picture).mean()  # it zooms away ...
    back = hold(picture, 30, 30.0, True, rng).astype(int)
    assert np.abs(back[-1] - picture).mean() < np.abs(back[0] - picture).mean()  # ... and back
    assert (held[0] != held[1]).mean() > 0.5  # noise

    black, white = np.zeros((4, 2, 2, 3), np.uint8), np.full((5, 2, 2, 3), 200, np.uint8)
    joined = crossfade([black, white], 3)
    assert joined[:, 0, 0, 0].tolist() == [0, 50, 100, 150, 200, 200]
    assert len(crossfade([black, white], 0)) == 9


def test_groups_use_each_clip_once():
    clips = [Clip(str(i), 0) for i in range(11)]
    groups = list(group_clips(clips, (2, 4), np.random.default_rng(0)))
    assert sorted(int(c.path) for group in groups for c in group) == list(range(11))
    assert all(2 <= len(group) <= 4 for group in groups[:-1])


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('0.mp4', "'0.mp4' must be a path and a class index"),
        ('none.mp4 1', 'there is no clip at'),
        ('0.mp4 7', 'has label 7, but'),
        ('', 'lists no clips'),
    ],
)
def test_wrong_lists(clips, tmp_path, capsys, line, message):
    listed = tmp_path / 'list.txt'
    listed.write_text(line)
    with pytest.raises(SystemExit, match='1'):
        concatenate([str(listed), str(clips), str(tmp_path / 'o'), '--classes', str(clips / 'classes.txt')])
    assert message in capsys.readouterr().err


def test_spread_and_uniform_segments():
    assert spread(7).tolist() == [3, 1, 4, 0, 5, 2, 6]
    spans, scores = uniform_segments(10.0, [4.0, 20.0])
    assert spans.tolist() == [[0, 4], [2, 6], [4, 8], [6, 10], [0, 10]]
    assert scores.argmax() == 2 and scores[-1] == 0.5


def test_blind_segments_by_hand():
    def video(*segments):
        return dict(duration_second=8.0, annotations=[dict(segment=s, label=label) for *s, label in segments])

    # all actions are as long as each other and lie on the grid of half of that
    truth = {'a': video((0, 4, 'x')), 'b': video((4, 8, 'x'))}
    figures = evaluate(truth, truth, [0.5])
    assert figures['AR@1'] <= 0.5 and figures['AR@100'] == 1
    assert 0 < figures['mAP@0.5'] < 1


def test_results_by_hand():
    def video(start, end, label):
        return dict(duration_second=8.0, annotations=[dict(segment=[start, end], label=label)])

    truth = {'a': video(0, 4, 'x'), 'b': video(4, 8, 'y')}
    right = dict(label='x', score=0.9, segment=[0, 4])
    wrong = dict(label='x', score=0.5, segment=[4, 8])
    parts = [dict(results={'a': [right]}), dict(results={'b': [wrong]})]
    figures = evaluate_results(parts, truth, [0.5])
    # found both, labelled one rightly; x has a false alarm behind its hit, y nothing
    assert figures['AR@1'] == 1 and figures['mAP@0.5'] == pytest.approx(0.5)
    with pytest.raises(ValueError, match='no results for 1 of 2 videos, the first is b'):
        evaluate_results(parts[:1], truth, [0.5])
