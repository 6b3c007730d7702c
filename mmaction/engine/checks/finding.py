"""Finding of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """A setting that does not work or is seldom meant.

    Attributes:
        level: ``'error'``: the run fails with it, or does nothing; ``'warning'``: it runs.
        text: setting, value, limit and remedy.
    """

    level: Literal['error', 'warning']
    text: str


def error(text: str) -> Finding:
    """A setting with which the run fails, or does nothing."""
    return Finding('error', text)


def warning(text: str) -> Finding:
    """A setting that is legal and seldom meant."""
    return Finding('warning', text)
