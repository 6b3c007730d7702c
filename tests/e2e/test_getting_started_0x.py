"""The getting-started document of the 0.x line, item by item: its commands and Python, under its names.

The document's GPUs are processes on the CPU here, and its eight of them are two. Its data sets are a few small videos
and its networks a quarter of a ResNet-18, in 0.x config files under the names that it prints.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from processes import Script, forking_python, free_port, run_ranks

from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.cli.args import read_config
from mmaction.cli.main import main
from mmaction.compat.names import successor_path
from mmaction.testing import fill_state_dict, moving_texture
from mmaction.video import write_video

# Test -> the items of the document that it checks.
ITEMS = {
    'training': (
        'train.py without GPUs',
        'evaluation = dict(interval=5)',
        'train.py CONFIG',
        'train.py --work-dir',
        'train.py --seed',
        'train.py --deterministic',
        'train.py --validate',
        'train.py --test-last',
        'train.py --test-best',
        'train.py --gpus',
        'train.py --gpu-ids',
        'train.py --resume-from',
        'dist_train.sh CONFIG N',
        'dist_train.sh CONFIG N --resume-from work_dirs/NAME/latest.pth',
        'config files of 0.x',
    ),
    'several_launches': ('two machines: sh tools/dist_train.sh', 'two jobs on one machine: PORT=29500 and 29501'),
    'slurm': (
        'slurm_train.sh PARTITION JOB CONFIG',
        'dist_params = dict(backend, port)',
        'test.py --launcher slurm',
        'example 3: test in a SLURM environment',
    ),
    'testing': (
        'test.py without GPUs',
        'test.py --out',
        'test.py --eval',
        'test.py --options',
        'test.py --average-clips',
        'test.py --tensorrt',
        'test.py --launcher none, --local_rank',
        'example 1: test on Kinetics-400',
    ),
    'testing_in_several_processes': (
        'test.py --gpu-collect',
        'test.py --tmpdir',
        'example 2: dist_test.sh on Something-Something',
    ),
    'exported': ('test.py --onnx', 'example 4: test an ONNX file'),
    'python': (
        'infer a video',
        'infer a folder of frames',
        'infer a URL',
        'data_prefix of a config comes before a relative video',
        'a URL is read by OpenCV',
        'a backbone in a new file',
        'dict of the backbone ResNet',
        'dict of the backbone ResNetTSM',
        'a recognizer with forward_train and forward_test',
    ),
}

HAS_ONNX = all(importlib.util.find_spec(name) for name in ('onnx', 'onnxruntime', 'onnxscript'))
TSN = 'configs/recognition/tsn'
KINETICS = f'{TSN}/tsn_r50_1x1x3_100e_kinetics400_rgb.py'
STHV1 = f'{TSN}/tsn_r50_1x1x8_50e_sthv1_rgb.py'
VIDEO_INFERENCE = f'{TSN}/tsn_r50_video_inference_1x1x3_100e_kinetics400_rgb.py'
FRAME_INFERENCE = f'{TSN}/tsn_r50_inference_1x1x3_100e_kinetics400_rgb.py'
CHECKPOINT = 'checkpoints/SOME_CHECKPOINT.pth'

KINETICS_TEXT = """
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', pretrained=None, depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1),
                  out_indices=(1,), norm_eval=False),
    cls_head=dict(type='TSNHead', num_classes=6, in_channels=128, spatial_type='avg',
                  consensus=dict(type='AvgConsensus', dim=1), dropout_ratio=0.4, init_std=0.01),
    train_cfg=None,
    test_cfg=dict(average_clips=None))
dataset_type = 'RawframeDataset'
data_root = 'data/kinetics400/rawframes_train'
ann_file = 'data/kinetics400/kinetics_train_list.txt'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_bgr=False)
train_pipeline = [
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(-1, 40)),
    dict(type='RandomCrop', size=32),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='Collect', keys=['imgs', 'label'], meta_keys=[]),
    dict(type='ToTensor', keys=['imgs', 'label'])]
test_pipeline = [
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3, test_mode=True),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(-1, 40)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='Collect', keys=['imgs', 'label'], meta_keys=[]),
    dict(type='ToTensor', keys=['imgs'])]
