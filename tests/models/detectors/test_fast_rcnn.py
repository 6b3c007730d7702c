"""Action detectors: recorded outputs, batches, training, names under MMDetection's scope."""

from __future__ import annotations

import copy
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from golden_files import GoldenFile, keys_digest
from initialization import skip_initialization
from mmengine.config import Config
from mmengine.registry import MODELS as ROOT_MODELS
from mmengine.registry import TASK_UTILS as ROOT_TASK_UTILS
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from torch import Tensor, nn

from mmaction.models import AVARoIHead, FastRCNN, MaxIoUAssignerAVA, ResNet3dSlowOnly
from mmaction.registry import MODELS, TASK_UTILS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, generate_detector_demo_inputs, seeded_tensor

CONFIGS = Path(__file__).resolve().parents[3] / 'configs' / 'detection'
GOLDENS = GoldenFile('detectors')


def model_config(name: str) -> dict:
    """Model of a config, without weights to download."""
    model = Config.fromfile(CONFIGS / name).model.to_dict()
    del model['init_cfg']
    return model


def write_recorded_bank(folder: Path) -> None:
    """The feature bank that the recorded models read."""
    folder.mkdir(parents=True)
    for i, (mode, video) in enumerate((('train', 'v0'), ('val', 'v'))):
        rng = np.random.RandomState(7 + i)
        seconds = {t: [torch.from_numpy(rng.standard_normal(2048).astype(np.float32))] for t in range(880, 930)}
        torch.save({video: seconds}, folder / f'lfb_{mode}.pkl')


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Build a config's model in a folder that has the bank."""
    monkeypatch.chdir(tmp_path)
    write_recorded_bank(tmp_path / 'data' / 'ava' / 'lfb_half')
    return lambda name: MODELS.build(model_config(name))


@pytest.mark.parametrize('name', GOLDENS.names('upstream', output=True))
def test_recorded_predictions(recorded, name):
    with skip_initialization():
        model = fill_state_dict(recorded(name)).eval()
    GOLDENS.check_keys(name, model)
    shape = GOLDENS.setup(name)['shape']
    height, width = shape[-2:]
    sample = ActionDataSample(metainfo=dict(img_shape=(height, width), img_key='v,902'))
    boxes = torch.tensor([[0.1, 0.1, 0.6, 0.8], [0.3, 0.2, 0.9, 0.9], [0, 0, 1, 1], [0.45, 0.5, 0.55, 0.62]])
    sample.proposals = InstanceData(bboxes=boxes * torch.tensor([width, height, width, height]))
    with torch.no_grad():
        (found,) = model(seeded_tensor(shape), [sample], mode='predict')
    instances = found.pred_instances
    GOLDENS.check(name, [instances.bboxes, instances.scores], 'predict')


def test_recorded_checkpoint_keys(recorded):
    """One config per distinct model; the weights are never made."""
    seen = set()
    for name in GOLDENS.names('upstream', output=False):
        if GOLDENS.keys(name) not in seen:
            seen.add(GOLDENS.keys(name))
            with torch.device('meta'):
                assert keys_digest(recorded(name)) == GOLDENS.keys(name), name
    assert len(seen) >= 8


# ------------------------------------------------------------------------------------------------------- small models
SMALL_BACKBONE = dict(
    type='mmaction.ResNet3dSlowOnly', depth=18, base_channels=4, pretrained=None, spatial_strides=(1, 2, 2, 1)
)
TRAIN_CFG = dict(
    rcnn=dict(
        assigner=dict(type='MaxIoUAssignerAVA', pos_iou_thr=0.9, neg_iou_thr=0.9, min_pos_iou=0.9),
        sampler=dict(type='RandomSampler', num=32, pos_fraction=1, neg_pos_ub=-1, add_gt_as_proposals=True),
        pos_weight=1.0,
    )
)


def small_config(channels: int = 32, extractor: dict | None = None, head: dict | None = None, **parts) -> dict:
    """Config of a detector of few channels; ``parts`` are those of the RoI head."""
    return dict(
        type='FastRCNN',
        _scope_='mmdet',
        backbone=dict(SMALL_BACKBONE),
        roi_head=dict(
            type='AVARoIHead',
            bbox_roi_extractor=dict(type='SingleRoIExtractor3D', output_size=4, **(extractor or {})),
            bbox_head=dict(
                type='BBoxHeadAVA', background_class=True, in_channels=channels, num_classes=81, **(head or {})
            ),
            **parts,
        ),
        data_preprocessor=dict(type='mmaction.ActionDataPreprocessor', format_shape='NCTHW'),
        train_cfg=copy.deepcopy(TRAIN_CFG),
        test_cfg=dict(rcnn=None),
    )


def small(**keywords) -> FastRCNN:
    return fill_state_dict(MODELS.build(small_config(**keywords)))


def batch(count: int = 2, train: bool = True) -> dict:
    return generate_detector_demo_inputs((count, 3, 4, 64, 64), train=train)


