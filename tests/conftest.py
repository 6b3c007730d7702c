"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import importlib.util
import logging
import os
import pickle
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from initialization import skip_initialization
from mmengine.config import Config
from mmengine.logging import MMLogger
from torch import nn

from mmaction.testing import fill

os.environ.setdefault('MPLBACKEND', 'Agg')
# A busy machine is no fault of a test.
settings.register_profile('any machine', deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('any machine')

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope='session', autouse=True)
def _session() -> None:
    """One thread a worker (the workers share the cores), names looked up in the package's scope."""
    import torch

    from mmaction.utils import register_all_modules

    torch.set_num_threads(1)
    register_all_modules(init_default_scope=True)


@pytest.fixture(scope='session', autouse=True)
def _drawn_once() -> Iterator[None]:
    """Keep the numbers of weights that tests fill, up to 400 MB: drawing them takes half the time of recorded tests."""
    draw = fill.standard_normal
    kept: dict[int, np.ndarray] = {}  # the last used comes last

    def look_up(seed: int, count: int) -> np.ndarray:
        if count < 10_000:
            return draw(seed, count)
        values = kept.pop(seed, None)
        if values is None or len(values) < count:
            values = draw(seed, count)
            values.flags.writeable = False
        kept[seed] = values
        while sum(map(len, kept.values())) > 100_000_000:
            del kept[next(iter(kept))]
        return values[:count]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fill, 'standard_normal', look_up)
        yield


@pytest.fixture(scope='session', autouse=True)
def _nothing_to_initialize() -> Iterator[None]:
    """Skip the initialization of weights on ``meta``, which have no numbers but take as long as others."""
    with skip_initialization(lambda tensor: tensor.is_meta):
        yield


@pytest.fixture(scope='session', autouse=True)
def _configs_parsed_once() -> Iterator[None]:
    """Keep what the files of the checkout's configs hold: a config and its bases are read by many tests."""
    parse = Config._file2dict
    kept: dict[tuple, bytes] = {}

    def look_up(filename: str, *args: object, **kwargs: object) -> tuple:
        path = Path(filename).resolve()
        if not path.is_relative_to(ROOT / 'configs'):
            return parse(filename, *args, **kwargs)
        key = str(filename), args, *sorted(kwargs.items())
        if key not in kept:
            kept[key] = pickle.dumps(parse(filename, *args, **kwargs))
        return pickle.loads(kept[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Config, '_file2dict', staticmethod(look_up))
        yield


@pytest.fixture(scope='session', autouse=True)
def _no_network() -> Iterator[None]:
    """Names resolve on this machine only: a test that asks for another would depend on the network it runs in."""
    resolve = socket.getaddrinfo

    def resolve_local(host: str | bytes | None, *args: object, **kwargs: object) -> list:
        if host not in (None, '', 'localhost', '127.0.0.1', '::1', socket.gethostname()):
            raise socket.gaierror(f'Tests reach no other machine, such as {host}.')
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, 'getaddrinfo', resolve_local)
        yield


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Warnings in the log of mmengine, which does not hand them on to that of Python."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.WARNING):
        yield caplog
    logger.removeHandler(caplog.handler)


