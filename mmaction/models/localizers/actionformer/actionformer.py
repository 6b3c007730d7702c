"""ActionFormer, the registered model."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from mmaction.models.base import Samples
from mmaction.models.common.attention import check_heads
from mmaction.models.common.feature_inputs import Inputs, pad_features
from mmaction.models.localizers.actionformer.decoding import Decoding, decode
from mmaction.models.localizers.actionformer.heads import BoundaryHead, ClassHead
from mmaction.models.localizers.actionformer.losses import distance_iou_loss, focal_loss
from mmaction.models.localizers.actionformer.nms import Segments
from mmaction.models.localizers.actionformer.points import Points, make_points
from mmaction.models.localizers.actionformer.pyramid import ConvTransformer, IdentityPyramid
from mmaction.models.localizers.actionformer.targets import Targets, assign_targets
from mmaction.models.localizers.base import Localizer
from mmaction.models.localizers.feature_spec import AnyLength
from mmaction.registry import MODELS
from mmaction.utils.check import at_least, known_keys
from mmaction.utils.labels import names_of_classes

RANGES = ((0, 4), (4, 8), (8, 16), (16, 32), (32, 64), (64, 10000))
Config = TypeVar('Config', bound='Training | Decoding')


@dataclass(frozen=True)
class Training:
    """Options of the losses (``train_cfg`` of the model).

    Attributes:
        center_radius: see :func:`assign_targets`.
        label_smoothing: fraction of a target that is spread over the other classes.
        regression_weight: weight of the loss of the distances.
        start_norm: initial divisor of the losses, about the number of points of a batch within an action.
        norm_momentum: momentum of the running mean of this number, by which losses are divided.
    """

    center_radius: float | None = 1.5
    label_smoothing: float = 0.0
    regression_weight: float = 1.0
    start_norm: float = 100.0
    norm_momentum: float = 0.9


@MODELS.register_module()
class ActionFormer(AnyLength, Localizer):
    """Single-stage localization of actions: each time step predicts classes and the distances to start and end.

    Takes features (C, T) of any lengths. The data samples hold ``gt_instances.gt_segments`` (N, 2), in steps of the
    features, and ``gt_instances.gt_labels`` (N,) for training, and in their meta information ``video_name``,
    ``duration_second`` and where the steps lie in seconds, ``feature_start_sec`` and ``feature_step_sec``, for
    prediction; the transform ``SegmentsOnFeatureGrid`` writes these.

    Args:
        in_channels: channels of the features.
        num_classes: number of classes K.
        channels: channels of the network.
        num_heads: attention heads.
        window_size: steps that each step attends to, an odd number or -1 for all; one for all levels or one per level.
        num_stem: transformer blocks at full rate.
        regression_ranges: one per level: the smallest and largest distance to the farther end of an action, in steps of
            the features, for which the level is responsible. Each level has half the steps of the previous one.
        position_encoding: whether to add a sinusoidal position encoding.
        num_head_layers: convolutions of a head before the last one.
        class_prior: initial probability of a class.
        dropout: see :class:`TransformerBlock`.
        drop_path: see there.
        classes: class names, or a file with one per line; predictions then carry names.
        train_cfg: see :class:`Training`.
        test_cfg: see :class:`Decoding`.
        data_preprocessor: see mmengine's ``BaseModel``.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        channels: int = 512,
        num_heads: int = 4,
        window_size: int | Sequence[int] = 19,
        num_stem: int = 2,
        regression_ranges: Sequence[tuple[float, float]] = RANGES,
        position_encoding: bool = False,
        num_head_layers: int = 2,
        class_prior: float = 0.01,
        dropout: float = 0.0,
        drop_path: float = 0.1,
        classes: Sequence[str] | str | None = None,
        train_cfg: Mapping[str, Any] | None = None,
        test_cfg: Mapping[str, Any] | None = None,
        data_preprocessor: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor=data_preprocessor)
        levels = len(regression_ranges)
        windows = [window_size] * levels if isinstance(window_size, int) else list(window_size)
        _check(in_channels, num_classes, channels, num_heads, windows, levels)
        self.in_channels = in_channels
        self.num_classes = num_classes
        self.regression_ranges = tuple((float(low), float(high)) for low, high in regression_ranges)
        self.training_cfg = _read(Training, 'train_cfg', train_cfg)
        self.decoding = _read(Decoding, 'test_cfg', test_cfg)
        self.classes = names_of_classes(classes, num_classes)
        self.backbone = ConvTransformer(
            in_channels,
            channels,
            num_heads,
            windows,
            num_stem=num_stem,
            position_encoding=position_encoding,
            dropout=dropout,
            drop_path=drop_path,
        )
        self.neck = IdentityPyramid(channels, levels)
        self.cls_head = ClassHead(channels, num_classes, num_layers=num_head_layers, prior=class_prior)
        self.reg_head = BoundaryHead(channels, levels, num_layers=num_head_layers)
        self.register_buffer('loss_norm', torch.tensor(float(self.training_cfg.start_norm)))

    def _forward(self, x: Inputs) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (B, P, K), distances (B, P, 2) in strides, and the mask (B, P) of the points that are not padding.

        ``x`` are the features (C, T) of each video, or (B, C, T).
        """
        return self.run(x)[1:]

    def run(self, inputs: Inputs, data_samples: Samples | None = None) -> tuple[Points, Tensor, Tensor, Tensor]:
        """Points with their logits (B, P, K), distances (B, P, 2) in strides, and mask (B, P), False for padding."""
        coarsest = 2 ** (len(self.regression_ranges) - 1)
        x, mask = pad_features(inputs, data_samples, self.in_channels, next(self.parameters()), coarsest)
        levels = self.neck(self.backbone(x, mask))
        points = make_points(x.shape[2], self.regression_ranges, x.device)
        logits = torch.cat([self.cls_head(x, mask) for x, mask in levels], dim=1)
        distances = torch.cat([self.reg_head(x, mask, i) for i, (x, mask) in enumerate(levels)], dim=1)
        return points, logits, distances, torch.cat([mask for _, mask in levels], dim=1)

    def loss(self, inputs: Inputs, data_samples: Samples) -> dict[str, Tensor]:
        """Compute ``loss_cls`` and ``loss_reg``."""
        if not data_samples:
            raise ValueError("mode='loss' needs the actions in data_samples, got none.")
        points, logits, distances, real = self.run(inputs, data_samples)
        targets = self.targets(points, data_samples)
        positive = targets.positive & real
        classes = targets.classes
        if smooth := self.training_cfg.label_smoothing:
            classes = classes * (1 - smooth) + smooth / (self.num_classes + 1)
        cls = focal_loss(logits[real], classes[real]).sum()
        reg = distance_iou_loss(distances[positive], targets.distances[positive]).sum()
        norm = self._norm(positive.sum())
        return dict(loss_cls=cls / norm, loss_reg=self.training_cfg.regression_weight * reg / norm)

    def targets(self, points: Points, data_samples: Samples) -> Targets:
        """Targets of the points of each video: ``classes`` (B, P, K), ``distances`` (B, P, 2)."""
        each = []
        for sample in data_samples:
            segments = torch.as_tensor(sample.gt_instances.gt_segments, dtype=torch.float32).to(points.time.device)
            labels = torch.as_tensor(sample.gt_instances.gt_labels, dtype=torch.long).to(points.time.device)
            if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < self.num_classes:
                raise ValueError(
                    f'Labels of {sample.metainfo.get("video_name", "a video")} ({sorted({*labels.tolist()})}) must lie '
                    f'in 0..{self.num_classes - 1}; set num_classes to that of the data.'
                )
            radius = self.training_cfg.center_radius
            each.append(assign_targets(points, segments, labels, self.num_classes, radius))
        return Targets(torch.stack([t.classes for t in each]), torch.stack([t.distances for t in each]))

    def _norm(self, count: Tensor) -> Tensor:
        if self.training:
            momentum = self.training_cfg.norm_momentum
            self.loss_norm.mul_(momentum).add_((1 - momentum) * count.clamp(min=1).to(self.loss_norm))
        return self.loss_norm.clone()

    @torch.no_grad()
    def predict(self, inputs: Inputs, data_samples: Samples) -> list[dict[str, Any]]:
        """Detect actions.

        Returns:
            A dict per video: ``video_name``, and NumPy arrays by descending score, ``segments`` (N, 2) in seconds
            within the video, ``scores`` (N,) and ``labels`` (N,). Labels are names if the model knows the class names,
            and indices otherwise.
        """
        points, logits, distances, real = self.run(inputs, data_samples)
        out = []
        for i, sample in enumerate(data_samples):
            inside = real[i]
            found = decode(points[inside], logits[i, inside], distances[i, inside], self.decoding)
            out.append(self._in_seconds(found, sample.metainfo))
        return out

    @cached_property
    def class_scores(self) -> ClassScores | None:
        """Scores of whole videos, read on first use because training does not need them."""
        path = self.decoding.class_scores
        return None if path is None else ClassScores.load(path)

    def _in_seconds(self, found: Segments, meta: Mapping[str, Any]) -> dict[str, Any]:
        spans = found.spans.double().cpu().numpy() * meta['feature_step_sec'] + meta['feature_start_sec']
        spans = spans.clip(0, meta['duration_second'])
        scores = found.scores.double().cpu().numpy()
        labels = found.labels.cpu().numpy()
        names: Sequence[str] | None = self.classes
        if self.class_scores is not None:
            top_k = self.decoding.class_scores_top_k
            spans, scores, labels = self.class_scores.apply(meta['video_name'], spans, scores, top_k)
            names = self.class_scores.names
        order = np.argsort(-scores, kind='stable')
        order = order[spans[order, 1] > spans[order, 0]]  # drop what lies entirely outside of the video
        spans = spans[order]
        scores = scores[order]
        labels = labels[order]
        if names is not None:
            labels = np.array([names[label] for label in labels], dtype=object)
        return dict(video_name=meta['video_name'], segments=spans, scores=scores, labels=labels)


@dataclass(frozen=True)
class ClassScores:
    """Class scores of whole videos, predicted by another model."""

    names: list[str]
    by_video: dict[str, np.ndarray]

    @classmethod
    def load(cls, path: str) -> ClassScores:
        """Read the JSON file ``{'class': [names], 'results': {video: [scores]}}``."""
        if not os.path.isfile(path):
            raise FileNotFoundError(f'The file of class scores {path} (test_cfg.class_scores) does not exist.')
        with open(path, encoding='utf-8') as file:
            content = json.load(file)
        missing = {'class', 'results'} - set(content)
        if missing:
            raise ValueError(f"{path} has no {sorted(missing)}: it must be {{'class': [...], 'results': {{...}}}}.")
        return cls(list(content['class']), {k: np.asarray(v, np.float64) for k, v in content['results'].items()})

    def apply(
        self, video: str, spans: np.ndarray, scores: np.ndarray, top_k: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Repeat the spans for each of the ``top_k`` classes of the video; the scores become ``sqrt(span * class)``."""
        class_scores = self.by_video.get(video)
        if class_scores is None:  # published files leave out the prefix of ActivityNet's names
            class_scores = self.by_video.get(video.removeprefix('v_'))
        if class_scores is None:
            raise ValueError(f'The class scores (test_cfg.class_scores) do not include the video {video}.')
        best = np.argsort(-class_scores, kind='stable')[:top_k]
        fused = np.sqrt(class_scores[best][:, None] * scores)  # (top_k, N)
        return np.tile(spans, (len(best), 1)), fused.reshape(-1), np.repeat(best, len(scores))


def _read(kind: type[Config], name: str, values: Mapping[str, Any] | None) -> Config:
    return kind(**known_keys(name, values, [field.name for field in fields(kind)]))


def _check(
    in_channels: int, num_classes: int, channels: int, num_heads: int, windows: Sequence[int], levels: int
) -> None:
    for name, value in (('in_channels', in_channels), ('num_classes', num_classes), ('regression_ranges', levels)):
        at_least(1, value, name)
    check_heads(channels, num_heads, 'channels')
    if len(windows) != levels:
        raise ValueError(f'window_size has {len(windows)} entries, but regression_ranges has {levels} levels.')
    wrong = [window for window in windows if window != -1 and (window < 1 or window % 2 == 0)]
    if wrong:
        raise ValueError(f'window_size ({wrong[0]}) must be an odd number of steps, or -1 for all.')
