"""Optimizer constructor of Video Swin."""

from __future__ import annotations

from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class SwinOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """Scale learning rate and weight decay of parameters whose full name contains a key of ``paramwise_cfg``.

    In ``paramwise_cfg=dict(backbone=dict(lr_mult=0.1), norm=dict(decay_mult=0.))`` the factors of all matching keys
    multiply. Full names start with ``base.``: the key ``base.backbone`` matches the backbone of the model, but no
    module of that name further inside. Source: Liu et al., `Video Swin Transformer`, CVPR 2022, section 4.1.
    """

    def add_params(self, params: list[dict], module: nn.Module, prefix: str = 'base', **_: object) -> None:
        """Append one group per parameter; ``prefix`` is what their full names start with."""
        for name, parameter in module.named_parameters(prefix=prefix):
            group: dict = {'params': [parameter]}
            if parameter.requires_grad:
                matched = [factors for key, factors in self.paramwise_cfg.items() if key in name]
                lr = self.base_lr
                decay = self.base_wd
                for factors in matched:
                    lr *= factors.get('lr_mult', 1)
                    decay = None if decay is None else decay * factors.get('decay_mult', 1)
                group['lr'] = lr
                if decay is not None:
                    group['weight_decay'] = decay
            params.append(group)
