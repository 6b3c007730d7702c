"""Names of other codebases' weights into ours: one table a model, and no entry lost without notice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

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
    """Our names by the first table that fits; a state dict that none fits comes back as it is."""
    for table in tables:
        if table.fits(state):
            return table.apply(state)
    return dict(state)


def backbone_part(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The backbone's entries of a recognizer's state dict, without their prefix; another state dict as it is."""
    inner = {k.removeprefix('backbone.'): v for k, v in state.items() if k.startswith('backbone.')}
    return inner or dict(state)


def recognizer_state(state: Mapping[str, Tensor], tables: tuple[RenameTable, ...]) -> dict[str, Tensor]:
    """A whole foreign classifier under the names of a recognizer: ``backbone.*`` and ``cls_head.*``."""
    named = translate(state, tables)
    return {k if k.startswith('cls_head.') else f'backbone.{k}': v for k, v in named.items()}