data = dict(
    videos_per_gpu=2, workers_per_gpu=0, test_dataloader=dict(videos_per_gpu=1),
    train=dict(type=dataset_type, ann_file=ann_file, data_prefix=data_root, pipeline=train_pipeline),
    val=dict(type=dataset_type, ann_file=ann_file, data_prefix=data_root, pipeline=test_pipeline),
    test=dict(type=dataset_type, ann_file=ann_file, data_prefix=data_root, pipeline=test_pipeline))
optimizer = dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0.0001)
optimizer_config = dict(grad_clip=dict(max_norm=40, norm_type=2))
lr_config = dict(policy='step', step=[4])
total_epochs = 5
evaluation = dict(interval=5, metrics=['top_k_accuracy', 'mean_class_accuracy'])
checkpoint_config = dict(interval=1)
log_config = dict(interval=1, hooks=[dict(type='TextLoggerHook')])
dist_params = dict(backend='nccl')
log_level = 'INFO'
load_from = None
resume_from = None
workflow = [('train', 1)]
"""
STHV1_TEXT = "_base_ = './tsn_r50_1x1x3_100e_kinetics400_rgb.py'\n"
FRAME_TEXT = STHV1_TEXT + 'dataset_type, data = None, dict(test=dict(ann_file=None, data_prefix=None))\n'
VIDEO_TEXT = """
_base_ = './tsn_r50_1x1x3_100e_kinetics400_rgb.py'
test_pipeline = [
    dict(type='OpenCVInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3, test_mode=True),
    dict(type='OpenCVDecode'),
    dict(type='Resize', scale=(-1, 40)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='Normalize', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_bgr=False),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='Collect', keys=['imgs', 'label'], meta_keys=[]),
    dict(type='ToTensor', keys=['imgs'])]
data = dict(test=dict(type='VideoDataset', ann_file=None, data_prefix=None, pipeline=test_pipeline))
"""
# srun that starts the tasks on this machine; it writes down its arguments.
SRUN = """#!/bin/sh
echo "$@" > srun_arguments
while [ "$1" != python ]; do shift; done
export SLURM_NTASKS=2 SLURM_NODELIST=localhost
SLURM_PROCID=1 SLURM_LOCALID=1 "$@" > srun_second 2>&1 &
SLURM_PROCID=0 SLURM_LOCALID=0 "$@" || exit
wait
"""


@pytest.fixture(scope='module')
def prepared(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """What a user of 0.x has: tools, configs, data, a checkpoint."""
    site = tmp_path_factory.mktemp('mmaction2')
    (site / 'tools').symlink_to(root / 'tools')
    (site / TSN).mkdir(parents=True)
    for name, text in (
        (KINETICS, KINETICS_TEXT),
        (STHV1, STHV1_TEXT),
        (VIDEO_INFERENCE, VIDEO_TEXT),
        (FRAME_INFERENCE, FRAME_TEXT),
    ):
        (site / name).write_text(text)
    frames = site / 'data' / 'kinetics400' / 'rawframes_train'
    lines = []
    for number in range(4):
        folder = frames / f'video{number}'
        folder.mkdir(parents=True)
        for index, frame in enumerate(moving_texture(6, 40, 56, seed=number), 1):
            cv2.imwrite(str(folder / f'img_{index:05}.jpg'), frame)
        lines.append(f'video{number} 6 {number}\n')
    (frames.parent / 'kinetics_train_list.txt').write_text(''.join(lines))
    (site / 'demo').mkdir()
    write_video(site / 'demo' / 'demo.mp4', moving_texture(12, 40, 56))
    model = fill_state_dict(init_recognizer(str(site / VIDEO_INFERENCE), device='cpu'))
    (site / 'checkpoints').mkdir()
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, site / CHECKPOINT)
    return site


@pytest.fixture
def site(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as the working directory."""
    monkeypatch.chdir(prepared)
    monkeypatch.setenv('LOCAL_RANK', '0')  # commands that run in this process set it
    return prepared


