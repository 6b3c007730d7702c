"""Checkpoints: what is loaded, what is refused, where weights come from."""

from __future__ import annotations

import os
import pickle
import threading
from collections import OrderedDict, deque
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint as mmengine_checkpoints
from mmengine.runner.checkpoint import CheckpointLoader

import mmaction.engine  # noqa: F401
from mmaction.weights.files import UnsafeCheckpointError, load_file
from mmaction.weights.sources import WeightsNotAvailable, fetch_weights, load_weights, torchvision_urls


def mmengine_checkpoint() -> dict:
    """What mmengine writes: history buffers, numpy scalars and the text of a config."""
    buffer = HistoryBuffer([0.5, 0.25], [1, 2])
    return dict(
        meta=dict(epoch=3, iter=12, cfg="model = dict(type='Recognizer2D')", seed=np.int64(7), best=np.float32(0.5)),
        state_dict=OrderedDict(w=torch.arange(6.0).view(2, 3)),
        message_hub=dict(
            log_scalars=OrderedDict({'train/loss': buffer}),
            runtime_info=OrderedDict(iter=np.int64(12), lr=np.array([0.1])),
            resumed_keys=OrderedDict({'train/loss': True}),
        ),
    )


def renamed(path: Path, old: bytes, new: bytes) -> Path:
    """A copy of a checkpoint with a module renamed inside the pickle, as another version wrote it."""
    import zipfile

    out = path.with_name('renamed.pth')
    with zipfile.ZipFile(path) as src, zipfile.ZipFile(out, 'w') as dst:
        for item in src.infolist():
            data = src.read(item.filename)
            if item.filename.endswith('data.pkl'):
                assert old in data
                data = data.replace(old, new)
            dst.writestr(item.filename, data)
    return out


@pytest.mark.parametrize('era', ['numpy 2', 'numpy 1'])
def test_old_mmengine_checkpoint_loads(tmp_path: Path, era: str) -> None:
    path = tmp_path / 'epoch_3.pth'
    torch.save(mmengine_checkpoint(), path)
    if era == 'numpy 1':
        path = renamed(path, b'numpy._core.multiarray', b'numpy.core.multiarray')
    with pytest.raises(pickle.UnpicklingError):  # what torch alone makes of it
        torch.load(path, weights_only=True)
    loaded = CheckpointLoader.load_checkpoint(str(path), map_location='cpu')
    history = loaded['message_hub']['log_scalars']['train/loss']
    assert history.data[0].tolist() == [0.5, 0.25]
    assert history.mean() == pytest.approx((0.5 + 0.25) / (1 + 2))  # sums over counts
    assert history.statistics('max') == 0.5
    assert loaded['meta']['seed'] == 7
    assert loaded['message_hub']['runtime_info']['lr'].tolist() == [0.1]
    assert torch.equal(loaded['state_dict']['w'], torch.arange(6.0).view(2, 3))


class Payload:
    """Unpickling this would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (os.system, (f'touch {self.path}',))


class GetattrPayload:
    """Reaches for a function through getattr, the one name HistoryBuffers need a stand-in for."""

    def __reduce__(self) -> tuple:
        return (getattr, (HistoryBuffer, '__init__'))


def test_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    mark = tmp_path / 'ran'
    path = tmp_path / 'evil.pth'
    torch.save({'state_dict': {}, 'meta': Payload(mark)}, path)
    with pytest.raises(UnsafeCheckpointError, match=r'evil\.pth was refused and none of its code was run.*system'):
        CheckpointLoader.load_checkpoint(str(path), map_location='cpu')
    assert not mark.exists()
    with path.open('wb') as file:
        pickle.dump({'state_dict': Payload(mark)}, file)
    with pytest.raises(UnsafeCheckpointError, match='none of its code was run'):
        load_file(str(path))
    assert not mark.exists()


def test_getattr_reaches_nothing_but_the_statistics(tmp_path: Path) -> None:
    path = tmp_path / 'sly.pth'
    torch.save({'x': GetattrPayload()}, path)
    with pytest.raises(UnsafeCheckpointError, match=r'getattr.*__init__'):
        load_file(str(path))
    assert getattr not in torch.serialization.get_safe_globals()


@pytest.mark.parametrize(
    ('content', 'message'),
    [(b'hello', 'is not a checkpoint'), (b'', 'truncated|not a checkpoint'), (b'PK\x03\x04 and no more', 'truncated')],
)
def test_broken_files_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / 'broken.pth'
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match=rf'broken\.pth.*({message})'):
        load_file(str(path))


def test_missing_file() -> None:
    with pytest.raises(FileNotFoundError, match=r'no checkpoint at /nowhere/x\.pth'):
        load_weights('/nowhere/x.pth')


@pytest.mark.parametrize('key', ['state_dict', 'model', 'model_state', None])
def test_load_weights_finds_the_state_dict(tmp_path: Path, key: str | None) -> None:
    weights = {'module.fc.weight': torch.ones(2, 3)}
    torch.save({key: weights, 'epoch': 1} if key else weights, tmp_path / 'w.pth')
    assert {k: tuple(v.shape) for k, v in load_weights(str(tmp_path / 'w.pth')).items()} == {'fc.weight': (2, 3)}


def test_load_weights_without_any(tmp_path: Path) -> None:
    torch.save({'epoch': 1}, tmp_path / 'w.pth')
    with pytest.raises(ValueError, match=r'w\.pth holds no state dict'):
        load_weights(str(tmp_path / 'w.pth'))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An http server on loopback, and an empty cache."""
    served = tmp_path / 'served'
    served.mkdir()
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=str(served)))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield served, f'http://127.0.0.1:{http.server_port}'
    http.shutdown()


