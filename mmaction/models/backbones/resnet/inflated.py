"""Base of the 3D ResNets that may start from a 2D one."""

from __future__ import annotations

from mmaction.models.backbones.resnet.stages import ResidualNet
from mmaction.models.common.non_local import NonLocal3d
from mmaction.weights import load
from mmaction.weights.tables.torchvision import RESNET


class InflatedNet(ResidualNet):
    """A 3D ResNet, or a part of one, whose ``pretrained`` is a 2D ResNet if ``pretrained2d``."""

    default_init = (dict(type='Kaiming', layer=['Conv3d']), dict(type='Constant', layer='_BatchNorm', val=1.0))
    pretrained2d: bool

    def init_rest(self) -> None:
        """Start the non-local blocks and, if ``zero_init_residual``, all blocks as identities."""
        for module in self.modules():
            if isinstance(module, NonLocal3d):
                module.init_weights()
        super().init_rest()

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``: of a 2D ResNet through :meth:`inflate_weights`, else of a 3D one."""
        if self.pretrained2d:
            self.inflate_weights()
        else:
            super().load_pretrained(source)

    def inflate_weights(self) -> None:
        """Load ``pretrained``, weights of a 2D ResNet, and repeat its kernels over time."""
        if self.pretrained:
            load(self, self.pretrained, tables=(RESNET,), fit=self.fit, policy=self.policy)
