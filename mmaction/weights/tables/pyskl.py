"""Table of PYSKL, which calls the last layer of its head for skeletons ``fc_cls``."""

from __future__ import annotations

from mmaction.weights.rename import KEEP, RenameTable

PYSKL_HEAD = RenameTable(
    source='PYSKL',
    mark=r'^fc_cls\.',
    rules=((r'fc_cls\.(weight|bias)', r'fc.\1'), *KEEP),
)