@pytest.fixture
def bank(tmp_path) -> dict:
    """Config of a bank of the two videos ``a`` and ``b``."""
    features = {video: {902: [seeded_tensor((32,), seed)]} for seed, video in enumerate('ab')}
    for mode in ('train', 'val'):
        torch.save(features, tmp_path / f'lfb_{mode}.pkl')
    return dict(lfb_prefix_path=str(tmp_path), max_num_sampled_feat=2, window_size=4, lfb_channels=32, device='cpu')


FAMILIES = ('plain', 'context', 'temporal_max', 'mlp_focal', 'single_label', 'acrn', 'lfb')


def family(name: str, bank: dict) -> FastRCNN:
    """A small model of each kind that the configs have."""
    fbo = dict(
        type='non_local', st_feat_channels=32, lt_feat_channels=32, latent_channels=8, num_st_feat=1, num_lt_feat=8
    )
    keywords = {
        'plain': {},
        'context': dict(channels=64, extractor=dict(with_global=True)),
        'temporal_max': dict(extractor=dict(temporal_pool_mode='max')),
        'mlp_focal': dict(head=dict(mlp_head=True, focal_alpha=3.0, focal_gamma=1.0)),
        'single_label': dict(head=dict(multilabel=False, dropout_ratio=0.5)),
        'acrn': dict(channels=16, shared_head=dict(type='ACRNHead', in_channels=64, out_channels=16)),
        'lfb': dict(channels=40, shared_head=dict(type='FBOHead', lfb_cfg=bank, fbo_cfg=fbo)),
    }
    return small(**keywords[name])


@pytest.mark.parametrize('name', FAMILIES)
def test_each_family_trains_and_predicts(name, bank):
    model = family(name, bank)
    data = batch()
    for sample, key in zip(data['data_samples'], ('a,0902', 'b,0902')):
        sample.set_metainfo(dict(img_key=key))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    losses = []
    for _ in range(3):
        torch.manual_seed(0)  # the same dropout, so that only the weights differ
        found = model(data['inputs'], data['data_samples'], mode='loss')
        found['loss_action_cls'].backward()
        assert all(p.grad is not None for p in model.parameters())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(found['loss_action_cls'].item())
    assert losses[2] < losses[1] < losses[0]
    model.eval()
    with torch.no_grad():
        samples = model(data['inputs'], data['data_samples'], mode='predict')
    for sample in samples:
        boxes = sample.proposals.bboxes
        assert torch.allclose(sample.pred_instances.bboxes, boxes / 64)
        assert sample.pred_instances.scores.shape == (2, 81)
    assert {'bboxes'} == set(samples[0].proposals.keys())  # they stay


def test_a_batch_gives_what_its_samples_give(bank):
    model = family('context', bank).eval()
    data = batch(3)
    data['data_samples'][1].proposals = InstanceData(bboxes=torch.zeros(0, 4))
    with torch.no_grad():
        together = model(data['inputs'], copy.deepcopy(data['data_samples']), mode='predict')
        for i, sample in enumerate(data['data_samples']):
            (alone,) = model(data['inputs'][i : i + 1], [sample], mode='predict')
            assert torch.allclose(alone.pred_instances.scores, together[i].pred_instances.scores, atol=1e-5)
    assert together[1].pred_instances.scores.shape == (0, 81)
    assert together[1].pred_instances.bboxes.shape == (0, 4)


def test_samples_without_proposals_or_ground_truth_train(bank):
    model = family('plain', bank)
    data = batch(2)
    samples = data['data_samples']
    samples[0].proposals = InstanceData(bboxes=torch.zeros(0, 4))
    with_gt = model(data['inputs'], samples, mode='loss')
    assert with_gt['loss_action_cls'] > 0
    for sample in samples:
        sample.gt_instances = InstanceData(bboxes=torch.zeros(0, 4), labels=torch.zeros(0, 81))
    for proposals in (samples[1].proposals, InstanceData(bboxes=torch.zeros(0, 4))):
        samples[1].proposals = proposals
        model.zero_grad()
        losses = model(data['inputs'], samples, mode='loss')
        assert losses['loss_action_cls'].item() == 0
        losses['loss_action_cls'].backward()
        assert all(p.grad is not None for p in model.parameters())


def test_tensor_mode_gives_logits_of_boxes_or_features(bank):
    model = family('plain', bank).eval()
    data = batch(1)
    with torch.no_grad():
        features = model(data['inputs'])
        logits = model(data['inputs'], data['data_samples'])
        (sample,) = model(data['inputs'], data['data_samples'], mode='predict')
    assert features.shape == (1, 32, 4, 4, 4)
    assert torch.allclose(logits.sigmoid(), sample.pred_instances.scores)


class Scale(nn.Module):
    """Neck that doubles the features."""

    def forward(self, x: Tensor) -> Tensor:
        return x * 2


def test_a_neck_and_finished_parts_are_used():
    parts = small_config()
    plain = fill_state_dict(MODELS.build(parts))
    model = FastRCNN(
        backbone=plain.backbone,
        roi_head=plain.roi_head,
        neck=Scale(),
        data_preprocessor=plain.data_preprocessor,
    ).eval()
    plain.eval()
    inputs = batch(1)['inputs']
    assert torch.allclose(model.extract_feat(inputs), 2 * plain.extract_feat(inputs))


