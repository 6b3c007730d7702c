"""Training of a small model on the features of a study: its data files, its config, and mmengine's runner."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

import mmaction.engine  # noqa: F401  (fixes the runner)
from mmaction.annotations import Video
from mmaction.annotations.base import write_text
from mmaction.annotations.targets import frame_labels
from mmaction.recipes import actionformer as af
from mmaction.recipes import localization as loc
from mmaction.recipes import segmentation as seg
from mmaction.study.encode import Steps
from mmaction.study.run import Task
from mmaction.study.tasks import Study, video_label
from mmaction.utils.progress import track
from mmaction.utils.shipped import shipped_file

__all__ = ['MODELS_OF', 'ModelName', 'Table', 'model_config', 'train_model']

ModelName = Literal['linear', 'attentive', 'mstcnpp', 'asformer', 'actionformer']
MODELS_OF: Mapping[Task, tuple[ModelName, ...]] = {
    'clips': ('attentive', 'linear'),
    'frames': ('asformer', 'mstcnpp', 'linear'),
    'events': ('actionformer',),
}
"""The models of each task; the first one is the default."""

# The figure that chooses the epoch.
_BEST: Mapping[Task, str] = {'clips': 'mean_acc', 'frames': 'F1@25', 'events': 'mAP@0.5'}
EVENT_OVERLAPS = (0.3, 0.5, 0.7)

_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
_UPDATES = 200  # of the weights, at least, in a training of default length
_EPOCHS = (20, 200)
_VALIDATIONS = 10
_PATIENCE = 4  # validations without a better figure, after which the training ends
_BATCH = 4
_LEARNING_RATE = 1e-3
_CROP = 512  # steps of a random stretch of a video, to learn events from
_DROPOUT = 0.3

# Sizes as in the configs of UT-Interaction, for data sets of tens of videos.
_MODELS: Mapping[ModelName, dict[str, Any]] = {
    'linear': dict(type='LinearSegmentor', dropout=_DROPOUT),
    'mstcnpp': dict(type='MSTCNPP', num_layers=8, num_refinements=2, num_refinement_layers=8, feature_dropout=_DROPOUT),
    'asformer': dict(type='ASFormer', num_layers=8, num_decoders=2),
    'actionformer': dict(
        type='ActionFormer',
        channels=128,
        num_heads=4,
        window_size=9,
        num_stem=1,
        regression_ranges=((0, 8), (8, 16), (16, 32), (32, 10000)),
        dropout=0.2,
        train_cfg=dict(start_norm=50),
        test_cfg=dict(max_segments=200),
    ),
}
_CLIP_MODELS: Mapping[ModelName, dict[str, Any]] = {
    'linear': dict(type='VideoClassifier', pooling='mean', dropout=_DROPOUT),
    'attentive': dict(type='VideoClassifier', pooling='attention', dropout=_DROPOUT),
}


class Table:
    """The data files of a training, in a folder: features and labels per step of each video.

    Args:
        folder: created.
        study: the videos.
    """

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder = folder
        self.study = study
        self.keys = {video.name: f'{number:05d}' for number, video in enumerate(study.videos)}
        self.edges: dict[str, np.ndarray] = {}
        self.channels = 0
        self.scale = 1.0
        shutil.rmtree(folder, ignore_errors=True)
        for name in ('features', 'labels'):
            (folder / name).mkdir(parents=True)

    def add(self, video: Video, steps: Steps) -> None:
        """Write the features and labels of a video."""
        key = self.keys[video.name]
        np.save(self.folder / 'features' / f'{key}.npy', steps.features)
        self.edges[video.name] = steps.edges
        self.channels = steps.features.shape[1]
        number = {name: str(index) for index, name in enumerate(self.study.step_classes)}
        lines = [number[label] for label in step_labels(self.study.task, video, steps)]
        write_text(self.folder / 'labels' / f'{key}.txt', '\n'.join(lines) + '\n')

    def finish(self) -> None:
        """Scale the features, and write the lists of the videos.

        The learning rate suits features of about the size of a network's activations; those of CLIP have a length of 1.
        """
        self.scale = self._scale()
        for key in self.keys.values():
            path = self.folder / 'features' / f'{key}.npy'
            np.save(path, (np.load(path) * self.scale).astype(np.float32))
        for split, videos in (('train', self.study.train), ('val', self.study.val)):
            keys = [self.keys[video.name] for video in videos]
            write_text(self.folder / f'{split}.txt', '\n'.join(keys) + '\n')
            if self.study.task == 'events':
                content = {key: self._annotations(video) for key, video in zip(keys, videos)}
                write_text(self.folder / f'{split}.json', json.dumps(content))

    def _scale(self) -> float:
        """One over the standard deviation of the channels in the training videos."""
        count = 0
        total = np.zeros(self.channels)
        squares = np.zeros(self.channels)
        for video in self.study.train:
            features = self.features(video).astype(np.float64)
            count += len(features)
            total += features.sum(0)
            squares += (features**2).sum(0)
        deviation = float(np.sqrt(np.maximum(squares / count - (total / count) ** 2, 0).mean()))
        return 1 / deviation if deviation > 0 else 1.0

    def features(self, video: Video) -> np.ndarray:
        """(T, C) of a video, scaled once all are there."""
        table: np.ndarray = np.load(self.folder / 'features' / f'{self.keys[video.name]}.npy')
        return table

    def labels(self, video: Video) -> np.ndarray:
        """Class index of each step (T,)."""
        text = (self.folder / 'labels' / f'{self.keys[video.name]}.txt').read_text(encoding='utf-8')
        return np.array(text.split(), np.int64)

    def _annotations(self, video: Video) -> dict[str, Any]:
        """The record of ``ActivityNetDataset``, with the steps as frames."""
        edges = self.edges[video.name]
        count = len(edges) - 1
        annotations = []
        for segment in video.segments:
            span = [max(segment.start_sec, 0.0), min(segment.end_sec, float(edges[-1]))]
            if span[1] > span[0]:
                annotations.append(dict(segment=span, label=segment.label))
        return dict(
            duration_second=float(edges[-1]),
            duration_frame=count,
            feature_frame=count,
            fps=count / float(edges[-1]),
            annotations=annotations,
        )


def step_labels(task: Task, video: Video, steps: Steps) -> list[str]:
    """Label of each step of a video: that of the frame in its middle, or that of the video."""
    if task == 'clips':
        return [video_label(video) or ''] * len(steps.features)
    rate = video.fps or 1 / steps.step_sec
    labels, _ = frame_labels(video, rate)
    frames = np.minimum((steps.centres * rate).astype(int), len(labels) - 1)
    return [labels[frame] for frame in frames]


# ------------------------------------------------------------------------------------------------------------ config
def model_config(
    kind: ModelName, table: Table, seed: int, epochs: int | None = None, lr: float | None = None
) -> Config:
    """Config of a training on the data files, which ``mmaction train`` takes as well.

    Args:
        kind: of the model.
        table: the data.
        seed: of the training.
        epochs: at most; None for a number that suits the data.
        lr: learning rate; None for 0.001.
    """
    study = table.study
    count = len(study.train)
    batch = min(_BATCH, math.ceil(count / 3))
    if epochs is None:
        low, high = _EPOCHS
        epochs = min(max(round(_UPDATES / math.ceil(count / batch)), low), high)
    interval = max(1, epochs // _VALIDATIONS)
    runtime = shipped_file('configs/_base_/default_runtime.py')
    if runtime is None:
        raise FileNotFoundError('The configs that come with the package are not there. Install mmaction-next again.')
    settings = Config.fromfile(str(runtime)).to_dict()
    models = _CLIP_MODELS if study.task == 'clips' else _MODELS
    finds_events = kind == 'actionformer'
    classes = study.classes if finds_events else study.step_classes
    sizes = dict(in_channels=table.channels, num_classes=len(classes), classes=list(classes))
    parts = _events if finds_events else _steps
    settings.update(parts(table, batch, epochs, lr or _LEARNING_RATE))
    best = _BEST['frames' if study.task == 'events' and not finds_events else study.task]
    settings.update(
        model=models[kind] | sizes,
        train_cfg=dict(type='EpochBasedTrainLoop', max_epochs=epochs, val_begin=interval, val_interval=interval),
        val_cfg=dict(type='ValLoop'),
        test_cfg=dict(type='TestLoop'),
        work_dir=str(table.folder.parent.absolute() / 'training' / kind),
        randomness=dict(seed=seed),
        log_level='ERROR',  # mmengine warns of its own calls
    )
    settings['default_hooks']['checkpoint'] = dict(
        type='CheckpointHook', interval=interval, max_keep_ckpts=1, save_best=best, rule='greater'
    )
    stop = dict(type='EarlyStoppingHook', monitor=best, rule='greater', min_delta=0.0, patience=_PATIENCE)
    settings['custom_hooks'] = [*settings.get('custom_hooks', []), stop]
    return Config(settings)


def _steps(table: Table, batch: int, epochs: int, lr: float) -> dict[str, Any]:
    """Data, metric and schedule of a label per step."""
    study = table.study
    loaders = seg.loaders(
        batch,
        seg.frames(),
        str(table.folder.absolute()),
        train='train.txt',
        val='val.txt',
        labels='labels',
        # The files of labels have numbers: a name may hold what a line cannot.
        metainfo=dict(classes=[str(index) for index in range(len(study.step_classes))]),
    )
    metric = dict(seg.metric(), ignore_classes=[study.step_classes.index(name) for name in study.step_background])
    return dict(
        zip(_LOADERS, loaders),
        val_evaluator=metric,
        test_evaluator=metric,
        optim_wrapper=seg.optimizer(lr=lr),
        param_scheduler=seg.schedule(epochs),
        custom_hooks=[seg.balance()],
    )


def _events(table: Table, batch: int, epochs: int, lr: float) -> dict[str, Any]:
    """Data, metric and schedule of sparse segments."""
    folder = table.folder.absolute()
    loaders = loc.loaders(
        batch,
        af.segments(max_steps=_CROP, stride=1),
        str(folder / 'features'),
        train=str(folder / 'train.json'),
        val=str(folder / 'val.json'),
        dataset=dict(feature_ext='.npy', metainfo=dict(classes=list(table.study.classes))),
    )
    for loader in loaders:
        loader.update(num_workers=0, persistent_workers=False)
    options = dict(mAP=dict(temporal_iou_thresholds=list(EVENT_OVERLAPS)))
    metric = dict(type='ANetMetric', metric_type=['mAP'], metric_options=options)
    return dict(
        zip(_LOADERS, loaders),
        val_evaluator=metric,
        test_evaluator=metric,
        optim_wrapper=af.optimizer(lr=lr),
        param_scheduler=af.schedule(epochs=epochs, warmup=max(1, epochs // 10)),
    )


# ---------------------------------------------------------------------------------------------------------- training
class _Progress(Hook):
    """Progress of the epochs on stderr; the figures are in the folder of the training."""

    def __init__(self, title: str) -> None:
        self._title = title

    def before_train(self, runner: Runner) -> None:
        self._epochs = track(range(runner.max_epochs), self._title)

    def before_train_epoch(self, runner: Runner) -> None:
        next(self._epochs)

    def after_train(self, runner: Runner) -> None:
        next(self._epochs, None)


def train_model(cfg: Config) -> Path:
    """Train, and return the checkpoint of the best epoch.

    Raises:
        RuntimeError: the training gave none.
    """
    work = Path(cfg.work_dir)
    shutil.rmtree(work, ignore_errors=True)
    cfg = cfg.copy()
    # A name of its own: mmengine keeps what a run of that name has measured, for the rest of the process.
    cfg.experiment_name = f'{work.name}_{time.time_ns()}'
    runner = Runner.from_cfg(cfg)
    runner.register_hook(_Progress(f'Training of {work.name}'))
    runner.train()
    found = sorted(work.glob('best_*.pth'))
    if not found:
        raise RuntimeError(f'The training in {work} gave no checkpoint.')
    return found[-1]
