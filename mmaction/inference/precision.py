"""Precision that a model predicts in, and its compilation."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import nn

from mmaction.models import BaseRecognizer
from mmaction.models.detectors import FastRCNN
from mmaction.utils.check import pick

__all__ = ['Precision', 'check_precision', 'compile_model', 'set_precision']

Precision = Literal['fp32', 'bf16', 'fp16']

_DTYPES: dict[str, torch.dtype] = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}


def check_precision(dtype: Precision, device: torch.device) -> None:
    """Raise ValueError if there is no such precision, or the device does not compute in it."""
    pick(get_args(Precision), dtype, 'dtype')
    if dtype == 'fp16' and device.type == 'cpu':
        raise ValueError("dtype ('fp16') needs a GPU; a CPU computes in 'fp32' or 'bf16'.")
    if dtype == 'bf16' and device.type == 'cuda' and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise ValueError(f"dtype ('bf16') is not supported by {torch.cuda.get_device_name(device)}; take 'fp16'.")


def set_precision(model: nn.Module, dtype: Precision) -> nn.Module:
    """Convert the weights of a model that only predicts; its inputs are converted by its data preprocessor.

    Args:
        model: on its device.
        dtype: ``'fp32'`` leaves the model as it is.

    Raises:
        ValueError: there is no such precision, or the device does not compute in it.
    """
    device = next((parameter.device for parameter in model.parameters()), torch.device('cpu'))
    check_precision(dtype, device)
    return model if dtype == 'fp32' else model.to(_DTYPES[dtype])


def compile_model(model: nn.Module) -> None:
    """Compile the network, in place, without a change of its keys.

    That is the backbone of a recognizer or a detector, else the whole model. The first prediction for each shape of
    input takes as long as the compilation.
    """
    network = model.backbone if isinstance(model, BaseRecognizer | FastRCNN) else model
    network.compile()
