"""Parameters of the networks of temporal localization, and what the stages of BSN hand to each other."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from mmengine.config import Config

from mmaction.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = ('bmn', 'bsn', 'drn', 'tcanet')
PARAMETERS = {  # of the network of each config
    'bmn/bmn_2xb8-400x100-9e_activitynet-feature': 36_978_564,
    'bmn/bmn_2xb8-2048x100-9e_activitynet-slowonly-k700-feature': 37_294_980,
    'bsn/bsn_tem_1xb16-400x100-20e_activitynet-feature': 1_403_395,
    'bsn/bsn_tem_1xb16-2048x100-20e_activitynet-k700-feature': 3_934_723,
    'bsn/bsn_pem_1xb16-400x100-20e_activitynet-feature': 8_705,
    'bsn/bsn_pem_1xb16-2048x100-20e_activitynet-slowonly-k700-feature': 8_705,
    'tcanet/tcanet_2xb8-700x100-9e_hacs-feature': 10_954_255,
    'drn/drn_2xb16-4096-10e_c3d-feature_first': 39_214_288,
    'drn/drn_2xb16-4096-10e_c3d-feature_second': 39_214_288,
    'drn/drn_2xb16-4096-10e_c3d-feature_third': 39_214_288,
}


def test_proposal_generation_config():
    cfg = Config.fromfile(ROOT / 'configs/localization/bsn/bsn_pgm_400x100_activitynet-feature.py')
    pem = Config.fromfile(ROOT / 'configs/localization/bsn/bsn_pem_1xb16-400x100-20e_activitynet-feature.py')
    tem = Config.fromfile(ROOT / 'configs/localization/bsn/bsn_tem_1xb16-400x100-20e_activitynet-feature.py')
    load = pem.train_dataloader.dataset.pipeline[0]
    assert (load.pgm_proposals_dir, load.pgm_features_dir) == (cfg.pgm_proposals_dir, cfg.pgm_features_dir)
    assert tem.test_evaluator.dump_config.out == cfg.tem_results_dir
    assert cfg.pgm_features_train_cfg.top_k == load.top_k == 500
    counts = [cfg.pgm_features_test_cfg[f'num_sample_{part}'] for part in ('action', 'start', 'end')]
    assert sum(counts) == pem.model.pem_feat_dim
    assert cfg.pgm_proposals_cfg.temporal_scale == tem.model.temporal_dim


@pytest.mark.parametrize('name', PARAMETERS)
def test_parameters(name):
    model = Config.fromfile(ROOT / f'configs/localization/{name}.py').model
    assert sum(p.numel() for p in MODELS.build(model).parameters()) == PARAMETERS[name]


@pytest.mark.parametrize('family', FAMILIES)
def test_metafile_states_the_same_parameters(family):
    meta = yaml.safe_load((ROOT / 'configs' / 'localization' / family / 'metafile.yml').read_text())
    for model in meta['Models']:
        assert model['Metadata']['Parameters'] == PARAMETERS[f'{family}/{model["Name"]}']
        assert set(model['Metadata'].get('Configs', [])) <= {
            str(file.relative_to(ROOT)) for file in (ROOT / 'configs' / 'localization' / family).glob('*.py')
        }
    assert meta['Models']
