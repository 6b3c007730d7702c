"""Mixed precision that also runs without an accelerator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.optim import AmpOptimWrapper as _AmpOptimWrapper
from mmengine.optim import OptimWrapper

from mmaction.registry import OPTIM_WRAPPERS


class _CpuAmpOptimWrapper(OptimWrapper):
    """Autocast to bfloat16 on the CPU; with the range of float32 there is no loss to scale."""

    @contextmanager
    def optim_context(self, model: torch.nn.Module) -> Iterator[None]:
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


@OPTIM_WRAPPERS.register_module()
class AmpOptimWrapper(_AmpOptimWrapper):
    """Optimizer wrapper of mmengine for mixed precision; without an accelerator, bfloat16 autocast on the CPU.

    On the CPU, ``dtype`` is ignored (it cannot autocast to float16 everywhere) and so is ``loss_scale``.
    """

    def __new__(cls, loss_scale: Any = 'dynamic', dtype: Any = None, use_fsdp: bool = False, **kwargs: Any) -> Any:
        if get_device() == 'cpu':
            return _CpuAmpOptimWrapper(**kwargs)
        return super().__new__(cls)
