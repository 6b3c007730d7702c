"""Quantization of ONNX files to 8-bit integers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.model import BaseModel
from torch import Tensor

from mmaction.deploy.onnx import INSTALL, OnnxBackend
from mmaction.inference.pipeline import pipeline_of
from mmaction.utils import require
from mmaction.utils.files import complete_or_absent
from mmaction.video import VideoInput


@dataclass(frozen=True)
class QuantizationReport:
    """Scores of a quantized file beside those of the file it was made from, on the inputs of the calibration.

    Attributes:
        difference: largest difference of a score.
        scores: smallest and largest score of the file in float32.
        same_best: rows with the same best class.
        rows: rows of scores.
        size_bytes: of the file before and after.
    """

    difference: float
    scores: tuple[float, float]
    same_best: int
    rows: int
    size_bytes: tuple[int, int]


def calibration_inputs(
    model: BaseModel, videos: Iterable[VideoInput], shape: Sequence[int], most: int = 4
) -> Iterator[np.ndarray]:
    """What an exported network is given for videos: the test pipeline of the model, then its data preprocessor.

    Args:
        model: a recognizer with a config (``model.cfg``).
        videos: files, folders of frames or arrays.
        shape: of the inputs of the exported network: batch, frames or clips, ...
        most: inputs per video.

    Yields:
        float32, of ``shape``; the samples of a batch are equal.

    Raises:
        ValueError: the pipeline makes samples of another shape.
    """
    pipeline = pipeline_of(model)
    for video in videos:
        inputs = model.data_preprocessor(pseudo_collate([pipeline(video)]), False)['inputs']
        if not isinstance(inputs, Tensor) or inputs.shape[2:] != torch.Size(shape[2:]) or inputs.shape[1] % shape[1]:
            found = tuple(inputs.shape[1:]) if isinstance(inputs, Tensor) else f'{len(inputs)} inputs'
            raise ValueError(
                f'The test pipeline makes samples of {found}, which cannot be split into {tuple(shape[1:])}: export '
                'with --shape as the pipeline makes them.'
            )
        for views in inputs.float().reshape(-1, *shape[1:])[:most]:
            yield views.expand(*shape).numpy()


def quantize_onnx(path: str, output: str, inputs: Iterable[np.ndarray]) -> QuantizationReport:
    """Compute convolutions and products of an ONNX file in 8-bit integers (post-training static quantization).

    Weights are quantized per channel, activations to the ranges that they have on ``inputs``. Metadata stay.

    Args:
        path: a file that :func:`~mmaction.deploy.export_onnx` wrote.
        output: the file to write.
        inputs: to calibrate on and to compare both files with: tens, of videos like those it will see.

    Raises:
        ValueError: there are no inputs.
        ImportError: onnx or onnxruntime is not installed.
    """
    onnx = require('onnx', INSTALL)
    require('onnxruntime', INSTALL)
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    samples = [np.ascontiguousarray(each, np.float32) for each in inputs]
    if not samples:
        raise ValueError(f'There are no inputs to calibrate {output} on.')
    network = OnnxBackend(path)
    name = onnx.load(path, load_external_data=False).graph.input[0].name
    with tempfile.TemporaryDirectory() as folder, complete_or_absent(output) as unfinished:
        prepared = os.path.join(folder, 'prepared.onnx')
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            unfinished,
            _Reader(name, samples),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        quantized = onnx.load(unfinished)
        del quantized.metadata_props[:]
        onnx.helper.set_model_props(quantized, dict(network.metadata))
        onnx.save(quantized, unfinished)
    return _compare(network, OnnxBackend(output), samples)


class _Reader:
    """Inputs one by one, as onnxruntime asks for them."""

    def __init__(self, name: str, samples: Sequence[np.ndarray]) -> None:
        self._feeds = iter([{name: sample} for sample in samples])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next inputs; None at the end."""
        return next(self._feeds, None)


def _compare(exact: OnnxBackend, quantized: OnnxBackend, samples: Sequence[np.ndarray]) -> QuantizationReport:
    expected = np.concatenate([exact.run(sample)[0] for sample in samples])
    found = np.concatenate([quantized.run(sample)[0] for sample in samples])
    return QuantizationReport(
        difference=float(np.abs(found - expected).max()),
        scores=(float(expected.min()), float(expected.max())),
        same_best=int((found.argmax(1) == expected.argmax(1)).sum()),
        rows=len(found),
        size_bytes=(_size(exact.path), _size(quantized.path)),
    )


def _size(path: str) -> int:
    """Bytes of a file and of its weights, which the exporter may leave beside it."""
    return sum(os.path.getsize(each) for each in (path, f'{path}.data') if os.path.isfile(each))
