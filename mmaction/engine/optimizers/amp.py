"""Mixed precision that also runs without an accelerator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.device import get_device, is_cuda_available
from mmengine.optim import AmpOptimWrapper as _AmpOptimWrapper

from mmaction.engine.optimizers.wrapper import OptimWrapper
from mmaction.registry import OPTIM_WRAPPERS


def autocast_dtype() -> str:
    """Data type of mixed precision on this machine: ``'bfloat16'`` where the hardware computes in it, else float16.

    bfloat16 has the range of float32, so that no loss needs to be scaled and no step is skipped.
    """
    if get_device() == 'cpu':
        return 'bfloat16'
    if is_cuda_available() and torch.cuda.is_bf16_supported(including_emulation=False):
        return 'bfloat16'
    return 'float16'


class _CpuAmpOptimWrapper(OptimWrapper):
    """Autocast to bfloat16 on the CPU; with the range of float32 there is no loss to scale."""

    @contextmanager
    def optim_context(self, model: torch.nn.Module) -> Iterator[None]:
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


@OPTIM_WRAPPERS.register_module()
class AmpOptimWrapper(OptimWrapper, _AmpOptimWrapper):
    """Optimizer wrapper of mmengine for mixed precision; without an accelerator, bfloat16 autocast on the CPU.

    On the CPU, ``dtype`` is ignored (it cannot autocast to float16 everywhere) and so is ``loss_scale``. On other
    devices ``loss_scale='dynamic'`` scales the loss in float16 alone: bfloat16 has the range of float32.
    """

    def __new__(cls, loss_scale: Any = 'dynamic', dtype: Any = None, use_fsdp: bool = False, **kwargs: Any) -> Any:
        if get_device() == 'cpu':
            return _CpuAmpOptimWrapper(**kwargs)
        return super().__new__(cls)

    def __init__(self, loss_scale: Any = 'dynamic', dtype: Any = None, use_fsdp: bool = False, **kwargs: Any) -> None:
        super().__init__(scale_of(loss_scale, dtype), dtype, use_fsdp, **kwargs)


def scale_of(loss_scale: Any, dtype: Any) -> Any:
    """``loss_scale`` of mmengine's wrapper: that of the config, but no dynamic one in bfloat16."""
    if loss_scale == 'dynamic' and dtype in ('bfloat16', torch.bfloat16):
        return dict(enabled=False)
    return loss_scale
