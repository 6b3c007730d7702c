"""Options of a prediction: arguments of ``predict``, so that running a model never changes it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from mmaction.utils.check import pick

AverageClips = Literal['prob', 'score'] | None
PerCall = AverageClips | Literal['default']  # an argument of one call: 'default' stands for the head's own setting
ViewLimit = int | None | Literal['default']
AVERAGE_CLIPS: tuple[AverageClips, ...] = ('prob', 'score', None)


@dataclass(frozen=True)
class PredictOptions:
    """Options of one prediction. Threads may use one model with different options at the same time.

    ``'default'`` stands for the model's own setting; None is a value of its own in both fields.

    Attributes:
        average_clips: ``'prob'`` averages the probabilities of the views of a sample, ``'score'`` their scores, None
            keeps the views apart. Default: ``average_clips`` of the head.
        views_at_once: upper limit of the views in one pass through the backbone; None for no limit. It bounds the
            memory and leaves the scores alone. Default: ``max_testing_views`` in ``test_cfg``.

    Raises:
        ValueError: a value is out of range.
    """

    average_clips: PerCall = 'default'
    views_at_once: ViewLimit = 'default'

    def __post_init__(self) -> None:
        if self.average_clips != 'default':
            check_average_clips(self.average_clips)
        if self.views_at_once != 'default':
            check_view_limit('views_at_once', self.views_at_once)


def check_average_clips(value: Any) -> None:
    """Raise ValueError unless ``value`` is one of the ways to average the views."""
    pick(AVERAGE_CLIPS, value, 'average_clips')


def check_view_limit(name: str, value: Any) -> int | None:
    """``value``; raises ValueError unless it is a positive integer or None, for no limit."""
    if value is not None and (not isinstance(value, int) or value < 1):
        raise ValueError(f'{name} ({value!r}) must be an integer of at least 1, or None for no limit.')
    return value


def takes(method: Callable, name: str) -> bool:
    """Tell whether a method declares the parameter ``name``.

    ``**kwargs`` does not count: an override in the manner of MMAction2 1.x (``predict(self, inputs, data_samples,
    **kwargs)``) would swallow the option without a word, or hand it to a ``forward`` that does not know it.
    """
    return name in _parameters(getattr(method, '__func__', method))


@lru_cache(maxsize=512)
def _parameters(function: Callable) -> frozenset[str]:
    kinds = inspect.signature(function).parameters
    return frozenset(n for n, p in kinds.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL))


def option(method: Callable, name: str, value: Any) -> dict[str, Any]:
    """The keyword of an option for a method, empty for a default.

    Defaults are not passed on at all, so that overrides which know nothing of options keep working.

    Raises:
        ValueError: the option is not the default and the method does not take it.
    """
    if value == 'default' or value == PredictOptions():
        return {}
    if takes(method, name):
        return {name: value}
    raise ValueError(
        f'{getattr(method, "__qualname__", method)} takes no {name}, which is to be {value!r}. Add the keyword '
        f'{name} to it, or leave the option at its default.'
    )
