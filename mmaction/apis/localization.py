"""Localization of the actions of a long video; see :mod:`mmaction.inference.localize`."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from mmengine.config import Config
from torch import nn

from mmaction.apis.inference import init_recognizer
from mmaction.inference.localize import *  # noqa: F403


def init_localizer(
    config: str | Path | Config, checkpoint: str | os.PathLike | None = None, device: str | torch.device = 'cuda:0'
) -> nn.Module:
    """Build a localizer (BMN, ActionFormer, ...) to predict with; arguments and errors of :func:`init_recognizer`."""
    return init_recognizer(config, checkpoint, device)
