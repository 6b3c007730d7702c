"""The frozen encoder of a study: features of each video, once, in the steps of a grid over time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from torch import nn

from mmaction.annotations import Video
from mmaction.apis import init_recognizer
from mmaction.compat.read import is_encoder, read_config
from mmaction.inference.feature_store import FeatureStore
from mmaction.inference.features import FeatureExtractor
from mmaction.inference.precision import Precision
from mmaction.models import BaseRecognizer
from mmaction.study.run import Encoder, Run, existing_file
from mmaction.utils.progress import track
from mmaction.utils.shipped import shipped_config
from mmaction.video import open_video
from mmaction.weights import WeightsNotAvailable, load

__all__ = ['DEFAULT_ENCODER', 'Steps', 'build_encoder', 'encode_video', 'encode_videos', 'encoder_of_run']

DEFAULT_ENCODER = 'trn_imagenet-pretrained-squeezenet1-1_1xb8-1x1x8-24e_ut-interaction-rgb'
CONFIG = 'encoder.py'


@dataclass(frozen=True, eq=False)
class Steps:
    """Features of a video.

    Attributes:
        features: float32 (T, C).
        edges: (T + 1,) seconds: step i is from ``edges[i]`` to ``edges[i + 1]``. Its clip lies around the middle.
    """

    features: np.ndarray
    edges: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        """(T,) seconds."""
        return (self.edges[:-1] + self.edges[1:]) / 2

    @property
    def step_sec(self) -> float:
        """Seconds from one step to the next, on average."""
        return float(self.edges[-1] - self.edges[0]) / len(self.features)


def build_encoder(
    name: str,
    weights: str,
    cache: str | Path | None,
    device: str | None = None,
    batch_size: int = 16,
    *,
    dtype: Precision = 'fp32',
    compile: bool = False,
) -> FeatureExtractor:
    """Build the encoder.

    Args:
        name: config of a recognizer, also one that comes with the package; or ``hf:`` and a model.
        weights: checkpoint of the recognizer or of its backbone; empty for the weights that the config names.
        cache: folder of the features; None keeps none.
        device: None takes a GPU if there is one.
        batch_size: clips per batch.
        dtype: precision of the network, see :func:`~mmaction.apis.init_recognizer`.
        compile: compile the network.

    Raises:
        FileNotFoundError: there is no such config or file.
        WeightsNotAvailable: the weights cannot be fetched; the message has the alternatives.
        ValueError: the weights are of another model.
    """
    # The long way round would log that the config comes with the package.
    shipped = None if is_encoder(name) or os.path.isfile(name) else shipped_config(name)
    cfg = read_config(name if shipped is None else shipped)
    # A head gives no features, and a random one would be another model each time.
    if cfg.get('model') is not None:
        cfg.model.pop('cls_head', None)
    model = _built(cfg, name, device, pretrained=not weights, dtype=dtype, compile=compile)
    if not isinstance(model, BaseRecognizer):
        raise ValueError(f'{name} has a {type(model).__name__}, but a recognizer is needed, which takes videos.')
    if weights:
        _load_backbone(model, weights)
    return _extractor(model, cache, batch_size)


def _extractor(model: BaseRecognizer, cache: str | Path | None, batch_size: int) -> FeatureExtractor:
    store = None if cache is None else FeatureStore(os.fspath(cache))
    return replace(FeatureExtractor.of_features(model), batch_size=batch_size, store=store)


def _built(cfg: Config, name: str, device: str | None, **options: Any) -> nn.Module:
    try:
        return init_recognizer(cfg, None, device, **options)
    except WeightsNotAvailable as error:
        raise WeightsNotAvailable(
            f'The encoder {name} has no weights on this machine. {error} Or name a checkpoint of it, or of its '
            'backbone, with --weights FILE; or another encoder with --features: a config and --weights, or hf:FOLDER, '
            'a folder of a model of transformers, timm or open_clip.'
        ) from error


def _load_backbone(model: BaseRecognizer, weights: str) -> None:
    """Load a checkpoint of a recognizer or of a backbone; a head in either is of no use here."""
    backbone = model.backbone
    try:
        report = load(backbone, weights, policy='warn', ignore='.*')
    except RuntimeError as error:
        if isinstance(error, WeightsNotAvailable):
            raise
        raise ValueError(str(error)) from error
    if report.missing:
        raise ValueError(
            f'The weights {weights} lack {len(report.missing)} entries of the backbone, {type(backbone).__name__}, the '
            f'first one {report.missing[0]}. Name the file that belongs to the config.'
        )


def record_of(
    extractor: FeatureExtractor, name: str, weights: str, dtype: Precision, channels: int, folder: Path
) -> Encoder:
    """Write the config of an encoder to the folder of a run, and describe the encoder."""
    cfg = extractor.model.cfg
    parts = {key: cfg[key] for key in ('default_scope', 'model', 'test_pipeline', 'test_dataloader') if key in cfg}
    Config(parts).dump(folder / CONFIG)
    checkpoint = weights if '://' in weights or not weights else os.path.abspath(weights)
    kept = f'hf:{os.path.abspath(name[3:])}' if is_encoder(name) and os.path.isdir(name[3:]) else name
    return Encoder(kept, CONFIG, checkpoint, extractor.identity, channels, extractor.license, dtype)


def encoder_of_run(
    run: Run, cache: str | Path | None, device: str | None = None, compile: bool = False
) -> FeatureExtractor:
    """Build the encoder that a run was trained on, in the precision of the training.

    Raises:
        FileNotFoundError: its weights are gone.
        ValueError: it gives other features now, as its weights are others.
    """
    encoder = run.record.encoder
    if encoder.checkpoint and '://' not in encoder.checkpoint and not os.path.isfile(encoder.checkpoint):
        raise FileNotFoundError(
            f'The weights of the encoder of {run.folder} are gone: {encoder.checkpoint}. Put the file back, or run '
            'mmaction fit again with --weights FILE.'
        )
    config = encoder.name if is_encoder(encoder.name) else str(run.encoder_config)
    extractor = build_encoder(config, encoder.checkpoint, cache, device, dtype=encoder.dtype, compile=compile)
    if extractor.identity != encoder.identity:
        raise ValueError(
            f'The encoder of {run.folder} gives other features than those it was trained on: the weights of '
            f'{encoder.checkpoint or encoder.name} or the config have changed. Put the former file back, or run '
            'mmaction fit again.'
        )
    return extractor


def encode_videos(
    extractor: FeatureExtractor, videos: Sequence[Video], step_sec: float
) -> Iterator[tuple[Video, Steps]]:
    """Features of each video in turn, with the progress and the remaining time."""
    for video in track(videos, 'Features', total=len(videos)):
        yield video, encode_video(extractor, str(existing_file(video)), step_sec)


def encode_video(extractor: FeatureExtractor, path: str, step_sec: float) -> Steps:
    """Features of a video, of clips at a distance of about ``step_sec``; from the store where it has them.

    Raises:
        VideoDecodeError: no frame of it decodes.
        ValueError: it has no frame rate, or a feature is not finite.
    """
    with open_video(path) as reader:
        fps = float(reader.avg_fps or 0.0)
        total = len(reader)
    if not fps > 0:
        raise ValueError(f'The frame rate of {path} is unknown. Convert it with ffmpeg, or mmaction data build-videos.')
    found = extractor.timed_clips(path, None, max(round(step_sec * fps), 1))
    features = found.features.reshape(len(found.features), -1).astype(np.float32)
    if not np.isfinite(features).all():
        raise ValueError(f'The features of {path} are not finite. The encoder does not suit it; name another one.')
    centres = (found.start_sec + found.end_sec) / 2
    end = max(total / fps, float(centres[-1]))
    between = (centres[1:] + centres[:-1]) / 2
    return Steps(features, np.concatenate([[0.0], between, [end]]))
