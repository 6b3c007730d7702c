"""From an imported annotation to a trained model: ``mmaction fit``."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from mmaction.annotations import Project, Video
from mmaction.apis import init_localizer
from mmaction.inference.precision import Precision
from mmaction.study.calibrate import fit_temperature, log_loss
from mmaction.study.encode import DEFAULT_ENCODER, Steps, build_encoder, encode_videos, record_of
from mmaction.study.evaluate import majority, measure, targets
from mmaction.study.learn import MODELS_OF, ModelName, Table, model_config, train_model
from mmaction.study.predict import Predicted, Predictor
from mmaction.study.run import RECORD, Encoder, Run, RunRecord, Task, save_run
from mmaction.study.tasks import Study, default_step_sec, load_study
from mmaction.utils.check import at_least, pick, positive
from mmaction.version import __version__

__all__ = ['Fit', 'fit_study', 'table_of_figures']

MODEL_CONFIG = 'model.py'
CHECKPOINT = 'model.pth'

Report = Callable[[str], None]


@dataclass(frozen=True)
class Fit:
    """Settings of ``mmaction fit``.

    Args:
        data: folder of an import.
        out: folder of the run; None for ``runs/`` and the name of the data.
        task: None chooses it by the annotations.
        features: encoder, see :func:`mmaction.study.encode.build_encoder`.
        weights: of the encoder; empty for those that its config names.
        model: None for the default of the task.
        step_sec: seconds from one step of the features to the next; None for a value that suits the segments.
        epochs: at most; None for a number that suits the data.
        lr: learning rate of the model; None for a default.
        seed: of split and training.
        cache: folder of the features; None for ``features`` in the folder of the data.
        overwrite: replace an existing run.
        device: of the encoder; None takes a GPU if there is one.
        batch_size: clips per batch of the encoder.
        dtype: precision of the encoder, also in later predictions.
        compile: compile the encoder.
    """

    data: Path
    out: Path | None = None
    task: Task | None = None
    features: str = DEFAULT_ENCODER
    weights: str = ''
    model: ModelName | None = None
    step_sec: float | None = None
    epochs: int | None = None
    lr: float | None = None
    seed: int = 0
    cache: Path | None = None
    overwrite: bool = False
    device: str | None = None
    batch_size: int = 16
    dtype: Precision = 'fp32'
    compile: bool = False


@dataclass
class _Clock:
    """Wall seconds per stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)


def fit_study(settings: Fit, report: Report = print) -> Run:
    """Learn the annotations of an import, and write the run.

    Features are extracted once and kept by the content of the videos, so that an interrupted run goes on from them.

    Args:
        settings: of the run.
        report: takes each sentence about what is done.

    Raises:
        FileNotFoundError: the folder of the import, a video, or a file of the encoder does not exist.
        FileExistsError: the run exists.
        ValueError: there is nothing to learn, or the settings do not fit the data.
    """
    if settings.step_sec is not None:
        positive(settings.step_sec, 'step_sec')
    if settings.epochs is not None:
        at_least(1, settings.epochs, 'epochs')
    if settings.lr is not None:
        positive(settings.lr, 'lr')
    at_least(1, settings.batch_size, 'batch_size')
    folder = settings.out or Path('runs', _data_folder(settings.data).absolute().name)
    if (folder / RECORD).exists() and not settings.overwrite:
        raise FileExistsError(
            f'There is a run in {folder}. Pass --overwrite to replace it, or another folder as --out.'
        )
    study = load_study(settings.data, settings.task, settings.seed)
    kind = _model_of(study, settings.model)
    report(f'Task {study.task}: {study.reason}')
    counts = f'{len(study.train)} videos to learn from, {len(study.val)} to validate'
    tests = f', {len(study.test)} to test' if study.test else ''
    report(f'{counts}{tests}, {len(study.classes)} classes.')
    for warning in study.warnings:
        report(f'warning: {warning}')

    clock = _Clock()
    step_sec = settings.step_sec or default_step_sec(study.train)
    cache = settings.cache or study.folder / 'features'
    folder.mkdir(parents=True, exist_ok=True)
    with clock.stage('features'):
        table, encoder = _encode(study, settings, cache, folder, step_sec, report)
    (folder / RECORD).unlink(missing_ok=True)  # until the new one is complete; an error so far has cost nothing
    figures = dict(majority=majority(table, study.val))
    tested = dict(majority=majority(table, study.test)) if study.test else {}
    for name in dict.fromkeys(['linear', kind]):  # the model is the last one
        with clock.stage(f'training of {name}'):
            learned = _learn(table, name, folder, settings)
        figures[name] = measure(table, study.val, learned.predicted)
        if study.test:
            tested[name] = _test_figures(table, learned.predictor)
    shutil.copyfile(learned.config, folder / MODEL_CONFIG)
    shutil.copyfile(learned.checkpoint, folder / CHECKPOINT)
    predictor = learned.predictor
    record = RunRecord(
        task=study.task,
        reason=study.reason,
        data=str(study.folder.absolute()),
        classes=list(predictor.classes),
        background=list(predictor.background),
        encoder=encoder,
        step_sec=step_sec,
        scale=table.scale,
        model=kind,
        model_config=MODEL_CONFIG,
        checkpoint=CHECKPOINT,
        temperature=predictor.temperature,
        seed=settings.seed,
        videos={split: [video.name for video in videos] for split, videos in study.splits.items()},
        metrics=figures[kind],
        baselines={name: values for name, values in figures.items() if name != kind or kind == 'linear'},
        seconds=clock.seconds,
        versions=_versions(),
        warnings=list(study.warnings),
        features=str(cache.absolute()),
        test=tested,
    )
    scores = {name: found.scores for name, found in learned.predicted.items()}
    predictions = []
    for video in study.val:
        predictions.append(replace(video, segments=learned.predicted[video.name].segments, labels=(), tracks=()))
    classes = tuple(study.classes)
    return save_run(folder, record, Project(tuple(predictions), classes), Project(study.val, classes), scores)


