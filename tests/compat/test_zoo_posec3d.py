"""Parameters and multiplications that the README and metafile of PoseC3D state are those of its networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from multiplications import MultiplicationCounter

from mmaction.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'configs' / 'skeleton' / 'posec3d'
# parameters, 10^9 multiplications and shape of a training sample
RGBPOSE = {
    'rgb_only': (31_757_436, 41.740, dict(inputs=(1, 1, 3, 8, 224, 224))),
    'pose_only': (2_024_860, 11.333, dict(inputs=(1, 1, 17, 32, 56, 56))),
    'rgbpose_conv3d': (36_147_928, 58.005, dict(imgs=(1, 1, 3, 8, 224, 224), heatmap_imgs=(1, 1, 17, 32, 56, 56))),
}


def measure(cfg: Config, shapes: dict[str, tuple[int, ...]]) -> tuple[int, float]:
    """Parameters, and 10^9 multiplications for one sample, by the metafile's rule."""
    with torch.device('meta'):
        model = MODELS.build(dict(cfg.model.to_dict(), data_preprocessor=None)).eval()
        inputs = {name: torch.empty(shape) for name, shape in shapes.items()}
    with MultiplicationCounter() as counter, torch.no_grad():
        model(inputs.get('inputs', inputs), mode='tensor', stage='head')
    return sum(p.numel() for p in model.parameters()), counter.gmacs


def test_metafile_numbers_are_measured():
    models = yaml.safe_load((FOLDER / 'metafile.yml').read_text())['Models']
    for model in models:
        meta = model['Metadata']
        cfg = Config.fromfile(ROOT / model['Config'])
        size = [int(number) for number in meta['Resolution'].split('x')]
        steps = cfg.train_dataloader.dataset.dataset.pipeline
        assert [steps[0].get('clip_len', 48), *[s for s in steps if s.type == 'Resize'][-1].scale] == size
        params, gmacs = measure(cfg, dict(inputs=(1, 1, 17, *size)))
        assert params == meta['Parameters'], model['Name']
        assert gmacs == pytest.approx(float(meta['FLOPs'].removesuffix('G')), abs=6e-4), model['Name']
    assert len(models) == 7


def test_small_one_for_a_cpu():
    name = 'slowonly_r18-3stages_1xb8-u24-32e_jhmdb14-keypoint'
    params, gmacs = measure(Config.fromfile(FOLDER / f'{name}.py'), dict(inputs=(1, 1, 17, 24, 32, 32)))
    assert (params, round(gmacs, 3)) == (875_950, 0.210)
    assert f'| 0.210 | 875,950 | [config]({name}.py)' in (FOLDER / 'README.md').read_text()


@pytest.mark.parametrize('name', RGBPOSE)
def test_readme_numbers_of_rgbpose_are_measured(name):
    params, gmacs, shapes = RGBPOSE[name]
    got = measure(Config.fromfile(FOLDER / 'rgbpose_conv3d' / f'{name}.py'), shapes)
    assert got == (params, pytest.approx(gmacs, abs=6e-4))
    text = (FOLDER / 'README.md').read_text()
    assert f'| {gmacs:.3f} | {params:,} | [config](rgbpose_conv3d/{name}.py)' in text
