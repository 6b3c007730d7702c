"""ONNX files in onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import torch

from mmaction.deploy.runtime import Shape
from mmaction.utils import require

INSTALL = 'pip install "mmaction-next[onnx]"'


class OnnxBackend:
    """A network in an ONNX file, on the GPU if onnxruntime and torch have one; see :class:`Backend`.

    Args:
        path: the file.
        num_inputs: how many inputs the network takes.
        threads: of the CPU; 0: all cores.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no ONNX file, or a network of another number of inputs.
        ImportError: onnxruntime is not installed.
    """

    def __init__(self, path: str, num_inputs: int = 1, threads: int = 0) -> None:
        if not os.path.isfile(path):
            raise FileNotFoundError(f'There is no ONNX file at {path}.')
        runtime = require('onnxruntime', INSTALL)
        providers = ['CPUExecutionProvider']
        if torch.cuda.is_available() and 'CUDAExecutionProvider' in runtime.get_available_providers():
            providers.insert(0, 'CUDAExecutionProvider')
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = runtime.InferenceSession(path, options, providers=providers)
        except Exception as error:  # onnxruntime raises classes of its own for each kind of broken file
            raise ValueError(f'{path} is not an ONNX file that onnxruntime can run: {error}') from error
        given = self._session.get_inputs()
        initialized = {each.name for each in self._session.get_overridable_initializers()}
        given = [each for each in given if each.name not in initialized]
        if len(given) != num_inputs:
            names = ', '.join(each.name for each in given)
            raise ValueError(f'{path} has {len(given)} inputs ({names}), not {_words(num_inputs)}.')
        self._names = [each.name for each in given]
        self.path = path
        self.input_shape: Shape = tuple(size if isinstance(size, int) else None for size in given[0].shape)
        self.metadata: Mapping[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Run the network on its inputs, in their order."""
        outputs: list[np.ndarray] = self._session.run(None, dict(zip(self._names, inputs, strict=True)))
        return outputs


def _words(count: int) -> str:
    return 'one' if count == 1 else str(count)
