"""Speed of data loading, its bottleneck, and what to change."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from mmengine.dataset import pseudo_collate

from mmaction.analysis import measure_steps
from mmaction.analysis.timing import PipelineTimes
from mmaction.datasets.transforms.contract import flatten, role_of
from mmaction.doctor.workers import measure_step, recommend_workers, this_machine
from mmaction.registry import DATASETS
from mmaction.video import VideoDecodeError, VideoReport, open_reader, resolve_source
from mmaction.video.open import Backend
from mmaction.video.readers.pyav import probe
from mmaction.visualization.stages import locate

Part = Literal['decode', 'transform', 'collate']

# The part that a step of each role belongs to; of undeclared roles: transform.
_PART_OF: dict[str | None, Part] = {
    'open': 'decode',
    'sample': 'decode',
    'decode': 'decode',
    'format': 'collate',
    'pack': 'collate',
}
_DECODERS: dict[Backend, str] = {'decord': 'Decord', 'pyav': 'PyAV', 'opencv': 'OpenCV', 'torchcodec': 'TorchCodec'}
_MARGIN = 1.2  # a decoder must be faster by this to be worth a change of the config


@dataclass(frozen=True)
class Loading:
    """Speed of the training pipeline in one process.

    Attributes:
        ms: milliseconds per sample of each part.
        times: of each step.
        batch_size: of the loader.
        num_workers: of the loader.
        batch_mib: size of a batch.
        step_ms: time of a training step, see :func:`measure_step`; None if it was not measured.
    """

    ms: dict[Part, float]
    times: PipelineTimes
    batch_size: int
    num_workers: int
    batch_mib: float = 0.0
    step_ms: float | None = None

    @property
    def bottleneck(self) -> Part:
        """The part that takes the most time."""
        return max(self.ms, key=lambda part: self.ms[part])

    @property
    def per_second(self) -> float:
        """Samples per second of one process."""
        return 1000 / max(sum(self.ms.values()), 1e-6)

    def lines(self) -> list[str]:
        """The measurement as text."""
        total = sum(self.ms.values())
        parts = ', '.join(f'{part} {ms:.1f} ms ({100 * ms / total:.0f} %)' for part, ms in self.ms.items())
        slowest = self.times.slowest
        return [
            f'loading: {total:.1f} ms per sample in one process: {parts}',
            f'bottleneck: {self.bottleneck}; the slowest step is {slowest.name}, '
            f'{1000 * slowest.seconds / self.times.samples:.1f} ms',
        ]


def measure_loading(cfg: Mapping[str, Any], number: int, with_step: bool = False) -> Loading:
    """Send training samples through their pipeline, step by step, and collate them.

    Args:
        cfg: with ``train_dataloader``.
        number: of samples, evenly spaced.
        with_step: also run a training step of the model, if the config has one.

    Raises:
        ValueError: no sample is readable.
    """
    loader = cfg['train_dataloader']
    dataset = DATASETS.build(loader['dataset'])
    indices = np.linspace(0, len(dataset) - 1, min(number, len(dataset))).astype(int).tolist()
    measure_steps(dataset, indices)  # as in the first epoch, in which files are scanned; the others count
    times = measure_steps(dataset, indices)
    inner, _ = locate(dataset, 0)
    ms: dict[Part, float] = {'decode': 0.0, 'transform': 0.0, 'collate': 0.0}
    for step, measured in zip(flatten(inner.pipeline.transforms), times.steps[1:]):
        ms[_PART_OF.get(role_of(step), 'transform')] += 1000 * measured.seconds / times.samples
    batch_size = int(loader.get('batch_size', 1))
    samples = _readable(dataset, indices[:batch_size])
    ms['collate'] += 1000 * _collate_seconds(samples)
    batch_mib = batch_size * sum(map(_num_bytes, samples)) / max(len(samples), 1) / 2**20
    step_ms = _step_ms(cfg, samples) if with_step and samples else None
    return Loading(ms, times, batch_size, int(loader.get('num_workers', 0)), batch_mib, step_ms)


def _readable(dataset: Any, indices: Sequence[int]) -> list[Any]:
    samples = []
    for index in indices:
        try:
            samples.append(dataset[index])
        except (OSError, RuntimeError):
            continue
    return samples


def _collate_seconds(samples: Sequence[Any]) -> float:
    """Time per sample of making a batch."""
    start = time.perf_counter()
    pseudo_collate(samples)
    return (time.perf_counter() - start) / max(len(samples), 1)


def _num_bytes(sample: Mapping[str, Any]) -> int:
    inputs = sample['inputs']
    tensors = inputs.values() if isinstance(inputs, Mapping) else [inputs]
    return sum(tensor.nbytes for tensor in tensors)


def _step_ms(cfg: Mapping[str, Any], samples: Sequence[Any]) -> float | None:
    """Time of a training step; None for a model that cannot be built here, whose data can be examined all the same."""
    try:
        return measure_step(cfg, samples)
    except (ValueError, RuntimeError, KeyError, ImportError, TypeError, OSError):
        return None


def recommend(loading: Loading, cfg: Mapping[str, Any], reports: Sequence[VideoReport]) -> Iterator[str]:
    """Yield changes of the config or the videos that make loading faster.

    Args:
        loading: the measurement.
        cfg: the config.
        reports: of sound videos.
    """
    files = [report for report in reports if report.codec != 'images' and report.num_frames]
    if files:
        yield from _decoder(files, cfg)
        yield from _short_side(files, cfg)
    yield _workers(loading)


def _workers(loading: Loading) -> str:
    """Recommend the settings of the loader, for the step that was measured if there was one."""
    machine = this_machine()
    load_ms = sum(loading.ms.values())
    workers = recommend_workers(machine, load_ms, loading.batch_mib, loading.batch_size, loading.step_ms)
    together = workers.num_workers * loading.per_second
    sentence = (
        f'num_workers={workers.num_workers} of {machine.cores} cores (now {loading.num_workers}), '
        f'persistent_workers={workers.persistent_workers}, prefetch_factor={workers.prefetch_factor}: '
        f'about {together:.0f} samples per second, a batch of {loading.batch_size} '
        f'every {loading.batch_size / together:.2f} s'
    )
    if loading.step_ms is None:
        return sentence
    waits = 1000 * loading.batch_size / together > loading.step_ms
    verdict = 'the model waits for data' if waits else 'the data keep up'
    return f'{sentence}; a training step takes {loading.step_ms / 1000:.2f} s: {verdict}'


def _decoder(reports: Sequence[VideoReport], cfg: Mapping[str, Any]) -> Iterator[str]:
    """Time each decoder on a few videos; those that do not read all of them themselves are left out."""
    steps = _steps(cfg)
    used = next((name for name in _DECODERS if any(step == f'{_DECODERS[name]}Init' for step in steps)), None)
    chosen = reports[:: max(1, len(reports) // 6)][:6]
    ms: dict[Backend, float] = {}
    for backend in _DECODERS:
        seconds = [_decode_seconds(report, backend) for report in chosen]
        if None not in seconds:
            ms[backend] = 1000 * sum(filter(None, seconds)) / len(chosen)
    if not ms:
        return
    best = min(ms, key=lambda name: ms[name])
    listed = ', '.join(f'{name} {value:.1f} ms' for name, value in ms.items())
    if used is None or used == best or used not in ms or ms[used] < _MARGIN * ms[best]:
        yield f'decoder: keep the one of the config ({listed} for 8 frames of a video)'
    else:
        prefix = _DECODERS[best]
        yield f'decoder: {prefix}Init and {prefix}Decode ({listed} for 8 frames of a video)'


def _decode_seconds(report: VideoReport, backend: Backend) -> float | None:
    """Time to open a video and decode 8 frames; None if another decoder has to."""
    source = resolve_source(report.name)
    probe(source)  # scanned once, and remembered, as in training
    try:
        start = time.perf_counter()
        with open_reader(source, backend) as reader:
            reader.get_frames(np.linspace(0, reader.num_frames - 1, 8).astype(int))
            seconds = time.perf_counter() - start
            return seconds if reader.backend == backend else None
    except (ImportError, VideoDecodeError):
        return None


def _steps(cfg: Mapping[str, Any]) -> list[str]:
    return [str(step.get('type')) for step in _pipeline(cfg)]


def _pipeline(cfg: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    dataset = cfg['train_dataloader']['dataset']
    while 'pipeline' not in dataset:
        dataset = dataset['dataset'] if 'dataset' in dataset else dataset['datasets'][0]
    return list(dataset['pipeline'])


def _short_side(reports: Sequence[VideoReport], cfg: Mapping[str, Any]) -> Iterator[str]:
    """Compare the size of the videos with the first size that the pipeline resizes them to."""
    scales = [step['scale'] for step in _pipeline(cfg) if step.get('type') == 'Resize' and 'scale' in step]
    if not scales or not isinstance(scales[0], list | tuple):
        return
    wanted = min(side for side in scales[0] if side > 0)
    median = int(np.median([min(report.height, report.width) for report in reports]))
    if median > 1.5 * wanted:
        yield (
            f'short side: the videos have {median} px, the pipeline needs {wanted}: copies of {wanted} px decode '
            'faster (tools/data/resize_videos.py)'
        )
