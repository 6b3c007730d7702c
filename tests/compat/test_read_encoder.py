"""``hf:`` in place of a path: the config of a model of another library, with options merged."""

from __future__ import annotations

import json

import pytest

from mmaction.compat.read import read_config


def test_a_folder_instead_of_a_config(tmp_path):
    config = dict(model_cfg=dict(vision_cfg=dict(image_size=48)), preprocess_cfg=dict(mean=[0.5] * 3, std=[0.5] * 3))
    (tmp_path / 'open_clip_config.json').write_text(json.dumps(config))
    cfg = read_config(f'hf:{tmp_path}', {'model.backbone.frozen': True})
    assert cfg.model.backbone == dict(type='FrameEncoder', model=str(tmp_path), frozen=True)
    assert cfg.model.data_preprocessor.mean == [127.5] * 3
    with pytest.raises(FileNotFoundError, match=r'There is no folder of a model at \./nowhere'):
        read_config('hf:./nowhere')
