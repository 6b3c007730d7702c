"""Methods of MMAction2 1.2.0's classes: each is here for subclasses to call, or an override of it is reported.

Source: the methods that its public classes define, ``golden/methods_1x.txt``: module, class, methods. What overridden
ones do is tested beside the classes: ``datasets/transforms/test_hooks.py``, ``models/test_called_hooks.py``.
"""

from __future__ import annotations

from importlib import import_module

import pytest

# Properties of the class there, entries of the sample here.
ACCEPTED = {'ActionDataSample': {'features', 'gt_instances', 'proposals'}}


@pytest.fixture(scope='module')
def recorded(golden_dir) -> list[tuple[type, set[str]]]:
    classes = []
    for line in (golden_dir / 'methods_1x.txt').read_text(encoding='utf-8').splitlines():
        module, name, *methods = line.split()
        classes.append((getattr(import_module(module), name), {*methods} - ACCEPTED.get(name, set())))
    return classes


def test_methods_are_there_or_their_overrides_are_reported(recorded) -> None:
    unused = {}
    gone = []
    for cls, methods in recorded:
        reported = {name: base for base in cls.__mro__ for name in vars(base).get('unused_hooks', ())}
        unused.update({(cls, name): reported[name] for name in methods & {*reported}})
        gone += [f'{cls.__name__}.{name}' for name in methods - {*reported} if not hasattr(cls, name)]
    assert gone == []
    assert (len(recorded), sum(len(methods) for _, methods in recorded)) == (176, 440)
    for (cls, name), base in unused.items():
        with pytest.warns(UserWarning, match=f'^Mine.{name} is never called: {base.__name__} does without it'):
            type('Mine', (cls,), {name: None})
