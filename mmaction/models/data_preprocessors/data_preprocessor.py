"""Data preprocessor: from the samples of a batch to the inputs of the model, on its device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmengine.model import stack_batch as stack_batch
from torch import Tensor

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.utils.check import pick

_CHANNEL_DIM = {'NCHW': -3, 'NCTHW': -4, 'NCTHW_Heatmap': -4}  # layout -> dimension of the channels
_MIXED = 'MIX2d3d'  # a batch of images or of clips, distinguished by its number of dimensions


def stack_inputs(inputs: Sequence[Tensor], dtype: torch.dtype | None = None) -> Tensor:
    """Stack the samples; different sizes are padded with zeros at the end of all but the first dimension.

    Args:
        inputs: the samples, in any memory layout.
        dtype: data type of the batch. Default: that of the samples.

    Returns:
        A new, contiguous tensor.

    Raises:
        ValueError: the samples differ in their number of dimensions, or in the first one (clips or channels).
    """
    shapes = [tuple(x.shape) for x in inputs]
    if not shapes:
        raise ValueError('The batch is empty.')
    if len({len(s) for s in shapes}) > 1 or len({s[:1] for s in shapes}) > 1:
        raise ValueError(
            f'The samples of a batch must have the same number of dimensions and the same first one, got {shapes}. '
            'Let the pipeline sample the same number of clips from each video, or set batch_size=1.'
        )
    if len({x.dtype for x in inputs}) > 1:
        dtype = dtype or torch.stack([x.new_zeros(()) for x in inputs]).dtype
    largest = [max(sizes) for sizes in zip(*shapes)]
    make = inputs[0].new_empty if len(set(shapes)) == 1 else inputs[0].new_zeros
    batch = make((len(inputs), *largest), dtype=dtype)
    # One pass over the samples, also if their channels are innermost in memory, for which torch.stack is slow.
    for row, x in zip(batch, inputs):
        for axis, size in enumerate(x.shape):
            row = row.narrow(axis, 0, size)
        row.copy_(x)
    return batch


def _flatten(nested: Any, leaf: type) -> list:
    """Flatten nested lists, which a dataset that repeats each sample returns."""
    if isinstance(nested, list | tuple):
        return [item for part in nested for item in _flatten(part, leaf)]
    if not isinstance(nested, leaf):
        raise TypeError(f'Expected {leaf.__name__} or a list of such, got {type(nested).__name__}.')
    return [nested]


@MODELS.register_module()
class ActionDataPreprocessor(BaseDataPreprocessor):
    """Stacks, normalizes and, in training, blends samples, on the device; uint8 until they are there.

    Args:
        mean: mean per channel, in the units of the pixels; None for no normalization.
        std: standard deviation per channel.
        to_rgb: whether to reverse the order of the three channels first (BGR to RGB).
        to_float32: whether to convert integers to float32 without a ``mean``.
        blending: config of a blending of the batch, e.g. ``MixupBlending``.
        format_shape: layout of a sample: ``'NCHW'``, ``'NCTHW'``, ``'NCTHW_Heatmap'`` or ``'MIX2d3d'`` (images
            (B, C, H, W) or, with any other number of dimensions, ``'NCTHW'``). Leading dimensions may be missing. Any
            other layout, such as one of features, is stacked as it is: it has no ``mean``, ``std`` and ``to_rgb``.

    Raises:
        ValueError: ``format_shape`` is unknown and there are channels to normalize or to reverse, or ``mean`` and
            ``std`` do not match.
    """

    mean: Tensor
    std: Tensor
    _precision: Tensor

    def __init__(
        self,
        mean: Sequence[float] | float | None = None,
        std: Sequence[float] | float | None = None,
        to_rgb: bool = False,
        to_float32: bool = True,
        blending: dict | None = None,
        format_shape: str = 'NCHW',
    ) -> None:
        super().__init__()
        if mean is not None or to_rgb:  # only they need to know where the channels are
            pick((*_CHANNEL_DIM, _MIXED), format_shape, 'format_shape')
        self.format_shape = format_shape
        self.to_rgb = to_rgb
        self.to_float32 = to_float32
        self.blending = None if blending is None else MODELS.build(blending)
        # Converted with the model, whose precision the inputs get. Not a part of the state dict.
        self.register_buffer('_precision', torch.empty(0), persistent=False)
        self._statistics: Tensor | None = None
        self._enable_normalize = mean is not None
        if mean is not None and std is not None:
            means = _as_list(mean)
            stds = _as_list(std)
            if len(means) != len(stds):
                raise ValueError(f'mean has {len(means)} values, but std has {len(stds)}; give both for each channel.')
            if 0 in stds:
                raise ValueError(f'std ({stds}) must not be 0.')
            self._statistics = torch.tensor([means, stds], dtype=torch.float32)
            shape = (-1,) + (1,) * (2 if format_shape == 'NCHW' else 3)
            self.register_buffer('mean', self._statistics[0].view(shape), False)
            self.register_buffer('std', self._statistics[1].view(shape), False)
        elif mean is not None or std is not None:
            raise ValueError(f'mean ({mean}) and std ({std}) must both be given, or neither.')

    def forward(self, data: dict | tuple | list, training: bool = False) -> dict | tuple:
        """Prepare a batch, or each of several.

        Args:
            data: ``inputs`` and ``data_samples`` from the collate function, or a tuple or list of such batches.
            training: whether to blend.
        """
        data = self.cast_data(data)
        if isinstance(data, dict):
            return self.forward_onesample(data, training=training)
        if isinstance(data, tuple | list):
            return tuple(self.forward_onesample(part, training=training) for part in data)
        raise TypeError(f'data must be a dict, or a tuple or list of dicts, got {type(data).__name__}.')

    def forward_onesample(self, data: dict, training: bool = False) -> dict:
        """Prepare one batch that is on the device already."""
        if 'inputs' not in data:
            raise ValueError(
                f"The batch has no 'inputs', only {sorted(data)}: end the pipeline with dict(type='PackActionInputs')."
            )
        inputs, data_samples = self.preprocess(data['inputs'], data.get('data_samples'), training)
        return {**data, 'inputs': inputs, 'data_samples': data_samples}

    def preprocess(
        self, inputs: Tensor | list, data_samples: list[ActionDataSample] | None, training: bool = False
    ) -> tuple[Tensor, list[ActionDataSample] | None]:
        """Stack, normalize and blend.

        Args:
            inputs: a batch, or its samples, which may be nested in lists.
            data_samples: the labels of the samples, nested likewise, or None.
            training: whether to blend.
        """
        # A stacked batch is a new tensor, which may be normalized in place.
        is_own = not isinstance(inputs, Tensor)
        if isinstance(inputs, Tensor):
            batch = inputs
        else:
            dtype = torch.float32 if self.to_float32 or self._statistics is not None else None
            batch = stack_inputs(_flatten(inputs, Tensor), dtype)
        if isinstance(data_samples, list | tuple):
            data_samples = _flatten(data_samples, object)

        if self.to_rgb:
            dim = self._channel_dim(batch)
            if batch.shape[dim] != 3:
                raise ValueError(f'to_rgb=True needs 3 channels, got {batch.shape[dim]} in {tuple(batch.shape)}.')
            batch = batch.flip(dim)
        if self._statistics is not None:
            batch = self._normalize(batch, self._statistics, self._channel_dim(batch), is_own or self.to_rgb)
        elif self.to_float32:
            batch = batch.to(self._precision.dtype)

        if training and self.blending is not None:
            batch, data_samples = self.blending(batch, data_samples)
        return batch, data_samples

    def _channel_dim(self, batch: Tensor) -> int:
        if self.format_shape == _MIXED:
            return _CHANNEL_DIM['NCHW' if batch.ndim == 4 else 'NCTHW']
        return _CHANNEL_DIM[self.format_shape]

    def _normalize(self, batch: Tensor, statistics: Tensor, dim: int, writable: bool) -> Tensor:
        """Normalize in float32, and return the precision of the model."""
        if batch.ndim < -dim or batch.shape[dim] != self.mean.numel() != 1:
            raise ValueError(
                f'mean has {self.mean.numel()} values, which does not match a batch of shape {tuple(batch.shape)} with '
                f'format_shape={self.format_shape!r}: its channels should be dimension {dim}.'
            )
        shape = (-1,) + (1,) * (-dim - 1)
        mean = self.mean
        std = self.std
        if mean.dtype != torch.float32:  # a model cast to half precision has rounded its buffers
            mean, std = statistics.to(batch.device)
        mean = mean.view(shape)
        std = std.view(shape)
        if writable or batch.dtype != torch.float32:
            return batch.float().sub_(mean).div_(std).to(self.mean.dtype)
        return ((batch - mean) / std).to(self.mean.dtype)


def _as_list(value: Sequence[float] | float) -> list[float]:
    return [value] if isinstance(value, int | float) else list(value)
