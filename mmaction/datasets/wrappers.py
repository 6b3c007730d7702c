"""Datasets around datasets."""

from __future__ import annotations

from typing import Any

from mmengine.dataset import RepeatDataset as _RepeatDataset

from mmaction.datasets.seeding import repeat_round
from mmaction.registry import DATASETS


@DATASETS.register_module()
class RepeatDataset(_RepeatDataset):
    """mmengine's, whose passes over the data are augmented each in its own way under seeded samples."""

    def __getitem__(self, idx: int) -> Any:
        with repeat_round(idx // self._ori_len):
            return super().__getitem__(idx)
