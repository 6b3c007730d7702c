"""The contract of a pipeline: the role of each step, and the keys that it reads and writes.

Steps are recognized by what :class:`~mmaction.datasets.transforms.base.BaseTransform` declares, never by the name of
their class, so that a user's subclass is treated like the transform it derives from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Literal

from mmcv.transforms import Compose as McvCompose
from mmengine.dataset import Compose

from mmaction.datasets.transforms.base import BaseTransform, Role
from mmaction.registry import TRANSFORMS
from mmaction.utils.check import shorten

Step = Mapping[str, Any] | Callable[[dict], dict | None]
Medium = Literal['video', 'rawframes', 'array']

# The key that tells which medium a step decodes.
_MEDIUM_OF: dict[str, Medium] = {'video_reader': 'video', 'frame_dir': 'rawframes', 'array': 'array'}


def class_of(step: Step) -> Any:
    """Class (or function) of a step that is given as config or as object; None for an unknown name."""
    if isinstance(step, type):
        return step
    if not isinstance(step, Mapping):
        return type(step)
    kind = step.get('type')
    if isinstance(kind, str):
        return TRANSFORMS.get(kind)
    return kind


def step_name(step: Step) -> str:
    """Name of the class of a step, or of a function, for messages."""
    if not isinstance(step, Mapping | BaseTransform) and hasattr(step, '__name__'):
        return step.__name__
    found = class_of(step)
    if found is None and isinstance(step, Mapping):
        return str(step['type']).rsplit('.', 1)[-1]
    return getattr(found, '__name__', str(found))


def _declaration(step: Step) -> Any:
    """The object or, for a config, the class that declares the contract.

    ``BaseTransform`` itself, with no role and no keys, stands for a step that declares nothing.
    """
    if isinstance(step, Mapping):
        found = class_of(step)
        is_declared = isinstance(found, type) and issubclass(found, BaseTransform)
    else:
        found = step
        is_declared = isinstance(step, BaseTransform)
    if is_declared and found.role is not None:
        return found
    return BaseTransform


def role_of(step: Step) -> Role | None:
    """Role of a step; None if it declares none."""
    return _declaration(step).role


def reads_of(step: Step) -> tuple[str, ...]:
    """Keys that a step needs, as far as it declares them."""
    return _declaration(step).reads


def writes_of(step: Step) -> tuple[str, ...]:
    """Keys that a step may write, as far as it declares them."""
    return _declaration(step).writes


def medium_of(step: Step) -> Medium | None:
    """Medium that a step decodes frames from; None for all other steps."""
    if role_of(step) != 'decode' or 'imgs' not in writes_of(step):
        return None
    return next((_MEDIUM_OF[key] for key in reads_of(step) if key in _MEDIUM_OF), None)


def opens_video(step: Step) -> bool:
    """True for a step that opens a video file for the decoding steps."""
    return role_of(step) == 'open' and 'video_reader' in writes_of(step)


def flatten(steps: Iterable[Any]) -> Iterator[Any]:
    """The steps of a pipeline, those of a ``Compose`` within it one by one.

    Other wrappers (``RandomChoice``, ``RandomApply``, ...) do not run all of their steps, so they stay whole.
    """
    for step in steps:
        if isinstance(step, Compose | McvCompose):
            yield from flatten(step.transforms)
        elif isinstance(step, Mapping) and class_of(step) in (Compose, McvCompose):
            yield from flatten(step['transforms'])
        else:
            yield step


def _is_trusted(step: BaseTransform) -> bool:
    """True if the declaration covers the code that runs.

    A subclass that overrides ``transform`` and declares nothing anew keeps role and keys of its base, but may read less
    and write more than these.
    """
    for cls in type(step).__mro__:
        members = vars(cls)
        if not {'role', 'reads', 'writes'}.isdisjoint(members):
            return True
        if 'transform' in members or '__call__' in members:
            return False
    return False


def check_pipeline(steps: Iterable[Any], record: Collection[str], holder: str) -> None:
    """Check that each step finds the keys that it reads, and that frames are decoded after they are sampled.

    After a step that declares nothing, which may write anything, only the order is checked.

    Args:
        steps: the transforms.
        record: keys of the records that the pipeline starts from.
        holder: name of what makes the records, for messages.

    Raises:
        ValueError: a key is missing, or a sampler has no effect as the frames are decoded before it. Names the step,
            the key, and the remedy.
    """
    steps = list(flatten(steps))
    known = {*record}
    for number, step in enumerate(steps):
        if role_of(step) is None:
            break
        if not _is_trusted(step):
            break
        for key in step.reads:
            if not _finds(key, known):
                raise ValueError(_missing_key(steps, number, key, known, record, holder))
        known.update(step.writes)
    _check_order(steps)


def _missing_key(steps: list[Any], number: int, key: str, known: set[str], record: Collection[str], holder: str) -> str:
    name = step_name(steps[number])
    options = {*key.split('|')}
    text = (
        f'{name}, step {number + 1} of the pipeline, reads {" or ".join(map(repr, key.split("|")))}, which no earlier '
        f'step writes; the records of {holder} have {", ".join(sorted(record)) or "nothing"}. '
    )
    later = next((step for step in steps[number + 1 :] if options & {*writes_of(step)}), None)
    if later is not None and type(later) is not type(steps[number]):
        return text + f'{step_name(later)} writes it: move it before {name}.'
    writers = [cls for cls in _registered() if options & {*cls.writes} and not _finds_any(cls, options)]
    if not writers:
        return text + f'The annotation must have {" or ".join(key.split("|"))}.'
    # Steps that could run here are the better advice: DecordInit for a file, not a step that reads audio.
    usable = [cls for cls in writers if _can_run(cls, known)] or writers
    names = [cls.__name__ for cls in usable]
    return text + f'Put a step that writes it before {name} ({shorten(names)}).'


def _registered() -> list[type[BaseTransform]]:
    found = dict.fromkeys(TRANSFORMS.module_dict.values())
    return [cls for cls in found if isinstance(cls, type) and issubclass(cls, BaseTransform)]


def _finds(key: str, known: Collection[str]) -> bool:
    return any(part in known for part in key.split('|'))


def _can_run(cls: type[BaseTransform], known: Collection[str]) -> bool:
    return all(_finds(key, known) for key in cls.reads)


def _finds_any(cls: type[BaseTransform], known: Collection[str]) -> bool:
    """True if a step reads one of these keys: then it changes it, and does not make it."""
    return any(_finds(key, known) for key in cls.reads)


def _check_order(steps: list[Any]) -> None:
    """Raise ValueError for a sampler after the only step that decodes: the frames it chooses would never be used."""
    for number, step in enumerate(steps):
        before = [other for other in steps[:number] if role_of(other) == 'decode']
        after = steps[number + 1 :]
        if role_of(step) != 'sample' or not before or any(role_of(other) in ('decode', None) for other in after):
            continue
        raise ValueError(
            f'{step_name(step)}, step {number + 1} of the pipeline, chooses frames that nothing decodes: '
            f'{step_name(before[-1])} has decoded before it, and took all frames. Put {step_name(step)} before '
            f'{step_name(before[-1])}.'
        )
