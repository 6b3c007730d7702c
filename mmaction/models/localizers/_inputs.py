"""Inputs of the localizers: checked features, and fields of the data samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mmaction.models.base import Samples

Inputs = Tensor | Sequence[Tensor]


def video_name(samples: Samples | None, index: int) -> str:
    """Name of a sample's video for messages; its number where it has none."""
    sample = samples[index] if samples is not None and index < len(samples) else None
    name = getattr(sample, 'video_name', None) or getattr(sample, 'vid_name', None)
    return f'sample {index} of the batch' if name is None else str(name)


def check_finite(values: Tensor, samples: Samples | None, what: str = 'features') -> Tensor:
    """The values; raises ValueError naming the first video of the batch that has NaN or infinities in them."""
    if torch.compiler.is_compiling():
        return values
    finite = values.isfinite()
    if not finite.all():
        index = int((~finite).flatten(1).any(1).nonzero()[0])
        bad = int((~finite[index]).sum())
        raise ValueError(
            f'{bad} of {finite[index].numel()} values of the {what} of {video_name(samples, index)} are NaN or '
            'infinite; extract them anew or leave the video out.'
        )
    return values


def stack_features(
    inputs: Tensor | Sequence[Tensor], samples: Samples | None, shape: tuple[int, int], remedy: str
) -> Tensor:
    """Features of the videos of a batch as one tensor.

    Args:
        inputs: (N, C, T), or N of (C, T).
        samples: N, for messages.
        shape: C and T as the model has been built for.
        remedy: what to change where they differ.

    Returns:
        (N, C, T), float.

    Raises:
        ValueError: another shape, or values that are not finite.
    """
    for index, features in enumerate(inputs):
        if tuple(features.shape) != shape:
            raise ValueError(
                f'The features of {video_name(samples, index)} are {tuple(features.shape)}, the model takes '
                f'{shape} (channels, steps): {remedy}.'
            )
    stacked = inputs if isinstance(inputs, Tensor) else torch.stack(list(inputs))
    return check_finite(stacked if stacked.is_floating_point() else stacked.float(), samples)


def instance_field(samples: Samples, key: str, device: torch.device | None = None) -> list[Tensor]:
    """A field of ``gt_instances`` of each sample, on a device.

    Raises:
        ValueError: a sample lacks it.
    """
    out = []
    for index, sample in enumerate(samples):
        instances = sample.gt_instances if 'gt_instances' in sample else {}
        if key not in instances:
            raise ValueError(
                f"{video_name(samples, index)} has no {key!r}; add it to the keys of 'PackLocalizationInputs' and "
                'a transform that makes it to the pipeline.'
            )
        out.append(instances[key].to(device))
    return out
