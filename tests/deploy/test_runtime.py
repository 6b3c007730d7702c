"""The contract of runtimes, with a runtime made of NumPy."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch
from torch import nn

from mmaction.deploy import ExportedModel, OnnxBackend, TensorRTBackend, network_of
from mmaction.deploy.runtime import run_in_batches
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


class Sums:
    """Sums each row; two rows of output per sample, as of two views."""

    path = 'sums.onnx'

    def __init__(self, *shape: int | None, **metadata: str) -> None:
        self.input_shape = shape
        self.metadata = metadata
        self.calls: list[int] = []

    def run(self, inputs: np.ndarray) -> list[np.ndarray]:
        self.calls.append(len(inputs))
        total = inputs.sum(axis=1, keepdims=True)
        return [np.repeat(total, 2, axis=0), total]


def test_a_fixed_batch_is_filled_up():
    backend = Sums(4, 3)
    inputs = np.arange(18, dtype=np.float32).reshape(6, 3)
    views, sums = run_in_batches(backend, inputs)
    assert backend.calls == [4, 4]
    assert sums[:, 0].tolist() == [3, 12, 21, 30, 39, 48]
    assert views[:, 0].tolist() == [3, 3, 12, 12, 21, 21, 30, 30, 39, 39, 48, 48]
    free = Sums(None, None)
    assert run_in_batches(free, inputs)[1].tolist() == sums.tolist()
    assert free.calls == [6]


@pytest.mark.parametrize('shape', [(1, 4), (1, 3, 1)])
def test_samples_of_another_shape(shape):
    with pytest.raises(ValueError, match=r'sums.onnx takes samples of shape .* but the test pipeline makes \(3,\)'):
        run_in_batches(Sums(*shape), np.zeros((2, 3), np.float32))


def recognizer(average_clips: str | None) -> nn.Module:
    return MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(type='ResNet', depth=18),
            cls_head=dict(type='TSNHead', num_classes=2, in_channels=512, average_clips=average_clips),
        )
    )


class Scores(Sums):
    """Two views of one sample."""

    def run(self, inputs: np.ndarray) -> list[np.ndarray]:
        return [np.array([[0.9, 0.1], [0.5, 0.5]], np.float32)]


@pytest.mark.parametrize(
    ('kind', 'average_clips', 'expected'),
    [
        ('probabilities', 'prob', [0.7, 0.3]),
        ('probabilities', 'score', [0.7, 0.3]),
        ('logits', 'score', [0.7, 0.3]),
        ('logits', 'prob', [(0.6899745 + 0.5) / 2, (0.3100255 + 0.5) / 2]),
        ('probabilities', None, [[0.9, 0.1], [0.5, 0.5]]),
    ],
)
def test_views_are_averaged_as_the_head_does(kind, average_clips, expected):
    model = ExportedModel(recognizer(average_clips), Scores(1, 3, **{'mmaction.scores': kind}))
    (sample,) = model(torch.zeros(1, 3), [ActionDataSample()])
    assert sample.pred_score.tolist() == pytest.approx(expected, abs=1e-6) if average_clips else True
    assert torch.allclose(sample.pred_score, torch.tensor(expected), atol=1e-6)


def test_what_cannot_run():
    with pytest.raises(ValueError, match=r"mode \('loss'\) must be 'predict': sums.onnx is an exported network"):
        ExportedModel(recognizer('prob'), Sums(1, 3))(torch.zeros(1, 3), mode='loss')
    with pytest.raises(ValueError, match='Linear cannot be exported: it is no recognizer and no localizer'):
        network_of(nn.Linear(1, 1))
    with pytest.raises(FileNotFoundError, match=r'There is no ONNX file at absent\.onnx'):
        OnnxBackend('absent.onnx')


@pytest.mark.skipif(importlib.util.find_spec('tensorrt') is not None, reason='TensorRT is installed')
def test_tensorrt_that_is_not_installed():
    with pytest.raises(ImportError, match=r'tensorrt is needed here .* Install it with: pip install'):
        TensorRTBackend('model.engine')


def test_models_in_the_manner_of_0x():
    class Old(nn.Module):
        def forward_dummy(self, imgs: torch.Tensor, softmax: bool = False) -> tuple[torch.Tensor]:
            return (imgs.softmax(-1) if softmax else imgs + 1,)

    assert network_of(Old())(torch.zeros(1, 2))[0].tolist() == [[1, 1]]
    assert network_of(Old(), softmax=True)(torch.zeros(1, 2))[0].tolist() == [[0.5, 0.5]]
