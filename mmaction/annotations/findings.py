"""Findings in annotation files: one type for all formats, with the row or id and a remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mmaction.utils.check import shorten

__all__ = ['AnnotationError', 'Finding', 'Findings', 'Level']

Level = Literal['error', 'warning', 'dropped']


@dataclass(frozen=True)
class Finding:
    """Something in an annotation that its owner should know.

    Attributes:
        level: ``'error'``: the row is left out; ``'warning'``: it is kept as it is; ``'dropped'``: information that
            the record or the written format has no place for.
        where: file, and row or id.
        problem: what is wrong.
        remedy: what to do about it.
    """

    level: Level
    where: str
    problem: str
    remedy: str = ''

    def __str__(self) -> str:
        text = f'{self.where}: {self.problem}' if self.where else self.problem
        return f'{text}. {self.remedy}'.strip()


class AnnotationError(ValueError):
    """An annotation file that cannot be used as it is.

    Args:
        findings: the reasons; the message has the first three.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = list(findings)
        texts = [str(finding) for finding in self.findings[:3]]
        more = len(self.findings) - len(texts)
        if more:
            texts.append(f'{more} more errors.')
        super().__init__(' '.join(texts))


class Findings:
    """The findings of one import or export, in the order they were made.

    Args:
        file: name of the file at hand, put before the row or id.
    """

    def __init__(self, file: str = '') -> None:
        self.file = file
        self._items: list[Finding] = []

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, level: Level, where: str, problem: str, remedy: str = '') -> None:
        """Add a finding; ``where`` is the row or id within the file."""
        place = ', '.join(part for part in (self.file, where) if part)
        self._items.append(Finding(level, place, problem, remedy))

    def error(self, where: str, problem: str, remedy: str) -> None:
        """Add a fault for which the row is left out."""
        self.add('error', where, problem, remedy)

    def warn(self, where: str, problem: str, remedy: str) -> None:
        """Add a doubt about a row that is kept as it is."""
        self.add('warning', where, problem, remedy)

    def drop(self, problem: str, examples: Sequence[str] = (), remedy: str = '') -> None:
        """Add that information was left out; ``examples`` are rows or ids that had it."""
        self.add('dropped', shorten(examples), problem, remedy)

    def of(self, level: Level) -> list[Finding]:
        """The findings of a level."""
        return [finding for finding in self._items if finding.level == level]

    def extend(self, others: Findings) -> None:
        """Add the findings of another import."""
        self._items.extend(others)

    def raise_errors(self) -> None:
        """Raise if there are errors.

        Raises:
            AnnotationError: with all of them.
        """
        errors = self.of('error')
        if errors:
            raise AnnotationError(errors)


def malformed(file: str, where: str, problem: str, remedy: str) -> AnnotationError:
    """Make the error for a file that cannot be read at all."""
    place = ', '.join(part for part in (file, where) if part)
    return AnnotationError([Finding('error', place, problem, remedy)])
