"""Timeline plots and running labels of segments."""

from __future__ import annotations

import numpy as np

from mmaction.visualization.running_label import draw_running_labels
from mmaction.visualization.timeline import plot_timeline, without_overlaps


def entry(start, end, score, label='a'):
    return dict(segment=[start, end], score=score, label=label)


def test_timeline_shows_segments_where_they_are(tmp_path):
    truth = [dict(segment=[1, 3], label='run')]
    figure = plot_timeline(tmp_path / 'a' / 't.png', [entry(1, 4, 0.8, 'run'), entry(6, 8, 0.2, 'jump')], 10.0, truth)
    axes = figure.axes[0]
    bars = sorted(
        (p.get_x(), p.get_x() + p.get_width(), round(p.get_y() + p.get_height() / 2, 2)) for p in axes.patches
    )
    assert bars == [(1, 3, 0.8), (1, 4, 1.2), (6, 8, 0.2)]
    assert [t.get_text() for t in axes.get_yticklabels()] == ['jump', 'run'] and axes.get_xlim() == (0, 10)
    assert axes.get_xlabel() == 'time (s)' and {t.get_text() for t in axes.texts} == {'0.80', '0.20'}
    assert (tmp_path / 'a' / 't.png').stat().st_size > 5000
    empty = plot_timeline(None, [], 0.04)
    assert [t.get_text() for t in empty.axes[0].get_yticklabels()] == ['(no segments)']


def test_without_overlaps():
    entries = [entry(0, 4, 0.9), entry(0.5, 4, 0.8), entry(0.5, 4, 0.7, 'b'), entry(6, 8, 0.6), entry(9, 10, 0.05)]
    kept = without_overlaps(entries, min_share=0.1)
    assert [(e['score'], e['label']) for e in kept] == [(0.9, 'a'), (0.7, 'b'), (0.6, 'a')]
    assert without_overlaps([]) == []


def test_running_label_changes_with_the_segments():
    frames = np.full((20, 120, 160, 3), 90, np.uint8)
    drawn = np.stack([*draw_running_labels(iter(frames), [entry(0.5, 1.5, 0.8, 'run')], 2.0, 10.0)])
    assert drawn.shape == frames.shape and (frames == 90).all()
    upper = drawn[:, :90]
    assert (upper[5] == upper[14]).all() and (upper[4] == upper[15]).all() and (upper[4] != upper[5]).any()
    cursor = [int(np.argmax(frame[-2, :, 0].astype(int) - frame[-2, :, 2])) for frame in drawn]
    assert cursor == sorted(cursor) and cursor[0] < 8 and cursor[-1] > 150
