"""Detections from the outputs of the head of DRN.

Legend: N videos, K classes, T positions of a level, D detections.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

__all__ = ['FCOSPostProcessor', 'make_fcos_postprocessor']

Detections = dict[str, Tensor]


class FCOSPostProcessor(nn.Module):
    """Positions that are probably inside a segment, with the segments they regress.

    Args:
        pre_nms_thresh: probability above which a position is a detection.
        pre_nms_top_n: maximum number of positions per level.
        nms_thresh: kept for compatibility; ``DRN.nms_temporal`` has its own threshold.
        fpn_post_nms_top_n: kept for compatibility; all detections are returned.
        min_size: kept for compatibility.
        num_classes: kept for compatibility; the outputs of the head have it.
        is_first_stage: ignore the IoU, which is not trained yet.
    """

    def __init__(
        self,
        pre_nms_thresh: float,
        pre_nms_top_n: int,
        nms_thresh: float,
        fpn_post_nms_top_n: int,
        min_size: int,
        num_classes: int,
        is_first_stage: bool,
    ) -> None:
        super().__init__()
        self.pre_nms_thresh, self.pre_nms_top_n = pre_nms_thresh, pre_nms_top_n
        self.nms_thresh, self.fpn_post_nms_top_n = nms_thresh, fpn_post_nms_top_n
        self.min_size, self.num_classes = min_size, num_classes
        self.is_first_stage = is_first_stage

    def forward(
        self,
        locations: Sequence[Tensor],
        box_cls: Sequence[Tensor],
        box_regression: Sequence[Tensor],
        iou_scores: Sequence[Tensor],
    ) -> list[Detections]:
        """Select detections.

        Args:
            locations: middles of the positions of each level (T,), in positions of the finest.
            box_cls: logits of being inside (N, K, T) of each level.
            box_regression: distances to start and end (N, 2, T).
            iou_scores: logits of the IoU (N, 1, T).

        Returns:
            ``detections`` (D, 2) in 0..1, ``scores`` (D,), ``labels`` (D,), ``level`` and ``locations`` per video.
        """
        logits, boxes, ious = box_cls, box_regression, iou_scores
        finest = locations[0][0] + locations[0][-1]  # length of the video: the middles lie evenly within it
        out = []
        for video in range(len(logits[0])):
            found = [
                self._detect_in_level(
                    level, finest, logits[level][video], boxes[level][video], ious[level][video], locations[level]
                )
                for level in range(len(locations))
            ]
            merged = {key: torch.cat([f[key] for f in found]) for key in found[0]}
            if not len(merged['scores']):  # without a detection, the whole video is the best guess
                device = logits[0].device
                merged.update(
                    detections=torch.tensor([[0.0, 1.0]], device=device),
                    scores=torch.ones(1, device=device),
                    labels=torch.ones(1, dtype=torch.long, device=device),
                    level=torch.zeros(1, dtype=torch.long, device=device),
                    locations=(finest / 2).reshape(1),
                )
            out.append(merged)
        return out

    def _detect_in_level(
        self, level: int, finest: Tensor, logits: Tensor, boxes: Tensor, iou: Tensor, locations: Tensor
    ) -> Detections:
        """Select the best positions above the threshold: logits (K, T), boxes (2, T), iou (1, T), locations (T,)."""
        inside = logits.sigmoid()
        rated = inside
        if not self.is_first_stage:  # in which the IoU is not trained yet
            rated = inside * iou.sigmoid()
        where, label = (self.pre_nms_thresh < inside.T).nonzero().unbind(1)
        scores = rated.T[where, label]
        if len(scores) > self.pre_nms_top_n:
            scores, best = scores.topk(self.pre_nms_top_n)
            where = where[best]
            label = label[best]
        here = locations[where]
        left, right = boxes[:, where]
        return dict(
            detections=(torch.stack((here - left, here + right), dim=1) / finest).clamp(0, 1),
            scores=scores.sqrt(),
            labels=label + 1,
            level=torch.full_like(where, level),
            locations=here,
        )


def make_fcos_postprocessor(
    fcos_num_class: int,
    fcos_inference_thr: float,
    fcos_pre_nms_top_n: int,
    fcos_nms_thr: float,
    test_detections_per_img: int,
    is_first_stage: bool,
) -> FCOSPostProcessor:
    """Build the post-processor from the arguments of :class:`FCOSModule`."""
    return FCOSPostProcessor(
        pre_nms_thresh=fcos_inference_thr,
        pre_nms_top_n=fcos_pre_nms_top_n,
        nms_thresh=fcos_nms_thr,
        fpn_post_nms_top_n=test_detections_per_img,
        min_size=0,
        num_classes=fcos_num_class,
        is_first_stage=is_first_stage,
    )
