"""Add today's public names to ``tests/golden/public_names.json``; recorded names are never dropped."""

from __future__ import annotations

import inspect
import json
import pkgutil
from importlib import import_module
from pathlib import Path
from types import ModuleType

import mmaction

FILE = Path(__file__).resolve().parents[1] / 'golden' / 'public_names.json'


def public_names(module: ModuleType) -> set[str]:
    """``__all__``, or the names without an underscore that the module defines itself."""
    if hasattr(module, '__all__'):
        return {name for name in module.__all__ if not name.startswith('_')}
    names = set()
    for name, value in vars(module).items():
        defined_here = getattr(value, '__module__', module.__name__) == module.__name__
        if not name.startswith('_') and not inspect.ismodule(value) and name != 'annotations' and defined_here:
            names.add(name)
    return names


def main() -> None:
    """Merge the names into the file, one line per module."""
    recorded = json.loads(FILE.read_text(encoding='utf-8'))
    for info in pkgutil.walk_packages(mmaction.__path__, 'mmaction.'):
        if not any(part.startswith('_') for part in info.name.split('.')):
            names = public_names(import_module(info.name))
            recorded[info.name] = sorted(names.union(recorded.get(info.name, ())))
    lines = [f'{json.dumps(name)}: {json.dumps(recorded[name])}' for name in sorted(recorded)]
    FILE.write_text('{\n' + ',\n'.join(lines) + '\n}\n', encoding='utf-8')


if __name__ == '__main__':
    main()
