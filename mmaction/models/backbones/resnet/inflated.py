"""Base of the 3D ResNets that may start from a 2D one."""

from __future__ import annotations

from mmengine.logging import MMLogger
from torch import nn

from mmaction.models.backbones.resnet.by_layer import State, copy_layer, load_by_layer
from mmaction.models.backbones.resnet.stages import ResidualNet
from mmaction.models.common.non_local import NonLocal3d
from mmaction.utils.overrides import overrides
from mmaction.weights import load, load_weights
from mmaction.weights.tables.torchvision import RESNET


class InflatedNet(ResidualNet):
    """A 3D ResNet, or a part of one, whose ``pretrained`` is a 2D ResNet if ``pretrained2d``.

    A subclass changes the inflation in :meth:`fit`, for any weight, or in the hooks of MMAction2 below it.
    """

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
            self.inflate_weights(MMLogger.get_current_instance())
        else:
            super().load_pretrained(source)

    def inflate_weights(self, logger: MMLogger | None = None) -> None:
        """Load ``pretrained``, weights of a 2D ResNet, and repeat its kernels over time."""
        if self.pretrained:
            self._inflate_weights(self, logger)

    @staticmethod
    def _inflate_weights(self: InflatedNet, logger: MMLogger | None) -> None:
        """Load ``pretrained``: at once, or layer by layer if the hook of a layer is overridden."""
        # MMAction2 has a static method that takes the network, and calls it as this class does.
        assert self.pretrained is not None
        if overrides(self, InflatedNet, '_inflate_conv_params', '_inflate_bn_params'):
            state = load_weights(self.pretrained)
            load_by_layer(self, state, self._inflate_conv_params, self._inflate_bn_params, logger)
        else:
            load(self, self.pretrained, tables=(RESNET,), fit=self.fit, policy=self.policy)

    @staticmethod
    def _inflate_conv_params(
        conv3d: nn.Module, state_dict_2d: State, module_name_2d: str, inflated_param_names: list[str]
    ) -> None:
        """Inflate one convolution, and note the names of its entries; called only if a subclass overrides it."""
        copy_layer(conv3d, state_dict_2d, module_name_2d, inflated_param_names)

    @staticmethod
    def _inflate_bn_params(
        bn3d: nn.Module, state_dict_2d: State, module_name_2d: str, inflated_param_names: list[str]
    ) -> None:
        """Copy one norm, and note the names of its entries; called only if a subclass overrides it."""
        copy_layer(bn3d, state_dict_2d, module_name_2d, inflated_param_names)
