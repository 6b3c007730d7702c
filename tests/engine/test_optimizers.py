"""Learning rates by parameter, and mixed precision on the CPU."""

from __future__ import annotations

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn

from mmaction.cli import train
from mmaction.engine.optimizers.amp import scale_of
from mmaction.engine.optimizers.layer_decay import get_layer_id_for_vit


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, bias=False)
        self.fc = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(self.conv2(self.bn(self.conv1(x))).mean((2, 3)))


def groups(model: nn.Module, **cfg: object) -> dict[str, tuple[float, float]]:
    """Parameter name -> (lr, weight decay)."""
    wrapper = build_optim_wrapper(model, dict(optimizer=dict(type='SGD', lr=0.1, weight_decay=0.01), **cfg))
    names = {id(p): n for n, p in model.named_parameters()}
    return {
        names[id(p)]: (round(g['lr'], 8), round(g['weight_decay'], 8))
        for g in wrapper.optimizer.param_groups
        for p in g['params']
    }


@pytest.mark.parametrize('fc_lr5', [True, False])
def test_tsm(fc_lr5: bool) -> None:
    got = groups(Net(), constructor='TSMOptimWrapperConstructor', paramwise_cfg=dict(fc_lr5=fc_lr5))
    assert got == {
        'conv1.weight': (0.1, 0.01),
        'conv1.bias': (0.2, 0.0),
        'bn.weight': (0.1, 0.0),
        'bn.bias': (0.1, 0.0),
        'conv2.weight': (0.1, 0.01),
        'fc.weight': (0.5, 0.01) if fc_lr5 else (0.1, 0.01),
        'fc.bias': (1.0, 0.0) if fc_lr5 else (0.2, 0.0),
    }


def test_tsm_refuses_other_parameters() -> None:
    model = nn.ModuleDict({'emb': nn.Embedding(2, 2)})
    with pytest.raises(ValueError, match='Embedding has parameters of its own'):
        groups(model, constructor='TSMOptimWrapperConstructor', paramwise_cfg=dict(fc_lr5=True))


def test_swin_factors_multiply() -> None:
    model = nn.ModuleDict(
        {'backbone': nn.ModuleDict({'norm': nn.LayerNorm(2), 'fc': nn.Linear(2, 2)}), 'head': nn.Linear(2, 2)}
    )
    factors = dict(norm=dict(decay_mult=0.0), backbone=dict(lr_mult=0.1))
    got = groups(model, constructor='SwinOptimWrapperConstructor', paramwise_cfg=factors)
    assert got['backbone.norm.weight'] == (0.01, 0.0)
    assert got['backbone.fc.weight'] == (0.01, 0.01)
    assert got['head.weight'] == (0.1, 0.01)


def test_swin_keys_may_start_at_the_model() -> None:
    nested = nn.ModuleDict({'fc': nn.Linear(2, 2)})
    model = nn.ModuleDict({'fc': nn.Linear(2, 2), 'backbone': nested})
    factors = {'base.fc': dict(lr_mult=0.1), 'base.backbone': dict(decay_mult=0.5)}
    got = groups(model, constructor='SwinOptimWrapperConstructor', paramwise_cfg=factors)
    assert got['fc.weight'] == (0.01, 0.01)
    assert got['backbone.fc.weight'] == (0.1, 0.005)


def test_layer_decay() -> None:
    backbone = nn.Module()
    backbone.cls_token = nn.Parameter(torch.zeros(1, 1, 2))
    backbone.patch_embed = nn.Linear(2, 2)
    backbone.blocks = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    model = nn.ModuleDict({'backbone': backbone, 'cls_head': nn.Linear(2, 2)})
    cfg = dict(num_layers=3, decay_rate=0.5, decay_type='layer_wise')
    got = groups(model, constructor='LearningRateDecayOptimizerConstructor', paramwise_cfg=cfg)
    assert got['cls_head.weight'] == (0.1, 0.01)
    assert got['cls_head.bias'] == (0.1, 0.0)
    assert got['backbone.blocks.2.weight'] == (0.05, 0.01)
    assert got['backbone.blocks.0.weight'] == (0.0125, 0.01)
    assert got['backbone.patch_embed.weight'] == (0.00625, 0.01)
    assert got['backbone.cls_token'] == (0.00625, 0.0)
    with pytest.raises(ValueError, match="'stage_wise'"):
        groups(
            model,
            constructor='LearningRateDecayOptimizerConstructor',
            paramwise_cfg={**cfg, 'decay_type': 'stage_wise'},
        )