def test_missing_parts_of_samples_are_named():
    model = small()
    data = batch(1)
    with pytest.raises(ValueError, match=r'got shape \(1, 1, 3, 4, 8, 8\).*collapse=True'):
        model(torch.zeros(1, 1, 3, 4, 8, 8), data['data_samples'], mode='predict')
    with pytest.raises(ValueError, match=r"Sample 'v,0902' has no proposals.*proposal_file"):
        model(data['inputs'], [ActionDataSample(metainfo=dict(img_key='v,0902'))], mode='predict')
    with pytest.raises(ValueError, match="mode='predict' needs the proposals in data_samples, got none"):
        model(data['inputs'], mode='predict')
    del data['data_samples'][0].gt_instances
    with pytest.raises(ValueError, match='has no gt_instances; the data set must give gt_bboxes'):
        model(data['inputs'], data['data_samples'], mode='loss')
    config = small_config()
    config['train_cfg'] = None
    with pytest.raises(ValueError, match=r'assigner and a sampler in train_cfg\.rcnn'):
        MODELS.build(config)(**batch(1), mode='loss')
    with pytest.raises(ValueError, match=r"train_cfg has unknown keys \['rccn'\]"):
        MODELS.build(small_config() | dict(train_cfg=dict(rccn={})))
    with pytest.raises(ValueError, match=r'mask_head \(1\) must be None'):
        AVARoIHead(mask_head=1)


# --------------------------------------------------------------------------------------------------- names and scopes
def test_names_resolve_plain_with_a_prefix_and_under_the_scope(caplog):
    assert MODELS.get('FastRCNN') is MODELS.get('mmdet.FastRCNN') is ROOT_MODELS.get('mmdet.FastRCNN') is FastRCNN
    assert MODELS.get('mmaction.FastRCNN') is FastRCNN
    assert TASK_UTILS.get('mmdet.MaxIoUAssignerAVA') is ROOT_TASK_UTILS.get('mmdet.MaxIoUAssignerAVA')
    assert TASK_UTILS.get('MaxIoUAssignerAVA') is MaxIoUAssignerAVA
    caplog.set_level(logging.WARNING)
    scope = DefaultScope.get_current_instance()
    before = None if scope is None else scope.scope_name
    for registry in (MODELS, ROOT_MODELS):  # a runner builds from the root
        model = registry.build(small_config())
        assert isinstance(model, FastRCNN)
        assert isinstance(model.backbone, ResNet3dSlowOnly)
        assert isinstance(model.roi_head.bbox_assigner, MaxIoUAssignerAVA)
    scope = DefaultScope.get_current_instance()
    assert before == (None if scope is None else scope.scope_name)
    prefixed = small_config() | dict(type='mmdet.FastRCNN')
    del prefixed['_scope_']
    prefixed['roi_head']['type'] = 'mmdet.AVARoIHead'
    assert isinstance(MODELS.build(prefixed), FastRCNN)
    assert [record.message for record in caplog.records if 'not installed' in record.message] == []


MMDET = """
from mmengine.registry import MODELS as ROOT, TASK_UTILS as ROOT_UTILS, Registry
MODELS = Registry('model', parent=ROOT, scope='mmdet')
TASK_UTILS = Registry('task util', parent=ROOT_UTILS, scope='mmdet')

@MODELS.register_module()
class FastRCNN:
    def __init__(self, backbone, roi_head):
        self.roi_head = MODELS.build(roi_head)
"""
USE = """
import mmaction.models
from mmengine.registry import MODELS
head = dict(type='AVARoIHead', bbox_head=dict(type='BBoxHeadAVA', background_class=True, in_channels=8))
backbone = dict(type='mmaction.ResNet3dSlowOnly', depth=18, base_channels=4, pretrained=None)
model = MODELS.build(dict(type='FastRCNN', _scope_='mmdet', backbone=backbone, roi_head=head))
print(type(model).__module__, type(model.roi_head).__module__)
"""
REJECTS = 'assert False, "mmcv is too new"'  # as MMDetection does


@pytest.mark.parametrize(
    ('registry', 'detector'), [(MMDET, 'mmdet.registry'), (REJECTS, 'mmaction.models.detectors.fast_rcnn')]
)
def test_an_installed_mmdet_gets_our_parts_and_keeps_its_own(tmp_path, registry, detector):
    (tmp_path / 'mmdet').mkdir()
    (tmp_path / 'mmdet' / '__init__.py').write_text('')
    (tmp_path / 'mmdet' / 'registry.py').write_text(registry)
    root = Path(__file__).resolve().parents[3]
    code = f'import sys\nsys.path[:0] = [{str(tmp_path)!r}, {str(root)!r}]\n{USE}'
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split('\n')[-2] == f'{detector} mmaction.models.roi_heads.roi_head'
