"""Recorded outputs of models: one format for all files in ``tests/golden``.

A file holds ``origin``, by kind (``upstream``: the published MMAction2 1.2.0; ``own``: this package) what recorded the
numbers and how, and ``goldens``, by name:

* ``origin``: the kind.
* ``setup``: what the test needs to run the model again, such as the shape of the input.
* ``keys``: digest of the checkpoint keys and shapes, or null.
* ``outputs``: by name, a :class:`mmaction.testing.Golden` under the weights of ``mmaction.testing.fill_state_dict``.

With ``MMACTION_RECORD_GOLDENS=1`` (``make golden``) the tests write the numbers of kind ``own`` instead of comparing
them. Those of kind ``upstream`` are never written: nothing here can record them again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import mmaction
from mmaction.testing import Golden, compare_golden, make_golden

FOLDER = Path(__file__).resolve().parent / 'golden'
RECORDING = os.environ.get('MMACTION_RECORD_GOLDENS') == '1'


def keys_digest(source: nn.Module | Iterable[tuple[str, list[int]]]) -> str:
    """Digest of the checkpoint keys and shapes of a module, or of the given pairs."""
    if isinstance(source, nn.Module):
        source = [(key, list(value.shape)) for key, value in source.state_dict().items()]
    return hashlib.sha256(json.dumps(sorted(source)).encode()).hexdigest()[:16]


def flat(output: Any) -> Tensor:
    """All tensors of a nested output as one vector."""
    if isinstance(output, Tensor):
        return output.flatten()
    return torch.cat([flat(part) for part in output])


class GoldenFile:
    """A file of ``tests/golden``.

    Args:
        name: its name without a suffix.
    """

    def __init__(self, name: str) -> None:
        self.path = FOLDER / f'{name}.json'
        self.data = json.loads(self.path.read_text(encoding='utf-8'))

    def names(self, origin: str, output: bool | None = None) -> list[str]:
        """Names of one origin; ``output`` selects those with recorded outputs, or those without."""
        goldens = self.data['goldens']
        chosen = [name for name in goldens if goldens[name]['origin'] == origin]
        if output is None:
            return chosen
        return [name for name in chosen if bool(goldens[name]['outputs']) == output]

    def setup(self, name: str) -> dict[str, Any]:
        """Facts that the test needs to run the model."""
        return self.data['goldens'][name]['setup']

    def keys(self, name: str) -> str:
        """Recorded digest of the checkpoint keys and shapes."""
        return self.data['goldens'][name]['keys']

    def check_keys(self, name: str, source: nn.Module | Iterable[tuple[str, list[int]]]) -> None:
        """Compare (or record) the digest of the checkpoint keys and shapes."""
        digest = keys_digest(source)
        if self._records(name):
            self.data['goldens'][name]['keys'] = digest
            self._write()
        assert digest == self.keys(name), name

    def check(self, name: str, output: Any, part: str = 'output', **tolerance: float) -> None:
        """Compare (or record) an output; recorded vectors are compared with the flattened output."""
        if not isinstance(output, Tensor):
            output = flat(output)
        outputs = self.data['goldens'][name]['outputs']
        if self._records(name):
            outputs[part] = make_golden(output).to_json()
            self._write()
        golden = Golden.from_json(outputs[part])
        if len(golden.shape) == 1:
            output = output.flatten()
        compare_golden(output, golden, **tolerance)

    def _records(self, name: str) -> bool:
        return RECORDING and self.data['goldens'][name]['origin'] == 'own'

    def _write(self) -> None:
        self.data['origin']['own'] = {
            'recorded_from': f'mmaction {mmaction.__version__}',
            'torch': torch.__version__,
            'command': 'make golden',
        }
        write_goldens(self.path, self.data)


def write_goldens(path: Path, data: dict[str, Any]) -> None:
    """Write a golden file with one line per golden, so that a change shows which numbers moved."""
    rows = [f'{json.dumps(name)}: {json.dumps(golden)}' for name, golden in data['goldens'].items()]
    origin = json.dumps(data['origin'], indent=1)
    path.write_text(f'{{"origin": {origin},\n"goldens": {{\n' + ',\n'.join(rows) + '\n}}\n', encoding='utf-8')
