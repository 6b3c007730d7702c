"""What the structure tests read: every module of a source tree with its imports, from the syntax tree alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One imported name: ``from module import name`` or ``import module`` (then ``name`` is empty)."""

    module: str
    name: str
    line: int
    in_function: bool


@dataclass(frozen=True)
class Module:
    """A Python file and its dotted name.

    Attributes:
        name: dotted name, e.g. ``mmaction.models.builder``.
        path: the file.
        is_package: true for an ``__init__.py``.
    """

    name: str
    path: Path
    is_package: bool

    @cached_property
    def text(self) -> str:
        """Source code of the file."""
        return self.path.read_text(encoding='utf-8')

    @cached_property
    def tree(self) -> ast.Module:
        """Syntax tree of the file."""
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> list[Import]:
        """Every import of the file, at any depth, with relative ones resolved."""
        found: list[Import] = []
        self._collect(self.tree, False, found)
        return found

    def _collect(self, node: ast.AST, in_function: bool, found: list[Import]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found += [Import(alias.name, '', child.lineno, in_function) for alias in child.names]
            elif isinstance(child, ast.ImportFrom):
                origin = self._origin(child)
                found += [Import(origin, alias.name, child.lineno, in_function) for alias in child.names]
            else:
                inside = in_function or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                self._collect(child, inside, found)

    def _origin(self, statement: ast.ImportFrom) -> str:
        if not statement.level:
            return statement.module or ''
        parts = self.name.split('.')
        # One dot means the package itself: for an __init__ that is the module, otherwise its parent.
        kept = len(parts) - statement.level + int(self.is_package)
        return '.'.join([*parts[:kept], *filter(None, [statement.module])])


class Tree:
    """All modules of a package, or of loose scripts, below one folder."""

    def __init__(self, root: Path, *folders: str) -> None:
        self.modules: dict[str, Module] = {}
        for folder in folders:
            for path in sorted((root / folder).rglob('*.py')):
                parts = path.relative_to(root).with_suffix('').parts
                if any(part.startswith('.') for part in parts):  # mmaction/.mim holds links to configs and tools
                    continue
                is_package = parts[-1] == '__init__'
                name = '.'.join(parts[:-1] if is_package else parts)
                self.modules[name] = Module(name, path, is_package)

    def target(self, found: Import) -> str:
        """Dotted name of the imported module: ``found.name`` may be a submodule or a name within a module."""
        inner = f'{found.module}.{found.name}'
        return inner if inner in self.modules else found.module

    def arrows(self) -> Iterator[tuple[Module, str]]:
        """Pairs of importer and imported module, both within the tree."""
        for module in self.modules.values():
            for found in module.imports:
                target = self.target(found)
                if target in self.modules and target != module.name:
                    yield module, target
