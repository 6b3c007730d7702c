"""Files fit on a few screens, and every public definition says what it is."""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from importlib import import_module

import rules


def undocumented(tree) -> set[str]:
    """Public modules, classes, functions and methods without a docstring of their own or of the overridden method."""
    found = set()
    for name in tree.modules:
        if any(part.startswith('_') for part in name.split('.')):
            continue
        module = import_module(name)
        if not module.__doc__:
            found.add(name)
        for public, value in vars(module).items():
            if public.startswith('_') or getattr(value, '__module__', None) != name:
                continue
            if inspect.isfunction(value) and not value.__doc__:
                found.add(f'{name}.{public}')
            elif inspect.isclass(value):
                found |= {f'{name}.{public}{member}' for member in _undocumented_members(value)}
    return found


def _undocumented_members(cls: type) -> set[str]:
    found = set()
    # dataclass and NamedTuple generate a docstring from the signature, which starts with the class's name.
    if not cls.__doc__ or cls.__doc__.startswith(f'{cls.__name__}('):
        found.add('')
    for name, value in vars(cls).items():
        function = value.fget if isinstance(value, property) else getattr(value, '__func__', value)
        if name.startswith('_') or not inspect.isfunction(function) or function.__doc__:
            continue
        # Generated methods (NamedTuple) have no source file; an override is documented where it is declared.
        generated = function.__module__ != cls.__module__
        if not generated and not any(hasattr(base, name) for base in cls.__mro__[1:]):
            found.add(f'.{name}')
    return found


def test_files_have_at_most_400_lines(everything):
    assert rules.long_files(everything, 400) == set()


def test_modules_of_tests_have_names_of_their_own(root):
    """pytest imports them by name alone: a second one of a name is an error of collection."""
    counts = Counter(path.name for path in (root / 'tests').rglob('test_*.py'))
    assert [name for name, count in counts.items() if count > 1] == []


def test_planted_long_file_is_found(planted):
    tree = planted(**{'utils.short': '#\n' * 400, 'utils.long': '#\n' * 401})
    assert rules.long_files(tree, 400) == {'mmaction.utils.long: 401 lines'}


def test_public_definitions_have_docstrings(package, unknown):
    assert unknown('docstring', undocumented(package)) == []


def test_planted_definition_without_docstring_is_found(planted, monkeypatch):
    source = (
        'class Base:\n    """Base."""\n    def run(self):\n        """Run."""\n'
        'class Heir(Base):\n    def run(self): ...\n    def stop(self): ...\n    @property\n    def size(self): ...\n'
        'def free(): ...\ndef _private(): ...\n'
    )
    tree = planted(planted_definitions=source)
    module = type(sys)('mmaction.planted_definitions')
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, 'planted', 'exec'), vars(module))
    del tree.modules['mmaction']
    heir = 'mmaction.planted_definitions.Heir'
    assert undocumented(tree) == {
        'mmaction.planted_definitions',
        'mmaction.planted_definitions.free',
        heir,
        f'{heir}.stop',
        f'{heir}.size',
    }
