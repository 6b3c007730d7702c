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
    """bfloat16 autocast on the CPU. bfloat16 has float32's range, so there is no loss to scale."""

    @contextmanager
    def optim_context(self, model: torch.nn.Module) -> Iterator[None]:
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


@OPTIM_WRAPPERS.register_module()
class AmpOptimWrapper(_AmpOptimWrapper):
    """mmengine's ``AmpOptimWrapper``; on a machine without an accelerator, bfloat16 autocast on the CPU.

    A dtype that the CPU cannot autocast to (``float16``) becomes bfloat16 there, and ``loss_scale`` is not needed.
    """

    def __new__(cls, loss_scale: Any = 'dynamic', dtype: Any = None, use_fsdp: bool = False, **kwargs: Any) -> Any:
        if get_device() == 'cpu':
            return _CpuAmpOptimWrapper(**kwargs)
        return super().__new__(cls)
