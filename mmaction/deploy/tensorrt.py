"""TensorRT engines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from mmaction.deploy.runtime import Shape
from mmaction.utils import require


class TensorRTBackend:
    """A network in a serialized TensorRT engine (version 8.5 or later), on the current GPU; see :class:`Backend`.

    Args:
        path: the file, as ``trtexec --onnx=FILE --saveEngine=PATH`` writes it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no engine of the installed version and of this GPU, or it has several inputs.
        ImportError: TensorRT is not installed.
    """

    def __init__(self, path: str) -> None:
        trt = require('tensorrt', 'pip install "mmaction-next[tensorrt]"')
        if not os.path.isfile(path):
            raise FileNotFoundError(f'There is no TensorRT engine at {path}.')
        logger = trt.Logger(trt.Logger.WARNING)
        with open(path, 'rb') as file, trt.Runtime(logger) as runtime:
            engine = runtime.deserialize_cuda_engine(file.read())
        if engine is None:
            raise ValueError(
                f'{path} is not an engine of TensorRT {trt.__version__} for this GPU; build it anew with '
                'trtexec --onnx=FILE --saveEngine=PATH.'
            )
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        given = [name for name in names if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT]
        if len(given) != 1:
            raise ValueError(f'{path} has {len(given)} inputs ({", ".join(given)}), not one.')
        self._engine: Any = engine
        self._context: Any = engine.create_execution_context()
        self._input = given[0]
        self._outputs = [name for name in names if name not in given]
        self._types = {name: _torch_type(trt.nptype(engine.get_tensor_dtype(name))) for name in names}
        self.path = path
        sizes = tuple(engine.get_tensor_shape(self._input))
        self.input_shape: Shape = tuple(size if size >= 0 else None for size in sizes)
        self.metadata: Mapping[str, str] = {}  # an engine keeps nothing of the ONNX file's

    def run(self, inputs: np.ndarray) -> list[np.ndarray]:
        """Run the network on the current stream."""
        # torch holds the memory of the GPU, so that no further package is needed for it.
        tensors = {self._input: torch.from_numpy(inputs).to('cuda', self._types[self._input]).contiguous()}
        self._context.set_input_shape(self._input, tuple(inputs.shape))
        for name in self._outputs:
            shape = tuple(self._context.get_tensor_shape(name))
            tensors[name] = torch.empty(shape, dtype=self._types[name], device='cuda')
        for name, tensor in tensors.items():
            self._context.set_tensor_address(name, tensor.data_ptr())
        stream = torch.cuda.current_stream()
        if not self._context.execute_async_v3(stream.cuda_stream):
            raise ValueError(f'{self.path} cannot run on inputs of shape {tuple(inputs.shape)}.')
        stream.synchronize()
        return [tensors[name].float().cpu().numpy() for name in self._outputs]


def _torch_type(kind: Any) -> torch.dtype:
    return torch.from_numpy(np.empty(0, kind)).dtype