def test_fetching_checks_the_hash_and_fills_the_cache(server: tuple[Path, str]) -> None:
    import hashlib

    served, url = server
    torch.save({'state_dict': {'w': torch.ones(2)}}, served / 'plain.pth')
    digest = hashlib.sha256((served / 'plain.pth').read_bytes()).hexdigest()[:8]
    (served / f'net-{digest}.pth').write_bytes((served / 'plain.pth').read_bytes())
    assert load_weights(f'{url}/net-{digest}.pth')['w'].tolist() == [1, 1]
    (served / f'net-{digest}.pth').unlink()
    assert load_weights(f'{url}/net-{digest}.pth')['w'].tolist() == [1, 1]  # from the cache
    (served / 'net-00000000.pth').write_bytes((served / 'plain.pth').read_bytes())
    with pytest.raises(WeightsNotAvailable, match='hash'):
        fetch_weights(f'{url}/net-00000000.pth')


def test_fetching_checks_a_hash_that_names_the_folder(server: tuple[Path, str]) -> None:
    """As the addresses of OpenAI's CLIP have it."""
    import hashlib

    served, url = server
    torch.save({'w': torch.ones(2)}, served / 'plain.pth')
    content = (served / 'plain.pth').read_bytes()
    for digest, name in ((hashlib.sha256(content).hexdigest(), 'good.pt'), ('0' * 64, 'bad.pt')):
        (served / digest).mkdir()
        (served / digest / name).write_bytes(content)
    assert load_weights(f'{url}/{hashlib.sha256(content).hexdigest()}/good.pt')['w'].tolist() == [1, 1]
    with pytest.raises(WeightsNotAvailable, match='hash'):
        fetch_weights(f'{url}/{"0" * 64}/bad.pt')


def test_weights_out_of_reach_say_where_to_put_them(server: tuple[Path, str], tmp_path: Path) -> None:
    _, url = server
    with pytest.raises(
        WeightsNotAvailable, match=rf'absent\.pth could not be fetched.*{tmp_path}/hub/checkpoints/absent\.pth'
    ):
        fetch_weights(f'{url}/absent.pth')


def test_torchvision_names_without_torchvision() -> None:
    table = torchvision_urls()
    assert table['resnet50'].endswith('/resnet50-0676ba61.pth')
    assert table['resnet50.imagenet1k_v2'].endswith('/resnet50-11ad3fa6.pth')
    assert table['densenet161'].endswith('/densenet161-8d451a50.pth')
    with pytest.raises(ValueError, match=r'torchvision://resnet5\. Did you mean resnet'):
        load_weights('torchvision://resnet5')


def test_saving_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'epoch_1.pth'
    mmengine_checkpoints.save_checkpoint({'x': torch.ones(1)}, str(path))
    assert load_file(str(path))['x'].item() == 1
    before = path.read_bytes()

    def killed(obj: object, file: str) -> None:
        Path(file).write_bytes(b'half')
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, 'save', killed)
    with pytest.raises(KeyboardInterrupt):
        mmengine_checkpoints.save_checkpoint({'x': torch.zeros(1)}, str(path))
    assert path.read_bytes() == before


