"""RGBPose-Conv3D: two 3D ResNets, over frames and over pose heatmaps, that exchange features.

Duan et al., Revisiting Skeleton-based Action Recognition, 2022, Sec. 3.4, https://arxiv.org/abs/2104.13586.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mmaction.models.backbones.resnet.pathway import ResNet3dPathway
from mmaction.models.backbones.resnet.slowfast import build_pathway
from mmaction.registry import MODELS
from mmaction.weights import PretrainedConvNet

_RGB = dict(
    lateral=True,
    lateral_infl=1,
    lateral_activate=(0, 0, 1, 1),
    fusion_kernel=7,
    conv1_kernel=(1, 7, 7),
    inflate=(0, 0, 1, 1),
    with_pool2=False,
)
_POSE = dict(
    num_stages=3,
    stage_blocks=(4, 6, 3),
    lateral=True,
    lateral_inv=True,
    lateral_infl=16,
    lateral_activate=(0, 1, 1),
    fusion_kernel=7,
    in_channels=17,
    base_channels=32,
    out_indices=(2,),
    conv1_kernel=(1, 7, 7),
    conv1_stride_s=1,
    pool1_stride_s=1,
    inflate=(0, 1, 1),
    spatial_strides=(2, 2, 2),
    temporal_strides=(1, 1, 1),
    dilations=(1, 1, 1),
    with_pool2=False,
)


@MODELS.register_module()
class RGBPoseConv3D(PretrainedConvNet):
    """Two pathways that exchange features: a wide network on few frames, and a narrow one on many heatmaps.

    The heatmaps are smaller than the frames, so the pose pathway has fewer stages. The last stages of both pathways run
    side by side, and so on backwards; the first stages of the RGB pathway run alone.

    Args:
        pretrained: path or URL of weights of the whole network. Without it each pathway loads its own ``pretrained``.
        speed_ratio: heatmaps per frame.
        channel_ratio: channels of the RGB pathway for one of the pose pathway.
        rgb_detach: the RGB pathway sends no gradients into the pose pathway.
        pose_detach: the pose pathway sends no gradients into the RGB pathway.
        rgb_drop_path: probability, in training, that the RGB pathway gets zeros instead of the features of the other.
        pose_drop_path: likewise, for the pose pathway.
        rgb_pathway: keywords of :class:`ResNet3dPathway`.
        pose_pathway: likewise, with ``lateral_inv=True``.
        init_cfg: initialization of the whole network; ``dict(type='Pretrained', checkpoint=...)`` as ``pretrained``.

    Raises:
        ValueError: a probability is not in [0, 1], or the pathways do not fit each other.
    """

    def __init__(
        self,
        pretrained: str | None = None,
        speed_ratio: int = 4,
        channel_ratio: int = 4,
        rgb_detach: bool = False,
        pose_detach: bool = False,
        rgb_drop_path: float = 0,
        pose_drop_path: float = 0,
        rgb_pathway: Mapping[str, Any] = _RGB,
        pose_pathway: Mapping[str, Any] = _POSE,
        init_cfg: Any = None,
    ) -> None:
        super().__init__(pretrained, init_cfg)
        for name, value in dict(rgb_drop_path=rgb_drop_path, pose_drop_path=pose_drop_path).items():
            if not 0 <= value <= 1:
                raise ValueError(f'{name} ({value}) must be a probability, in [0, 1].')
        self.speed_ratio, self.channel_ratio = speed_ratio, channel_ratio
        self.rgb_detach, self.pose_detach = rgb_detach, pose_detach
        self.rgb_drop_path, self.pose_drop_path = rgb_drop_path, pose_drop_path
        ratios = dict(speed_ratio=speed_ratio, channel_ratio=channel_ratio)
        self.rgb_path = build_pathway(dict(rgb_pathway, type='resnet3d'), **ratios)
        self.pose_path = build_pathway(dict(pose_pathway, type='resnet3d'), **ratios)
        self._check_pathways()

    def _check_pathways(self) -> None:
        rgb, pose = self.rgb_path, self.pose_path
        if rgb.num_stages < pose.num_stages:
            raise ValueError(
                f'The RGB pathway ({rgb.num_stages} stages) must have at least as many stages as the pose pathway '
                f'({pose.num_stages}).'
            )
        if rgb.lateral and rgb.lateral_inv:
            raise ValueError('lateral_inv of the RGB pathway must be False: the pose pathway is the faster one.')
        if pose.lateral and not pose.lateral_inv:
            raise ValueError('lateral_inv of the pose pathway must be True: the RGB pathway is the slower one.')
        lead = self._lead
        for path, other, offset, name in ((rgb, pose, -lead, 'RGB'), (pose, rgb, lead, 'pose')):
            for index, stage in enumerate(path.stage_plans):
                if stage.lateral is None:
                    continue
                if index + offset < 0:
                    raise ValueError(
                        f'lateral_activate {path.lateral_activate} of the {name} pathway requests features for stage '
                        f'{index}, where the other pathway has none yet; its first {-offset} must be 0.'
                    )
                given, expected = other.stage_plans[index + offset].width, stage.lateral.in_channels
                if given != expected:
                    raise ValueError(
                        f'The lateral connection to stage {index} of the {name} pathway takes {expected} channels, but '
                        f'the other pathway has {given} there; channel_ratio ({self.channel_ratio}) must fit.'
                    )

    @property
    def _lead(self) -> int:
        """Number of stages that the RGB pathway runs alone."""
        return self.rgb_path.num_stages - self.pose_path.num_stages

    def forward(self, imgs: Tensor, heatmap_imgs: Tensor) -> tuple[Tensor, Tensor]:
        """Features of both pathways.

        Args:
            imgs: frames (N, 3, T, H, W).
            heatmap_imgs: heatmaps (N, keypoints or limbs, T * speed_ratio, H', W'), where H' and W' are such that the
                pathways meet at one size: a quarter of H and W with the usual strides.

        Returns:
            Features of the RGB pathway (N, C, T, h, w) and of the pose pathway (N, C', T * speed_ratio, h, w).
        """
        rgb_path, pose_path, lead = self.rgb_path, self.pose_path, self._lead
        drop_rgb = self._draw_drop(self.rgb_drop_path)
        drop_pose = self._draw_drop(self.pose_drop_path)
        rgb = rgb_path.run_stem(imgs)
        pose = pose_path.run_stem(heatmap_imgs)
        for stage, name in enumerate(rgb_path.res_layers):
            if stage < lead:
                rgb = getattr(rgb_path, name)(rgb)
                continue
            beside = stage - lead
            to_rgb = pose.detach() if self.rgb_detach else pose
            to_pose = rgb.detach() if self.pose_detach else rgb
            rgb = _join(rgb_path, stage, rgb, to_rgb, drop_rgb)
            pose = _join(pose_path, beside, pose, to_pose, drop_pose)
            rgb = getattr(rgb_path, name)(rgb)
            pose = getattr(pose_path, pose_path.res_layers[beside])(pose)
        return rgb, pose

    def _draw_drop(self, probability: float) -> bool:
        """Whether a pathway gets zeros instead of the features of the other, in this forward pass."""
        return self.training and probability > 0 and bool(torch.rand(()) < probability)


def _join(path: ResNet3dPathway, stage: int, x: Tensor, other: Tensor, drop: bool) -> Tensor:
    """Input of ``stage`` of ``path``: ``x`` and, if a lateral connection leads there, ``other`` or zeros."""
    joining = path.lateral_features(stage, other)
    if joining is None:
        return x
    if joining.shape[2:] != x.shape[2:]:
        raise ValueError(
            f'The pathways do not meet: features of time, height and width {tuple(x.shape[2:])} and '
            f'{tuple(joining.shape[2:])}. There must be speed_ratio ({path.speed_ratio}) heatmaps per frame, a '
            'quarter as large as the frames (with the usual strides).'
        )
    return torch.cat([x, torch.zeros_like(joining) if drop else joining], dim=1)
