"""Speed of a pipeline, step by step, and of a model on the batches of a data loader."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import nn

from mmaction.datasets.errors import is_unreadable
from mmaction.datasets.transforms.contract import flatten, step_name
from mmaction.utils.check import at_least
from mmaction.visualization.stages import locate

_WARM_UP = 5  # batches that are not counted: memory is allocated, and kernels are chosen


@dataclass
class StepTime:
    """Time of one step of a pipeline.

    Attributes:
        name: of the step.
        seconds: of all samples together.
    """

    name: str
    seconds: float = 0.0


@dataclass(frozen=True)
class PipelineTimes:
    """Times of the steps of a pipeline.

    Attributes:
        steps: in the order of the pipeline; the first is reading the record.
        samples: number of samples that went through.
        unreadable: number of samples whose files are unreadable, which are not counted.
    """

    steps: list[StepTime]
    samples: int
    unreadable: int

    @property
    def seconds(self) -> float:
        """Of all samples and steps together."""
        return sum(step.seconds for step in self.steps)

    @property
    def slowest(self) -> StepTime:
        """The step that takes the most time."""
        return max(self.steps, key=lambda step: step.seconds)

    def table(self) -> str:
        """One line per step: milliseconds per sample, and the fraction of the whole."""
        width = max(len(step.name) for step in self.steps)
        lines = [f'{"step":{width}}  ms per sample      %']
        for step in self.steps:
            fraction = step.seconds / self.seconds if self.seconds else 0.0
            lines.append(f'{step.name:{width}}  {1000 * step.seconds / self.samples:13.2f}  {100 * fraction:5.1f}')
        return '\n'.join(lines)


def measure_steps(dataset: Any, indices: Iterable[int]) -> PipelineTimes:
    """Send samples through the pipeline of a dataset in this process, and time each step.

    Args:
        dataset: a dataset, or one in wrappers such as ``RepeatDataset``.
        indices: of the samples.

    Raises:
        ValueError: no sample is readable.
    """
    times: list[StepTime] = []
    samples = 0
    unreadable = 0
    for index in indices:
        inner, inner_index = locate(dataset, index)
        steps = list(flatten(inner.pipeline.transforms))
        if len(times) != len(steps) + 1:  # the parts of a ConcatDataset may have pipelines of their own
            times = [StepTime('(record)'), *[StepTime(step_name(step)) for step in steps]]
            samples = 0
        try:
            taken = _time_sample(inner, inner_index, steps)
        except (OSError, RuntimeError) as error:
            if not is_unreadable(error):
                raise
            unreadable += 1
            continue
        samples += 1
        for step, seconds in zip(times, taken):
            step.seconds += seconds
    if not samples:
        raise ValueError(f'None of the {unreadable} samples is readable.')
    return PipelineTimes(times, samples, unreadable)


def _time_sample(dataset: Any, index: int, steps: list[Callable[[dict], dict | None]]) -> list[float]:
    start = time.perf_counter()
    results: dict | None = copy.deepcopy(dataset.get_data_info(index))
    taken = [time.perf_counter() - start]
    for step in steps:
        start = time.perf_counter()
        if results is not None:  # a step may drop a sample
            results = step(results)
        taken.append(time.perf_counter() - start)
    return taken


@dataclass(frozen=True)
class Speed:
    """Speed of a model on a data loader.

    Attributes:
        samples: number of measured samples.
        data_seconds: time that the model waited for batches.
        model_seconds: time of the model.
    """

    samples: int
    data_seconds: float
    model_seconds: float

    @property
    def per_second(self) -> float:
        """Samples per second of loader and model together."""
        return self.samples / max(self.data_seconds + self.model_seconds, 1e-9)

    @property
    def model_per_second(self) -> float:
        """Samples per second of the model alone."""
        return self.samples / max(self.model_seconds, 1e-9)


@torch.no_grad()
def measure_model(
    model: nn.Module,
    batches: Iterable[Any],
    max_batches: int = 2000,
    after: Callable[[int, Speed], None] | None = None,
) -> Speed:
    """Predict batch by batch, and time the waiting for data and the model.

    The first batches are not counted, unless there are too few.

    Args:
        model: with ``test_step(batch)``, which returns one prediction per sample.
        batches: of a data loader.
        max_batches: number of batches to measure.
        after: called with the number of measured batches and the speed so far.

    Raises:
        ValueError: there are no batches.
    """
    at_least(1, max_batches, 'max_batches')
    on_gpu = any(parameter.is_cuda for parameter in model.parameters())
    taken: list[tuple[int, float, float]] = []  # of each batch: samples, waiting, model
    start = time.perf_counter()
    for batch in islice(batches, max_batches + _WARM_UP):
        loaded = time.perf_counter()
        outputs = model.test_step(batch)  # type: ignore[operator]
        if on_gpu:
            torch.cuda.synchronize()
        end = time.perf_counter()
        taken.append((len(outputs), loaded - start, end - loaded))
        if after is not None and len(taken) > _WARM_UP:
            after(len(taken) - _WARM_UP, _speed(taken[_WARM_UP:]))
        start = time.perf_counter()
    if not taken:
        raise ValueError('The data loader has no batches.')
    return _speed(taken[_WARM_UP:] or taken[1:] or taken)


def _speed(taken: list[tuple[int, float, float]]) -> Speed:
    samples, waiting, computing = (sum(column) for column in zip(*taken))
    return Speed(int(samples), waiting, computing)
