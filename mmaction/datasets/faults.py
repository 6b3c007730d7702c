"""Explanation of a failed step of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from traceback import walk_tb

from mmaction.datasets.transforms.contract import flatten, step_name
from mmaction.utils.check import shorten


def explain_missing_entry(error: KeyError, steps: Iterable[Callable]) -> str | None:
    """Text for a KeyError that a step raised because the sample lacks an entry; None for any other.

    Args:
        error: the error, with its traceback.
        steps: the steps of the pipeline.
    """
    key = error.args[0] if len(error.args) == 1 else None
    numbered = {id(step): number for number, step in enumerate(flatten(steps), 1)}
    for frame, _ in walk_tb(error.__traceback__):
        step = frame.f_locals.get('self')
        if step is None or id(step) not in numbered or frame.f_code.co_argcount < 2:
            continue
        results = frame.f_locals.get(frame.f_code.co_varnames[1])
        if not isinstance(results, dict) or not isinstance(key, str) or key in results:
            continue
        text = (
            f'{step_name(step)}, step {numbered[id(step)]} of the pipeline, reads {key!r}; the sample only has '
            f'{shorten(sorted(map(str, results)), 12)}. '
        )
        if f'{key}s' in results:
            return (
                f'{text}It is a step for single images, not for clips ({key}s): leave it out, use one for clips, or '
                f"apply it to each frame: dict(type='TransformBroadcaster', mapping=dict({key}='{key}s'), "
                'auto_remap=True, share_random_params=True, transforms=[...]).'
            )
        return text + 'Put a step that writes it before, or add it to the annotation.'
    return None
