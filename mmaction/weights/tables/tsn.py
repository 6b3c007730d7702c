"""Table of the TSN authors' code, which keeps its backbone under ``base_model``."""

from __future__ import annotations

from mmaction.weights.rename import KEEP, RenameTable

BASE_MODEL = RenameTable(
    source="the authors' TSN",
    mark=r'^base_model\.',
    rules=((r'base_model\.(.*)', r'\1'), *KEEP),
    whole=False,
)
