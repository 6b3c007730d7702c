"""Base of the networks that segment videos in time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mmaction.models.base import Model, Samples
from mmaction.models.common.feature_inputs import Inputs, pad_features, video_name
from mmaction.models.localizers.feature_spec import AnyLength
from mmaction.models.segmentation.losses import frame_cross_entropy, truncated_smoothing
from mmaction.structures import ActionDataSample
from mmaction.structures.frame_labels import IGNORE_INDEX
from mmaction.utils.check import at_least
from mmaction.utils.labels import names_of_classes


class Segmentor(AnyLength, Model):
    """Base of the networks that classify each step of the features of a video.

    Takes features (C, T) of any lengths; padding has no influence. A data sample holds ``gt_label``, int64 (T,), for
    training, in which ``IGNORE_INDEX`` marks steps without a label. A prediction sets ``pred_score`` (T, K),
    probabilities, and ``pred_label`` (T,).

    A subclass defines :meth:`stages`. The loss is the sum over its stages of a cross entropy and a smoothness term.

    Args:
        in_channels: channels C of the features.
        num_classes: number of classes K.
        classes: class names, or a file with one per line.
        class_weight: weights of the classes in the cross entropy; see also ``ClassBalanceHook``. Default: all 1.
        smoothing_weight: factor of the smoothness term.
        smoothing_threshold: see :func:`truncated_smoothing`.
        data_preprocessor: see mmengine's ``BaseModel``.
        init_cfg: config of the initialization.

    Raises:
        ValueError: a number is below its limit, or lengths of arguments do not fit ``num_classes``.
    """

    class_weight: Tensor

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        *,
        classes: Sequence[str] | str | None = None,
        class_weight: Sequence[float] | None = None,
        smoothing_weight: float = 0.15,
        smoothing_threshold: float = 4.0,
        data_preprocessor: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.in_channels = at_least(1, in_channels, 'in_channels')
        self.num_classes = at_least(1, num_classes, 'num_classes')
        self.smoothing_weight = at_least(0, smoothing_weight, 'smoothing_weight')
        self.smoothing_threshold = at_least(0, smoothing_threshold, 'smoothing_threshold')
        self.classes = names_of_classes(classes, num_classes)
        # Not in checkpoints: the weights describe the data of a run, not the network.
        self.register_buffer('class_weight', torch.ones(num_classes), persistent=False)
        if class_weight is not None:
            self.set_class_weight(class_weight)

    @abstractmethod
    def stages(self, x: Tensor, mask: Tensor) -> list[Tensor]:
        """Logits (B, K, T) of each stage, the last of which is the result.

        Args:
            x: features (B, C, T), 0 where there is padding.
            mask: bool (B, T), False for padding.
        """

    def set_class_weight(self, weights: Sequence[float]) -> None:
        """Set the weights of the classes in the cross entropy.

        Raises:
            ValueError: there is not one finite weight of at least 0 per class.
        """
        values = torch.as_tensor(weights, dtype=torch.float32)
        if values.shape != (self.num_classes,) or not values.isfinite().all() or (values < 0).any():
            raise ValueError(
                f'class_weight ({values.tolist()}) must be {self.num_classes} numbers of at least 0, one per class.'
            )
        self.class_weight.copy_(values)

    def tensor(self, inputs: Inputs, data_samples: Samples | None = None) -> Tensor:
        """Logits (B, K, T) of the last stage; those of padding are 0."""
        return self._run(inputs, data_samples)[0][-1]

    def _run(self, inputs: Inputs, data_samples: Samples | None) -> tuple[list[Tensor], Tensor]:
        x, mask = pad_features(inputs, data_samples, self.in_channels, next(self.parameters()))
        return self.stages(x, mask), mask

    def loss(self, inputs: Inputs, data_samples: Samples) -> dict[str, Tensor]:
        """Compute ``loss_cls`` and ``loss_smooth``, sums over the stages, and ``acc``, the ratio of right steps."""
        if not data_samples:
            raise ValueError("mode='loss' needs the labels in data_samples, got none.")
        stages, mask = self._run(inputs, data_samples)
        labels = self._labels(data_samples, mask)
        # Weights of 1 for all are the plain mean.
        cls = [frame_cross_entropy(stage, labels, self.class_weight.to(stage), IGNORE_INDEX) for stage in stages]
        smooth = [truncated_smoothing(stage, mask, self.smoothing_threshold) for stage in stages]
        labelled = labels != IGNORE_INDEX
        right = (stages[-1].detach().argmax(1) == labels) & labelled
        return dict(
            loss_cls=torch.stack(cls).sum(),
            loss_smooth=self.smoothing_weight * torch.stack(smooth).sum(),
            acc=right.sum() / labelled.sum().clamp(min=1),
        )

    def _labels(self, data_samples: Samples, mask: Tensor) -> Tensor:
        """Labels (B, T) of all videos, ``IGNORE_INDEX`` for padding."""
        labels = torch.full(mask.shape, IGNORE_INDEX, dtype=torch.long, device=mask.device)
        for index, (row, inside) in enumerate(zip(labels, mask)):
            length = int(inside.sum())
            given = data_samples[index].get('gt_label')
            name = video_name(data_samples, index)
            if given is None or given.shape != (length,):
                found = None if given is None else tuple(given.shape)
                raise ValueError(f'gt_label of {name} must be ({length},), one per step of the features, got {found}.')
            known = given[given != IGNORE_INDEX]
            if len(known) and not 0 <= int(known.min()) <= int(known.max()) < self.num_classes:
                raise ValueError(
                    f'Labels of {name} ({sorted({*known.tolist()})}) must lie in 0..{self.num_classes - 1}, or be '
                    f'{IGNORE_INDEX} for none; set num_classes to that of the data.'
                )
            row[:length] = given.to(row)
        return labels

    @torch.no_grad()
    def predict(self, inputs: Inputs, data_samples: Samples | None = None) -> list[ActionDataSample]:
        """Set ``pred_score`` (T, K), probabilities, and ``pred_label`` (T,) of each sample."""
        stages, mask = self._run(inputs, data_samples)
        samples: list[Any] = list(data_samples or (ActionDataSample() for _ in mask))
        for sample, logits, inside in zip(samples, stages[-1], mask):
            score = logits[:, inside].float().softmax(0).T  # (K, T) -> (T, K)
            sample.set_pred_score(score)
            sample.set_pred_label(score.argmax(1))
        return samples


def next_input(logits: Tensor, mask: Tensor) -> Tensor:
    """Probabilities (B, K, T) of a stage as input of the next one, 0 where there is padding."""
    return logits.softmax(1) * mask[:, None]
