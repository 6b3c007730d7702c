"""Registries of the package: children of mmengine's, with the scope ``mmaction``.

A registry imports the sub-packages that fill it on first use, so importing this module stays cheap. Registering a name
twice raises; the error for an unknown name suggests similar ones.
"""

from __future__ import annotations

import datetime
import difflib
import warnings
from typing import Any

from mmengine import registry as _root
from mmengine.registry import DefaultScope
from mmengine.registry import Registry as _Registry

from mmaction.utils.mmengine_fixes import fix_utils

fix_utils()

_SCOPE = 'mmaction'


class Registry(_Registry):
    """Registry that fills itself on first use and suggests similar names for a misspelled one."""

    @property
    def module_dict(self) -> dict[str, type]:
        self.import_from_location()
        modules: dict[str, type] = self._module_dict
        return modules

    def __len__(self) -> int:
        return len(self.module_dict)

    def build(self, cfg: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().build(cfg, *args, **kwargs)
        except KeyError as error:
            hint = self._suggest(cfg)
            if hint is None:
                raise
            raise KeyError(hint) from error

    def _suggest(self, cfg: Any) -> str | None:
        """Message for an unregistered type, or None if the error has another cause."""
        name = cfg.get('type') if hasattr(cfg, 'get') else None
        if not isinstance(name, str) or '.' in name or self.get(name) is not None:
            return None
        known = {*self.module_dict, *(self.parent.module_dict if self.parent is not None else ())}
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
        hint = f' Did you mean {" or ".join(close)}?' if close else ''
        return (
            f'{name} is not in the {self.scope}::{self.name} registry.{hint} A class of your own must be imported '
            'before it is built: name its module in custom_imports of the config.'
        )


# Name of the registry -> (its parent in mmengine.registry, packages that fill it).
_TABLE: dict[str, tuple[str | None, tuple[str, ...]]] = {
    'RUNNERS': ('RUNNERS', ('mmaction.engine',)),
    'RUNNER_CONSTRUCTORS': ('RUNNER_CONSTRUCTORS', ('mmaction.engine',)),
    'LOOPS': ('LOOPS', ('mmaction.engine',)),
    'HOOKS': ('HOOKS', ('mmaction.engine',)),
    'LOG_PROCESSORS': ('LOG_PROCESSORS', ('mmaction.engine',)),
    'OPTIMIZERS': ('OPTIMIZERS', ('mmaction.engine',)),
    'OPTIM_WRAPPERS': ('OPTIM_WRAPPERS', ('mmaction.engine',)),
    'OPTIM_WRAPPER_CONSTRUCTORS': ('OPTIM_WRAPPER_CONSTRUCTORS', ('mmaction.engine',)),
    'PARAM_SCHEDULERS': ('PARAM_SCHEDULERS', ('mmaction.engine',)),
    'WEIGHT_INITIALIZERS': ('WEIGHT_INITIALIZERS', ('mmaction.engine',)),
    'DATASETS': ('DATASETS', ('mmaction.datasets',)),
    'DATA_SAMPLERS': ('DATA_SAMPLERS', ('mmaction.datasets',)),
    'TRANSFORMS': ('TRANSFORMS', ('mmaction.datasets.transforms',)),
    'MODELS': ('MODELS', ('mmaction.models',)),
    'MODEL_WRAPPERS': ('MODEL_WRAPPERS', ('mmaction.models',)),
    'TASK_UTILS': ('TASK_UTILS', ('mmaction.models',)),
    'TOKENIZER': (None, ('mmaction.models',)),
    'METRICS': ('METRICS', ('mmaction.evaluation',)),
    'EVALUATOR': ('EVALUATOR', ('mmaction.evaluation',)),
    'VISUALIZERS': ('VISUALIZERS', ('mmaction.visualization',)),
    'VISBACKENDS': ('VISBACKENDS', ('mmaction.visualization',)),
    'INFERENCERS': ('INFERENCERS', ('mmaction.apis.inferencers',)),
    'FUNCTION': ('FUNCTIONS', ('mmaction.datasets',)),
}


def _child(name: str) -> Registry:
    parent, locations = _TABLE[name]
    return Registry(
        name.lower(),
        parent=getattr(_root, parent) if parent else None,
        scope=_SCOPE,
        locations=list(locations),
    )


RUNNERS = _child('RUNNERS')
RUNNER_CONSTRUCTORS = _child('RUNNER_CONSTRUCTORS')
LOOPS = _child('LOOPS')
HOOKS = _child('HOOKS')
LOG_PROCESSORS = _child('LOG_PROCESSORS')
OPTIMIZERS = _child('OPTIMIZERS')
OPTIM_WRAPPERS = _child('OPTIM_WRAPPERS')
OPTIM_WRAPPER_CONSTRUCTORS = _child('OPTIM_WRAPPER_CONSTRUCTORS')
PARAM_SCHEDULERS = _child('PARAM_SCHEDULERS')
WEIGHT_INITIALIZERS = _child('WEIGHT_INITIALIZERS')
DATASETS = _child('DATASETS')
DATA_SAMPLERS = _child('DATA_SAMPLERS')
TRANSFORMS = _child('TRANSFORMS')
MODELS = _child('MODELS')
MODEL_WRAPPERS = _child('MODEL_WRAPPERS')
TASK_UTILS = _child('TASK_UTILS')
TOKENIZER = _child('TOKENIZER')
METRICS = _child('METRICS')
EVALUATOR = _child('EVALUATOR')
VISUALIZERS = _child('VISUALIZERS')
VISBACKENDS = _child('VISBACKENDS')
INFERENCERS = _child('INFERENCERS')
FUNCTION = _child('FUNCTION')


def register_all_modules(init_default_scope: bool = True) -> None:
    """Make every module of the package available to the registries.

    Registries import their modules on first use, so all that is left to do here is to set the default scope.

    Args:
        init_default_scope: look names up in the scope ``mmaction`` first from now on. Pass False to keep another
            package's scope as the default.
    """
    if not init_default_scope:
        return
    current = DefaultScope.get_current_instance()
    if current is None:
        DefaultScope.get_instance(_SCOPE, scope_name=_SCOPE)
    elif current.scope_name != _SCOPE:
        warnings.warn(
            f'The default scope was {current.scope_name!r} and is now {_SCOPE!r}. Call '
            'register_all_modules(init_default_scope=False) to keep it.',
            stacklevel=2,
        )
        DefaultScope.get_instance(f'{_SCOPE}-{datetime.datetime.now().isoformat()}', scope_name=_SCOPE)


__all__ = ['Registry', 'register_all_modules', *_TABLE]
