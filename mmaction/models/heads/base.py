"""Base of the classification heads."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmaction.models.base import build
from mmaction.models.heads._parts import AvgConsensus, Feats
from mmaction.models.losses.base import BaseWeightedLoss
from mmaction.models.options import AverageClips, PerCall, check_average_clips, option
from mmaction.structures import ActionDataSample
from mmaction.utils.overrides import ReportsUnusedHooks

__all__ = ['AvgConsensus', 'BaseHead', 'average_views', 'check_average_clips', 'gather_labels', 'top_k_hits']

Activation = Literal['softmax', 'sigmoid']
_PROBABILITIES: dict[Activation, Callable[[Tensor], Tensor]] = {  # scores (..., C) -> probabilities
    'softmax': lambda scores: scores.softmax(dim=-1),
    'sigmoid': torch.sigmoid,
}


def average_views(scores: Tensor, num_views: int, how: AverageClips, activation: Activation = 'softmax') -> Tensor:
    """Average the views of each sample, in float32 even if the scores are half precision.

    Args:
        scores: (N * num_views, C), the views of a sample next to each other.
        num_views: views (clips x crops) per sample.
        how: ``'prob'`` averages the probabilities, ``'score'`` the logits, None keeps all views.
        activation: how logits become probabilities: ``'softmax'`` over the classes, or ``'sigmoid'`` of each.

    Returns:
        (N, C), or (N, num_views, C) if ``how`` is None.
    """
    # A mean of many half-precision scores would lose digits that decide between close classes.
    scores = full_precision(scores).unflatten(0, (-1, num_views))  # (N * V, C) -> (N, V, C)
    if how is None:
        return scores
    if how == 'prob':
        scores = _PROBABILITIES[activation](scores)
    return scores.mean(dim=1)


def full_precision(x: Tensor) -> Tensor:
    """Convert half precision to float32; other types are returned unchanged."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def top_k_hits(scores: Tensor, labels: Tensor, topk: Sequence[int]) -> dict[str, Tensor]:
    """Ratio of the rows whose label is among the k best; k beyond the number of classes counts all of them.

    Args:
        scores: (N, C).
        labels: class indices (N,).
        topk: values of k.

    Returns:
        ``top<k>_acc`` -> scalar tensor on the device of the scores, so that training does not wait for it.
    """
    num_classes = scores.shape[1]
    best = scores.topk(min(max(topk), num_classes), dim=1).indices  # (N, C) -> (N, K)
    hits = best == labels[:, None]
    return {f'top{k}_acc': hits[:, :k].any(dim=1).float().mean() for k in topk}


def gather_labels(data_samples: Sequence[ActionDataSample], num_classes: int | None, multi_class: bool) -> Tensor:
    """Stack the ground truth of a batch.

    Args:
        data_samples: each with ``gt_label``: a class index (1,), a distribution over the classes (C,) as mixup leaves
            it, a real number (1,) to regress, or, with ``multi_class``, the labels as a 0/1 vector (C,) or as indices
            (fewer than C of them).
        num_classes: C.
        multi_class: whether a sample has any number of labels.

    Returns:
        Class indices (N,), int64; numbers to regress (N,), float; or float32 (N, C).

    Raises:
        TypeError: a label is a dict of labels, one per task.
        ValueError: the samples have different numbers of labels, or a number that fits no case.
    """
    labels = [_label_of(sample) for sample in data_samples]
    if multi_class:
        labels = [_multi_hot(label, num_classes) for label in labels]
    elif len({label.numel() for label in labels}) != 1:
        raise ValueError(
            f'The samples of the batch have {[label.numel() for label in labels]} labels each. '
            'Set multi_class=True in the head if a sample may have several.'
        )
    stacked = torch.stack([label.reshape(-1) for label in labels])  # (N, 1) or (N, C)
    if stacked.shape[1] == 1 and not multi_class:
        single = stacked[:, 0]
        return single if single.is_floating_point() else single.long()
    if num_classes is not None and stacked.shape[1] != num_classes:
        raise ValueError(
            f'A label has {stacked.shape[1]} values: neither one class index nor one value for each of {num_classes} '
            f'classes. If a blending (MixupBlending, CutmixBlending) of the data_preprocessor made it, set num_classes='
            f'{num_classes} there; set multi_class=True in the head if a sample may have several labels.'
        )
    return stacked.float()


