"""Checkpoint keys of the published configs of MViT, UniFormer and UniFormerV2."""

from __future__ import annotations

import pytest
import torch
import transformer_goldens as goldens

from mmaction.registry import MODELS


@pytest.mark.parametrize(('family', 'count'), [('mvit', 5), ('uniformer', 2), ('uniformerv2', 17)])
def test_published_keys(family, count):
    names = [name for name in goldens.GOLDENS.names('upstream') if name.startswith(f'{family}-')]
    for name in names:
        with torch.device('meta'):
            model = MODELS.build(goldens.config(family, name))
        goldens.GOLDENS.check_keys(name, model)
    assert len(names) == count
