"""Inputs of networks on features of videos: checked, stacked or padded, and fields of the data samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmaction.models.base import Samples

Inputs = Tensor | Sequence[Tensor]


def video_name(samples: Samples | None, index: int) -> str:
    """Name of a sample's video for messages; its index if it has none."""
    if samples is not None and index < len(samples):
        for key in ('video_name', 'vid_name'):  # of ActivityNet and of Charades-STA
            name = samples[index].get(key)
            if name is not None:
                return str(name)
    return f'sample {index} of the batch'


def check_finite(values: Tensor, samples: Samples | None, what: str = 'features') -> Tensor:
    """Return the values; raise ValueError with the first video of the batch that has NaN or infinities in them."""
    if torch.compiler.is_compiling():  # a branch on data would break the graph
        return values
    finite = values.isfinite()
    if not finite.all():
        index = int((~finite).flatten(1).any(1).nonzero()[0])
        bad = int((~finite[index]).sum())
        raise ValueError(
            f'{bad} of {finite[index].numel()} values of the {what} of {video_name(samples, index)} are NaN or '
            'infinite; extract them again or leave out the video.'
        )
    return values


def stack_features(inputs: Inputs, samples: Samples | None, shape: tuple[int, int]) -> Tensor:
    """Stack the features of the videos of a batch.

    Args:
        inputs: (N, C, T), or N of (C, T).
        samples: N samples, for messages.
        shape: the C and T of the model.

    Returns:
        (N, C, T), float.

    Raises:
        ValueError: the features have another shape, or values that are not finite.
    """
    for index, features in enumerate(inputs):
        if tuple(features.shape) != shape:
            raise ValueError(
                f'The features of {video_name(samples, index)} are {tuple(features.shape)}, the model takes '
                f'{shape} (channels, steps): change its numbers of channels and steps, or the features.'
            )
    stacked = inputs if isinstance(inputs, Tensor) else torch.stack(list(inputs))
    return check_finite(stacked if stacked.is_floating_point() else stacked.float(), samples)


def pad_features(
    inputs: Inputs, samples: Samples | None, channels: int, like: Tensor, multiple: int = 1
) -> tuple[Tensor, Tensor]:
    """Pad features of several lengths to one batch.

    Args:
        inputs: (C, T) of each video, or (B, C, T).
        samples: B samples, for messages.
        channels: the C of the model.
        like: parameter of the model, whose type and device the batch gets.
        multiple: of which the padded T is one.

    Returns:
        (B, C, T) with zeros as padding, and a mask (B, T), False for padding.

    Raises:
        ValueError: the features have another number of channels, or no step, or values that are not finite.
    """
    for index, x in enumerate(inputs):
        if x.ndim != 2 or x.shape[0] != channels or not x.shape[1]:
            raise ValueError(
                f'Features must be ({channels}, T) with T at least 1, got {tuple(x.shape)} for '
                f'{video_name(samples, index)}. Set in_channels to that of the features.'
            )
        check_finite(x[None], samples[index : index + 1] if samples else None)
    lengths = [x.shape[1] for x in inputs]
    longest = -(-max(lengths) // multiple) * multiple
    batch = torch.stack([F.pad(x.to(like), (0, longest - x.shape[1])) for x in inputs])
    mask = torch.arange(longest, device=like.device) < torch.tensor(lengths, device=like.device)[:, None]
    return batch, mask


def instance_field(samples: Samples, key: str, device: torch.device | None = None) -> list[Tensor]:
    """Collect a field of ``gt_instances`` of all samples on a device.

    Raises:
        ValueError: a sample has no such field.
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
