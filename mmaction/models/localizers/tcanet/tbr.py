"""Temporal boundary regressor (Qing et al., 2021, https://arxiv.org/abs/2103.13141, sec. 3.3).

Legend: B videos, C channels, T steps, P proposals of all videos, at most K actions per video.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmaction.models.localizers.utils import (
    bbox_se_transform_batch,
    bbox_se_transform_inv,
    bbox_xw_transform_batch,
    bbox_xw_transform_inv,
)
from mmaction.models.losses.bmn_loss import draw
from mmaction.structures.segments import segment_iou

# The offset per unit of network output, in widths of the proposal: centre, logarithm of the width, both ends.
CENTRE = 0.1
WIDTH = 0.2
ENDS = 1.0


class StartEndRegressor(nn.Sequential):
    """Regressor of samples around start and end (P, 2 C, sample_num) to their offsets (P, 2), each from its half.

    Args:
        sample_num: samples; a multiple of 4.
        feat_dim: channels C.
    """

    def __init__(self, sample_num: int, feat_dim: int) -> None:
        hidden = 128
        super().__init__(
            nn.Conv1d(2 * feat_dim, 2 * hidden, 3, stride=2, padding=1, groups=8),
            nn.ReLU(inplace=True),
            nn.Conv1d(2 * hidden, 2 * hidden, 3, stride=2, padding=1, groups=8),
            nn.ReLU(inplace=True),
            nn.Conv1d(2 * hidden, 2, kernel_size=sample_num // 4, groups=2),
            nn.Flatten(),
        )


class CenterWidthRegressor(nn.Sequential):
    """Regressor of samples (P, C, sample_num) to offsets of centre and width and the logit of the IoU (P, 3).

    Args:
        sample_num: samples; a multiple of 4.
        feat_dim: channels C.
    """

    def __init__(self, sample_num: int, feat_dim: int) -> None:
        hidden = 512
        super().__init__(
            nn.Conv1d(feat_dim, hidden, 3, stride=2, padding=1, groups=4),
            nn.ReLU(inplace=True),
            nn.Conv1d(hidden, hidden, 3, stride=2, padding=1, groups=4),
            nn.ReLU(inplace=True),
            nn.Conv1d(hidden, hidden, kernel_size=sample_num // 4, groups=4),
            nn.ReLU(inplace=True),
            nn.Conv1d(hidden, 3, kernel_size=1),
            nn.Flatten(),
        )


# former public names
start_end_regressor = StartEndRegressor
centre_width_regressor = CenterWidthRegressor


def sample_segments(features: Tensor, video: Tensor, start: Tensor, end: Tensor, num_samples: int) -> Tensor:
    """Interpolate features at the middles of equal parts of segments; they are zero outside of the video.

    Args:
        features: (B, C, T); the middle of step t is at (t + 0.5) / T.
        video: (P,), index of the video of each segment, below B.
        start: (P,), in 0..1 of the video.
        end: (P,), likewise.
        num_samples: parts per segment.

    Returns:
        (P, C, num_samples).
    """
    steps = features.shape[-1]
    middle = (torch.arange(num_samples, device=start.device, dtype=start.dtype) + 0.5) / num_samples
    where = torch.lerp(start[:, None], end[:, None], middle) * steps - 0.5  # (P, samples), in steps
    left = where.floor()
    rows = features.transpose(1, 2)  # (B, T, C)
    out = features.new_zeros(())
    for index, weight in ((left, left + 1 - where), (left + 1, where - left)):
        weight = weight * ((index >= 0) & (index < steps))
        taken = rows[video[:, None], index.clamp(0, steps - 1).long()]  # (P, samples, C)
        out = out + taken * weight[..., None].to(rows.dtype)
    return out.transpose(1, 2)


class TemporalTransform(nn.Module):
    """Samples around the start, inside, and around the end of segments.

    Args:
        prop_boundary_ratio: width of the samples to both sides of an end, as a ratio of the segment's length.
        action_sample_num: samples of the segment itself.
        se_sample_num: samples around a start and around an end.
    """

    def __init__(self, prop_boundary_ratio: float, action_sample_num: int, se_sample_num: int) -> None:
        super().__init__()
        self.prop_boundary_ratio = prop_boundary_ratio
        self.action_sample_num, self.se_sample_num = action_sample_num, se_sample_num

    def forward(self, segments: Tensor, features: Tensor, video: Tensor | None = None) -> list[Tensor]:
        """Sample features.

        Args:
            segments: (P, 2), in 0..1 of the video.
            features: (B, C, T).
            video: (P,), index of the video of each segment, below B. None: B is P, one per segment.

        Returns:
            Around starts (P, C, se_sample_num), inside (P, C, action_sample_num), around ends (P, C, se_sample_num).
        """
        if video is None:
            video = torch.arange(len(segments), device=segments.device)
        start, end = segments.unbind(1)
        reach = (end - start) * self.prop_boundary_ratio
        return [
            sample_segments(features, video, start - reach, start + reach, self.se_sample_num),
            sample_segments(features, video, start, end, self.action_sample_num),
            sample_segments(features, video, end - reach, end + reach, self.se_sample_num),
        ]


class TBR(BaseModule):
    """Refinement of proposals by their ends and by centre and width; it returns the mean of both, and a score.

    Args:
        se_sample_num: samples around a start and around an end; a multiple of 4.
        action_sample_num: samples of the proposal itself; a multiple of 4.
        prop_boundary_ratio: width of the samples to both sides of an end, as a ratio of the proposal's length.
        feat_dim: channels C.
        init_cfg: config of the initialization.
    """

    def __init__(
        self,
        se_sample_num: int,
        action_sample_num: int,
        prop_boundary_ratio: float = 0.5,
        feat_dim: int = 512,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        for keyword, value in (('se_sample_num', se_sample_num), ('action_sample_num', action_sample_num)):
            if value < 4 or value % 4:
                raise ValueError(f'{keyword} ({value}) must be a multiple of 4, because it is halved twice.')
        self.se_sample_num = se_sample_num
        self.action_sample_num = action_sample_num
        self.prop_boundary_ratio = prop_boundary_ratio
        self.temporal_transform = TemporalTransform(prop_boundary_ratio, action_sample_num, se_sample_num)
        self.reg1se = StartEndRegressor(se_sample_num, feat_dim)
        self.reg1xw = CenterWidthRegressor(2 * se_sample_num + action_sample_num, feat_dim)

    def forward(self, proposals: Tensor, video: Tensor, features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Refine proposals.

        Args:
            proposals: (P, 2), in 0..1 of the video.
            video: (P,), index of the video of each proposal, below B.
            features: (B, C, T).

        Returns:
            Moved proposals (P, 2), ordered and within the video; logits of their IoU (P,); the outputs for the ends
            (P, 2) and for centre and width (P, 2).
        """
        about_start, middle, about_end = self.temporal_transform(proposals, features, video)
        by_ends = self.reg1se(torch.cat((about_start, about_end), dim=1)).float()
        by_centre = self.reg1xw(torch.cat((about_start, middle, about_end), dim=2)).float()
        moved = 0.5 * (
            bbox_se_transform_inv(proposals, by_ends, ENDS)
            + bbox_xw_transform_inv(proposals, by_centre[:, :2], CENTRE, WIDTH)
        )
        moved = moved.clamp(0, 1).sort(dim=1).values
        return moved, by_centre[:, 2], by_ends, by_centre[:, :2]