Check = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Iterator[Check]:
    """A context for the assertions of an item; a test must check all of its items."""
    items = ITEMS[request.node.name.removeprefix('test_')]
    seen = []

    @contextmanager
    def one(item: str) -> Iterator[None]:
        assert item in items and item not in seen
        yield
        seen.append(item)

    failed = request.session.testsfailed
    yield one
    missing = {*items} - {*seen}
    assert not missing or request.session.testsfailed > failed


def test_all_items_are_counted():
    assert sum(map(len, ITEMS.values())) == 43
    assert len({item for items in ITEMS.values() for item in items}) == 43
    assert all(f'test_{name}' in globals() for name in ITEMS)


@dataclass
class Run:
    """A command that runs in a process group of its own, and the file of what it prints."""

    process: subprocess.Popen
    output: IO[str]


RUNS: list[Run] = []


@pytest.fixture(autouse=True)
def _no_run_is_left() -> Iterator[None]:
    """End what a failed test has left behind: a machine that waits for another one does so for long."""
    yield
    for run in RUNS:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
            run.process.wait()
        run.output.close()
    RUNS.clear()


def environment(variables: dict[str, str]) -> dict[str, str]:
    """Variables of a command; those of a distributed run come from the command alone."""
    command = forking_python()
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'CUDA_VISIBLE_DEVICES': '-1', 'PYTHON_EXEC': str(command), **variables}
    env['PATH'] = f'{command.parent}{os.pathsep}{env["PATH"]}'
    for name in ('MASTER_PORT', 'MASTER_ADDR', 'LOCAL_RANK', 'RANK', 'WORLD_SIZE'):
        if name not in variables:
            env.pop(name, None)
    return env


def start(*command: str, **variables: str) -> Run:
    """Start a command; its output goes to a file, since a pipe that nobody empties would stop it."""
    env = environment(variables)
    output = tempfile.TemporaryFile('w+')
    process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    RUNS.append(Run(process, output))
    return RUNS[-1]


def finish(run: Run) -> str:
    """Wait for a command; returns what it printed."""
    try:
        code = run.process.wait(timeout=300)
    except subprocess.TimeoutExpired:
        code = None
    run.output.seek(0)
    printed = run.output.read()
    assert code == 0, f'{run.process.args}: {"does not end" if code is None else "failed"}\n{printed[-4000:]}'
    return printed


def python(*words: str, **variables: str) -> str:
    done = Script(*words, cwd=Path.cwd(), env=environment(variables)).wait()
    assert done.returncode == 0, f'{words} failed\n{done.stderr[-4000:]}'
    return done.stdout + done.stderr


def scores(path: str) -> np.ndarray:
    return np.stack(pickle.loads(Path(path).read_bytes()))


def test_training(site: Path, check: Check) -> None:
    work_dir = 'work_dirs/tsn_r50_1x1x3_100e_kinetics400_rgb'
    flags = ['--validate', '--test-last', '--test-best', '--seed', '0', '--deterministic', '--gpus', '1']
    log = python('tools/train.py', KINETICS, '--work-dir', 'here', *flags)
    with check('train.py without GPUs'), check('train.py CONFIG'):
        assert len(re.findall(r'Epoch\(train\) \[5\]\[2/2\]', log)) == 1
    with check('evaluation = dict(interval=5)'), check('train.py --validate'):
        assert re.findall(r'Epoch\(val\) \[(\d)\]\[\d/\d\]    acc', log) == ['5']
    with check('train.py --work-dir'):
        assert os.readlink('here/latest.pth') == 'epoch_5.pth'
        assert Path('here/last_checkpoint').read_text().endswith('epoch_5.pth')
    with check('train.py --seed'), check('train.py --deterministic'):
        assert 'randomness = dict(deterministic=True, diff_rank_seed=False, seed=0)' in log
    with check('train.py --test-last'):
        assert scores('here/last_pred.pkl').shape == (4, 6)
    with check('train.py --test-best'):
        (best,) = Path('here').glob('best_acc_top1_epoch_*.pth')
        assert scores('here/best_pred.pkl').tolist() == pytest.approx(scores('here/last_pred.pkl'))  # one validation
        assert best.name == 'best_acc_top1_epoch_5.pth'
    with check('train.py --gpus'), pytest.raises(SystemExit):
        main(['train', KINETICS, '--gpus', '8'])
    with check('train.py --gpu-ids'), check('train.py --resume-from'):
        words = ['--gpu-ids', '0', '--resume-from', 'here/latest.pth', '--cfg-options', 'total_epochs=6']
        log = python('tools/train.py', KINETICS, *words)
        assert re.findall(r'Epoch\(train\) \[(\d)\]\[2/2\]', log) == ['6']
    with check('config files of 0.x'):
        assert 'is in the form of MMAction2 0.x' in log
        assert read_config(KINETICS).train_cfg.max_epochs == 5
    with check('dist_train.sh CONFIG N'), check('dist_train.sh CONFIG N --resume-from work_dirs/NAME/latest.pth'):
        words = ['--test-last', '--resume-from', f'{work_dir}/latest.pth', '--cfg-options', 'total_epochs=7']
        log = finish(start('./tools/dist_train.sh', KINETICS, '2', *words, PORT=str(free_port())))
        assert re.findall(r'Epoch\(train\) \[(\d)\]\[1/1\]', log) == ['7']  # two processes take two of four each
        assert os.readlink(f'{work_dir}/latest.pth') == 'epoch_7.pth'
        assert scores(f'{work_dir}/last_pred.pkl').shape == (4, 6)


