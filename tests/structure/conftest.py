"""The source trees that the structure tests read, and the violations that are not yet fixed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from sources import Tree

ROOT = Path(__file__).resolve().parents[2]
KNOWN = Path(__file__).parent / 'known_violations.txt'
HISTORIC = Path(__file__).parent / 'historic_paths.txt'


def read_known() -> dict[str, set[str]]:
    """Violations per rule that may still exist; lines are ``rule: violation``."""
    known: dict[str, set[str]] = defaultdict(set)
    for line in KNOWN.read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#'):
            rule, violation = line.split(': ', 1)
            known[rule].add(violation)
    return known


@pytest.fixture(scope='session')
def historic() -> set[str]:
    """Former module paths, which only re-export."""
    lines = (Path(__file__).parent / 'historic_paths.txt').read_text(encoding='utf-8').splitlines()
    return {line.split()[0] for line in lines if line}


@pytest.fixture(scope='session')
def package() -> Tree:
    """The package ``mmaction`` without its historic paths, which lead anywhere and are imported by users alone."""
    tree = Tree(ROOT, 'mmaction')
    for line in HISTORIC.read_text(encoding='utf-8').splitlines():
        tree.modules.pop(line.split()[0], None)
    return tree


@pytest.fixture(scope='session')
def everything() -> Tree:
    """The package and the scripts beside it."""
    return Tree(ROOT, 'mmaction', 'tools', 'demo', 'benchmarks')


@pytest.fixture(scope='session')
def unknown() -> Callable[[str, set[str]], list[str]]:
    """Violations of a rule that are not listed. A listed one may vanish: then its line can go."""
    known = read_known()

    def check(rule: str, found: set[str]) -> list[str]:
        return sorted(found - known[rule])

    return check


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., Tree]:
    """A package ``mmaction`` made of the given files: dotted names without ``mmaction.``, and their source."""

    def build(**files: str) -> Tree:
        for name, text in {'__init__': '', **files}.items():
            path = tmp_path / 'mmaction' / f'{name.replace(".", "/")}.py'
            for folder in reversed(path.relative_to(tmp_path).parents[:-1]):
                (tmp_path / folder).mkdir(exist_ok=True)
                (tmp_path / folder / '__init__.py').touch()
            path.write_text(text, encoding='utf-8')
        return Tree(tmp_path, 'mmaction')

    return build
