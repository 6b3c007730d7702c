"""The rules of the package's structure, as functions from a source tree to its violations."""

from __future__ import annotations

import ast
from collections.abc import Container

from sources import Import, Module, Tree

# A folder may import from its own floor and from those above it in this table.
FLOORS = (
    {'utils', 'registry', 'version', '_installed', '_lazy', 'mmaction'},
    {'structures', 'recipes'},
    {'video', 'weights', 'annotations'},
    {'datasets', 'models', 'evaluation', 'visualization'},
    {'engine'},
    {'inference', 'compat'},
    {'analysis', 'apis', 'deploy', 'distributed', 'doctor'},
    {'serve', 'study'},
    {'cli', '__main__'},
    {'testing'},
)
FLOOR = {folder: level for level, folders in enumerate(FLOORS) for folder in folders}


def folder_of(name: str) -> str:
    """Top-level folder (or module) of a dotted name: ``mmaction.models.heads`` -> ``models``."""
    parts = name.split('.')
    return parts[1] if len(parts) > 1 else parts[0]


def backward_imports(tree: Tree, historic: Container[str] = ()) -> set[str]:
    """Imports from a higher floor, in functions too, as ``importer -> imported``.

    Historic modules may re-export from any floor: nothing of ours imports them, which a test of its own checks.
    """
    found = set()
    for module, target in tree.arrows():
        if module.name in historic:
            continue
        here, there = folder_of(module.name), folder_of(target)
        unknown = {here, there} - set(FLOOR)
        if unknown:
            raise LookupError(f'{module.name} -> {target}: add {sorted(unknown)} to FLOORS.')
        if FLOOR[there] > FLOOR[here]:
            found.add(f'{module.name} -> {target}')
    return found


def _may_reach(importer: Module, parts: list[str], is_module: list[bool]) -> bool:
    """Whether all underscored parts of a dotted name belong to a folder that holds the importer."""
    own = importer.name.split('.')
    for place, part in enumerate(parts):
        private = part.startswith('_') and not part.endswith('__')
        if not private:
            continue
        owner = parts[:place]
        if is_module[place - 1]:  # a name within a file belongs to the folder of the file
            owner = owner[:-1]
        if own[: len(owner)] != owner:
            return False
    return True


def private_imports(tree: Tree) -> set[str]:
    """Imports of underscored modules or names by a module outside their folder, as ``importer -> imported``."""
    found = set()
    for module in tree.modules.values():
        for item in module.imports:
            if item.module.split('.')[0] != 'mmaction':
                continue
            dotted = _dotted(item)
            parts = dotted.split('.')
            prefixes = ['.'.join(parts[: n + 1]) for n in range(len(parts))]
            is_file = [name in tree.modules and not tree.modules[name].is_package for name in prefixes]
            if not _may_reach(module, parts, is_file):
                found.add(f'{module.name} -> {dotted}')
    return found


def _dotted(item: Import) -> str:
    return f'{item.module}.{item.name}' if item.name and item.name != '*' else item.module


def import_circles(tree: Tree) -> list[set[str]]:
    """Groups of modules that import each other, directly or around a ring (strongly connected, larger than one).

    A package is not counted as imported by the import of its submodule: Python executes it first, but every package
    here imports its own submodules, and that is no circle of ours.
    """
    edges: dict[str, set[str]] = {name: set() for name in tree.modules}
    for module, target in tree.arrows():
        edges[module.name].add(target)
    return [group for group in _strongly_connected(edges) if len(group) > 1]


def _strongly_connected(edges: dict[str, set[str]]) -> list[set[str]]:
    """Strongly connected components (Kosaraju: order by finishing time, then walk the reversed arrows)."""
    order: list[str] = []
    seen: set[str] = set()
    for start in edges:
        stack = [(start, iter(edges[start]))] if start not in seen else []
        seen.add(start)
        while stack:
            node, ahead = stack[-1]
            following = next((name for name in ahead if name not in seen), None)
            if following is None:
                order.append(stack.pop()[0])
            else:
                seen.add(following)
                stack.append((following, iter(edges[following])))

    reverse: dict[str, set[str]] = {name: set() for name in edges}
    for source, targets in edges.items():
        for target in targets:
            reverse[target].add(source)
    groups: list[set[str]] = []
    placed: set[str] = set()
    for start in reversed(order):
        if start in placed:
            continue
        group = {start}
        ahead_of = [start]
        while ahead_of:
            fresh = reverse[ahead_of.pop()] - placed - group
            group |= fresh
            ahead_of += fresh
        placed |= group
        groups.append(group)
    return groups


def folder_circles(tree: Tree, historic: Container[str] = ()) -> set[str]:
    """Pairs of top-level folders that import each other, as ``a <-> b``; historic modules are left out."""
    arrows = {
        (folder_of(module.name), folder_of(target)) for module, target in tree.arrows() if module.name not in historic
    }
    return {f'{a} <-> {b}' for a, b in arrows if a < b and (b, a) in arrows}


def tests_in_production(tree: Tree) -> set[str]:
    """Imports of ``mmaction.testing`` by anything that users run, as ``importer -> imported``."""
    return {
        f'{module.name} -> {tree.target(found)}'
        for module in tree.modules.values()
        for found in module.imports
        if f'{_dotted(found)}.'.startswith('mmaction.testing.') and folder_of(module.name) != 'testing'
    }


def long_files(tree: Tree, limit: int = 400) -> set[str]:
    """Modules of more than ``limit`` lines, as ``module: lines``."""
    lengths = {name: module.text.count('\n') for name, module in tree.modules.items()}
    return {f'{name}: {length} lines' for name, length in lengths.items() if length > limit}


def impure_statements(module: Module) -> list[int]:
    """Lines of a re-export module that do more than a docstring, imports and ``__all__``."""
    lines = []
    for statement in module.tree.body:
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        is_all = isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == '__all__'
        if not (is_docstring or is_all or isinstance(statement, ast.ImportFrom)):
            lines.append(statement.lineno)
    return lines


def importers(tree: Tree, target: str) -> set[str]:
    """Modules that import a module, or a name from it."""
    return {
        module.name
        for module in tree.modules.values()
        for found in module.imports
        if target in (found.module, tree.target(found))
    }
