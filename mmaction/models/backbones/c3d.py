"""C3D (Tran et al., 2015, https://arxiv.org/abs/1412.0767)."""

from __future__ import annotations

from functools import partial
from typing import get_args

from torch import Tensor, nn

from mmaction.models.backbones.resnet.blocks import Style
from mmaction.models.common.bricks import Config
from mmaction.models.common.conv_module import ConvModule
from mmaction.registry import MODELS
from mmaction.utils.check import pick
from mmaction.weights import PretrainedConvNet

# (name, channels in, channels out); each row ends in a pooling
_LAYOUT = (
    (('conv1a', 3, 64),),
    (('conv2a', 64, 128),),
    (('conv3a', 128, 256), ('conv3b', 256, 256)),
    (('conv4a', 256, 512), ('conv4b', 512, 512)),
    (('conv5a', 512, 512), ('conv5b', 512, 512)),
)


@MODELS.register_module()
class C3D(PretrainedConvNet):
    """Eight 3x3x3 convolutions in five pooled groups, then two linear layers.

    Args:
        pretrained: path or URL of weights that :meth:`init_weights` loads.
        style: keyword of published configs; without strided convolutions both values are equivalent.
        conv_cfg: convolution layer. Default: Conv3d.
        norm_cfg: norm layer, or None for none.
        act_cfg: activation layer. Default: ReLU.
        out_dim: features after the last pooling: 8192 for 16 frames of 112x112.
        dropout_ratio: of the dropout after the first linear layer.
        init_std: standard deviation of the initial linear weights.
    """

    def __init__(
        self,
        pretrained: str | None = None,
        style: Style = 'pytorch',
        conv_cfg: Config | None = None,
        norm_cfg: Config | None = None,
        act_cfg: Config | None = None,
        out_dim: int = 8192,
        dropout_ratio: float = 0.5,
        init_std: float = 0.005,
    ) -> None:
        super().__init__(pretrained, init_cfg=dict(type='Kaiming', layer='Conv3d'))
        pick(get_args(Style), style, 'style')
        conv_cfg, act_cfg = conv_cfg or dict(type='Conv3d'), act_cfg or dict(type='ReLU')
        self.style, self.conv_cfg, self.norm_cfg, self.act_cfg = style, conv_cfg, norm_cfg, act_cfg
        self.dropout_ratio, self.init_std = dropout_ratio, init_std
        self.out_dim = out_dim
        conv = partial(
            ConvModule,
            kernel_size=3,
            padding=1,
            conv_cfg=conv_cfg,
            norm_cfg=norm_cfg,
            act_cfg=act_cfg,
        )
        for group, convs in enumerate(_LAYOUT, start=1):
            for name, in_channels, out_channels in convs:
                self.add_module(name, conv(in_channels, out_channels))
            size = (1, 2, 2) if group == 1 else (2, 2, 2)
            padding = (0, 1, 1) if group == 5 else 0  # 7x7 becomes 4x4
            self.add_module(f'pool{group}', nn.MaxPool3d(kernel_size=size, stride=size, padding=padding))
        self.fc6 = nn.Linear(out_dim, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(p=dropout_ratio)

    def init_rest(self) -> None:
        """Draw the weights of the linear layers from a normal distribution."""
        for linear in (self.fc6, self.fc7):
            nn.init.normal_(linear.weight, std=self.init_std)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, T, H, W) -> (N, 4096).

        Raises:
            ValueError: the size of the clip does not match ``out_dim``.
        """
        size = tuple(x.shape[2:])
        for group, convs in enumerate(_LAYOUT, start=1):
            for name, *_ in convs:
                x = getattr(self, name)(x)
            x = getattr(self, f'pool{group}')(x)
        x = x.flatten(1)
        if x.shape[1] != self.out_dim:
            raise ValueError(
                f'A clip of {size} (T, H, W) gives {x.shape[1]} features, but out_dim ({self.out_dim}) differs. '
                'The default 8192 is for 16 frames of 112x112.'
            )
        x = self.dropout(self.relu(self.fc6(x)))
        return self.relu(self.fc7(x))
