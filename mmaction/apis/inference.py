"""Recognizers built from a config, and their predictions for a video."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, overload

import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn

from mmaction.apis._weights import build_model, load_into, resolve_device
from mmaction.compat.read import modernize, read_config
from mmaction.engine import OutputHook
from mmaction.inference.pipeline import InferencePipeline, Step, config_naming, in_data_prefix, pipeline_of
from mmaction.inference.precision import Precision, check_precision, compile_model, set_precision
from mmaction.inference.run import PredictOptions, predict_batch
from mmaction.models import BaseRecognizer
from mmaction.structures import ActionDataSample
from mmaction.video import VideoInput, describe_input

__all__ = ['inference_recognizer', 'init_recognizer']


def __getattr__(name: str) -> Any:
    # Names that MMAction2 1.x has here. Imported on first use: skeleton.py itself needs this module.
    if name in ('detection_inference', 'inference_skeleton', 'pose_inference'):
        return getattr(import_module('mmaction.apis.skeleton'), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def init_recognizer(
    config: str | Path | Config,
    checkpoint: str | os.PathLike | None = None,
    device: str | torch.device | None = 'cuda:0',
    *,
    pretrained: bool = False,
    dtype: Precision = 'fp32',
    compile: bool = False,
) -> nn.Module:
    """Build a recognizer to predict with.

    Args:
        config: path of a config, or a config, which is copied.
        checkpoint: file or http(s) URL of the weights. Default: the initial weights of the layers.
        device: device of the model. Without CUDA the CPU is used, with a warning; None uses CUDA if available.
        pretrained: without a checkpoint, load the pretrained weights that the config names.
        dtype: precision of the network: ``'fp32'``, ``'bf16'`` or, on a GPU, ``'fp16'``.
        compile: compile the network with ``torch.compile``, in the first prediction for each shape of input.

    Returns:
        The model in evaluation mode; ``model.cfg`` is the config.

    Raises:
        FileNotFoundError: there is no such config or checkpoint.
        ValueError: the checkpoint is of another model; the config has no model; there is no such device, or
            it does not compute in ``dtype``.
        UnsafeCheckpointError: the checkpoint holds more than plain data.
    """
    if isinstance(config, str | os.PathLike):
        config = read_config(config)
    elif isinstance(config, Config):
        config = modernize(copy.deepcopy(config))
    else:
        raise TypeError(f'config must be a filename or Config object, but got {type(config).__name__}.')
    chosen = resolve_device(device)
    check_precision(dtype, chosen)
    model = build_model(config, chosen, pretrained and checkpoint is None)
    if checkpoint is not None:
        load_into(model, checkpoint)
    set_precision(model, dtype)
    if compile:
        compile_model(model)
    return model


@overload
def inference_recognizer(
    model: nn.Module,
    video: VideoInput,
    test_pipeline: Compose | Sequence[Step] | Callable[[dict], dict] | None = None,
    *,
    outputs: None = None,
    as_tensor: bool = True,
    options: PredictOptions = PredictOptions(),
) -> ActionDataSample: ...
@overload
def inference_recognizer(
    model: nn.Module,
    video: VideoInput,
    test_pipeline: Compose | Sequence[Step] | Callable[[dict], dict] | None = None,
    *,
    outputs: str | Sequence[str],
    as_tensor: bool = True,
    options: PredictOptions = PredictOptions(),
) -> tuple[ActionDataSample, dict[str, Any]]: ...
def inference_recognizer(
    model: nn.Module,
    video: VideoInput,
    test_pipeline: Compose | Sequence[Step] | Callable[[dict], dict] | None = None,
    *,
    outputs: str | Sequence[str] | None = None,
    as_tensor: bool = True,
    options: PredictOptions = PredictOptions(),
) -> ActionDataSample | tuple[ActionDataSample, dict[str, Any]]:
    """Predict the action in one video.

    The steps of the pipeline that read frames are exchanged for those that fit the input: a config for video files
    also accepts folders of frames and arrays, and vice versa.

    Args:
        model: of :func:`init_recognizer`.
        video: path of a video file, http(s) URL, path of a folder of frames, frames as uint8 (T, H, W, 3) in RGB or
            (T, H, W, 2) of optical flow, or a dict, the record that the pipeline starts from. For an audio model: path
            of features (``.npy``), or of an audio or video file, or a dict. A relative path that does not exist is
            searched for below ``data_root`` and ``data_prefix`` of the datasets that the config evaluates on.
        test_pipeline: steps, as configs or objects, or one callable. Default: the test pipeline of ``model.cfg``, which
            is built once.
        outputs: names of modules whose outputs are returned too, such as ``'backbone'`` or ``'cls_head.fc_cls'``.
        as_tensor: return these as tensors, else as arrays.
        options: override the model's clip averaging and views per pass for this call. The model stays as it is: several
            threads may call it with different options.

    Returns:
        The data sample with ``pred_score`` (classes,) and ``pred_label`` (1,), which iterates as the five best
        ``(label, score)`` pairs. With ``outputs``, also a dict of the outputs by name. A model that is set to extract
        features returns those of the video instead of the sample.

    Raises:
        FileNotFoundError, ValueError, TypeError: the video is missing or of no known form.
        VideoDecodeError: it is unreadable.
    """
    video = in_data_prefix(video, getattr(model, 'cfg', None) or {})
    data = _pipeline(model, test_pipeline)(video)
    if outputs is not None and isinstance(model, BaseRecognizer) and model.limits_views:
        options = replace(options, views_at_once=None)  # all in one pass, so that a hook sees all of them
    with OutputHook(model, outputs, as_tensor=as_tensor) as hook:
        result = predict_batch(model, pseudo_collate([data]), options)[0]
    return result if outputs is None else (result, hook.layer_outputs)


def _pipeline(model: nn.Module, test_pipeline: Any) -> Callable[[VideoInput], dict]:
    cfg = getattr(model, 'cfg', None)
    if cfg is None and test_pipeline is None:
        raise ValueError('The model has no cfg. Build it with init_recognizer, or give test_pipeline.')
    init_default_scope((cfg or {}).get('default_scope') or 'mmaction')
    if test_pipeline is None:
        return pipeline_of(model)
    naming = config_naming(cfg or {})
    if isinstance(test_pipeline, Compose):
        return InferencePipeline(test_pipeline.transforms, naming)
    if callable(test_pipeline):
        return lambda video: test_pipeline(describe_input(video, naming)[1])
    if isinstance(test_pipeline, str) or any(isinstance(step, str) for step in test_pipeline):
        raise TypeError(
            f'test_pipeline ({test_pipeline!r}) must be the steps of a pipeline. Pass names of modules, whose outputs '
            'are returned too, as outputs=...'
        )
    return InferencePipeline(test_pipeline, naming)
