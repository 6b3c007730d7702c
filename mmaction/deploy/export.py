"""Export to ONNX."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.model import revert_sync_batchnorm
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from mmaction.deploy.evaluate import PROBABILITIES, SCORES
from mmaction.deploy.network import network_of
from mmaction.deploy.onnx import INSTALL, OnnxBackend
from mmaction.utils import require


@dataclass(frozen=True)
class ExportReport:
    """A written ONNX file.

    Attributes:
        path: the file.
        opset: version of its operators.
        text: its graph as text.
        inputs: what it was exported with, one or several.
        outputs: of torch for these inputs.
    """

    path: str
    opset: int
    text: str
    inputs: Tensor | tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


def export_onnx(
    model: nn.Module,
    path: str,
    shape: Sequence[int],
    *,
    opset: int = 11,
    softmax: bool = False,
    dynamic_batch: bool = False,
) -> ExportReport:
    """Write the network of a model as an ONNX file.

    The file takes what the data preprocessor returns, normalized float32, and returns what :func:`network_of`
    describes.

    Args:
        model: a recognizer or localizer; set to evaluation mode.
        path: the file to write.
        shape: of the inputs. Recognizer2D: (batch, frames, channels, height, width); Recognizer3D: (batch, clips,
            channels, frames, height, width); a localizer: (batch, channels, steps).
        opset: version of the operators. torch's exporter has those of 18 and later, and converts them to lower
            versions where it can; the report has the version of the file.
        softmax: whether a recognizer returns probabilities.
        dynamic_batch: whether the batch size may vary.

    Raises:
        ValueError: the inputs do not fit the model, or the model cannot be exported.
        ImportError: onnx or onnxscript is not installed.
    """
    # A network with SyncBatchNorm needs the same operators as one without.
    network = network_of(revert_sync_batchnorm(model.cpu().eval()), softmax)
    inputs = torch.randn(tuple(shape))
    metadata = {SCORES: PROBABILITIES if softmax else 'logits'}
    return write_onnx(network, path, inputs, opset=opset, dynamic=(0,) if dynamic_batch else (), metadata=metadata)


def write_onnx(
    network: nn.Module,
    path: str,
    inputs: Tensor,
    *,
    opset: int = 18,
    dynamic: Sequence[int] = (),
    input_name: str = 'inputs',
    output_names: Sequence[str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> ExportReport:
    """Write a network of one input as an ONNX file, see :func:`export_onnx`.

    Args:
        network: on the CPU; set to evaluation mode.
        path: the file to write.
        inputs: an example.
        opset: version of the operators.
        dynamic: dimensions of the inputs that may vary. All but that of the batch are fixed where the network needs it.
        input_name: name of the input.
        output_names: names of the outputs. Default: torch's.
        metadata: noted in the file.

    Raises:
        ValueError: the inputs do not fit the network, or it cannot be exported.
        ImportError: onnx or onnxscript is not installed.
    """
    require('onnx', INSTALL)
    require('onnxscript', INSTALL)
    network.eval()
    sizes = {}
    for number in dynamic:
        sizes[number] = torch.export.Dim('batch') if number == 0 else torch.export.Dim.AUTO
    if 0 in sizes and len(inputs) == 1:  # torch takes a size of 1 for a constant
        inputs = inputs.expand(2, *inputs.shape[1:]).contiguous()
    outputs = _run(network, inputs)
    program = convert(network, (inputs,), (sizes,) if sizes else None, [input_name], output_names, opset)
    program.model.metadata_props.update(metadata or {})
    program.save(path)
    return ExportReport(path, program.model.opset_imports[''], str(program.model), inputs, outputs)


def convert(
    network: nn.Module,
    inputs: tuple[Tensor, ...],
    dynamic_shapes: tuple[Mapping[int, Any], ...] | None,
    input_names: Sequence[str],
    output_names: Sequence[str] | None,
    opset: int,
) -> torch.onnx.ONNXProgram:
    """Convert a network; the arguments are those of ``torch.onnx.export``.

    Raises:
        ValueError: the network cannot be exported.
    """
    # The fused attention kernels of the CPU return other strides than the operators that they are exported as, and a
    # view that torch recorded of the one fails on the other.
    with _quiet(), sdpa_kernel(SDPBackend.MATH):
        try:
            program = torch.onnx.export(
                network,
                inputs,
                dynamo=True,
                opset_version=opset,
                dynamic_shapes=dynamic_shapes,
                input_names=input_names,
                output_names=output_names,
                verbose=False,
            )
        except Exception as error:  # the exporter wraps whatever the operators of the model raise
            name = type(getattr(network, 'model', network)).__name__
            raise ValueError(f'{name} cannot be exported: {_reason(error)}') from error
    assert program is not None
    return program


def _reason(error: BaseException) -> str:
    """Name the error that others wrap, without the exporter's advice on its own bugs."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f'{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}'


@torch.no_grad()
def _run(network: nn.Module, inputs: Tensor) -> tuple[Tensor, ...]:
    try:
        outputs = network(inputs)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f'Inputs of shape {tuple(inputs.shape)} do not fit the model: {error}') from error
    return tuple(outputs) if isinstance(outputs, tuple | list) else (outputs,)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the exporter logs about packages that are not installed and about its own steps."""
    loggers = [logging.getLogger(name) for name in ('torch.onnx', 'onnxscript', 'onnx_ir')]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)


def verify_onnx(report: ExportReport, rtol: float = 1e-3, atol: float = 1e-5) -> float:
    """Compare an exported file in onnxruntime with torch.

    Args:
        report: of the export.
        rtol: relative tolerance.
        atol: absolute tolerance.

    Returns:
        The largest absolute difference of the outputs.

    Raises:
        ValueError: the outputs differ by more than the tolerances, or the file is malformed.
        ImportError: onnx or onnxruntime is not installed.
    """
    onnx = require('onnx', INSTALL)
    try:
        onnx.checker.check_model(report.path)
    except onnx.checker.ValidationError as error:
        raise ValueError(f'{report.path} is malformed: {error}') from error
    inputs = (report.inputs,) if isinstance(report.inputs, Tensor) else report.inputs
    outputs = OnnxBackend(report.path, len(inputs)).run(*(each.numpy() for each in inputs))
    largest = 0.0
    for ours, theirs in zip(report.outputs, outputs):
        difference = np.abs(ours.numpy() - theirs).max(initial=0)
        largest = max(largest, float(difference))
        if not np.allclose(theirs, ours.numpy(), rtol=rtol, atol=atol):
            raise ValueError(
                f'The outputs are different between Pytorch and ONNX: by up to {difference:.3g}. Report it with the '
                'config; the file should not be used.'
            )
    return largest
