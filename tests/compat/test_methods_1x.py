"""Methods of MMAction2 1.2.0's classes: each is here for subclasses to call, or an override of it is reported.

Source: the methods that its public classes define, ``golden/methods_1x.txt``: module, class, methods with the names of
their positional arguments (``=``: optional), properties alone. What overridden ones do is tested beside the classes:
``datasets/transforms/test_hooks.py``, ``models/test_called_hooks.py``.
"""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from inspect import Parameter

import pytest

# Properties of the class there, entries of the sample here.
ENTRIES = {'ActionDataSample': {'features', 'gt_instances', 'proposals'}}
# Calls that differ: stages are built by a function, and a config of the initialization had no effect.
OTHER_ARGUMENTS = ['OmniResNet._make_layer', 'SubBatchNorm3D.init_weights']


@pytest.fixture(scope='module')
def recorded(golden_dir) -> list[tuple[type, dict[str, list[str] | None]]]:
    """Classes, and the arguments of their methods by name; None for a property."""
    classes = []
    for line in (golden_dir / 'methods_1x.txt').read_text(encoding='utf-8').splitlines():
        module, name, *methods = line.split()
        arguments = {}
        for method in methods:
            called, given = re.fullmatch(r'(\w+)(?:\((.*)\))?', method).groups()
            if called not in ENTRIES.get(name, ()):
                arguments[called] = None if given is None else [one for one in given.split(',') if one]
        classes.append((getattr(import_module(module), name), arguments))
    return classes


def reported(cls: type) -> dict[str, type]:
    """Methods whose overrides are reported, and the class that does without each."""
    return {name: base for base in cls.__mro__ for name in vars(base).get('unused_hooks', ())}


def test_methods_are_there_or_their_overrides_are_reported(recorded) -> None:
    unused = {}
    gone = []
    for cls, methods in recorded:
        bases = reported(cls)
        unused.update({(cls, name): bases[name] for name in methods if name in bases})
        gone += [f'{cls.__name__}.{name}' for name in methods if name not in bases and not hasattr(cls, name)]
    assert gone == []
    assert (len(recorded), sum(len(methods) for _, methods in recorded)) == (176, 440)
    for (cls, name), base in unused.items():
        with pytest.warns(UserWarning, match=f'^Mine.{name} is never called: {base.__name__} does without it'):
            type('Mine', (cls,), {name: None})


def accepts(method: object, positional: list[str], bound: bool) -> bool:
    """True if a method can be called with these arguments by place, with or without the optional ones (``=``)."""
    ours = list(inspect.signature(method).parameters.values())[bound:]
    if any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in ours):
        return True
    ours = [parameter for parameter in ours if parameter.kind < Parameter.VAR_POSITIONAL]
    needed = sum(parameter.default is Parameter.empty for parameter in ours)
    given = sum(not name.endswith('=') for name in positional)
    return needed <= given and len(positional) <= len(ours)


def test_methods_take_the_positional_arguments_of_mmaction2(recorded) -> None:
    differing = []
    for cls, methods in recorded:
        for name, positional in methods.items():
            if positional is None or name in reported(cls):
                continue
            static = isinstance(inspect.getattr_static(cls, name), staticmethod)
            if not accepts(getattr(cls, name), positional, bound=not static):
                differing.append(f'{cls.__name__}.{name}')
    assert differing == OTHER_ARGUMENTS
