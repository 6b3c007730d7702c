"""Projects beside the toolbox, laid out as those of MMAction2: models of their own, ``custom_imports`` and a config.

``projects/ctrgcn`` and ``msg3d`` build backbones from the graph layers, under names that this package registers too;
``umt`` derives a transformer from the blocks, ``example_project`` a ResNet.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmaction.registry import MODELS
from mmaction.testing import moving_texture
from mmaction.video import write_video

PROJECTS = Path(__file__).parent / 'projects'


@pytest.fixture
def project(request, monkeypatch, tmp_path):
    """Import path, working folder and registry of one project, undone afterwards."""
    monkeypatch.syspath_prepend(str(PROJECTS / request.param[0]))
    monkeypatch.chdir(tmp_path)
    before = dict(MODELS.module_dict)
    yield PROJECTS / request.param[0] / 'configs' / request.param[1]
    MODELS._module_dict.clear()
    MODELS._module_dict.update(before)
    for name in [name for name in sys.modules if name.split('.')[0] == 'models']:
        del sys.modules[name]


def write_skeletons(folder: Path) -> None:
    rng = np.random.RandomState(0)
    clips = [
        dict(
            frame_dir=str(i),
            label=i % 2,
            img_shape=(240, 320),
            original_shape=(240, 320),
            total_frames=12,
            keypoint=rng.uniform(0, 200, (1, 12, 17, 2)).astype(np.float32),
            keypoint_score=np.ones((1, 12, 17), np.float32),
        )
        for i in range(4)
    ]
    content = dict(split=dict(train=[clip['frame_dir'] for clip in clips]), annotations=clips)
    (folder / 'skeletons.pkl').write_bytes(pickle.dumps(content))


def write_videos(folder: Path) -> None:
    (folder / 'videos').mkdir()
    for i in range(2):
        write_video(folder / 'videos' / f'{i}.mp4', moving_texture(12, 48, 48, seed=i))
    (folder / 'videos.txt').write_text('0.mp4 0\n1.mp4 1\n', encoding='utf-8')


@pytest.mark.parametrize(
    ('project', 'cls'),
    [
        (('ctrgcn', 'ctrgcn_joint.py'), 'models.ctrgcn.CTRGCN'),
        (('msg3d', 'msg3d_joint.py'), 'models.msg3d.MSG3D'),
        (('umt', 'umt_tiny.py'), 'models.vit.UMTViT'),
        (('example_project', 'examplenet_tsn.py'), 'models.example_net.ExampleNet'),
    ],
    indirect=['project'],
    ids=lambda value: value[0] if isinstance(value, tuple) else '',
)
@pytest.mark.filterwarnings('ignore:.*replaces the class of that name')
def test_builds_trains_a_step_and_predicts(project, cls, tmp_path):
    (write_skeletons if 'joint' in project.name else write_videos)(tmp_path)
    cfg = Config.fromfile(project)
    cfg.default_hooks.clear()
    model = MODELS.build(cfg.model)
    assert f'{type(model.backbone).__module__}.{type(model.backbone).__name__}' == cls
    model.init_weights()

    batch = next(iter(Runner.build_dataloader(cfg.train_dataloader)))
    optim = torch.optim.SGD(model.parameters(), lr=0.01)
    before = [p.detach().clone() for p in model.backbone.parameters()]
    losses = model(**model.data_preprocessor(batch, training=True), mode='loss')
    loss, _ = model.parse_losses(losses)
    loss.backward()
    optim.step()
    assert torch.isfinite(loss)
    assert any(not torch.equal(a, b) for a, b in zip(before, model.backbone.parameters()))

    model.eval()
    with torch.no_grad():
        samples = model.test_step(batch)
    assert len(samples) == len(batch['inputs'])
    for sample in samples:
        assert sample.pred_score.shape == (2,)
        torch.testing.assert_close(sample.pred_score.sum(), torch.tensor(1.0))
