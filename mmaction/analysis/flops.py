"""Multiply-additions and parameters of a model, module by module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mmaction.analysis.examples import example_inputs as example_inputs
from mmaction.deploy import network_of
from mmaction.models import RecognizerOmni
from mmaction.models.detectors import FastRCNN
from mmaction.registry import MODELS


@dataclass(frozen=True)
class ModuleCount:
    """Counts of one module with all that it holds.

    Attributes:
        name: dotted, as in ``named_modules``; empty for the model.
        macs: multiply-additions of matrix products, convolutions and attention.
        parameters: number of parameters.
    """

    name: str
    macs: int
    parameters: int


@dataclass(frozen=True)
class OperationCounts:
    """Counts of a model and its modules.

    Attributes:
        modules: in the order of ``named_modules``; the first is the model itself.
        inputs: shape of the inputs, or of each by its name.
    """

    modules: list[ModuleCount]
    inputs: str

    @property
    def macs(self) -> int:
        """Multiply-additions of the model."""
        return self.modules[0].macs

    @property
    def parameters(self) -> int:
        """Parameters of the model."""
        return self.modules[0].parameters

    def table(self, depth: int = 3) -> str:
        """One line per module down to a depth; modules without parameters and operations are left out."""
        rows = []
        for module in self.modules:
            level = module.name.count('.') + 1 if module.name else 0
            if level <= depth and (module.macs or module.parameters):
                name = module.name.rpartition('.')[2] or 'model'
                fraction = module.macs / max(self.macs, 1)
                rows.append((f'{"  " * level}{name}', module.macs, fraction, module.parameters))
        width = max(len(row[0]) for row in rows)
        lines = [f'{"module":{width}}   multiply-adds       %    parameters']
        for name, macs, fraction, parameters in rows:
            lines.append(f'{name:{width}}  {short(macs):>14}  {100 * fraction:6.1f}  {short(parameters):>12}')
        return '\n'.join(lines)


def short(count: int) -> str:
    """A count with its unit, such as ``4.11 G``."""
    for limit, unit in ((1e12, 'T'), (1e9, 'G'), (1e6, 'M'), (1e3, 'K')):
        if count >= limit:
            return f'{count / limit:.2f} {unit}'
    return str(count)


class _TensorNetwork(nn.Module):
    """Outputs of the network of a model that is not exported."""

    def __init__(self, model: FastRCNN | RecognizerOmni, **options: Any) -> None:
        super().__init__()
        self.model = model
        self.options = options

    def forward(self, inputs: Tensor, data_samples: Any = None) -> Any:
        return self.model.tensor(inputs, data_samples, **self.options)


def _network(model: nn.Module) -> nn.Module:
    if isinstance(model, FastRCNN):
        return _TensorNetwork(model)
    if isinstance(model, RecognizerOmni):
        return _TensorNetwork(model, stage='head')
    return network_of(model)


def count_operations(cfg: Mapping[str, Any], shape: Sequence[int] = ()) -> OperationCounts:
    """Count the operations of one pass through the model of a config, in evaluation mode.

    The pass computes nothing (it runs on torch's meta device) where the model can be run without values.

    Args:
        cfg: config of a recognizer, a localizer or a detector.
        shape: of the inputs, see :func:`example_inputs`.

    Raises:
        ValueError: the inputs do not fit the model, or it is of another kind.
    """
    try:
        return _count(cfg, shape, 'meta')
    except (RuntimeError, ValueError, TypeError, NotImplementedError):
        return _count(cfg, shape, 'cpu')


def _count(cfg: Mapping[str, Any], shape: Sequence[int], device: str) -> OperationCounts:
    with torch.device(device):
        model = MODELS.build(cfg['model'])
    example = example_inputs(model, cfg, shape)
    network = _network(model)
    try:
        counted = _run(network.eval(), _moved(example, device))
    except (RuntimeError, ValueError, TypeError) as error:
        raise ValueError(f'Inputs of shape {_shapes(example)} do not fit {type(model).__name__}: {error}') from error
    below = f'{type(network).__name__}.model'
    modules = []
    for name, module in model.named_modules():
        flops = sum(counted.get(f'{below}.{name}', {}).values())
        parameters = sum(parameter.numel() for parameter in module.parameters())
        modules.append(ModuleCount(name, flops // 2, parameters))
    # The pass enters the model by a method of its own and not by its forward, so that only its parts are called.
    modules[0] = ModuleCount('', sum(counted['Global'].values()) // 2, modules[0].parameters)
    return OperationCounts(modules, _shapes(example))


def _moved(example: Mapping[str, Any], device: str) -> dict[str, Any]:
    inputs = example['inputs']
    if isinstance(inputs, Mapping):
        moved: dict[str, Any] = {'inputs': {name: part.to(device) for name, part in inputs.items()}}
    else:
        moved = {'inputs': inputs.to(device)}
    if 'data_samples' in example:
        moved['data_samples'] = [sample.to(device) for sample in example['data_samples']]
    return moved


def _shapes(example: Mapping[str, Any]) -> str:
    inputs = example['inputs']
    if isinstance(inputs, Mapping):
        return ', '.join(f'{name} {tuple(value.shape)}' for name, value in inputs.items())
    return str(tuple(inputs.shape))


@torch.no_grad()
def _run(network: nn.Module, example: Mapping[str, Any]) -> dict[str, dict[Any, int]]:
    counter = FlopCounterMode(display=False)
    # Fused attention has operators of its own on each device, which the counter does not know.
    with sdpa_kernel(SDPBackend.MATH), counter:
        network(**example)
    return counter.get_flop_counts()
