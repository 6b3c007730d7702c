"""MViT, UniFormer and UniFormerV2: models whose keys and outputs the published implementation (1.2.0) fixed."""

from __future__ import annotations

from pathlib import Path

import torch
from golden_files import GoldenFile, flat
from initialization import skip_initialization
from mmengine.config import Config
from torch import Tensor, nn

from mmaction.registry import MODELS
from mmaction.testing import fill_state_dict, seeded_tensor

ROOT = Path(__file__).resolve().parents[3]
GOLDENS = GoldenFile('multiscale_transformers')


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
    setup = GOLDENS.setup(name)
    with skip_initialization():
        model = fill_state_dict(MODELS.build(config(family, name))).eval()
    with torch.no_grad():
        GOLDENS.check(name, model(seeded_tensor(setup['shape'], setup['seed']), mode='tensor', stage='head'))


def outputs(net: nn.Module, clip: tuple[int, ...]) -> Tensor:
    """All outputs of a backbone under the filled weights, as one vector."""
    with torch.no_grad():
        return flat(fill_state_dict(net).eval()(seeded_tensor(clip)))


def check_own(name: str, net: nn.Module, clip: tuple[int, ...]) -> None:
    """Outputs of a variant that no published config uses: made with this package, they hold the numbers still."""
    GOLDENS.check(name, outputs(net, clip))
