"""From the samples of a batch to the input of the model, on its device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

_CHANNEL_DIM = {'NCHW': -3, 'NCTHW': -4, 'NCTHW_Heatmap': -4}  # layout -> dimension of the channels
_MIXED = 'MIX2d3d'  # a batch of images or of clips, told apart by its number of dimensions


def stack_inputs(inputs: Sequence[Tensor], dtype: torch.dtype | None = None) -> Tensor:
    """Stack the samples; where sizes differ, pad with zeros at the far ends of all but the first dimension.

    Args:
        inputs: the samples, in any memory layout.
        dtype: type of the batch. Default: that of the samples.

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
    for i, x in enumerate(inputs):  # one pass over frames whose channels are innermost; torch.stack is slow on those
        batch[(i, *map(slice, x.shape))].copy_(x)
    return batch


def _flatten(nested: Any, leaf: type) -> list:
    """The leaves of nested lists, as a dataset that repeats each sample hands over."""
    if isinstance(nested, list | tuple):
        return [item for part in nested for item in _flatten(part, leaf)]
    if not isinstance(nested, leaf):
        raise TypeError(f'Expected {leaf.__name__} or a list of such, got {type(nested).__name__}.')
    return [nested]


@MODELS.register_module()
class ActionDataPreprocessor(BaseDataPreprocessor):
    """Moves uint8 samples to the device, and there stacks, normalises and, in training, blends them.

    Args:
        mean: mean of each channel, in the units of the pixels; None leaves the values as they are.
        std: standard deviation of each channel.
        to_rgb: reverse the order of the three channels first (BGR to RGB).
        to_float32: turn integers into float32 where there is no ``mean``.
        blending: config of a blending of the batch, e.g. ``MixupBlending``.
        format_shape: layout of a sample: ``'NCHW'``, ``'NCTHW'``, ``'NCTHW_Heatmap'`` or ``'MIX2d3d'`` (a batch of
            four dimensions has images (B, C, H, W), any other is as ``'NCTHW'``). Leading dimensions may be missing.

    Raises:
        ValueError: ``format_shape`` is unknown, or ``mean`` and ``std`` do not fit each other.
    """

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
        if format_shape not in (*_CHANNEL_DIM, _MIXED):
            raise ValueError(
                f'format_shape ({format_shape!r}) is not supported. Choose one of {[*_CHANNEL_DIM, _MIXED]}.'
            )
        if (mean is None) != (std is None):
            raise ValueError(f'mean ({mean}) and std ({std}) must both be given, or neither.')
        self.to_rgb = to_rgb
        self.to_float32 = to_float32
        self.format_shape = format_shape
        self.blending = None if blending is None else MODELS.build(blending)
        self._statistics = None
        if mean is not None:
            mean, std = _as_list(mean), _as_list(std)
            if len(mean) != len(std):
                raise ValueError(f'mean has {len(mean)} values and std {len(std)}; give both for each channel.')
            if 0 in std:
                raise ValueError(f'std ({std}) must not be 0.')
            self._statistics = torch.tensor([mean, std], dtype=torch.float32)
            shape = (-1,) + (1,) * (2 if format_shape == 'NCHW' else 3)
            self.register_buffer('mean', self._statistics[0].view(shape), False)
            self.register_buffer('std', self._statistics[1].view(shape), False)

    def forward(self, data: dict | tuple | list, training: bool = False) -> dict | tuple:
        """Prepare a batch, or each of several.

        Args:
            data: ``inputs`` and ``data_samples`` as the collate function leaves them, or a tuple or list of such.
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
        inputs, data_samples = self.preprocess(data['inputs'], data.get('data_samples'), training)
        return {**data, 'inputs': inputs, 'data_samples': data_samples}

    def preprocess(
        self, inputs: Tensor | list, data_samples: list[ActionDataSample] | None, training: bool = False
    ) -> tuple[Tensor, list[ActionDataSample] | None]:
        """Stack, normalise and blend.

        Args:
            inputs: a batch, or the samples of one, which may be nested in lists.
            data_samples: the samples' labels, nested alike; None where there are none.
            training: whether to blend.
        """
        fresh = not isinstance(inputs, Tensor)  # a new tensor, that may be written into
        dtype = torch.float32 if self.to_float32 or self._statistics is not None else None
        batch = stack_inputs(_flatten(inputs, Tensor), dtype) if fresh else inputs
        if isinstance(data_samples, list | tuple):
            data_samples = _flatten(data_samples, object)

        dim = self._channel_dim(batch)
        if self.to_rgb:
            if batch.shape[dim] != 3:
                raise ValueError(f'to_rgb=True needs 3 channels, got {batch.shape[dim]} in {tuple(batch.shape)}.')
            batch = batch.flip(dim)
        if self._statistics is not None:
            batch = self._normalise(batch, dim, fresh or self.to_rgb)
        elif self.to_float32:
            batch = batch.float()

        if training and self.blending is not None:
            batch, data_samples = self.blending(batch, data_samples)
        return batch, data_samples

    def _channel_dim(self, batch: Tensor) -> int:
        if self.format_shape == _MIXED:
            return _CHANNEL_DIM['NCHW' if batch.ndim == 4 else 'NCTHW']
        return _CHANNEL_DIM[self.format_shape]

    def _normalise(self, batch: Tensor, dim: int, writable: bool) -> Tensor:
        """In float32, and handed over in the precision of the model."""
        if batch.ndim < -dim or batch.shape[dim] != self.mean.numel() != 1:
            raise ValueError(
                f'mean has {self.mean.numel()} values, which does not fit a batch of shape {tuple(batch.shape)} with '
                f'format_shape={self.format_shape!r}: its channels should be dimension {dim}.'
            )
        shape = (-1,) + (1,) * (-dim - 1)
        if self.mean.dtype == torch.float32:
            mean, std = self.mean.view(shape), self.std.view(shape)
        else:  # the model was cast to half precision, which would round the statistics
            mean, std = (s.to(batch.device).view(shape) for s in self._statistics)
        if writable or batch.dtype != torch.float32:
            return batch.float().sub_(mean).div_(std).to(self.mean.dtype)
        return ((batch - mean) / std).to(self.mean.dtype)


def _as_list(value: Sequence[float] | float) -> list[float]:
    return [value] if isinstance(value, int | float) else list(value)
