"""Checkpoint keys of the published configs of MViT, UniFormer and UniFormerV2."""

from __future__ import annotations

import pytest
import torch
import transformer_goldens as goldens
from backbone_goldens import digest

from mmaction.registry import MODELS


@pytest.mark.parametrize(('family', 'count'), [('mvit', 5), ('uniformer', 2), ('uniformerv2', 17)])
def test_published_keys(family, count):
    names = [name for name in goldens.DATA['keys'] if name.startswith(f'{family}-')]
    for name in names:
        with torch.device('meta'):
            state = MODELS.build(goldens.config(family, name)).state_dict()
        assert digest([(k, list(v.shape)) for k, v in state.items()]) == goldens.DATA['keys'][name], name
    assert len(names) == count