def refinement_loss(
    proposals: Tensor,
    best: Tensor,
    iou: Tensor,
    by_ends: Tensor,
    by_centre: Tensor,
    logits: Tensor,
    iou_threshold: float,
) -> dict[str, Tensor]:
    """Losses of a :class:`TBR`.

    Args:
        proposals: (P, 2), its inputs.
        best: (P, 2), the action that each overlaps most.
        iou: (P,), the IoU with this action.
        by_ends: (P, 2), output for the ends.
        by_centre: (P, 2), output for centre and width.
        logits: (P,), of the IoU.
        iou_threshold: only proposals above it contribute to the losses of the offsets.

    Returns:
        Smooth L1 of both kinds of offsets over the proposals above the threshold, and of the IoU over a balanced draw
        of proposals of high (above 0.7), middle and low (up to 0.3) IoU.
    """
    good = iou > iou_threshold
    count = good.sum().clamp(min=1)
    # Offsets divide by lengths. Unusable pairs are replaced by the whole video, not left out: a boolean index would
    # make the device wait, and a masked NaN would still have a NaN gradient.
    usable = (good & (proposals[:, 1] > proposals[:, 0]) & (best[:, 1] > best[:, 0]))[:, None]
    whole_video = proposals.new_tensor([0.0, 1.0])
    here = torch.where(usable, proposals, whole_video)
    there = torch.where(usable, best, whole_video)
    scale = by_centre.new_tensor([CENTRE, WIDTH])

    def move(output: Tensor, target: Tensor) -> Tensor:
        return (F.smooth_l1_loss(output, target, reduction='none') * usable).sum() / count

    high = iou > 0.7
    low = iou <= 0.3
    middle = ~high & ~low
    at_least_one = high.sum().clamp(min=1)
    chosen = high | draw(middle, at_least_one) | draw(low, at_least_one)
    error = F.smooth_l1_loss(logits.sigmoid(), iou, reduction='none')
    return dict(
        se=move(by_ends * ENDS, bbox_se_transform_batch(here, there)),
        xw=move(by_centre * scale, bbox_xw_transform_batch(here, there)),
        iou=(error * chosen).sum() / chosen.sum().clamp(min=1),
    )


def match_actions(proposals: Tensor, video: Tensor, actions: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Match each proposal with the action of its video that it overlaps most.

    Args:
        proposals: (P, 2).
        video: (P,), index of the video of each proposal, below B.
        actions: (K, 2) for each of the B videos; K may be 0.

    Returns:
        The actions (P, 2) and the IoUs (P,); zeros in a video without any.
    """
    padded = nn.utils.rnn.pad_sequence([a.reshape(-1, 2) for a in actions], batch_first=True).to(proposals)
    if not padded.shape[1]:
        return torch.zeros_like(proposals), proposals.new_zeros(len(proposals))
    candidates = padded[video]  # (P, K, 2); padding is an empty segment and overlaps nothing
    iou, index = segment_iou(proposals[:, None], candidates).max(dim=1)
    return candidates[torch.arange(len(index), device=index.device), index], iou
