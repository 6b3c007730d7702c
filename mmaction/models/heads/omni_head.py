"""Head of OmniSource's networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from mmaction.models.heads._pooled import CROSS_ENTROPY
from mmaction.models.heads.base import BaseHead
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


@MODELS.register_module()
class OmniHead(BaseHead):
    """Two classifiers, one for images and one for clips (https://arxiv.org/abs/2003.13042).

    Args:
        image_classes: number of classes of images.
        video_classes: number of classes C of clips.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        image_dropout_ratio: dropout before the last layer of the image classifier.
        video_dropout_ratio: dropout before the last layer of the clip classifier.
        video_nl_head: whether the clip classifier has a hidden layer, with twice as many channels as classes.
        **kwargs: arguments of :class:`BaseHead`.
    """

    def __init__(
        self,
        image_classes: int,
        video_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        image_dropout_ratio: float = 0.2,
        video_dropout_ratio: float = 0.5,
        video_nl_head: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(video_classes, in_channels, loss_cls=loss_cls, **kwargs)
        self.image_classes = image_classes
        self.video_classes = video_classes
        self.fc2d = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.BatchNorm1d(in_channels),
            nn.Dropout(image_dropout_ratio),
            nn.Linear(in_channels, image_classes),
        )
        # The order of the layers is fixed: checkpoints number them.
        hidden = in_channels
        layers: list[nn.Module] = [nn.BatchNorm1d(hidden)]
        if video_nl_head:
            hidden = video_classes * 2
            layers = [nn.Linear(in_channels, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True)]
        self.fc3d = nn.Sequential(
            nn.AdaptiveAvgPool3d(1),
            nn.Flatten(),
            *layers,
            nn.Dropout(video_dropout_ratio),
            nn.Linear(hidden, video_classes),
        )

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Classify images (N, in_channels, H, W) or clips (N, in_channels, T, H, W): (N, image_classes) or (N, C)."""
        if x.ndim not in (4, 5):
            raise ValueError(f'Features must be of images (4 dimensions) or of clips (5), got shape {tuple(x.shape)}.')
        return self.fc2d(x) if x.ndim == 4 else self.fc3d(x)

    def loss_by_feat(
        self, cls_scores: Tensor, data_samples: Sequence[ActionDataSample], **aux_inputs: Tensor
    ) -> dict[str, Tensor]:
        """Losses and training accuracies, of images or of clips."""
        self.num_classes = cls_scores.shape[1]  # the base checks labels against it and smooths over it
        try:
            return super().loss_by_feat(cls_scores, data_samples, **aux_inputs)
        finally:
            self.num_classes = self.video_classes
