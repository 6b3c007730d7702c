"""Adapters are registered without the packages, and name the command that installs them."""

from __future__ import annotations

import builtins
import sys

import pytest

from mmaction.models import FrameEncoder, HFVideoBackbone, HFVideoRecognizer
from mmaction.models.adapters.folders import find_folder, read_license
from mmaction.registry import MODELS
from mmaction.weights import WeightsNotAvailable


@pytest.fixture
def without(monkeypatch):
    """Packages cannot be imported."""
    absent = ('transformers', 'timm', 'open_clip', 'huggingface_hub')
    for name in [*sys.modules]:
        if name.partition('.')[0] in absent:
            monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__
    monkeypatch.setattr(sys, 'path', [])

    def missing(name, *args, **kwargs):
        if name.partition('.')[0] in absent:
            raise ModuleNotFoundError(f'No module named {name!r}')
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, '__import__', missing)


@pytest.mark.parametrize(
    'cfg, command',
    [
        (dict(type='HFVideoRecognizer', config=dict(model_type='videomae')), 'pip install "transformers>=5"'),
        (dict(type='HFVideoBackbone', config=dict(model_type='videomae')), 'needs Python 3.11'),
        (dict(type='FrameEncoder', config=dict(architecture='resnet18')), 'pip install "timm"'),
        (dict(type='FrameEncoder', config=dict(model_cfg=dict())), 'pip install open_clip_torch'),
        (dict(type='FrameEncoder', model='timm/resnet18.a1_in1k'), 'pip install "huggingface_hub"'),
    ],
)
def test_absent_packages_are_named(without, cfg, command):
    with pytest.raises(ImportError, match=command):
        MODELS.build(cfg)


def test_registered():
    registered = [MODELS.get(name) for name in ('HFVideoRecognizer', 'HFVideoBackbone', 'FrameEncoder')]
    assert registered == [HFVideoRecognizer, HFVideoBackbone, FrameEncoder]


def test_a_name_on_the_hub_without_a_network(monkeypatch):
    hub = pytest.importorskip('huggingface_hub', reason='huggingface_hub is not installed')
    fetched = []

    def snapshot(name, allow_patterns):
        fetched.extend(allow_patterns)
        raise hub.errors.LocalEntryNotFoundError('no network')

    monkeypatch.setattr(hub, 'snapshot_download', snapshot)
    with pytest.raises(WeightsNotAvailable, match=r'MCG-NJU/videomae-base could not be fetched.*give their folder'):
        find_folder('MCG-NJU/videomae-base')
    assert not any(pattern.endswith(('.py', '.bin', '.pt', '*')) for pattern in fetched)


@pytest.mark.parametrize(
    'card, license_',
    [
        ('---\nlicense: apache-2.0\n---\nText', 'apache-2.0'),
        ('---\nlicense:\n- mit\n- cc-by-4.0\n---\n', 'mit, cc-by-4.0'),
        ('---\nlicense: other\nlicense_name: mine\n---\n', 'other (mine)'),
        ('---\ntags: [video]\n---\n', None),
        ('---\nlicense: [\n---\n', None),
        ('# No front matter\nlicense: mit\n', None),
        (None, None),
    ],
)
def test_license_of_a_card(tmp_path, card, license_):
    if card is not None:
        (tmp_path / 'README.md').write_text(card)
    assert read_license(str(tmp_path)) == license_
