"""Findings about a data set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal[
    'annotation',
    'missing',
    'empty',
    'corrupt',
    'truncated',
    'frame count',
    'rotated',
    'variable frame rate',
    'off by one',
    'label out of range',
    'class without samples',
    'mislabeled',
    'duplicate',
    'leakage',
]

# Findings of these kinds harm nothing that this package does; the samples stay in a cleaned list.
HARMLESS: tuple[Kind, ...] = ('rotated', 'variable frame rate', 'class without samples', 'off by one')


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes:
        kind: of the fault.
        split: where it was found.
        where: the path as the annotation file has it, or the annotation file.
        detail: description, as a clause.
        ann_file: the annotation file.
        line: its line, from 1; 0 where the finding is about the whole file.
    """

    kind: Kind
    split: str
    where: str
    detail: str
    ann_file: str = ''
    line: int = 0

    def to_json(self) -> dict[str, Any]:
        """As a dict."""
        return asdict(self)
