"""The record of a run: the folder that ``mmaction fit`` writes, and all that is built on it reads."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args
from zipfile import BadZipFile

import numpy as np

from mmaction.annotations import Project, Video, Writing, read_annotations, write_annotations
from mmaction.annotations.base import write_text
from mmaction.inference.precision import Precision
from mmaction.utils.check import pick
from mmaction.utils.files import complete_or_absent

__all__ = ['Encoder', 'Run', 'RunRecord', 'Scores', 'Task']

Task = Literal['clips', 'frames', 'events', 'boxes']

FORMAT_VERSION = 1
RECORD = 'run.json'
PREDICTIONS = 'predictions.json'
TRUTH = 'truth.json'
SCORES = 'scores'
_AGAIN = 'Run mmaction fit again, with --overwrite.'


@dataclass(frozen=True)
class Encoder:
    """The frozen model that gives the features.

    Attributes:
        name: as the user named it: a config, or ``hf:`` and a model.
        config: resolved config, a file in the folder of the run.
        checkpoint: file or URL of its weights; empty for those that the config names.
        identity: digest of weights, structure and pipeline.
        channels: of the features.
        license: of the weights; None where they state none.
        dtype: precision of the network.
    """

    name: str
    config: str
    checkpoint: str
    identity: str
    channels: int
    license: str | None = None
    dtype: Precision = 'fp32'


@dataclass(frozen=True)
class RunRecord:
    """The content of ``run.json``.

    Attributes:
        task: ``'clips'``, a label per video; ``'frames'``, a label per step; ``'events'``, sparse segments; or boxes.
        reason: of the choice of the task, a sentence.
        data: folder of the import, absolute.
        classes: names in the order of the scores.
        background: those of them that stand for no segment.
        encoder: of the features.
        step_sec: seconds from one step of the features to the next.
        model: kind of the model, such as ``'mstcnpp'``.
        model_config: file of its config, relative to the folder of the run.
        checkpoint: file of its weights, relative to it.
        temperature: that the logits are divided by before the softmax, to calibrate the scores.
        seed: of split and training.
        videos: names of the videos of each split.
        metrics: of the model on the validation videos, percentages; those that end in ``_CLASS`` are per class.
        baselines: the same of ``'majority'`` and ``'linear'``.
        scale: factor of the features, so that they vary by 1 in the training videos.
        seconds: wall seconds per stage.
        versions: of the packages.
        warnings: what the user should know about data and result, a sentence each.
        test: the same as ``metrics``, of the model and the baselines, on the test videos, which chose nothing; with the
            log loss there, without and with the temperature. Empty where there are no test videos.
        features: folder that keeps the features, absolute; empty for ``features`` in ``data``.
    """

    task: Task
    reason: str
    data: str
    classes: list[str]
    background: list[str]
    encoder: Encoder
    step_sec: float
    model: str
    model_config: str
    checkpoint: str
    temperature: float
    seed: int
    videos: dict[str, list[str]]
    metrics: dict[str, float]
    baselines: dict[str, dict[str, float]]
    scale: float = 1.0
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    features: str = ''
    test: dict[str, dict[str, float]] = field(default_factory=dict)

    def figures(self, split: Literal['val', 'test']) -> dict[str, dict[str, float]]:
        """Figures on the videos of a split: of the baselines, then of the model."""
        return {**self.baselines, self.model: self.metrics} if split == 'val' else self.test


@dataclass(frozen=True, eq=False)
class Scores:
    """Calibrated probabilities of the steps of a video.

    Attributes:
        scores: float32 (T, K); T = 1 where the video has one label. The rows of events need not sum to 1.
        start_sec: (T,) when each step begins.
        end_sec: (T,) when it ends.
    """

    scores: np.ndarray
    start_sec: np.ndarray
    end_sec: np.ndarray


@dataclass(frozen=True)
class Run:
    """A folder of ``mmaction fit``.

    Attributes:
        folder: of the run.
        record: the content of ``run.json``.
    """

    folder: Path
    record: RunRecord

    @classmethod
    def load(cls, folder: str | Path) -> Run:
        """Read a run.

        Raises:
            FileNotFoundError: there is no such folder, or the run is not complete.
            ValueError: ``run.json`` is malformed, or of another version.
        """
        folder = Path(folder)
        path = folder / RECORD
        if not path.is_file():
            absent = (
                'it is no run of mmaction fit, or one that was interrupted' if folder.is_dir() else 'it does not exist'
            )
            raise FileNotFoundError(
                f'There is no {path}: {absent} (absolute: {folder.absolute()}). Name the folder that mmaction fit '
                'printed, such as runs/study, or run it again, which goes on from the features that it has.'
            )
        try:
            content = json.loads(path.read_text(encoding='utf-8'))
        except ValueError as error:
            raise ValueError(f'{path} is no JSON: {error}. {_AGAIN}') from None
        return cls(folder, _record(content, path))

    @property
    def name(self) -> str:
        """Name of the folder, which stands for the model in predictions."""
        return self.folder.absolute().name

    @property
    def features(self) -> Path:
        """Folder that keeps the features of all videos: that of the training, so that none is encoded twice.

        ``features`` in the run, where that folder is gone or read-only, as after a move to another machine.
        """
        shared = Path(self.record.features or Path(self.record.data, 'features'))
        return shared if os.access(shared, os.W_OK) else self.folder / 'features'

    @property
    def model_config(self) -> Path:
        """Config of the model."""
        return self._needed(self.record.model_config)

    @property
    def checkpoint(self) -> Path:
        """Weights of the model."""
        return self._needed(self.record.checkpoint)

    @property
    def encoder_config(self) -> Path:
        """Config of the encoder."""
        return self._needed(self.record.encoder.config)

    def predictions(self) -> Project:
        """Predictions on the validation videos: segments, or labels of whole videos, with calibrated scores."""
        return read_annotations(self._needed(PREDICTIONS), 'json')

    def truth(self) -> Project:
        """Annotations of the validation videos."""
        return read_annotations(self._needed(TRUTH), 'json')

    def scores(self, video: str) -> Scores:
        """Probabilities of the steps of a validation video.

        Raises:
            FileNotFoundError: there are none of this video.
            ValueError: the file is damaged.
        """
        path = self._needed(str(Path(SCORES, score_file(video))))
        try:
            with np.load(path, allow_pickle=False) as file:
                return Scores(file['scores'], file['start_sec'], file['end_sec'])
        except (ValueError, KeyError, EOFError, BadZipFile) as error:
            raise ValueError(f'{path} has no scores: {error}. {_AGAIN}') from error

    def video_path(self, video: str) -> Path:
        """The file of a validation video.

        Raises:
            KeyError: the run has no such video.
            FileNotFoundError: its file is gone.
        """
        found = {item.name: item for item in self.truth().videos}
        if video not in found:
            raise KeyError(f'The run {self.folder} has no validation video {video!r}; it has {", ".join(found)}.')
        return existing_file(found[video])

    def _needed(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise FileNotFoundError(f'The run {self.folder} lacks its file {name}. {_AGAIN}')
        return path


def existing_file(video: Video) -> Path:
    """The file of a video.

    Raises:
        FileNotFoundError: it is gone.
    """
    path = Path(video.path or video.name)
    if not path.exists():
        raise FileNotFoundError(
            f'The file of the video {video.name!r} is gone: {path}. Put it back, or import the annotations again with '
            'mmaction data import ... --videos FOLDER.'
        )
    return path


def save_run(
    folder: Path, record: RunRecord, predictions: Project, truth: Project, scores: Mapping[str, Scores]
) -> Run:
    """Write the files of a run; ``run.json`` last, so that it stands for a complete run.

    Args:
        folder: with the files of model and encoder already in it.
        record: the content of ``run.json``.
        predictions: on the validation videos.
        truth: annotations of the same videos.
        scores: of each of them, by name.
    """
    for video, table in scores.items():
        with complete_or_absent(str(folder / SCORES / score_file(video))) as unfinished:
            np.savez_compressed(unfinished, scores=table.scores, start_sec=table.start_sec, end_sec=table.end_sec)
    write_annotations(predictions, folder / PREDICTIONS, 'json', Writing())
    write_annotations(truth, folder / TRUTH, 'json', Writing())
    content = dict(mmaction_run=FORMAT_VERSION, **asdict(record))
    write_text(folder / RECORD, json.dumps(content, indent=1, ensure_ascii=False) + '\n')
    return Run(folder, record)


def score_file(video: str) -> str:
    """Name of the file of scores of a video: characters that file systems reserve are written as ``%2f``."""
    reserved = '%/\\:*?"<>|\0'
    return ''.join(f'%{ord(char):02x}' if char in reserved else char for char in video) + '.npz'


def _record(content: Any, path: Path) -> RunRecord:
    version = content.get('mmaction_run') if isinstance(content, dict) else None
    if version != FORMAT_VERSION:
        raise ValueError(f'{path} has mmaction_run {version!r}, and this version reads {FORMAT_VERSION}. {_AGAIN}')
    known = {item.name: content[item.name] for item in fields(RunRecord) if item.name in content}
    needed = [item.name for item in fields(RunRecord) if item.default is MISSING and item.default_factory is MISSING]
    missing = [name for name in needed if name not in known]
    if missing:
        raise ValueError(f'{path} lacks {", ".join(missing)}. {_AGAIN}')
    pick(get_args(Task), known['task'], f'task of {os.fspath(path)}')
    try:
        known['encoder'] = Encoder(**known['encoder'])
    except TypeError as error:
        raise ValueError(f'{path}: encoder is malformed ({error}). {_AGAIN}') from None
    return RunRecord(**known)
