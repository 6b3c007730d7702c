"""Plots of training curves, schedules and confusion matrices."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmaction.utils.files import read_as_utf8
from mmaction.visualization.schedule import Schedule, thin

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SEABORN = ('whitegrid', 'darkgrid', 'white', 'dark', 'ticks')


def style_name(style: str) -> str:
    """Name of the matplotlib style for one of seaborn's or matplotlib's style names."""
    import matplotlib.pyplot as plt

    name = f'seaborn-v0_8-{style}' if style in _SEABORN else style
    if name != 'default' and name not in plt.style.available:
        raise ValueError(f'style ({style!r}) must be one of {", ".join((*_SEABORN, *plt.style.available))}.')
    return name


def read_json_lines(path: str | os.PathLike) -> list[dict[str, Any]]:
    """Read a file with one JSON object per line; blank lines are skipped.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is no JSON object.
    """
    records = []
    with read_as_utf8(path, 'Is it a log?'), open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                record = None
            if not isinstance(record, dict):
                raise ValueError(f'{os.fspath(path)}:{number}: {line.strip()[:80]!r} is not a JSON object.')
            records.append(record)
    return records


def read_scalars(path: str | os.PathLike) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read the curves of a training log.

    Args:
        path: ``vis_data/scalars.json`` as mmengine writes it: one JSON object per line.

    Returns:
        name -> (steps, values), each (N,), float64. As in mmengine, steps are iterations in training and epochs in
        validation.
    """
    points: dict[str, tuple[list[float], list[float]]] = {}
    for number, record in enumerate(read_json_lines(path), start=1):
        step = record.get('step', number)
        for name, value in record.items():
            if name != 'step' and isinstance(value, int | float):
                steps, values = points.setdefault(name, ([], []))
                steps.append(step)
                values.append(value)
    return {name: (np.asarray(x, float), np.asarray(y, float)) for name, (x, y) in points.items()}


def plot_curves(
    path: str | os.PathLike | None,
    series: Mapping[str, tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]],
    title: str = '',
    xlabel: str = '',
    ylabel: str = '',
    show: bool = False,
) -> Figure:
    """Draw curves with a legend.

    Args:
        path: image to write; None writes no file.
        series: name -> (x, y).
        title: title of the plot.
        xlabel: label of the x axis.
        ylabel: label of the y axis.
        show: open a window.
    """
    figure = new_figure(window=show)
    axes = figure.add_subplot()
    for name, (x, y) in series.items():
        marker = 'o' if len(x) <= 30 else None  # more markers would merge into a thick line
        axes.plot(x, y, label=name, marker=marker, markersize=4)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.4)
    if series:
        axes.legend()
    save_figure(figure, path)
    if show:
        show_figure()
    return figure


def new_figure(size: tuple[float, float] = (8, 5), window: bool = False) -> Figure:
    """Create a figure of ``size`` inches, by default one that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if window:
        import matplotlib.pyplot as plt

        return plt.figure(figsize=size, layout='constrained')
    figure = Figure(figsize=size, layout='constrained')
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: str | os.PathLike | None) -> None:
    """Write a figure, creating folders as needed; with ``path=None`` do nothing."""
    if path is not None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(figure_file(path), dpi=120)


def figure_file(path: str | os.PathLike) -> Path:
    """The file that :func:`save_figure` writes: without a suffix it gets ``.png``."""
    return Path(path) if Path(path).suffix else Path(f'{os.fspath(path)}.png')


def show_figure() -> bool:
    """Show the figures of pyplot; False where there is no display to show them on."""
    import matplotlib.pyplot as plt

    if plt.get_backend().lower() == 'agg':
        print('There is no display to show the plot on. Give a file to write it to.')
        return False
    plt.show()
    return True


def draw_schedule(figure: Figure, schedule: Schedule, title: str = '', ylabel: str = 'lr') -> None:
    """Draw a schedule over epochs (with iterations on the upper axis, if their number is known) or over iterations."""
    from matplotlib.ticker import MaxNLocator

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
    axes.xaxis.set_major_locator(MaxNLocator(nbins='auto', steps=[1, 2, 2.5, 5, 10], integer=True))
    if length > 1:
        to_iterations = (lambda x: np.multiply(x, length), lambda x: np.divide(x, length))  # and back
        top = axes.secondary_xaxis('top', functions=to_iterations)
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
    """Draw a confusion matrix with ``ConfusionMatrix.plot``.

    Args:
        confusion_matrix: counts (classes, classes), one row per true class.
        path: image to write; None writes no file.
        classes: class names.
        show: open a window.
        **kwargs: further keywords of ``ConfusionMatrix.plot``.
    """
    from mmaction.evaluation import ConfusionMatrix

    figure = ConfusionMatrix.plot(confusion_matrix, classes=classes, show=show, **kwargs)
    save_figure(figure, path)
    return figure
