"""Files of safetensors, published checkpoints, and older versions of torch."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file as read_safetensors
from torch import nn

from mmaction.cli.tools.publish_model import publish
from mmaction.weights import BrokenCheckpointError, UnsafeCheckpointError, files, load, load_file, load_weights
from mmaction.weights import save_checkpoint_file as save


def checkpoint() -> dict:
    weight = torch.arange(6.0).view(2, 3)
    return dict(
        state_dict={'weight': weight, 'bias': weight[0, :2]},
        meta=dict(cfg="model = dict(type='X')", epoch=3),
        optimizer=dict(state={}),
        message_hub=dict(runtime_info={}),
    )


def test_written_and_read_again(tmp_path: Path) -> None:
    path = str(tmp_path / 'new' / 'w.safetensors')
    save(checkpoint(), path)
    assert sorted(read_safetensors(path)) == ['bias', 'weight']
    loaded = load_file(path)
    assert loaded['meta'] == dict(cfg="model = dict(type='X')")  # text alone fits in
    assert loaded['state_dict']['bias'].tolist() == [0, 1]
    net = nn.Linear(3, 2)
    assert load(net, path).is_complete and net.weight.tolist() == [[0, 1, 2], [3, 4, 5]]
    with open(path, 'rb') as file:
        assert load_file(file, name='stream')['state_dict']['weight'].sum() == 15


def test_the_content_decides_not_the_suffix(tmp_path: Path) -> None:
    path = str(tmp_path / 'w.safetensors')
    save(checkpoint(), path)
    Path(path).rename(tmp_path / 'w.pth')
    assert load_weights(str(tmp_path / 'w.pth'))['weight'].sum() == 15


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'w.safetensors'
    save(checkpoint(), str(path))
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(BrokenCheckpointError, match=r'w\.safetensors cannot be read as safetensors; .*truncated'):
        load_weights(str(path))


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors', ''])
def test_publish(tmp_path: Path, suffix: str) -> None:
    torch.save(checkpoint(), tmp_path / 'epoch_3.pth')
    path = publish(str(tmp_path / 'epoch_3.pth'), str(tmp_path / f'net{suffix}'))
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert path == str(tmp_path / f'net-{digest[:8]}{suffix or ".pth"}')
    assert {p.name for p in tmp_path.iterdir()} == {'epoch_3.pth', Path(path).name}
    loaded = load_file(path)
    assert sorted(loaded) == ['meta', 'state_dict'] and loaded['meta']['cfg'] == "model = dict(type='X')"
    assert torch.equal(loaded['state_dict']['weight'], checkpoint()['state_dict']['weight'])


def test_nothing_to_publish(tmp_path: Path) -> None:
    torch.save({'epoch': 3}, tmp_path / 'x.pth')
    with pytest.raises(ValueError, match=r'x\.pth holds no state dict'):
        publish(str(tmp_path / 'x.pth'), str(tmp_path / 'y.pth'))
    assert not (tmp_path / 'y.pth').exists()


def test_before_torch_2_10_only_tensors_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, '__version__', torch.torch_version.TorchVersion('2.9.1'))
    path = str(tmp_path / 'w.pth')
    state = {
        'a': nn.Parameter(torch.ones(2)),
        'b': torch.ones(1, dtype=torch.bfloat16),
        'c': torch.ones(1, dtype=torch.int64),
        'd': torch.ones(1, dtype=torch.bool),
    }
    torch.save({'state_dict': state, 'meta': {'epoch': 3, 'name': 'x'}}, path)
    assert load_weights(path)['a'].tolist() == [1, 1]
    with open(path, 'rb') as file:
        assert load_file(file)['meta'] == {'epoch': 3, 'name': 'x'}

    import numpy as np

    torch.save({'state_dict': state, 'best': np.float32(0.5)}, path)
    message = r'w\.pth was refused: torch 2\.9\.1 .*numpy.*CVE-2026-24747.*Install torch>=2\.10, or convert'
    with pytest.raises(UnsafeCheckpointError, match=message):
        load_weights(path)
    with open(path, 'wb') as old_format:
        pickle.dump({'state_dict': {}}, old_format)
    with pytest.raises(UnsafeCheckpointError, match=r'a format from before torch 1\.6'):
        load_weights(path)
    assert files._globals_of(pickle.dumps(len, protocol=4)) == ['STACK_GLOBAL']
    save(dict(state_dict={'a': torch.ones(2)}), str(tmp_path / 'w.safetensors'))
    assert load_weights(str(tmp_path / 'w.safetensors'))['a'].sum() == 2
