"""MViT, UniFormer and UniFormerV2: models whose keys and outputs the published implementation (1.2.0) fixed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmaction.registry import MODELS
from mmaction.testing import Golden, compare_golden, fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[2]
DATA = json.loads((ROOT / 'tests' / 'golden' / 'multiscale_transformers.json').read_text())


def config(family: str, name: str) -> dict:
    """The model of a config, without what its initialisation would fetch."""
    cfg = Config.fromfile(ROOT / 'configs' / 'recognition' / family / f'{name}.py').to_dict()['model']
    cfg['data_preprocessor'] = None
    for part in ('backbone', 'cls_head'):
        if cfg[part].get('init_cfg'):
            del cfg[part]['init_cfg']
    return cfg


def check_recorded(family: str, name: str) -> None:
    """Class scores under the weights and the clip of the record."""
    want = DATA['recorded'][name]
    model = fill_state_dict(MODELS.build(config(family, name))).eval()
    with torch.no_grad():
        out = model(seeded_tensor(want['shape'], want['seed']), mode='tensor', stage='head').double().flatten().numpy()
    assert out.size == want['size']
    rms = np.hypot(want['mean'], want['std'])
    np.testing.assert_allclose(out[want['index']], want['values'], rtol=1e-3, atol=1e-4 * rms)
    np.testing.assert_allclose((out.mean(), out.std()), (want['mean'], want['std']), rtol=1e-3, atol=1e-4 * rms)


def outputs(net: nn.Module, clip: tuple[int, ...]) -> Tensor:
    """All that a backbone puts out under the filled weights, as one vector."""
    with torch.no_grad():
        out = fill_state_dict(net).eval()(seeded_tensor(clip))
    flat: list[Tensor] = []
    stack = [out]
    while stack:
        x = stack.pop()
        if isinstance(x, Tensor):
            flat.append(x.flatten())
        else:
            stack.extend(reversed(x))
    return torch.cat(flat)


def check_own(name: str, net: nn.Module, clip: tuple[int, ...]) -> None:
    """Outputs of a variant that no published config uses: made with this package, they hold the numbers still."""
    compare_golden(outputs(net, clip), Golden.from_json(DATA['own'][name]))
