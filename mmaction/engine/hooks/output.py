"""Outputs of selected modules, collected during a forward pass."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from threading import get_ident
from typing import Any

import numpy as np
from torch import Tensor, nn


def rgetattr(obj: object, attr: str, *args: Any) -> Any:
    """``getattr`` along a dotted name; a third argument is the default at every step."""
    return functools.reduce(lambda found, name: getattr(found, name, *args), attr.split('.'), obj)


class OutputHook:
    """Collect the outputs of submodules, e.g. features of the backbone.

    Use it as a context manager; the outputs are in ``layer_outputs``, by name.

    Args:
        module: the model.
        outputs: dotted names of submodules (``backbone.layer4``), or a single name; None collects nothing.
        as_tensor: keep detached tensors; otherwise convert them to NumPy arrays.

    Raises:
        ValueError: the model has no submodule of that name.
    """

    def __init__(self, module: nn.Module, outputs: str | Sequence[str] | None = None, as_tensor: bool = False) -> None:
        self.outputs = [outputs] if isinstance(outputs, str) else list(outputs or ())
        self.as_tensor = as_tensor
        self.layer_outputs: dict[str, Any] = {}
        self.handles: list[Any] = []
        self._thread = get_ident()  # other threads may run the same model at the same time
        self.register(module)

    def register(self, module: nn.Module) -> None:
        """Hook the modules named at construction."""
        for name in self.outputs:
            try:
                layer = module.get_submodule(name)
            except AttributeError as error:
                children = ', '.join(key for key, _ in module.named_children())
                self.remove()
                raise ValueError(
                    f'The model has no module {name!r}. Its children are {children}; join nested names with dots.'
                ) from error
            self.handles.append(layer.register_forward_hook(functools.partial(self._keep, name)))

    def _keep(self, name: str, _module: nn.Module, _inputs: Any, output: Any) -> None:
        if get_ident() == self._thread:
            self.layer_outputs[name] = self._convert(output)

    def _convert(self, output: Any) -> Any:
        if isinstance(output, list | tuple):
            return [self._convert(item) for item in output]
        if not isinstance(output, Tensor):
            return output
        tensor = output.detach()
        return tensor if self.as_tensor else np.asarray(tensor.float().cpu())

    def remove(self) -> None:
        """Remove the hooks; collected outputs stay."""
        for handle in self.handles:
            handle.remove()
        self.handles.clear()

    def __enter__(self) -> OutputHook:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