def _data_folder(data: Path) -> Path:
    return data.parent if data.is_file() else data


def _model_of(study: Study, requested: ModelName | None) -> ModelName:
    if requested is None:
        return MODELS_OF[study.task][0]
    return pick(MODELS_OF[study.task], requested, f'model of the task {study.task}')


def _encode(
    study: Study, settings: Fit, cache: Path, folder: Path, step_sec: float, report: Report
) -> tuple[Table, Encoder]:
    """Features and labels of all videos, in the files of a training."""
    extractor = build_encoder(
        settings.features,
        settings.weights,
        cache,
        settings.device,
        settings.batch_size,
        dtype=settings.dtype,
        compile=settings.compile,
    )
    if extractor.license is not None:
        report(f'License of the weights of the encoder, by their model card: {extractor.license}.')
    report(f'Features every {step_sec:.3g} s, kept in {cache}')
    table = Table(folder / 'data', study)
    for video, steps in encode_videos(extractor, list(study.videos), step_sec):
        table.add(video, steps)
    table.finish()
    return table, record_of(extractor, settings.features, settings.weights, settings.dtype, table.channels, folder)


@dataclass(frozen=True)
class _Learned:
    """A trained model and its predictions on the validation videos."""

    predictor: Predictor
    predicted: Mapping[str, Predicted]
    config: Path
    checkpoint: Path


def _learn(table: Table, kind: ModelName, folder: Path, settings: Fit) -> _Learned:
    study = table.study
    cfg = model_config(kind, table, settings.seed, settings.epochs, settings.lr)
    checkpoint = train_model(cfg)
    config = Path(cfg.work_dir, MODEL_CONFIG)
    cfg.dump(config)
    finds_events = kind == 'actionformer'
    task: Task = 'frames' if study.task == 'events' and not finds_events else study.task
    classes = study.classes if finds_events else study.step_classes
    background = () if finds_events else study.step_background
    model = init_localizer(cfg, checkpoint, 'cpu')
    predictor = Predictor(model, task, classes, background, name=folder.absolute().name)
    scores, labels = targets(table, study.val, _predict(table, study.val, predictor), task)
    predictor = replace(predictor, temperature=fit_temperature(scores, labels))
    return _Learned(predictor, _predict(table, study.val, predictor), config, checkpoint)


def _test_figures(table: Table, predictor: Predictor) -> dict[str, float]:
    """Figures on the test videos, and the log loss there without and with the temperature."""
    videos = table.study.test
    found = _predict(table, videos, predictor)
    raw = _predict(table, videos, replace(predictor, temperature=1.0))
    losses = [log_loss(*targets(table, videos, predicted, predictor.task)) for predicted in (raw, found)]
    return dict(measure(table, videos, found), log_loss_uncalibrated=losses[0], log_loss=losses[1])


def _predict(table: Table, videos: Sequence[Video], predictor: Predictor) -> dict[str, Predicted]:
    found = {}
    for video in videos:
        found[video.name] = predictor(Steps(table.features(video), table.edges[video.name]))
    return found


def _versions() -> dict[str, str]:
    packages = ('mmaction-next', 'torch', 'numpy', 'mmengine', 'transformers', 'timm')
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return dict(found, mmaction=__version__, python=platform.python_version())


# ------------------------------------------------------------------------------------------------------------ report
_COLUMNS = ('acc', 'mean_acc', 'edit', 'F1@10', 'F1@25', 'F1@50', 'mAP@0.3', 'mAP@0.5', 'mAP@0.7')


def table_of_figures(record: RunRecord, split: Literal['val', 'test'] = 'val') -> str:
    """The figures of the baselines and the model on the videos of a split, one row each, in percent."""
    rows = record.figures(split)
    columns = [name for name in _COLUMNS if name in record.metrics]
    lines = [f'{"":12}' + ''.join(f'{name:>10}' for name in columns)]
    for name, figures in rows.items():
        cells = (f'{figures[column]:10.1f}' if column in figures else f'{"-":>10}' for column in columns)
        lines.append(f'{name:12}' + ''.join(cells))
    return '\n'.join(lines)
