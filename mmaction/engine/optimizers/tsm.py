"""Optimizer constructor of the released training code of TSN and TSM."""

from __future__ import annotations

from mmengine.optim import DefaultOptimWrapperConstructor
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.instancenorm import _InstanceNorm

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS

_NORMS = (_BatchNorm, _InstanceNorm, nn.GroupNorm, nn.LayerNorm)
# Factors of learning rate and weight decay per group, in the order of the released code.
_FACTORS = {
    'first_conv_weight': (1, 1),
    'first_conv_bias': (2, 0),
    'weight': (1, 1),
    'bias': (2, 0),
    'norm': (1, 0),
    'fc_weight': (5, 1),
    'fc_bias': (10, 0),
}


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class TSMOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """Double the learning rate of biases, exempt biases and norms from decay, optionally speed up the classifier.

    Source: Lin et al., `TSM: Temporal Shift Module for Efficient Video Understanding`, ICCV 2019, released code.

    ``paramwise_cfg`` has one key, ``fc_lr5``: multiply the learning rate of the last linear layer by 5, its bias by 10.
    """

    def add_params(self, params: list[dict], model: nn.Module, prefix: str = '', **_: object) -> None:
        """Append the parameter groups of ``model``: first convolution, other weights, biases, norms, classifier."""
        fc_lr5 = self.paramwise_cfg['fc_lr5']
        groups: dict[str, list[Tensor]] = {name: [] for name in _FACTORS}
        layers = [m for m in model.modules() if any(True for _ in m.parameters(recurse=False))]
        linears = [m for m in layers if isinstance(m, nn.Linear)]
        convs = [m for m in layers if isinstance(m, _ConvNd)]
        for layer in layers:
            if isinstance(layer, _NORMS):
                groups['norm'] += [p for p in layer.parameters(recurse=False) if p.requires_grad]
                continue
            if not isinstance(layer, nn.Linear | _ConvNd):
                raise ValueError(
                    f'TSMOptimWrapperConstructor supports convolutions, linear layers and norms; '
                    f'{type(layer).__name__} has parameters of its own. Use the default constructor.'
                )
            if convs and layer is convs[0]:
                kind = 'first_conv_'
            elif fc_lr5 and linears and layer is linears[-1]:
                kind = 'fc_'
            else:
                kind = ''
            groups[kind + 'weight'].append(layer.weight)
            if layer.bias is not None:
                groups[kind + 'bias'].append(layer.bias)

        for name, (lr, decay) in _FACTORS.items():
            group = {'params': groups[name], 'lr': self.base_lr * lr}
            if self.base_wd is not None:
                group['weight_decay'] = self.base_wd * decay
            params.append(group)
