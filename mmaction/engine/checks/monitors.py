"""Rules of the figures that hooks and schedulers wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import copy
from fnmatch import fnmatchcase
from typing import Any, Protocol, runtime_checkable

from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.hooks import CheckpointHook, EarlyStoppingHook

from mmaction.engine.checks.finding import Finding, error, warning
from mmaction.engine.checks.run import Run, Split, is_overridden
from mmaction.evaluation.metrics import AccMetric, ANetMetric, ConfusionMatrix, RecallatTopK
from mmaction.models.localizers.base import Localizer
from mmaction.models.recognizers.base import BaseRecognizer


@runtime_checkable
class NamesResults(Protocol):
    """A metric that knows the names of its results before there are any."""

    prefix: str | None

    def result_names(self) -> list[str]:
        """Names without prefix; ``*`` stands for a part that depends on the predictions."""


def known_names(evaluator: Any) -> list[str] | None:
    """Names of the figures of an evaluator, as patterns; None if a metric does not tell.

    A metric that overrides the computation of another must declare its names anew.
    """
    if type(evaluator) is not Evaluator:
        return None
    names = []
    for metric in evaluator.metrics:
        if not isinstance(metric, NamesResults) or not _covers_class(metric):
            return None
        names += [f'{metric.prefix}/{name}' if metric.prefix else name for name in metric.result_names()]
    return names


def _covers_class(metric: Any) -> bool:
    for cls in type(metric).__mro__:
        members = vars(cls)
        if 'result_names' in members:
            return True
        if not {'compute_metrics', 'evaluate', 'calculate'}.isdisjoint(members) or cls is BaseMetric:
            return False
    return False


def check_monitors(run: Run) -> Iterator[Finding]:
    """``save_best`` and ``monitor`` name a figure of the evaluator, and which way it improves."""
    loop = run.train_loop
    if loop is None or not run.evaluates or loop.val_begin > run.length:
        return
    names = known_names(getattr(run.runner.val_loop, 'evaluator', None))
    if names is None:
        return
    repeated = [name for name, count in Counter(names).items() if count > 1 and '*' not in name]
    if repeated:
        yield error(
            f'val_evaluator gives {", ".join(repeated)} more than once. Give each metric a prefix of its own: '
            "dict(type='AccMetric', prefix='other')."
        )
    for hook in run.hooks(CheckpointHook):
        for key, rule in zip(hook.save_best or (), getattr(hook, 'rules', ()) or ()):
            name = f'default_hooks.checkpoint.save_best ({key!r})'
            if key == 'auto':
                yield from _check_auto(hook, names, listed=f'{name} takes the first figure')
            elif not _is_known(key, names):
                yield error(_unknown(name, key, names))
            elif rule == 'less':
                yield warning(f'{name} with rule {rule!r} keeps the worst checkpoint: a higher value is better.')
    for hook in run.hooks(EarlyStoppingHook):
        name = f'EarlyStoppingHook.monitor ({hook.monitor!r})'
        if not _is_known(hook.monitor, names):
            text = _unknown(name, hook.monitor, names)
            yield error(text) if hook.strict else warning(f'{text} Until then it never stops.')
        elif hook.rule == 'less':
            yield warning(f"{name} has the rule 'less', but a higher value is better. Set rule='greater'.")
    for scheduler in run.schedulers():
        if not getattr(scheduler, 'need_val_args', False) or not scheduler.by_epoch:
            continue
        name = f'{type(scheduler).__name__}.monitor ({scheduler.monitor!r})'
        if not _is_known(scheduler.monitor, names):
            yield error(_unknown(name, scheduler.monitor, names))
        elif scheduler.rule == 'less':
            yield warning(
                f"{name} has the rule 'less', its default, but a higher value is better: the learning rate would fall "
                "as the figure improves. Set rule='greater'."
            )


def _check_auto(hook: CheckpointHook, names: list[str], listed: str) -> Iterator[Finding]:
    if not names:
        return
    try:
        copy(hook)._init_rule(hook.rules, [names[0]])  # as the hook does once it has the figures
    except ValueError:
        yield error(
            f'{listed}, {names[0]}, and it is not known which way that improves. Name the figure '
            f'({", ".join(name for name in names[1:] if "*" not in name) or names[0]}) and rule.'
        )


def evaluates_scores(run: Run, split: Split) -> bool:
    """A metric of the split compares one row of class scores per sample with class indices."""
    evaluator = getattr(run.loop(split), 'evaluator', None)
    return any(_is_stock(metric, _OF_RECOGNITION) for metric in getattr(evaluator, 'metrics', ()))


_OF_RECOGNITION = (AccMetric, ConfusionMatrix)
_OF_LOCALIZATION = (ANetMetric, RecallatTopK)


def check_metrics(run: Run) -> Iterator[Finding]:
    """The metrics read what the model predicts."""
    for split in ('val', 'test'):
        loop = run.loop(split)  # type: ignore[arg-type]
        for metric in getattr(getattr(loop, 'evaluator', None), 'metrics', ()):
            name = f'{type(metric).__name__} of {split}_evaluator'
            if isinstance(run.model, BaseRecognizer) and _is_stock(metric, _OF_LOCALIZATION):
                text = (
                    f'{name} evaluates segments, and {type(run.model).__name__} predicts class scores. Use AccMetric.'
                )
                own = is_overridden(run.model, BaseRecognizer, 'predict', 'forward')
                yield warning(text) if own else error(text)
            elif isinstance(run.model, Localizer) and _is_stock(metric, _OF_RECOGNITION):
                yield warning(
                    f'{name} evaluates class scores, and {type(run.model).__name__} predicts segments. Use ANetMetric.'
                )


def _is_stock(metric: object, kinds: tuple[type, ...]) -> bool:
    """True for a metric of one of these classes that reads predictions as they do."""
    return any(isinstance(metric, kind) and not is_overridden(metric, kind, 'process') for kind in kinds)


def _is_known(key: str, names: list[str]) -> bool:
    return any(fnmatchcase(key, name.replace('[', '[[]')) for name in names)


def _unknown(name: str, key: str, names: list[str]) -> str:
    listed = [known for known in names if '*' not in known]
    same = [known for known in listed if known.rsplit('/', 1)[-1] == key.rsplit('/', 1)[-1]]
    text = f'{name} is none of the figures of val_evaluator: {", ".join(listed) or "there are none"}.'
    if same:
        text += f' Did you mean {same[0]!r}?'
    return text
