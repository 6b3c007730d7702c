"""Weights out of TorchScript archives, whose code is not run."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mmaction.models import CLIP, load_clip
from mmaction.models.common.clip_arch import CLIPArch
from mmaction.testing import fill_state_dict
from mmaction.weights.files import BrokenCheckpointError, UnsafeCheckpointError, load_file
from mmaction.weights.sources import load_weights

pytestmark = pytest.mark.filterwarnings('ignore::DeprecationWarning', 'ignore::torch.jit.TracerWarning')


class Tied(nn.Module):
    """Weights of many kinds: nested, shared, a view, half precision, a buffer; and attributes that are none."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 3, bias=False))
        self.layers[2].weight = self.layers[0].weight
        self.short = nn.Parameter(torch.randn(2, 3).half())
        self.view = nn.Parameter(torch.randn(4, 3)[1:].t())
        self.register_buffer('flags', torch.tensor([True, False]))
        self.register_buffer('empty', torch.zeros(0, 2))
        self.sizes = [3, 4]
        self.name = 'tied'
        self.table = {'a': 1.5}

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x) @ self.view[:, : self.sizes[0]] * self.table['a']


@pytest.fixture
def archive(tmp_path: Path) -> tuple[str, dict[str, Tensor]]:
    torch.manual_seed(0)
    path = str(tmp_path / 'ViT-B-16.pt')
    module = Tied()
    torch.jit.save(torch.jit.script(module), path)
    return path, module.state_dict()


def rewritten(path: str, changes: dict[str, bytes]) -> str:
    """A copy of an archive with other contents of some files."""
    out = f'{path}.changed'
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, 'w') as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name.partition('/')[2], old.read(name)))
    return out


def test_weights_are_those_of_the_module(archive):
    path, state = archive
    found = load_weights(path)
    assert list(found) == list(state)
    assert all(found[name].dtype == value.dtype and torch.equal(found[name], value) for name, value in state.items())
    assert found['layers.2.weight'].data_ptr() == found['layers.0.weight'].data_ptr()
    with open(path, 'rb') as stream:
        assert load_file(stream)['state_dict'].keys() == state.keys()


def test_code_is_refused(archive, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / 'ran'),)

    path, _ = archive
    with pytest.raises(UnsafeCheckpointError, match=r'pt\.changed was refused.*it asks for posix\.mkdir'):
        load_weights(rewritten(path, {'data.pkl': pickle.dumps(Evil(), 2)}))
    # An attribute of what is allowed is not reached through a name with dots.
    dotted = b'\x80\x04\x8c\x0ctorch._utils\x8c\x1e_rebuild_tensor_v2.__globals__\x93.'
    with pytest.raises(UnsafeCheckpointError, match=r'it asks for torch\._utils\._rebuild_tensor_v2\.__globals__'):
        load_weights(rewritten(path, {'data.pkl': dotted}))
    assert not (tmp_path / 'ran').exists()


@pytest.mark.parametrize('changes', [{'data/0': b'1234'}, {'data.pkl': b'\x80\x02}'}, {'data.pkl': b'\x80\x02N.'}])
def test_damaged_archives(archive, changes):
    with pytest.raises((BrokenCheckpointError, ValueError), match=r'may be truncated|holds no state dict'):
        load_weights(rewritten(archive[0], changes))


def test_a_clip_of_its_authors(tmp_path):
    vision = dict(image_size=32, patch_size=16, vision_width=64, vision_layers=1, vision_heads=1)
    text = dict(vocab_size=20, text_width=64, text_layers=1, text_heads=1)
    arch = CLIPArch(embed_dim=32, **vision, **text)
    model = fill_state_dict(CLIP(arch)).eval()
    model.register_buffer('input_resolution', torch.tensor(32))
    inputs = dict(encode_image=torch.rand(1, 3, 32, 32), encode_text=torch.zeros(1, 77, dtype=torch.int64))
    traced = torch.jit.trace_module(model, inputs)
    torch.jit.save(traced.half(), str(tmp_path / 'clip.pt'))
    found = load_clip(str(tmp_path / 'clip.pt'))
    for name, value in found.state_dict().items():
        torch.testing.assert_close(value, model.state_dict()[name].half().float())