def test_latest_checkpoint_without_its_note(tmp_path: Path) -> None:
    find = mmengine_checkpoints.find_latest_checkpoint
    assert find(str(tmp_path)) is None
    for name in ('epoch_2.pth', 'epoch_10.pth', 'best_acc_top1_epoch_99.pth', 'epoch_11.pth.partial'):
        (tmp_path / name).touch()
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'epoch_2.pth'))
    assert find(str(tmp_path)) == str(tmp_path / 'epoch_2.pth')
    for broken in ('', str(tmp_path / 'epoch_12.pth')):  # killed between opening and writing; a file since removed
        (tmp_path / 'last_checkpoint').write_text(broken)
        assert find(str(tmp_path)) == str(tmp_path / 'epoch_10.pth')


class Saver:
    """What the checkpoint hook asks of a runner."""

    def __init__(self, work_dir: Path) -> None:
        from mmengine.logging import MessageHub

        self.work_dir, self.message_hub, self.fail = str(work_dir), MessageHub.get_instance(f'saver-{work_dir}'), False

    def save_checkpoint(self, out_dir: str, filename: str, *args: object, **kwargs: object) -> None:
        if self.fail:
            raise KeyboardInterrupt
        Path(out_dir, filename).touch()


def test_the_old_checkpoint_goes_after_the_new_one_is_there(tmp_path: Path) -> None:
    from mmengine.fileio import get_file_backend

    from mmaction.registry import HOOKS

    hook = HOOKS.build(dict(type='CheckpointHook', interval=1, max_keep_ckpts=2))
    hook.out_dir, hook.filename_tmpl = str(tmp_path), 'epoch_{}.pth'
    hook.file_backend = get_file_backend(str(tmp_path))
    hook.keep_ckpt_ids = deque(maxlen=2)
    saver = Saver(tmp_path)

    def there() -> set[str]:
        return {path.name for path in tmp_path.glob('epoch_*.pth')}

    for step in (1, 2, 3, 3):
        hook._save_checkpoint_with_step(saver, step, {})
    assert there() == {'epoch_2.pth', 'epoch_3.pth'}
    assert os.readlink(tmp_path / 'latest.pth') == 'epoch_3.pth'
    assert saver.message_hub.get_info('keep_ckpt_ids') == [2, 3]
    saver.fail = True
    with pytest.raises(KeyboardInterrupt):
        hook._save_checkpoint_with_step(saver, 4, {})
    assert there() == {'epoch_2.pth', 'epoch_3.pth'}
    assert hook.max_keep_ckpts == 2
    assert os.readlink(tmp_path / 'latest.pth') == 'epoch_3.pth'


def test_latest_is_a_copy_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mmaction.engine.hooks.checkpoint_hook import point_to

    def refuse(*_: object) -> None:
        raise OSError('no links')

    monkeypatch.setattr(os, 'symlink', refuse)
    link = tmp_path / 'latest.pth'
    for content in (b'one', b'two'):
        (tmp_path / 'epoch.pth').write_bytes(content)
        point_to(str(tmp_path / 'epoch.pth'), str(link))
        assert link.read_bytes() == content and not link.is_symlink()


def test_names_that_documents_print(tmp_path: Path) -> None:
    from mmaction.weights.sources import find_checkpoint, load_checkpoint_file

    torch.save({'state_dict': {'x': torch.full((1,), 6.0)}}, tmp_path / 'best_acc_top1_epoch_6.pth')
    torch.save({'state_dict': {'x': torch.full((1,), 7.0)}}, tmp_path / 'epoch_7.pth')
    printed = tmp_path / 'best_acc' / 'top1_epoch_6.pth'
    assert load_checkpoint_file(str(printed))['state_dict']['x'].item() == 6
    assert load_checkpoint_file(str(tmp_path / 'latest.pth'))['state_dict']['x'].item() == 7
    assert find_checkpoint(str(tmp_path / 'best_acc' / 'top1_epoch_9.pth')) is None
    assert find_checkpoint(str(tmp_path / 'absent' / 'latest.pth')) is None
    with pytest.raises(FileNotFoundError, match=r'There is no checkpoint at .*best_acc/top1_epoch_9\.pth'):
        load_checkpoint_file(str(tmp_path / 'best_acc' / 'top1_epoch_9.pth'))
    printed.parent.mkdir()
    torch.save({'state_dict': {'x': torch.full((1,), 1.0)}}, printed)  # a file of the very name wins
    assert load_checkpoint_file(str(printed))['state_dict']['x'].item() == 1
