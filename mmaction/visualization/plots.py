"""Pictures of numbers: training curves, schedules, confusion matrices."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmaction.visualization.schedule import Schedule, thin

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SEABORN = ('whitegrid', 'darkgrid', 'white', 'dark', 'ticks')


def style_name(style: str) -> str:
    """The matplotlib style for a name of seaborn's or matplotlib's own."""
    import matplotlib.pyplot as plt

    name = f'seaborn-v0_8-{style}' if style in _SEABORN else style
    if name != 'default' and name not in plt.style.available:
        raise ValueError(f'style ({style!r}) must be one of {", ".join((*_SEABORN, *plt.style.available))}.')
    return name


def read_scalars(path: str | os.PathLike) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Curves of a training log.

    Args:
        path: ``vis_data/scalars.json`` that mmengine writes: one JSON object a line.

    Returns:
        name -> (steps, values), each (N,), float64. Steps are iterations for what training logs and epochs for what
        validation does, as mmengine counts them.
    """
    points: dict[str, tuple[list[float], list[float]]] = {}
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except json.JSONDecodeError as error:
                raise ValueError(f'{os.fspath(path)}:{number}: {line.strip()[:80]!r} is not a JSON object.') from error
            step = record.get('step', number)
            for name, value in record.items():
                if name != 'step' and isinstance(value, int | float):
                    steps, values = points.setdefault(name, ([], []))
                    steps.append(step)
                    values.append(value)
    return {name: (np.asarray(x, float), np.asarray(y, float)) for name, (x, y) in points.items()}


def plot_curves(
    path: str | os.PathLike | None,
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    title: str = '',
    xlabel: str = '',
    ylabel: str = '',
) -> Figure:
    """Draw curves with a legend.

    Args:
        path: picture to write; None: none.
        series: name -> (x, y).
        title, xlabel, ylabel: texts of the picture.
    """
    figure = new_figure()
    axes = figure.add_subplot()
    for name, (x, y) in series.items():
        few = len(x) <= 30
        axes.plot(x, y, label=name, marker='o' if few else None, markersize=4)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.4)
    if series:
        axes.legend()
    save_figure(figure, path)
    return figure


def new_figure(size: tuple[float, float] = (8, 5)) -> Figure:
    """A figure of ``size`` inches that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout='constrained')
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: str | os.PathLike | None) -> None:
    """Write a figure; folders are made as needed."""
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120)


def draw_schedule(figure: Figure, schedule: Schedule, title: str = '', ylabel: str = 'lr') -> None:
    """Draw a schedule over epochs, with the iterations on top where their number is known, or over iterations."""
    axes = figure.add_subplot()
    length = max(schedule.epoch_length, 1)
    ends = np.arange(len(schedule.values) + 1)  # a value holds from its step to the next
    held = np.concatenate([schedule.values, schedule.values[-1:]])
    for name, values in zip(schedule.groups, held.T):
        x, y = thin(ends, values)
        axes.plot(x / length, y, label=name, linewidth=2, drawstyle='steps-post')
    axes.set(title=title, ylabel=ylabel, xlabel='epoch' if schedule.by_epoch else 'iteration')
    axes.set_xlim(0, len(schedule.values) / length)
    axes.set_ylim(bottom=min(0.0, float(schedule.values.min())))
    axes.yaxis.set_major_formatter(lambda value, _: f'{value:g}')
    axes.xaxis.get_major_locator().set_params(integer=True)
    if length > 1:
        top = axes.secondary_xaxis('top', functions=(lambda x: x * length, lambda x: x / length))
        top.set_xlabel('iteration')
    if len(schedule.groups) > 1:
        axes.legend()


def plot_confusion_matrix(
    confusion_matrix: Any,
    path: str | os.PathLike | None = None,
    classes: Sequence[str] | None = None,
    *,
    show: bool = False,
    **kwargs: Any,
) -> Figure:
    """Draw a confusion matrix (classes, classes), rows being the truth, with ``ConfusionMatrix.plot``.

    Args:
        confusion_matrix: counts.
        path: picture to write; None: none.
        classes: names of the classes.
        show: open a window.
        **kwargs: more of ``ConfusionMatrix.plot``.
    """
    from mmaction.evaluation import ConfusionMatrix

    figure = ConfusionMatrix.plot(confusion_matrix, classes=classes, show=show, **kwargs)
    save_figure(figure, path)
    return figure
