"""Head of DRN: the probability that a position is inside a segment, and the distances to its ends (FCOS along time).

FCOS: Tian et al., 2019, https://arxiv.org/abs/1904.01355. DRN: Zeng et al., 2020, sec. 3.3 to 3.5.
Legend: N videos, P proposals (positions of the finest level), T positions of a level, Q positions of all levels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor, nn

from mmaction.models.common.bricks import fill_bias
from mmaction.models.localizers.drn.drn_utils.fcos_loss import fcos_losses
from mmaction.models.localizers.drn.drn_utils.inference import Detections, make_fcos_postprocessor

__all__ = ['FCOSHead', 'FCOSModule', 'Scale']


class Scale(nn.Module):
    """Learned factor, so that all levels can share a layer.

    Args:
        init_value: factor to start with.
    """

    def __init__(self, init_value: float = 1.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1,), float(init_value)))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


class FCOSHead(nn.Module):
    """Logits of being inside, distances to start and end, and logits of the IoU, for each level.

    The arguments are those of :class:`FCOSModule`; ``num_levels`` is the number of levels.
    """

    def __init__(
        self,
        in_channels: int,
        fcos_num_class: int,
        fcos_conv_layers: int,
        fcos_prior_prob: float,
        is_second_stage: bool,
        *,
        num_levels: int = 3,
    ) -> None:
        super().__init__()
        self.is_second_stage = is_second_stage

        def conv(c_in: int, c_out: int, kernel: int) -> list[nn.Module]:
            return [nn.Conv1d(c_in, c_out, kernel, padding=kernel // 2), nn.BatchNorm1d(c_out), nn.ReLU(inplace=True)]

        def tower() -> nn.Sequential:
            convs = [conv(in_channels, in_channels, 3) for _ in range(fcos_conv_layers)]
            return nn.Sequential(*chain.from_iterable(convs))

        self.cls_tower = tower()
        self.bbox_tower = tower()
        self.cls_logits = nn.Conv1d(in_channels, fcos_num_class - 1, 3, padding=1)
        self.bbox_pred = nn.Conv1d(in_channels, 2, 3, padding=1)
        self.mix_fc = nn.Sequential(*conv(2 * in_channels, in_channels, 1))
        self.iou_scores = nn.Sequential(*conv(in_channels, in_channels // 2, 3), nn.Conv1d(in_channels // 2, 1, 1))
        self.scales = nn.ModuleList([Scale() for _ in range(num_levels)])
        for layer in (*self.cls_tower, *self.bbox_tower, self.cls_logits, self.bbox_pred):
            if isinstance(layer, nn.Conv1d):
                nn.init.normal_(layer.weight, std=0.01)
                fill_bias(layer, 0.0)
        fill_bias(self.cls_logits, -math.log((1 - fcos_prior_prob) / fcos_prior_prob))

    def forward(self, features: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        outputs = []
        for feature, scale in zip(features, self.scales):
            inside = self.cls_tower(feature)
            box = self.bbox_tower(feature)
            distance = scale(self.bbox_pred(box)).exp()
            if self.is_second_stage:  # the second stage trains the IoU of fixed boxes
                distance = distance.detach()
            iou = self.iou_scores(self.mix_fc(torch.cat((inside, box), dim=1)))
            outputs.append((self.cls_logits(inside), distance, iou))
        logits, boxes, ious = (list(values) for values in zip(*outputs))
        return logits, boxes, ious


class FCOSModule(nn.Module):
    """Detections or losses from the features of all levels.

    Args:
        in_channels: channels C of all levels.
        fcos_num_class: number of classes, including the background.
        fcos_conv_layers: convolutions per tower.
        fcos_prior_prob: initial probability that a position is inside.
        fcos_inference_thr: probability above which a position is a detection.
        fcos_pre_nms_top_n: maximum number of positions per level.
        fcos_nms_thr: kept for compatibility; ``DRN.nms_temporal`` has its own threshold.
        test_detections_per_img: kept for compatibility; all detections are returned.
        fpn_stride: step between positions of each level, in positions of the finest.
        focal_alpha: weight of the positives in the focal loss.
        focal_gamma: exponent of the focal loss.
        is_first_stage: whether to train positions and distances, without the IoU.
        is_second_stage: whether to train only the IoU.
    """

    def __init__(
        self,
        in_channels: int,
        fcos_num_class: int,
        fcos_conv_layers: int,
        fcos_prior_prob: float,
        fcos_inference_thr: float,
        fcos_pre_nms_top_n: int,
        fcos_nms_thr: float,
        test_detections_per_img: int,
        fpn_stride: Sequence[int],
        focal_alpha: float,
        focal_gamma: float,
        is_first_stage: bool,
        is_second_stage: bool,
    ) -> None:
        super().__init__()
        if is_first_stage and is_second_stage:
            raise ValueError('is_first_stage and is_second_stage cannot both be True.')
        if not 0 < fcos_prior_prob < 1:
            raise ValueError(f'fcos_prior_prob ({fcos_prior_prob}) must be between 0 and 1.')
        self.fpn_stride = tuple(fpn_stride)
        self.focal_alpha = focal_alpha
        self.focal_gamma = focal_gamma
        self.is_first_stage = is_first_stage
        self.is_second_stage = is_second_stage
        self.head = FCOSHead(
            in_channels,
            fcos_num_class,
            fcos_conv_layers,
            fcos_prior_prob,
            is_second_stage,
            num_levels=len(self.fpn_stride),
        )
        self.box_selector_test = make_fcos_postprocessor(
            fcos_num_class,
            fcos_inference_thr,
            fcos_pre_nms_top_n,
            fcos_nms_thr,
            test_detections_per_img,
            is_first_stage,
        )

    def compute_locations_per_level(self, t: int, stride: int, device: torch.device) -> Tensor:
        """Middles of the positions of a level (t,), in positions of the finest one."""
        return torch.arange(t, dtype=torch.float32, device=device) * stride + stride / 2

    def compute_locations(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Middles of the positions of all levels, (T,) each, for features (N, C, T)."""
        return [
            self.compute_locations_per_level(feature.shape[-1], stride, feature.device)
            for feature, stride in zip(features, self.fpn_stride)
        ]

    def forward(
        self, features: Sequence[Tensor], targets: Tensor | None = None, mode: str | None = None
    ) -> tuple[list[Detections] | None, dict[str, Tensor] | None]:
        """Detections of each video, or losses.

        Args:
            features: (N, C, T) of each level, finest first.
            targets: start and end of the described segments (N, 2), in 0..1; for the losses.
            mode: 'loss' or 'predict'. None: 'loss' in training, else 'predict'.

        Returns:
            ``detections`` (D, 2) in 0..1, ``scores`` (D,), ``labels`` (D,), ``level`` and ``locations`` per video, and
            None; or None, and the losses.
        """
        logits, boxes, ious = ([value.float() for value in values] for values in self.head(features))
        locations = self.compute_locations(features)
        if mode is None:
            mode = 'loss' if self.training else 'predict'
        if mode == 'predict':
            return self.box_selector_test(locations, logits, boxes, ious), None
        if targets is None:
            raise ValueError("mode='loss' needs targets, got None.")
        losses = fcos_losses(locations, logits, boxes, ious, targets, self.focal_alpha, self.focal_gamma)
        names = ['loss_cls', 'loss_reg', 'loss_iou']
        if self.is_first_stage:
            names = names[:2]
        elif self.is_second_stage:
            names = names[2:]
        return None, {name: losses[name]() for name in names}
