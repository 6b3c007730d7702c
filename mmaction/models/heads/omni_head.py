"""The head of OmniSource's networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


@MODELS.register_module()
class OmniHead(BaseHead):
    """Classifies images and clips, each with a classifier of its own (https://arxiv.org/abs/2003.13042).

    Args:
        image_classes: number of classes of images.
        video_classes: number of classes C of clips.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        image_dropout_ratio: dropout before the last layer of the images' classifier.
        video_dropout_ratio: dropout before the last layer of the clips' classifier.
        video_nl_head: whether the clips' classifier has a hidden layer, of twice as many channels as classes.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        image_classes: int,
        video_classes: int,
        in_channels: int,
        loss_cls: dict = dict(type='CrossEntropyLoss'),
        image_dropout_ratio: float = 0.2,
        video_dropout_ratio: float = 0.5,
        video_nl_head: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(video_classes, in_channels, loss_cls=loss_cls, **kwargs)
        self.image_classes, self.video_classes = image_classes, video_classes
        self.fc2d = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.BatchNorm1d(in_channels),
            nn.Dropout(image_dropout_ratio),
            nn.Linear(in_channels, image_classes),
        )
        hidden = video_classes * 2 if video_nl_head else in_channels
        widen = [nn.Linear(in_channels, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True)]
        self.fc3d = nn.Sequential(
            nn.AdaptiveAvgPool3d(1),
            nn.Flatten(),
            *(widen if video_nl_head else [nn.BatchNorm1d(hidden)]),
            nn.Dropout(video_dropout_ratio),
            nn.Linear(hidden, video_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, in_channels, H, W) -> (N, image_classes); clips (N, in_channels, T, H, W) -> (N, C)."""
        if x.ndim not in (4, 5):
            raise ValueError(f'Features must be of images (4 dimensions) or of clips (5), got shape {tuple(x.shape)}.')
        return self.fc2d(x) if x.ndim == 4 else self.fc3d(x)

    def loss_by_feat(
        self, cls_scores: Tensor, data_samples: Sequence[ActionDataSample], **aux_inputs: Tensor
    ) -> dict[str, Tensor]:
        """Losses and training accuracies, of images or of clips."""
        self.num_classes = cls_scores.shape[1]  # what labels are checked against and smoothed over
        try:
            return super().loss_by_feat(cls_scores, data_samples, **aux_inputs)
        finally:
            self.num_classes = self.video_classes
