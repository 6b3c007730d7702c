"""Renaming of the entries of other codebases' checkpoints: one table per model, no entry lost unnoticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor, nn

from mmaction.utils.check import shorten

State = dict[str, Tensor]
Rule = tuple[str, str | None]
Rules = tuple[Rule, ...]

# The five entries of a batch norm, as one group of a pattern.
NORM = r'(weight|bias|running_mean|running_var|num_batches_tracked)'
# A last rule that keeps every other name, for tables that rename a few entries of our own names.
KEEP: Rules = ((r'(.*)', r'\1'),)


def unchanged(state: State) -> State:
    """Return a state dict as it is: the default last step of a table."""
    return state


@dataclass(frozen=True)
class RenameTable:
    """Translation of a foreign checkpoint of a model into one of ours.

    Args:
        source: whose checkpoints these are, for messages.
        mark: pattern of a name that only these checkpoints have.
        rules: pairs of a pattern of a whole name and its replacement; ``None`` drops the entry, because our model
            creates it itself or has no use for it. The first rule that matches counts.
        finish: last step, for changes to values or that need several entries.
        whole: the checkpoint covers a whole backbone, so that missing and unexpected keys are errors under every
            policy of :func:`~mmaction.weights.load.load`.
    """

    source: str
    mark: str
    rules: Rules
    finish: Callable[[State], State] = unchanged
    whole: bool = True

    def fits(self, state: Mapping[str, Any]) -> bool:
        """Return whether a state dict is one of these."""
        return any(re.search(self.mark, name) for name in state)

    def apply(self, state: Mapping[str, Tensor]) -> State:
        """The state dict under our names.

        Raises:
            ValueError: no rule matches some names; it lists them.
        """
        out: State = {}
        unknown: list[str] = []
        for name, value in state.items():
            renamed = self.rename(name)
            if renamed is not None:
                out[renamed] = value
            elif not self._drops(name):
                unknown.append(name)
        if unknown:
            raise ValueError(
                f'The weights look like those of {self.source}, but {len(unknown)} of {len(state)} entries have names '
                f'that are unknown there: {shorten(unknown)}. Rename or remove them.'
            )
        return self.finish(out)

    def rename(self, name: str) -> str | None:
        """Our name of an entry; None if it is dropped or unknown."""
        for pattern, replacement in self.rules:
            match = re.fullmatch(pattern, name)
            if match:
                return None if replacement is None else match.expand(replacement)
        return None

    def clashes(self, state: Mapping[str, Any]) -> bool:
        """Tell whether two entries would get the same name, as in a state dict with foreign names beside ours."""
        renamed = [self.rename(name) for name in state]
        kept = [name for name in renamed if name is not None]
        return len(set(kept)) < len(kept)

    def _drops(self, name: str) -> bool:
        return any(replacement is None and re.fullmatch(pattern, name) for pattern, replacement in self.rules)


class Translation(NamedTuple):
    """A state dict, and the table that its names were translated by."""

    state: State
    table: RenameTable | None


def translate(state: Mapping[str, Tensor], tables: Sequence[RenameTable]) -> Translation:
    """Translate a state dict by the first table that fits; one that no table fits keeps its names."""
    for table in tables:
        if table.fits(state):
            return Translation(table.apply(state), table)
    return Translation(dict(state), None)


def part_below(state: Mapping[str, Tensor], prefix: str) -> State:
    """The entries whose names start with ``prefix``, without it."""
    return {name[len(prefix) :]: value for name, value in state.items() if name.startswith(prefix)}


def with_prefix(state: Mapping[str, Tensor]) -> State:
    """Names of a backbone, and of a classifier ``cls_head.*``, as those of a recognizer."""
    return {name if name.startswith('cls_head.') else f'backbone.{name}': value for name, value in state.items()}


def rename_on_load(module: nn.Module, *tables: RenameTable) -> None:
    """Translate every state dict that ``module`` loads, also as a part of a larger model."""

    def hook(module: nn.Module, state: State, prefix: str, *_: Any) -> None:
        own = part_below(state, prefix)
        translated, table = translate(own, tables)
        # With an entry under both names, one would be lost; left alone, torch reports the one that is too many.
        if table is None or table.clashes(own):
            return
        # In place: torch hands the same dict to the other modules.
        for name in own:
            del state[prefix + name]
        state.update({prefix + name: value for name, value in translated.items()})

    module.register_load_state_dict_pre_hook(hook)


# Modules that wrap a part of a 2D network: temporal shift or interlacing, non-local and adaptive modules after a block.
_WRAPPERS = frozenset({'net', 'net2', 'block'})


def without_wrappers(name: str) -> str:
    """Name of an entry in the 2D network that was wrapped: ``layer1.0.conv1.conv.net.weight`` -> ``...conv.weight``."""
    return '.'.join(part for part in name.split('.') if part not in _WRAPPERS)


def with_wrappers(state: Mapping[str, Tensor], module: nn.Module) -> State:
    """Names of a 2D network as those of ``module``, which wraps parts of it; names it does not have stay."""
    wrapped = {without_wrappers(name): name for name in module.state_dict()}
    plain = {without_wrappers(name): value for name, value in state.items()}
    return {wrapped.get(name, name): value for name, value in plain.items()}
