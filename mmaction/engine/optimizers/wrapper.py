"""Optimizer wrapper that logs the norm of gradients without waiting for it."""

from __future__ import annotations

from mmengine.optim import OptimWrapper as _OptimWrapper

from mmaction.engine.history import record
from mmaction.registry import OPTIM_WRAPPERS


@OPTIM_WRAPPERS.register_module()
class OptimWrapper(_OptimWrapper):
    """Optimizer wrapper of mmengine; the norm of clipped gradients is fetched from the device when it is logged."""

    def _clip_grad(self) -> None:
        params = []
        for group in self.optimizer.param_groups:
            params += [param for param in group['params'] if param.requires_grad and param.grad is not None]
        norm = self.clip_func(params, **self.clip_grad_kwargs) if params else None
        if norm is not None:  # clipping by value has none
            record(self.message_hub, f'train/{self.grad_name}', norm)
