"""Table of the original BSN, whose proposal evaluation module is wrapped in DataParallel."""

from __future__ import annotations

from mmaction.weights.rename import RenameTable

ORIGINAL_BSN = RenameTable(
    source='the original BSN',
    mark=r'^module\.fc\d\.',
    rules=((r'module\.(fc[12]\.(?:weight|bias))', r'\1'),),
)
