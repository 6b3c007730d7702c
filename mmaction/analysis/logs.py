"""Logs of trainings: curves of their values, and the time per iteration of their epochs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmaction.visualization.plots import read_json_lines

Axis = Literal['iteration', 'epoch']
Phase = Literal['train', 'val']
_PLACES = ('mode', 'epoch', 'iter', 'step')  # of a record, which tell its place and are no values


@dataclass(frozen=True)
class Curve:
    """Values of a training over iterations, or of its validations over epochs.

    Attributes:
        x: float64 (N,).
        y: float64 (N,).
        axis: unit of ``x``.
    """

    x: np.ndarray
    y: np.ndarray
    axis: Axis


@dataclass(frozen=True)
class EpochTimes:
    """Seconds per iteration, averaged within each epoch, and over all iterations.

    Attributes:
        epochs: numbers of the epochs, (E,).
        means: float64 (E,).
        mean: of all iterations.
    """

    epochs: np.ndarray
    means: np.ndarray
    mean: float

    @property
    def slowest(self) -> tuple[int, float]:
        """Number of the slowest epoch, and its seconds per iteration."""
        place = int(self.means.argmax())
        return int(self.epochs[place]), float(self.means[place])

    @property
    def fastest(self) -> tuple[int, float]:
        """Number of the fastest epoch, and its seconds per iteration."""
        place = int(self.means.argmin())
        return int(self.epochs[place]), float(self.means[place])


@dataclass(frozen=True)
class _Record:
    phase: Phase
    epoch: int
    step: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class TrainingLog:
    """A log as a list of records, those of training before those of validation where both are at one place.

    Attributes:
        path: the file.
        records: in the order of the file.
        epoch_length: iterations per epoch; 1 where the log does not count epochs.
    """

    path: str
    records: Sequence[_Record]
    epoch_length: float

    def keys(self) -> list[str]:
        """Names of the values, in the order of their first record."""
        return list(dict.fromkeys(key for record in self.records for key in record.values))

    def curve(self, key: str) -> Curve:
        """The curve of a value: of the training if it logs it, else of the validations.

        Args:
            key: its name; ``train/NAME`` and ``val/NAME`` choose where both log it.

        Raises:
            ValueError: the log has no such value.
        """
        phases: tuple[Phase, ...] = ('train', 'val')
        name = key
        for phase in phases:
            if key.startswith(f'{phase}/') and key not in self.keys():
                name, phases = key.removeprefix(f'{phase}/'), (phase,)
        for phase in phases:
            found = [record for record in self.records if record.phase == phase and name in record.values]
            if found:
                values = np.array([record.values[name] for record in found], np.float64)
                return Curve(np.array([record.step for record in found]), values, _AXES[phase])
        known = self.keys()
        close = get_close_matches(name, known)
        hint = f' Did you mean {" or ".join(close)}?' if close else ''
        raise ValueError(f'{self.path} has no value {key!r}.{hint} It has {", ".join(known) or "no values"}.')

    def epoch_times(self, include_outliers: bool = False) -> EpochTimes:
        """Time per iteration of each epoch of the training.

        Args:
            include_outliers: count the first record of each epoch too, which starts the workers of the data loader.

        Raises:
            ValueError: the log has no times.
        """
        times: dict[int, list[float]] = {}
        for record in self.records:
            if record.phase == 'train' and 'time' in record.values:
                times.setdefault(record.epoch, []).append(record.values['time'])
        if not times:
            raise ValueError(f'{self.path} has no value "time" of a training.')
        if not include_outliers:
            times = {epoch: values[1:] or values for epoch, values in times.items()}
        means = [float(np.mean(values)) for values in times.values()]
        every = [value for values in times.values() for value in values]
        return EpochTimes(np.array([*times]), np.array(means), float(np.mean(every)))


_AXES: dict[Phase, Axis] = {'train': 'iteration', 'val': 'epoch'}


def read_log(path: str | os.PathLike[str]) -> TrainingLog:
    """Read the log of a training.

    Args:
        path: ``scalars.json`` (or ``TIMESTAMP.json``) of MMAction2 1.x, ``TIMESTAMP.log.json`` of 0.x, or a folder,
            for the newest log below it.

    Raises:
        FileNotFoundError: there is no such file, or no log in the folder.
        ValueError: a line is no JSON object, or no record has values.
    """
    file = _newest_log(Path(path))
    records = [_parse(raw, number) for number, raw in enumerate(read_json_lines(file), start=1)]
    kept = [record for record in records if record.values]
    if not kept:
        raise ValueError(f'{file} has no values: is it the log of a training?')
    length = _epoch_length(kept)
    if any('mode' in raw for raw in read_json_lines(file)):  # 0.x counts iterations anew in each epoch
        kept = [_counted_through(record, length) for record in kept]
    return TrainingLog(str(file), kept, length)


def common_axis(curves: Iterable[tuple[TrainingLog, Curve]]) -> tuple[Axis, list[Curve]]:
    """Bring curves to one axis: iterations if all have them, else epochs."""
    pairs = list(curves)
    axes = {curve.axis for _, curve in pairs}
    if len(axes) == 1:
        return axes.pop(), [curve for _, curve in pairs]
    in_epochs = []
    for log, curve in pairs:
        x = curve.x / log.epoch_length if curve.axis == 'iteration' else curve.x
        in_epochs.append(Curve(x, curve.y, 'epoch'))
    return 'epoch', in_epochs


def _newest_log(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise FileNotFoundError(f'There is no log at {path}.')
    logs = [*path.rglob('scalars.json'), *path.rglob('*.log.json')]
    if not logs:
        raise FileNotFoundError(f'There is no log (scalars.json or *.log.json) in {path}.')
    return max(logs, key=lambda log: log.stat().st_mtime)


def _parse(raw: Mapping[str, Any], number: int) -> _Record:
    values = {}
    for key, value in raw.items():
        if key not in _PLACES and isinstance(value, int | float) and not isinstance(value, bool):
            values[key] = float(value)
    # The first line of a log of 0.x has versions, a seed and no place.
    if not {'mode', 'step', 'iter', 'epoch'} & {*raw}:
        values = {}
    if 'mode' in raw:
        phase: Phase = 'train' if raw['mode'] == 'train' else 'val'
        step = raw['iter'] if phase == 'train' else raw['epoch']
        return _Record(phase, int(raw['epoch']), float(step), values)
    # A validation of mmengine has nothing but its number as step.
    phase = 'train' if 'iter' in raw or 'lr' in raw or 'loss' in raw else 'val'
    step = raw.get('step', raw.get('iter', number))
    epoch = raw.get('epoch', 1 if phase == 'train' else step)
    return _Record(phase, int(epoch), float(step), values)


def _epoch_length(records: Sequence[_Record]) -> float:
    """Iterations per epoch, as far as the records tell: the last ones of an epoch may not be logged."""
    training = [record for record in records if record.phase == 'train']
    epochs = {record.epoch for record in training}
    if len(epochs) < 2 and not any(record.phase == 'val' for record in records):
        return 1.0
    counted = [record.step / record.epoch for record in training if record.epoch]
    resets = any(later.step < earlier.step for earlier, later in pairwise(training))
    if resets:
        counted = [record.step for record in training]
    return max(counted, default=1.0)


def _counted_through(record: _Record, epoch_length: float) -> _Record:
    if record.phase == 'val':
        return record
    return _Record(record.phase, record.epoch, (record.epoch - 1) * epoch_length + record.step, record.values)
