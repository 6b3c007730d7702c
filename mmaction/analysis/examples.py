"""Inputs of a model, in the shapes that the test pipeline of its config makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction.datasets.transforms.contract import flatten, medium_of, reads_of
from mmaction.inference.pipeline import InferencePipeline, config_naming, config_steps
from mmaction.models import BaseRecognizer, RecognizerOmni
from mmaction.models.detectors import FastRCNN
from mmaction.models.localizers.base import Localizer
from mmaction.structures import ActionDataSample

_FRAMES = 300
_HEIGHT = 256
_WIDTH = 340
_JOINTS = 17  # of COCO
_STEPS = 100  # of a localizer that takes any number


def example_inputs(model: nn.Module, cfg: Mapping[str, Any], shape: Sequence[int] = ()) -> dict[str, Any]:
    """Zeros in the shape of one view of a sample.

    Args:
        model: built from ``cfg``.
        cfg: config with a test pipeline.
        shape: height and width of frames (one number: both); or the shape of the inputs, with or without the dimension
            of views. Default, and where the inputs are not frames: those of the test pipeline.

    Returns:
        ``inputs``, a tensor or a dict of them by modality; for a detector also ``data_samples``, with one box each.

    Raises:
        ValueError: ``shape`` does not fit, or the model is of another kind.
    """
    if isinstance(model, Localizer):
        return {'inputs': _resized(_features(model), shape, is_frames=False)}
    if isinstance(model, FastRCNN):
        inputs = _resized(_clip(cfg), shape, is_frames=True)
        return {'inputs': inputs, 'data_samples': _with_box(inputs)}
    if not isinstance(model, BaseRecognizer | RecognizerOmni):
        raise ValueError(
            f'{type(model).__name__} is neither a recognizer nor a localizer nor a detector with given boxes.'
        )
    inputs = _one_view(model, _sample_inputs(model, cfg))
    if isinstance(inputs, Mapping):
        if len(shape) > 2:
            raise ValueError(f'The model takes {", ".join(inputs)}: give no shape, or the size of frames.')
        return {'inputs': {name: part.float() for name, part in inputs.items()}}
    return {'inputs': _resized(inputs, shape, _is_frames(cfg)).float()}


def _is_frames(cfg: Mapping[str, Any]) -> bool:
    return any(medium_of(step) for step in flatten(config_steps(cfg)))


def _one_view(model: BaseRecognizer | RecognizerOmni, inputs: Any) -> Any:
    if isinstance(inputs, Mapping):
        return {name: part[None, :1] for name, part in inputs.items()}
    frames = 1
    if inputs.ndim == 4:  # frames of a 2D recognizer, which some parts take several of at once
        # TSM and others declare it at the backbone, relation networks at the head only.
        declared = [getattr(part, 'num_segments', None) for part in (model.backbone, getattr(model, 'cls_head', None))]
        frames = next(filter(None, declared), 1)
    return inputs[None, :frames]


def _resized(inputs: Tensor, shape: Sequence[int], is_frames: bool) -> Tensor:
    if len(shape) in (1, 2):
        if not is_frames:
            return inputs
        return inputs.new_zeros((*inputs.shape[:-2], shape[0], shape[-1]))
    if len(shape) == inputs.ndim:
        return inputs.new_zeros(tuple(shape))
    if len(shape) == inputs.ndim - 1:
        # (frames, C, H, W) of one sample in 2D; (N, C, T, H, W) of one view in 3D
        full = (1, *shape) if inputs.ndim == 5 else (shape[0], 1, *shape[1:])
        return inputs.new_zeros(full)
    if shape:
        raise ValueError(
            f'--shape {" ".join(map(str, shape))} must be a size, or {inputs.ndim} or {inputs.ndim - 1} numbers: the '
            f'inputs are {tuple(inputs.shape)} by the config.'
        )
    return inputs


def _features(model: Localizer) -> Tensor:
    spec = model.feature_spec
    if spec.channels is None:
        raise ValueError(f'{type(model).__name__} does not tell the channels of its features.')
    return torch.zeros(1, spec.channels, spec.num_steps or _STEPS)


def _clip(cfg: Mapping[str, Any]) -> Tensor:
    length = next((step['clip_len'] for step in flatten(config_steps(cfg)) if 'clip_len' in step), 8)
    return torch.zeros(1, 3, length, _HEIGHT, _HEIGHT)


def _with_box(inputs: Tensor) -> list[ActionDataSample]:
    height, width = inputs.shape[-2:]
    samples = []
    for _ in range(len(inputs)):
        sample = ActionDataSample(metainfo=dict(img_shape=(height, width)))
        sample.proposals = InstanceData(bboxes=torch.tensor([[0.0, 0.0, width, height]]))
        samples.append(sample)
    return samples


def _sample_inputs(model: BaseRecognizer | RecognizerOmni, cfg: Mapping[str, Any]) -> Any:
    """What the test pipeline makes of a sample without content."""
    steps = config_steps(cfg)
    keys = {key for step in flatten(steps) for key in reads_of(step)}
    with _record(model, cfg, keys) as record:
        return InferencePipeline(steps, config_naming(cfg))(record)['inputs']


@contextmanager
def _record(model: BaseRecognizer | RecognizerOmni, cfg: Mapping[str, Any], keys: set[str]) -> Iterator[Any]:
    if 'keypoint' not in keys and 'audio_path' not in keys:
        channels = 2 if config_naming(cfg).modality == 'Flow' else 3
        # One frame in memory, however many there are.
        yield np.broadcast_to(np.zeros((), np.uint8), (_FRAMES, _HEIGHT, _WIDTH, channels))
        return
    with TemporaryDirectory() as folder:
        if 'audio_path' in keys:
            path = Path(folder, 'audio.npy')
            np.save(path, np.zeros((_FRAMES * 10, 80), np.float32))
            yield dict(audio_path=str(path), total_frames=_FRAMES, label=-1)
            return
        record = _skeletons(model, cfg)
        if any('filename' in key.split('|') for key in keys):
            from mmaction.video import write_video

            path = Path(folder, 'video.mp4')
            write_video(path, np.zeros((_FRAMES, _HEIGHT, _WIDTH, 3), np.uint8))
            record.update(filename=str(path), modality='RGB')
        yield record


def joints_of(model: BaseRecognizer | RecognizerOmni, cfg: Mapping[str, Any]) -> int:
    """Joints of the skeletons that a model takes: those of its graph, or the channels of its heat maps."""
    graph = getattr(model.backbone, 'graph', None)
    if graph is not None:
        return int(graph.num_node)
    return int(cfg['model']['backbone'].get('in_channels', _JOINTS))


def _skeletons(model: BaseRecognizer | RecognizerOmni, cfg: Mapping[str, Any]) -> dict[str, Any]:
    """Two persons that stand still; three coordinates for a layout of the NTU sensors, else two and a confidence."""
    joints = joints_of(model, cfg)
    graph = getattr(model.backbone, 'graph', None)
    is_3d = graph is not None and graph.layout == 'nturgb+d'
    place = np.random.default_rng(0).uniform(60, 200, (2, 1, joints, 3 if is_3d else 2)).astype(np.float32)
    record: dict[str, Any] = dict(
        keypoint=np.repeat(place, _FRAMES, axis=1),
        total_frames=_FRAMES,
        img_shape=(_HEIGHT, _WIDTH),
        original_shape=(_HEIGHT, _WIDTH),
        start_index=0,
        modality='Pose',
        label=-1,
    )
    if not is_3d:
        record['keypoint_score'] = np.ones(record['keypoint'].shape[:3], np.float32)
    return record
