"""Names of other codebases' weights into ours: one table a model, and no entry lost without notice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mmengine.logging import print_log
from torch import Tensor


@dataclass(frozen=True)
class RenameTable:
    """How a foreign checkpoint of a model becomes one of ours.

    Args:
        source: whose checkpoints these are, for messages.
        mark: pattern of a name that only these checkpoints have.
        rules: patterns of whole names, and what they become; ``None``: the entry is left out, because our model makes
            it itself or has no use for it. The first rule that matches counts.
    """

    source: str
    mark: str
    rules: tuple[tuple[str, str | None], ...]

    def fits(self, state: Mapping[str, Tensor]) -> bool:
        """Whether a state dict is one of these."""
        return any(re.search(self.mark, name) for name in state)

    def apply(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The state dict under our names.

        Raises:
            ValueError: no rule matches some names; it lists them.
        """
        out: dict[str, Tensor] = {}
        unknown: list[str] = []
        for name, value in state.items():
            for pattern, replacement in self.rules:
                if match := re.fullmatch(pattern, name):
                    if replacement is not None:
                        out[match.expand(replacement)] = value
                    break
            else:
                unknown.append(name)
        if unknown:
            more = f' and {len(unknown) - 4} more' if len(unknown) > 4 else ''
            raise ValueError(
                f'The weights look like those of {self.source}, but {len(unknown)} of {len(state)} entries have names '
                f'that are not known there: {", ".join(unknown[:4])}{more}. Rename them or leave them out.'
            )
        return out


def translate(state: Mapping[str, Tensor], tables: tuple[RenameTable, ...]) -> dict[str, Tensor]:
    """Our names by the first table that fits, which the log tells; a state dict that none fits comes back as it is."""
    for table in tables:
        if table.fits(state):
            renamed = table.apply(state)
            print_log(f'{len(renamed)} of {len(state)} entries renamed by the table of {table.source}', 'current')
            return renamed
    return dict(state)


def backbone_part(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The backbone's entries of a recognizer's state dict, without their prefix; another state dict as it is."""
    inner = {k.removeprefix('backbone.'): v for k, v in state.items() if k.startswith('backbone.')}
    return inner or dict(state)


def recognizer_state(state: Mapping[str, Tensor], tables: tuple[RenameTable, ...]) -> dict[str, Tensor]:
    """A whole foreign classifier under the names of a recognizer: ``backbone.*`` and ``cls_head.*``."""
    return with_prefix(translate(state, tables))


def with_prefix(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Names of a backbone, and ``cls_head.*``, as those of a recognizer."""
    return {k if k.startswith('cls_head.') else f'backbone.{k}': v for k, v in state.items()}


class ForeignNames:
    """A backbone that knows what checkpoints of other codebases call its entries."""

    foreign_tables: ClassVar[tuple[RenameTable, ...]] = ()

    def converted(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """A foreign backbone, or classifier, under our names: those of the classifier begin with ``cls_head.``.

        A state dict that no table fits comes back as it is.
        """
        renamed = translate(state, self.foreign_tables)
        return self._adapted(renamed) if renamed.keys() != state.keys() else renamed

    def _adapted(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """What is left to do to a foreign state dict once its entries are renamed."""
        return state

    def fitted(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """A converted entry in the shape wanted, where it can be brought into it."""
        return weight
