"""One network of every family answers on an encoded clip, through the test pipeline of its config."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config

from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.testing import moving_texture
from mmaction.video import write_video

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = sorted(p.parent.name for p in (ROOT / 'configs' / 'recognition').glob('*/metafile.yml'))


def cheapest(family: str) -> Path:
    """The config of the family with the fewest multiplications."""
    meta = yaml.safe_load((ROOT / 'configs' / 'recognition' / family / 'metafile.yml').read_text())
    models = [model for model in meta['Models'] if not model['Config'].endswith('flow.py')]
    best = min(models, key=lambda model: float(model['Metadata']['FLOPs'].removesuffix('G')))
    return ROOT / best['Config']


# Arguments for the size of frames that position embeddings are made for; other networks take any, but for C3D.
SIZES = dict(
    InternVideo2='img_size', MViT='spatial_size', TimeSformer='img_size', UniFormerV2='input_resolution',
    VisionTransformer='img_size',
)  # fmt: skip


def half(size: int | tuple[int, ...]) -> int | tuple[int, ...]:
    """Half of a size; a side of -1, which follows from the other, stays."""
    return size // 2 if isinstance(size, int) else tuple(side // 2 for side in size)


def one_view(pipeline: list[dict], halved: bool) -> list[dict]:
    """The pipeline with the middle crop in place of many, and one clip, or three frames in place of 25.

    Args:
        pipeline: steps of a config.
        halved: frames of half the height and width.
    """
    steps = [dict(step) for step in pipeline]
    for step in steps:
        if halved and step['type'] in ('Resize', 'CenterCrop', 'ThreeCrop', 'TenCrop'):
            step.update({key: half(step[key]) for key in ('scale', 'crop_size') if key in step})
        if step['type'] in ('ThreeCrop', 'TenCrop'):
            step['type'] = 'CenterCrop'
        if step.get('clip_len', 1) > 1 and 'num_clips' in step:
            step['num_clips'] = 1
        if step.get('num_clips') == 25:
            step['num_clips'] = 3
        step.pop('twice_sample', None)
    return steps


def shallow(backbone: Config) -> None:
    """Two or four of the many blocks that a plain transformer repeats; the zoo's numbers are tested of all of them."""
    if 'embed_dims' in backbone and 'depth' in backbone:
        backbone.depth = 2
        backbone.update({'frozen_stages': 2} if 'frozen_stages' in backbone else {})
    elif backbone.type == 'TimeSformer':
        backbone.num_transformer_layers = 2
    elif backbone.type == 'UniFormerV2':
        backbone.update(layers=4, return_list=[0, 1, 2, 3])


@pytest.fixture(scope='module')
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp('clips') / 'clip.mp4'
    write_video(path, moving_texture(70, 96, 128, cell=24))
    return str(path)


@pytest.mark.parametrize('family', FAMILIES)
def test_family_answers_on_a_clip(family: str, long_clip: str) -> None:
    cfg = Config.fromfile(cheapest(family))
    loader = cfg.get('test_dataloader') or cfg.val_dataloader
    pipeline = one_view(loader.dataset.pipeline, halved=family != 'c3d')
    shallow(cfg.model.backbone)
    if cfg.model.backbone.type in SIZES:
        cfg.model.backbone[SIZES[cfg.model.backbone.type]] = 112
    torch.manual_seed(0)
    model = init_recognizer(cfg, device='cpu')
    sample = inference_recognizer(model, long_clip, test_pipeline=pipeline)
    head = cfg.model.cls_head
    assert sample.pred_score.shape == (head.get('num_classes') or head.video_classes,)
    assert torch.isfinite(sample.pred_score).all()
    assert sample.pred_score.sum().item() == pytest.approx(1, abs=1e-4)  # each averages probabilities
    assert sample.pred_score.std() > 0
    best = list(sample)
    assert best[0][0] == sample.pred_label.item() == int(sample.pred_score.argmax())


def test_families_were_found() -> None:
    assert len(FAMILIES) == 25
