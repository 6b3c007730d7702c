"""The list of settings that a conversion changes or cannot carry over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Report:
    """Settings of a 0.x config, each with the reason for its treatment.

    Attributes:
        lost: ``(key, reason)`` of each setting without a successor.
        changed: ``(key, reason)`` of each setting whose successor means something else in detail.
    """

    lost: list[tuple[str, str]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)

    def lose(self, key: str, reason: str) -> None:
        """Record a setting that cannot be converted; once, since pipelines repeat."""
        if (key, reason) not in self.lost:
            self.lost.append((key, reason))

    def change(self, key: str, reason: str) -> None:
        """Record a setting whose successor differs."""
        if (key, reason) not in self.changed:
            self.changed.append((key, reason))

    def lines(self) -> list[str]:
        """One line per setting, the lost ones first."""
        lost = [f'not converted: {key}: {reason}' for key, reason in self.lost]
        return lost + [f'changed: {key}: {reason}' for key, reason in self.changed]