def _label_of(sample: ActionDataSample) -> Tensor:
    label = sample.gt_label
    if not isinstance(label, Tensor):
        raise TypeError(f'gt_label is a dict with {sorted(label)}; this head takes one tensor of labels per sample.')
    return label


def _multi_hot(label: Tensor, num_classes: int | None) -> Tensor:
    """0/1 vector (C,) of label indices; a label of C values is such a vector already."""
    if label.numel() == num_classes or num_classes is None:
        return label
    return torch.zeros(num_classes, device=label.device).index_fill_(0, label.long(), 1)


class BaseHead(ReportsUnusedHooks, BaseModule, metaclass=ABCMeta):
    """Base of the heads: class scores, losses and predictions from features. A subclass defines :meth:`forward`.

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        multi_class: whether a sample may have several labels.
        label_smooth_eps: fraction of the target that is spread evenly over the classes, in [0, 1).
        topk: the k of the training accuracies.
        average_clips: how the views of a sample become one score: ``'prob'`` averages their probabilities, which are
            the softmax of the class scores or, with a loss for several labels such as ``BCELossWithLogits``, the
            sigmoid of each; ``'score'`` averages the class scores; None keeps the views apart.
        init_cfg: config of the initialization.

    Raises:
        ValueError: ``average_clips``, ``label_smooth_eps`` or ``topk`` is out of range.
    """

    init_cfg: Any  # an attribute of mmengine's without a type

    def __init__(
        self,
        num_classes: int | None,
        in_channels: int | Sequence[int] | None,
        loss_cls: dict = dict(type='CrossEntropyLoss', loss_weight=1.0),
        multi_class: bool = False,
        label_smooth_eps: float = 0.0,
        topk: int | Sequence[int] = (1, 5),
        average_clips: AverageClips = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_average_clips(average_clips)
        if not 0 <= label_smooth_eps < 1:
            raise ValueError(f'label_smooth_eps ({label_smooth_eps}) must be in [0, 1).')
        self.topk = (topk,) if isinstance(topk, int) else tuple(topk)
        if any(k < 1 for k in self.topk):
            raise ValueError(f'topk {self.topk} must all be at least 1.')
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.loss_cls = build(loss_cls)
        self.multi_class = multi_class
        self.label_smooth_eps = label_smooth_eps
        self.average_clips = average_clips

    def default_init(self) -> dict | list[dict] | None:
        """Config of the initialization of a head without ``init_cfg``."""
        return None

    def init_weights(self) -> None:
        """Initialize from ``init_cfg``, or from :meth:`default_init`."""
        given = self.init_cfg
        # Asked for here and not in the constructor: a subclass may set `init_std` after the constructor of its base.
        if given is None:
            self.init_cfg = self.default_init()
        super().init_weights()
        self.init_cfg = given

    @property
    def activation(self) -> Activation:
        """How class scores become probabilities: as the loss says that it trains them."""
        return self.loss_cls.activation if isinstance(self.loss_cls, BaseWeightedLoss) else 'softmax'

    def probabilities(self, scores: Tensor) -> Tensor:
        """Probabilities of class scores (..., C)."""
        return _PROBABILITIES[self.activation](scores)

    @abstractmethod
    def forward(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Class scores (N * views, C) of the features.

        A recognizer passes the same keywords to every head (``num_segs``, ``fcn_test``, ``loss_aux``); a head accepts
        those that it does not read, so that any head fits any recognizer.
        """

    def loss(
        self,
        feats: Feats,
        data_samples: Sequence[ActionDataSample],
        *,
        aux_inputs: dict[str, Tensor] | None = None,
        **kwargs: Any,
    ) -> dict[str, Tensor]:
        """Losses and training accuracies.

        Args:
            feats: features of the backbone or neck.
            data_samples: the labels.
            aux_inputs: further arguments of the loss function, e.g. the masks of :class:`HVULoss`.
            **kwargs: arguments of :meth:`forward`.
        """
        cls_scores = self(feats, **kwargs)
        return self.loss_by_feat(cls_scores, data_samples, **(aux_inputs or {}))

    def loss_by_feat(
        self, cls_scores: Any, data_samples: Sequence[ActionDataSample], **aux_inputs: Tensor
    ) -> dict[str, Tensor]:
        """Losses and training accuracies from class scores (N * views, C); each view has its sample's label."""
        labels = self._labels(cls_scores, data_samples)
        return self._losses(cls_scores, labels, **aux_inputs)

    def _labels(self, cls_scores: Tensor, data_samples: Sequence[ActionDataSample]) -> Tensor:
        """One label for each row of the scores, see :func:`gather_labels`."""
        labels = gather_labels(data_samples, self.num_classes, self.multi_class).to(cls_scores.device)
        # A head that averages the views itself returns one row per sample; others return one per view.
        if len(cls_scores) != len(labels):
            labels = labels.repeat_interleave(self._num_views(cls_scores, data_samples), dim=0)
        return labels

    def _losses(self, cls_scores: Tensor, labels: Tensor, **aux_inputs: Tensor) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        # Accuracies exist only for class indices: mixed and multi-hot labels have no single right answer.
        is_class_index = labels.ndim == 1 and not labels.is_floating_point()
        if is_class_index:
            self._check_range(labels)
            losses.update(top_k_hits(cls_scores.detach(), labels, self.topk))
        if self.label_smooth_eps and (is_class_index or labels.ndim == 2):
            labels = self._smoothed(labels)
        # Losses are computed in float32, as under autocast, which a model cast to half precision runs without.
        loss_cls = self.loss_cls(full_precision(cls_scores), labels, **aux_inputs)
        losses.update(loss_cls if isinstance(loss_cls, dict) else {'loss_cls': loss_cls})
        return losses

    def _smoothed(self, labels: Tensor) -> Tensor:
        """Class indices (N,) or targets (N, C), smoothed: (N, C)."""
        if self.num_classes is None:
            raise ValueError(f'label_smooth_eps ({self.label_smooth_eps}) needs num_classes, got None.')
        if labels.ndim == 1:
            labels = F.one_hot(labels, self.num_classes).float()
        return (1 - self.label_smooth_eps) * labels + self.label_smooth_eps / self.num_classes

    def predict(
        self,
        feats: Feats,
        data_samples: Sequence[ActionDataSample],
        *,
        average_clips: PerCall = 'default',
        **kwargs: Any,
    ) -> Any:
        """Write the score and the label of each sample into it.

        Args:
            feats: features of the backbone or neck.
            data_samples: the samples.
            average_clips: overrides that of the head for this call.
            **kwargs: arguments of :meth:`forward`.

        Returns:
            ``data_samples``.
        """
        options = option(self.predict_by_feat, 'average_clips', average_clips)
        return self.predict_by_feat(self(feats, **kwargs), data_samples, **options)

    def predict_by_feat(
        self,
        cls_scores: Any,
        data_samples: Sequence[ActionDataSample],
        average_clips: PerCall = 'default',
    ) -> Any:
        """Average the views of each sample and write ``pred_score`` (C,) and ``pred_label`` (1,).

        With ``average_clips=None`` they are (views, C) and (views, 1).
        """
        scores = self._average(cls_scores, data_samples, average_clips)
        labels = scores.argmax(dim=-1, keepdim=True)
        for sample, score, label in zip(data_samples, scores, labels):
            sample.set_pred_score(score)
            sample.set_pred_label(label)
        return data_samples

    def _average(self, cls_scores: Tensor, data_samples: Sequence[ActionDataSample], average_clips: PerCall) -> Tensor:
        options = option(self.average_clip, 'average_clips', average_clips)
        return self.average_clip(cls_scores, num_segs=self._num_views(cls_scores, data_samples), **options)

    def average_clip(self, cls_scores: Tensor, num_segs: int = 1, average_clips: PerCall = 'default') -> Tensor:
        """Average the ``num_segs`` views of each sample according to ``average_clips``: (N * views, C) -> (N, C)."""
        if average_clips == 'default':
            average_clips = self.average_clips
        check_average_clips(average_clips)  # the attribute may have been set after construction
        return average_views(cls_scores, num_segs, average_clips, self.activation)

    @staticmethod
    def _num_views(cls_scores: Tensor, data_samples: Sequence[ActionDataSample]) -> int:
        views, rest = divmod(len(cls_scores), len(data_samples))
        if rest or not views:
            raise ValueError(
                f'{len(cls_scores)} rows of scores cannot be divided among {len(data_samples)} samples; '
                'each must have the same number of views.'
            )
        return views

    def _check_range(self, labels: Tensor) -> None:
        """Name a label that is out of range, unless reading it would make a device wait."""
        if labels.device.type != 'cpu' or self.num_classes is None:
            return
        for label in (int(labels.min()), int(labels.max())):
            if not 0 <= label < self.num_classes:
                raise ValueError(
                    f'A label ({label}) is outside [0, {self.num_classes}); num_classes of the head does not match '
                    'the annotations.'
                )