def pytest_collection_finish() -> None:
    """Leave modules and tests out of garbage collection: they stay, and each full collection would look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope='session')
def root() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope='session')
def prepare():
    """The module ``tools/data/kinetics400_tiny/prepare.py``."""
    path = ROOT / 'tools' / 'data' / 'kinetics400_tiny' / 'prepare.py'
    spec = importlib.util.spec_from_file_location('prepare', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='session')
def workspace(tmp_path_factory: pytest.TempPathFactory, prepare) -> Path:
    """A folder with ``data/kinetics400_tiny``: 12 clips to train on, 4 to validate, 160 x 120 pixels."""
    folder = tmp_path_factory.mktemp('workspace')
    data = folder / 'data'
    prepare.synthesize(data / 'kinetics400_tiny', {'train': 12, 'val': 4}, num_frames=40, size=(120, 160))
    (data / 'kinetics400_tiny_synthetic').symlink_to(data / 'kinetics400_tiny')
    return folder


@pytest.fixture(scope='session')
def configs() -> dict[str, Config]:
    """Every config, by its path from the root. To read only: all tests share them."""
    files = [path for path in sorted((ROOT / 'configs').rglob('*.py')) if '_base_' not in path.parts]
    return {str(path.relative_to(ROOT)): Config.fromfile(path) for path in files}


@pytest.fixture(scope='session')
def golden_dir() -> Path:
    """Recorded data of the tests."""
    return ROOT / 'tests' / 'golden'


@pytest.fixture(scope='session')
def clip() -> np.ndarray:
    """A textured clip, uint8 (30, 96, 128, 3), RGB."""
    from mmaction.testing import moving_texture

    return moving_texture(30, 96, 128)


@pytest.fixture(scope='session')
def clip_path(tmp_path_factory: pytest.TempPathFactory, clip: np.ndarray) -> str:
    """The textured clip as an H.264 file, 30 frames at 25 fps."""
    from mmaction.video import write_video

    path = tmp_path_factory.mktemp('clip') / 'clip.mp4'
    write_video(path, clip)
    return str(path)


# --- a small recognizer as its users have it: a config file and a checkpoint ---
CONFIG = """
default_scope = 'mmaction'
model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='ResNet', depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,)
    ),
    cls_head=dict(type='TSNHead', num_classes={classes}, in_channels=128, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], format_shape='NCHW'
    ),
)
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=4, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='CenterCrop', crop_size=64),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(dataset=dict(type='VideoDataset', ann_file='', pipeline=test_pipeline))
"""


@pytest.fixture(scope='session')
def rec_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('recognizer')


@pytest.fixture(scope='session')
def rec_config(rec_dir: Path) -> str:
    """TSN with half a ResNet-18 on four crops of 64 px, for six classes."""
    path = rec_dir / 'tsn.py'
    path.write_text(CONFIG.format(classes=6))
    return str(path)


@pytest.fixture(scope='session')
def rec_checkpoint(rec_dir: Path, rec_config: str) -> str:
    from mmaction.apis import init_recognizer
    from mmaction.testing import fill_state_dict

    model = fill_state_dict(init_recognizer(rec_config, device='cpu'))
    with torch.no_grad():
        model.cls_head.fc_cls.weight.mul_(3)  # so that the classes score differently
    path = rec_dir / 'tsn.pth'
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, path)
    return str(path)


@pytest.fixture(scope='session')
def recognizer(rec_config: str, rec_checkpoint: str) -> nn.Module:
    from mmaction.apis import init_recognizer

    return init_recognizer(rec_config, rec_checkpoint, device='cpu')


@pytest.fixture(scope='session')
def decoded(clip_path: str) -> np.ndarray:
    """The frames of ``clip_path``, uint8 (30, 96, 128, 3), RGB."""
    from mmaction.video import open_reader

    with open_reader(clip_path) as reader:
        return reader.get_frames(np.arange(reader.num_frames))


def write_frames(folder: Path, frames: np.ndarray, template: str, start: int) -> Path:
    folder.mkdir()
    for number, frame in enumerate(frames, start):
        assert cv2.imwrite(str(folder / template.format(number)), frame[..., ::-1])
    return folder


@pytest.fixture(scope='session')
def frame_dir(tmp_path_factory: pytest.TempPathFactory, decoded: np.ndarray) -> str:
    """The same frames as lossless pictures, not named as RawframeDataset has it."""
    return str(write_frames(tmp_path_factory.mktemp('frames') / 'clip frames', decoded, 'frame-{}.png', 0))


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope='session')
def serve() -> Iterator:
    """``serve(folder)`` gives the address under which a server on this machine has the folder."""
    servers = []

    def start(folder: Path | str) -> str:
        server = ThreadingHTTPServer(('127.0.0.1', 0), partial(_Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f'http://127.0.0.1:{server.server_port}'

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


ACTIONFORMER = """
default_scope = 'mmaction'
model = dict(
    type='ActionFormer', in_channels=128, num_classes=2, channels=8, num_heads=2, window_size=5, num_stem=1,
    regression_ranges=((0, 4), (4, 10000)), classes=['run', 'jump'],
)
test_pipeline = [
    dict(type='LoadLocalizationFeature'),
    dict(type='SegmentsOnFeatureGrid', stride=4),
    dict(type='PackLocalizationInputs', keys=('gt_segments', 'gt_labels'),
         meta_keys=('video_name', 'duration_second', 'feature_step_sec', 'feature_start_sec')),
]
"""
BMN = """
default_scope = 'mmaction'
model = dict(
    type='BMN', temporal_dim=8, boundary_ratio=0.5, num_samples=4, num_samples_per_bin=2, feat_dim=128,
    soft_nms_alpha=0.4, soft_nms_low_threshold=0.5, soft_nms_high_threshold=0.9, post_process_top_k=10,
    feature_extraction_interval=4, hidden_dim_1d=8, hidden_dim_2d=8, hidden_dim_3d=8,
)
test_pipeline = [
    dict(type='LoadLocalizationFeature'),
    dict(type='PackLocalizationInputs', keys=('gt_bbox',),
         meta_keys=('video_name', 'duration_second', 'duration_frame', 'annotations', 'feature_frame')),
]
"""


@pytest.fixture(scope='session')
def localization_models(tmp_path_factory, rec_config, rec_checkpoint):
    """A recognizer and localizers, and the command line arguments for them."""
    from mmaction.apis import init_localizer, init_recognizer
    from mmaction.testing import fill_state_dict

    folder = tmp_path_factory.mktemp('localizers')
    built = {'recognizer': init_recognizer(rec_config, rec_checkpoint, device='cpu')}
    files = {'recognizer': [rec_config, rec_checkpoint]}
    for name, text in (('actionformer', ACTIONFORMER), ('bmn', BMN)):
        config, checkpoint = folder / f'{name}.py', folder / f'{name}.pth'
        config.write_text(text)
        model = init_localizer(str(config), device='cpu')
        fixed = model.sample_mask.clone() if name == 'bmn' else None
        fill_state_dict(model)
        if fixed is not None:
            model.sample_mask.data.copy_(fixed)
        torch.save({'state_dict': model.state_dict()}, checkpoint)
        built[name], files[name] = model, [str(config), str(checkpoint)]
    return built, files


@pytest.fixture(scope='session')
def long_video(tmp_path_factory):
    """70 frames at 10 frames a second: a texture that stands, moves, and stands again."""
    from mmaction.testing import moving_texture
    from mmaction.video import write_video

    moving = moving_texture(30, 64, 96)
    path = tmp_path_factory.mktemp('long') / 'long.mp4'
    write_video(path, [*[moving[0]] * 20, *moving, *[moving[-1]] * 20], fps=10)
    return str(path)