def test_several_launches(site: Path, check: Check) -> None:
    once = ['--cfg-options', 'total_epochs=1', 'evaluation.interval=1', '--work-dir']
    with check('two jobs on one machine: PORT=29500 and 29501'), check('two machines: sh tools/dist_train.sh'):
        other = start('./tools/dist_train.sh', KINETICS, '1', *once, 'other', PORT=str(free_port()))
        common = dict(NNODES='2', PORT=str(free_port()), MASTER_ADDR='127.0.0.1')
        machines = [
            start('sh', 'tools/dist_train.sh', KINETICS, '1', *once, 'machines', NODE_RANK=str(rank), **common)
            for rank in range(2)
        ]
        logs = [finish(machine) for machine in machines]
        assert 'Epoch(train) [1][1/1]' in logs[0]  # of two batches, each machine has one
        assert Path('machines/epoch_1.pth').is_file()
        assert 'Epoch(train) [1][2/2]' in finish(other)
        assert Path('other/epoch_1.pth').is_file()


def test_slurm(site: Path, check: Check, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    Path('bin').mkdir()
    Path('bin/srun').write_text(SRUN)
    Path('bin/srun').chmod(0o755)
    path = f'{site / "bin"}{os.pathsep}{os.environ["PATH"]}'
    port = free_port()
    Path('config1.py').write_text(f"_base_ = './{KINETICS}'\ndist_params = dict(backend='nccl', port={port})\n")
    words = ['dev', 'tsn_r50_k400', 'config1.py', '--work-dir', 'slurm', '--cfg-options', 'total_epochs=1']
    log = finish(start('./tools/slurm_train.sh', *words, PATH=path, GPUS='16'))
    with check('slurm_train.sh PARTITION JOB CONFIG'):
        arguments = Path('srun_arguments').read_text()
        assert arguments.startswith('-p dev --job-name=tsn_r50_k400 --gres=gpu:8 --ntasks=16 --ntasks-per-node=8')
        assert 'Epoch(train) [1][1/1]' in log  # the two tasks that the stand-in starts share the data
        assert Path('slurm/epoch_1.pth').is_file()
    with check('dist_params = dict(backend, port)'):
        assert f"dist_cfg=dict(backend='gloo', port={port})" in log
    with check('test.py --launcher slurm'), pytest.raises(SystemExit):
        for name in ('SLURM_PROCID', 'SLURM_NTASKS'):
            monkeypatch.delenv(name, raising=False)
        main(['test', KINETICS, CHECKPOINT, '--launcher', 'slurm'])
    assert '--launcher slurm needs SLURM_PROCID in the environment' in capsys.readouterr().err
    with check('example 3: test in a SLURM environment'):
        task = dict(SLURM_PROCID='0', SLURM_NTASKS='1', SLURM_NODELIST='localhost', MASTER_PORT=str(free_port()))
        words = ['tools/test.py', KINETICS, CHECKPOINT, '--launcher', 'slurm', '--eval', 'top_k_accuracy']
        assert 'Epoch(test) [4/4]    acc/top1:' in python(*words, **task)


def test_testing(site: Path, check: Check, capsys: pytest.CaptureFixture) -> None:
    words = ['--launcher', 'none', '--local_rank', '0', '--options', 'topk=1,2', '--average-clips', 'score']
    metrics = ['top_k_accuracy', 'mean_class_accuracy']
    log = python('tools/test.py', KINETICS, CHECKPOINT, '--out', 'result.json', '--eval', metrics[0], *words)
    with check('test.py without GPUs'), check('test.py --launcher none, --local_rank'):
        assert 'Epoch(test) [4/4]' in log
    with check('test.py --eval'), check('test.py --options'):
        assert 'acc/top1' in log and 'acc/top2' in log
        assert 'acc/top5' not in log and 'acc/mean1' not in log
    with check('test.py --out'):
        rows = torch.tensor(json.loads(Path('result.json').read_text()))
        assert rows.shape == (4, 6)
    with check('example 1: test on Kinetics-400'):
        words = ['--out', 'result.pkl', '--cfg-options', 'experiment_name=one', '--eval', *metrics]
        main(['test', KINETICS, CHECKPOINT, *words])
        probabilities = torch.from_numpy(scores('result.pkl'))
        assert successor_path(KINETICS).is_file()  # without the file, its name leads to today's
    with check('test.py --average-clips'):
        assert torch.allclose(rows.softmax(-1), probabilities, atol=1e-5)
    with check('test.py --tensorrt'), pytest.raises(SystemExit):
        main(['test', KINETICS, 'checkpoints/SOME_CHECKPOINT.engine', '--tensorrt'])
    expected = 'There is no TensorRT engine' if importlib.util.find_spec('tensorrt') else 'tensorrt is needed here'
    assert expected in capsys.readouterr().err


def test_testing_in_several_processes(site: Path, check: Check) -> None:
    Path('parts').mkdir()
    Path('parts/mine').touch()
    with check('test.py --tmpdir'), check('example 2: dist_test.sh on Something-Something'):
        words = ['--out', 'results.pkl', '--eval', 'top_k_accuracy', '--tmpdir', 'parts']
        log = finish(start('./tools/dist_test.sh', STHV1, CHECKPOINT, '2', *words, PORT=str(free_port())))
        assert 'Epoch(test) [2/2]    acc/top1:' in log
        assert scores('results.pkl').shape == (4, 6)
        assert os.listdir('parts') == ['mine']  # the folder of the results is gone, the user's is not
    with check('test.py --gpu-collect'):
        words = ['--launcher', 'pytorch', '--out', 'collected.pkl', '--gpu-collect']
        run_ranks(2, 'tools/test.py', STHV1, CHECKPOINT, *words, cwd=site)
        assert scores('collected.pkl').tolist() == scores('results.pkl').tolist()


@pytest.mark.skipif(not HAS_ONNX, reason='2 of the 43 items need the extra "onnx"')
def test_exported(site: Path, check: Check, capsys: pytest.CaptureFixture) -> None:
    shape = ['--shape', '1', '3', '3', '32', '32', '--verify', '--output-file', 'checkpoints/SOME_CHECKPOINT.onnx']
    python('tools/deployment/pytorch2onnx.py', KINETICS, CHECKPOINT, *shape)
    names = ['--out', 'onnx.pkl', '--cfg-options', 'experiment_name=onnx']
    with check('test.py --onnx'), check('example 4: test an ONNX file'):
        main(['test', KINETICS, 'checkpoints/SOME_CHECKPOINT.onnx', '--eval', 'top_k_accuracy', '--onnx', *names])
        assert 'acc/top1:' in capsys.readouterr().out
        main(['test', KINETICS, CHECKPOINT, '--out', 'torch.pkl', '--cfg-options', 'experiment_name=torch'])
        assert np.allclose(scores('onnx.pkl'), scores('torch.pkl'), atol=1e-5)


def best(results) -> dict[str, float]:
    """Names of the classes and scores, as the document prints them."""
    labels = [line.strip() for line in open('tools/data/kinetics/label_map_k400.txt').readlines()]
    return {labels[k[0]]: k[1] for k in results}


def test_python(site: Path, check: Check, serve) -> None:
    device = torch.device('cpu')
    with check('infer a video'):
        model = init_recognizer(VIDEO_INFERENCE, CHECKPOINT, device=device)
        found = best(inference_recognizer(model, 'demo/demo.mp4'))
        assert len(found) == 5 and sorted(found.values(), reverse=True) == [*found.values()]
    with check('infer a URL'), check('a URL is read by OpenCV'):
        url = f'{serve(site)}/demo/demo.mp4'
        assert best(inference_recognizer(model, url)) == pytest.approx(found)
        assert [step.type for step in model.cfg.test_pipeline[:3:2]] == ['OpenCVInit', 'OpenCVDecode']
    with check('infer a folder of frames'):
        by_frames = init_recognizer(FRAME_INFERENCE, CHECKPOINT, device=device)
        assert len(best(inference_recognizer(by_frames, 'data/kinetics400/rawframes_train/video0/'))) == 5
    with check('data_prefix of a config comes before a relative video'):
        cfg = Config.fromfile(VIDEO_INFERENCE)
        cfg.data.test.data_prefix = 'demo'
        prefixed = init_recognizer(cfg, CHECKPOINT, device=device)
        assert best(inference_recognizer(prefixed, 'demo.mp4')) == pytest.approx(found)
    with check('a backbone in a new file'):
        ours = import_beside_the_backbones(site / 'resnet_user.py')
        built = init_recognizer(Config(dict(model=recognizer(dict(type='ResNetUser', depth=18)))), device=device)
        assert type(built.backbone) is ours and built.backbone.shift_div == 8
    given = dict(pretrained='torchvision://resnet50', depth=50, norm_eval=False)
    with check('dict of the backbone ResNet'):
        built = init_recognizer(Config(dict(model=recognizer(dict(type='ResNet', **given)))), device=device)
        assert type(built.backbone).__name__ == 'ResNet'
    with check('dict of the backbone ResNetTSM'):
        built = init_recognizer(
            Config(dict(model=recognizer(dict(type='ResNetTSM', shift_div=8, **given)))), device=device
        )
        assert type(built.backbone).__name__ == 'ResNetTSM' and built.backbone.num_segments == 8
    with check('a recognizer with forward_train and forward_test'):
        check_recognizer_of_0x()


def recognizer(backbone: dict) -> dict:
    return dict(type='Recognizer2D', backbone=backbone, cls_head=dict(type='TSNHead', num_classes=6, in_channels=2048))


BACKBONE = """
from ..builder import BACKBONES
from .resnet import ResNet


@BACKBONES.register_module()
class ResNetUser(ResNet):

    def __init__(self, depth, num_segments=8, is_shift=True, shift_div=8, **kwargs):
        super().__init__(depth, **kwargs)
        self.shift_div = shift_div

    def forward(self, x):
        return super().forward(x)
"""


def import_beside_the_backbones(path: Path) -> type:
    """Import a user's file as if it lay in ``mmaction/models/backbones``."""
    path.write_text(BACKBONE)
    spec = importlib.util.spec_from_file_location('mmaction.models.backbones.resnet_user', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ResNetUser


def check_recognizer_of_0x() -> None:
    from mmaction.models import BaseRecognizer
    from mmaction.structures import ActionDataSample

    class Own(BaseRecognizer):
        def forward_train(self, imgs, labels, **kwargs):
            return dict(loss_cls=(self.backbone(imgs).mean() - labels.float()).abs().mean())

        def forward_test(self, imgs):
            return np.array([[0.25, 0.75]])

    backbone = torch.nn.Flatten()
    model = Own(backbone=backbone)
    sample = ActionDataSample().set_gt_label(1)
    assert model(torch.zeros(1, 4), [sample], mode='loss')['loss_cls'].item() == 1
    (predicted,) = model(torch.zeros(1, 4), [sample], mode='predict')
    assert predicted.pred_score.tolist() == [0.25, 0.75] and predicted.pred_label.item() == 1
