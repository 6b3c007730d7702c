"""C2D: a 2D ResNet over clips with pooling in time (Wang et al., 2018, https://arxiv.org/abs/1711.07971, table 1)."""

from __future__ import annotations

from torch import Tensor, nn

from mmaction.models.backbones.resnet.resnet2d import ResNet
from mmaction.registry import MODELS


def _frames(x: Tensor) -> Tensor:
    """(N, C, T, H, W) -> (N*T, C, H, W)."""
    return x.transpose(1, 2).flatten(0, 1)


def _clips(x: Tensor, batch: int) -> Tensor:
    """(N*T, C, H, W) -> (N, C, T, H, W)."""
    return x.unflatten(0, (batch, -1)).transpose(1, 2)


@MODELS.register_module()
class C2D(ResNet):
    """ResNet frame by frame; time is halved after the first stage. Arguments as for :class:`ResNet`.

    Its "nopool" variant is :class:`ResNet` itself, with the frames in the batch.
    """

    def _make_stem_layer(self) -> None:
        """Register ``conv1``, the pooling of the stem and, as ``maxpool3d_2``, that of time after the first stage."""
        super()._make_stem_layer()  # its `maxpool` does not run, as in MMAction2
        self.maxpool3d_1 = nn.MaxPool3d(kernel_size=(1, 3, 3), stride=(1, 2, 2))  # not padded
        self.maxpool3d_2 = nn.MaxPool3d(kernel_size=(2, 1, 1), stride=(2, 1, 1))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """(N, C, T, H, W) -> (N, C', T / 2, H', W') of the stages in ``out_indices``."""
        batch = x.shape[0]

        def halve_time(x: Tensor) -> Tensor:
            return _frames(self.maxpool3d_2(_clips(x, batch)))  # (N*T, C, H, W) -> (N*T / 2, C, H, W)

        frames = _frames(x)
        self._check_channels(frames)
        # Frames are clips of one frame, which spares a copy into clips and back.
        pooled = self.maxpool3d_1(self.conv1(frames).unsqueeze(2)).squeeze(2)
        outs = self._run_stages(pooled, pool=halve_time)
        if isinstance(outs, Tensor):
            return _clips(outs, batch)
        return tuple(_clips(out, batch) for out in outs)
