"""Timeline plot of the segments of a video: one row per class, seconds along the x axis."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmaction.structures.segments import segment_iou

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Entry = Mapping[str, Any]  # segment, [start, end] in seconds; label; score

TRUTH, PREDICTION = '#3d9a50', '#2f6db5'


def without_overlaps(entries: Sequence[Entry], max_iou: float = 0.3, min_share: float = 0.0) -> list[Entry]:
    """Keep the best of overlapping segments of a label, so that the plot stays readable.

    Args:
        entries: dicts with ``segment``, ``score`` and ``label``.
        max_iou: largest temporal IoU of two kept segments of one label.
        min_share: smallest score to keep, as a fraction of the best score.
    """
    ranked = sorted(entries, key=lambda entry: -entry['score'])
    kept: list[Entry] = []
    for entry in ranked:
        if entry['score'] < min_share * ranked[0]['score']:
            break
        rivals = [other for other in kept if _label(other) == _label(entry)]
        if all(segment_iou(entry['segment'], rival['segment']) <= max_iou for rival in rivals):
            kept.append(entry)
    return kept


def _label(entry: Entry) -> str:
    return str(entry.get('label', 'action'))


def plot_timeline(
    path: str | os.PathLike | None,
    predictions: Sequence[Entry],
    duration_sec: float,
    truth: Sequence[Entry] | None = None,
    title: str = '',
) -> Figure:
    """Draw segments over time, one row per label: true ones above predicted ones, darker with a higher score.

    Args:
        path: image to write; None writes no file.
        predictions: dicts with ``segment`` ([start, end] in seconds), ``score`` and ``label``.
        duration_sec: duration of the video.
        truth: dicts with ``segment`` and ``label``; None if unknown.
        title: title of the plot.
    """
    from matplotlib.patches import Patch

    from mmaction.visualization.plots import new_figure, save_figure

    both = [*(truth or ()), *predictions]
    labels = sorted({_label(entry) for entry in both}) or ['(no segments)']
    rows = {label: row for row, label in enumerate(labels)}
    figure = new_figure((float(np.clip(4 + duration_sec / 5, 9, 24)), 1.7 + 0.62 * len(labels)))
    axes = figure.add_subplot()
    best = max([entry['score'] for entry in predictions], default=1.0) or 1.0
    height = 0.38 if truth is not None else 0.6
    for entry in truth or ():
        start, end = entry['segment']
        axes.barh(rows[_label(entry)] - 0.2, end - start, height, start, color=TRUTH, edgecolor='white')
    for entry in sorted(predictions, key=lambda entry: entry['score']):
        start, end = entry['segment']
        at = rows[_label(entry)] + (0.2 if truth is not None else 0)
        strength = 0.25 + 0.75 * max(entry['score'], 0) / best
        axes.barh(at, end - start, height, start, color=PREDICTION, alpha=strength, edgecolor='white')
        if end - start > 0.025 * duration_sec:
            color = 'white' if strength > 0.55 else 'black'
            text = f'{entry["score"]:.2f}'
            axes.text((start + end) / 2, at, text, ha='center', va='center', fontsize=8, color=color)
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlim=(0, max(duration_sec, 1e-3)), ylim=(len(labels) - 0.45, -0.55), xlabel='time (s)')
    axes.set_title(title)
    axes.grid(axis='x', alpha=0.4)
    axes.set_axisbelow(True)
    for row in range(1, len(labels)):
        axes.axhline(row - 0.5, color='0.85', linewidth=0.8)
    handles = [Patch(color=PREDICTION, label='predicted (score)')]
    if truth is not None:
        handles.insert(0, Patch(color=TRUTH, label='annotated'))
    figure.legend(handles=handles, loc='outside upper right', ncols=len(handles), frameon=False)
    save_figure(figure, path)
    return figure