def test_layer_decay_of_a_backbone_that_tells_its_layers() -> None:
    class Foreign(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.position_embeddings = nn.Parameter(torch.zeros(1, 4, 2))
            self.first = nn.Linear(2, 2)
            self.last = nn.Linear(2, 2)

        def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
            return dict(position_embeddings=0, first=1).get(param_name.removeprefix(prefix).partition('.')[0], 2), 4

    model = nn.ModuleDict({'backbone': Foreign(), 'cls_head': nn.Linear(2, 2)})
    cfg = dict(decay_rate=0.5)
    got = groups(model, constructor='LearningRateDecayOptimizerConstructor', paramwise_cfg=cfg)
    assert got['cls_head.weight'] == (0.1, 0.01)  # layer 3 of 0..3
    assert got['backbone.last.weight'] == (0.05, 0.01)
    assert got['backbone.first.bias'] == (0.025, 0.0)
    assert got['backbone.position_embeddings'] == (0.0125, 0.0)
    with pytest.raises(ValueError, match='paramwise_cfg needs num_layers'):
        groups(model['cls_head'], constructor='LearningRateDecayOptimizerConstructor', paramwise_cfg=cfg)


def test_layer_ids() -> None:
    assert get_layer_id_for_vit('backbone.pos_embed', 13) == 0
    assert get_layer_id_for_vit('backbone.blocks.11.attn.qkv.weight', 13) == 12
    assert get_layer_id_for_vit('backbone.fc_norm.weight', 13) == 13


def test_amp_on_the_cpu_trains_in_bfloat16() -> None:
    torch.manual_seed(0)
    model = Net()
    wrapper = build_optim_wrapper(
        model, dict(type='AmpOptimWrapper', optimizer=dict(type='SGD', lr=0.1), loss_scale='dynamic')
    )
    with wrapper.optim_context(model):
        out = model(torch.randn(4, 3, 8, 8))
        assert out.dtype == torch.bfloat16
        loss = out.float().square().mean()
    before = model.fc.weight.detach().clone()
    wrapper.update_params(loss)
    assert model.fc.weight.dtype == torch.float32
    assert not torch.equal(before, model.fc.weight)


def test_only_float16_scales_the_loss() -> None:
    for dtype in ('bfloat16', torch.bfloat16):
        assert scale_of('dynamic', dtype) == dict(enabled=False)
    for dtype in (None, 'float16', torch.float16):
        assert scale_of('dynamic', dtype) == 'dynamic'
    assert scale_of(512.0, 'bfloat16') == 512.0  # of the config


@pytest.mark.parametrize(
    ('given', 'settled'),
    [
        ({}, dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale='dynamic')),
        (dict(dtype='float16'), dict(type='AmpOptimWrapper', dtype='float16', loss_scale='dynamic')),
        (dict(type='AmpOptimWrapper'), dict(type='AmpOptimWrapper', loss_scale='dynamic')),
    ],
)
def test_amp_of_the_command_line_leaves_the_dtype_of_the_config(given: dict, settled: dict) -> None:
    cfg = Config(dict(optim_wrapper=given))
    args = train.parse_args(['config.py', '--amp', '--compile'])
    merged = train.merge_args(cfg, args)
    assert merged.optim_wrapper.to_dict() == settled  # without an accelerator
    assert merged.compile is True
