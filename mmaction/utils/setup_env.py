"""Make the package's modules known to mmengine's registries."""

from __future__ import annotations

import datetime
import warnings

from mmengine.registry import DefaultScope

import mmaction.registry  # noqa: F401  (creates the child registries)

_SCOPE = 'mmaction'


def register_all_modules(init_default_scope: bool = True) -> None:
    """Make every module of the package available to the registries.

    The modules themselves are imported when a registry is first asked for one of them, so this costs next to nothing.

    Args:
        init_default_scope: look names up in the scope ``mmaction`` first from now on. Pass False where another
            package's scope is to stay the default.
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
