"""The contract of a runtime that an exported network runs in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

Shape = tuple[int | None, ...]


class Backend(Protocol):
    """A network with one input.

    Attributes:
        path: file of the network.
        input_shape: sizes of the input, the batch first; None for sizes that may vary.
        metadata: what the export wrote into the file; empty for files of others.
    """

    path: str
    input_shape: Shape
    metadata: Mapping[str, str]

    def run(self, inputs: np.ndarray) -> list[np.ndarray]:
        """Outputs of the network for float32 inputs of ``input_shape``."""


def run_in_batches(backend: Backend, inputs: np.ndarray) -> list[np.ndarray]:
    """Run a network whose batch size may be fixed; the last batch is filled with zeros, whose outputs are dropped.

    Args:
        backend: the network.
        inputs: (N, ...), float32.

    Returns:
        Outputs, each with the rows of all N samples.

    Raises:
        ValueError: the samples have another shape than the network takes.
    """
    fixed = backend.input_shape
    fits = len(fixed) == inputs.ndim and all(ours in (None, given) for ours, given in zip(fixed[1:], inputs.shape[1:]))
    if not fits:
        raise ValueError(
            f'{backend.path} takes samples of shape {fixed[1:]}, but the test pipeline makes {inputs.shape[1:]}: '
            'export with --shape as the pipeline makes them, or take the test-time augmentation (ThreeCrop, TenCrop, '
            'several clips) out of the pipeline.'
        )
    size = fixed[0] or len(inputs)
    parts = []
    for start in range(0, len(inputs), size):
        batch = inputs[start : start + size]
        missing = size - len(batch)
        if missing:
            batch = np.concatenate((batch, np.zeros((missing, *batch.shape[1:]), batch.dtype)))
        outputs = backend.run(np.ascontiguousarray(batch, np.float32))
        kept = size - missing
        parts.append([output[: len(output) // size * kept] for output in outputs])
    return [np.concatenate(column) for column in zip(*parts)]
