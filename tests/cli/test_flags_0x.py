"""Arguments of ``tools/train.py`` and ``tools/test.py`` that only the 0.x line has."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmaction.cli import flags_0x, train
from mmaction.cli import test as test_command
from mmaction.cli.args import load_config
from mmaction.cli.errors import UsageError
from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS


def train_args(*words: str):
    args = train.parse_args(['c.py', *words])
    flags_0x.settle_train(args)
    return args


def settled(*words: str, evaluator: dict | None = None, model: dict | None = None) -> Config:
    cfg = Config(dict(test_evaluator=evaluator or dict(type='AccMetric'), model=model or dict(cls_head=dict(type='X'))))
    flags_0x.settle_test(cfg, test_command.parse_args(['c.py', 'w.pth', *words]))
    return cfg


def test_training_arguments_become_those_of_today(monkeypatch):
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    assert train_args('--resume-from', 'a.pth').resume == 'a.pth'
    assert train_args('--diff-seed').diff_rank_seed
    assert not train_args('--validate').no_validate
    assert train_args('--gpus', '1').gpus == 1 and 'CUDA_VISIBLE_DEVICES' not in os.environ
    train_args('--gpu-ids', '2')
    assert os.environ['CUDA_VISIBLE_DEVICES'] == '2'
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '4,5')
    train_args('--gpu-ids', '1')
    assert os.environ['CUDA_VISIBLE_DEVICES'] == '5'
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '-1')
    train_args('--gpu-ids', '1')
    assert os.environ['CUDA_VISIBLE_DEVICES'] == '-1'  # the CPU was asked for


def test_device_cpu_hides_the_gpus(monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '3')
    train_args('--device', 'cuda')
    assert os.environ['CUDA_VISIBLE_DEVICES'] == '3'
    train_args('--device', 'cpu')
    assert os.environ['CUDA_VISIBLE_DEVICES'] == '-1'


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--gpus', '8'], r'8 GPUs are requested, but one process drives one: sh tools/dist_train.sh c.py 8'),
        (['--gpu-ids', '0', '1'], '2 GPUs are requested'),
        (['--validate', '--no-validate'], '--validate and --no-validate exclude each other'),
        (['--resume-from', 'a', '--resume', 'b'], '--resume-from and --resume exclude each other'),
    ],
)
def test_training_arguments_that_contradict(words, message):
    with pytest.raises(UsageError, match=message):
        train_args(*words)


def test_gpu_outside_the_visible_ones(monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '4,5')
    with pytest.raises(UsageError, match='--gpu-ids 2: CUDA_VISIBLE_DEVICES=4,5 leaves GPUs 0 to 1'):
        train_args('--gpu-ids', '2')


def test_metrics_and_options(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert settled('--gpu-collect').test_evaluator == [dict(type='AccMetric')]
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    cfg = settled('--eval', 'top_k_accuracy', '--eval-options', 'topk=1,3', '--average-clips', 'score', '--gpu-collect')
    assert cfg.test_evaluator == [
        dict(
            type='AccMetric',
            metric_list=['top_k_accuracy'],
            metric_options=dict(top_k_accuracy=dict(topk=[1, 3])),
            collect_device='gpu',
        )
    ]
    assert cfg.model.cls_head.average_clips == 'score'
    assert settled('--options', 'topk=5').test_evaluator[0].metric_options.top_k_accuracy.topk == (5,)
    cfg = settled('--eval', 'AR@AN', evaluator=dict(type='ANetMetric'))
    assert cfg.test_evaluator == [dict(type='ANetMetric', metric_type=['AR@AN'])]
    assert settled('--eval', 'mAP', evaluator=dict(type='AVAMetric')).test_evaluator == [dict(type='AVAMetric')]
    cfg = settled('--average-clips', 'prob', model=dict(cls_head=dict(type='X'), test_cfg=dict(average_clips=None)))
    assert (cfg.model.cls_head.average_clips, cfg.model.test_cfg) == ('prob', dict(average_clips='prob'))


def test_metrics_of_subclasses():
    @METRICS.register_module()
    class Flags0xTestMetric(AccMetric):
        pass

    cfg = settled('--eval', 'mean_class_accuracy', evaluator=dict(type='Flags0xTestMetric'))
    assert cfg.test_evaluator[0].metric_list == ['mean_class_accuracy']
    with pytest.raises(UsageError, match='--eval-options are for AccMetric and ANetMetric, not for DumpResults'):
        settled('--options', 'topk=1', evaluator=dict(type='DumpResults', out_file_path='a.pkl'))
    options = ['--eval-options', 'metric_options.AR@AN.max_avg_proposals=50']
    cfg = settled(*options, evaluator=dict(type='ANetMetric'))
    assert cfg.test_evaluator[0].metric_options == {'AR@AN': {'max_avg_proposals': 50}}


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--eval', 'mAP'], '--eval mAP: AccMetric does not measure it; it has top_k_accuracy'),
        (['--eval-options', 'other=1'], '--eval-options other: only topk and'),
        (['--out', 'a.txt'], r'--out \(a.txt\) must end in .pkl'),
    ],
)
def test_testing_arguments_that_do_not_fit(words, message):
    with pytest.raises(UsageError, match=message):
        settled(*words)


def test_average_clips_needs_a_head():
    with pytest.raises(UsageError, match='for recognizers with a head, not for BMN'):
        settled('--average-clips', 'prob', model=dict(type='BMN'))


def test_scores_have_the_form_of_0x(tmp_path):
    samples = [dict(pred_score=torch.tensor([0.25, 0.75])), dict(pred_score=torch.tensor([1.0, 0.0]))]
    others = [dict(pred_score=dict(rgb=torch.tensor([0.5]))), dict(video_name='v', score=np.float32(0.5))]
    Path(flags_0x.scores_path(str(tmp_path / 'b.json'))).write_bytes(pickle.dumps(others))
    flags_0x.write_scores(str(tmp_path / 'b.json'))
    assert (tmp_path / 'b.json').read_text() == '[{"rgb": [0.5]}, {"video_name": "v", "score": 0.5}]'
    for name in ('a.pkl', 'a.json', 'a.yaml'):
        out = str(tmp_path / name)
        Path(flags_0x.scores_path(out)).write_bytes(pickle.dumps(samples))
        flags_0x.write_scores(out)
    rows = pickle.loads((tmp_path / 'a.pkl').read_bytes())
    assert [type(row) for row in rows] == [np.ndarray] * 2 and rows[0].tolist() == [0.25, 0.75]
    assert (tmp_path / 'a.json').read_text() == '[[0.25, 0.75], [1.0, 0.0]]'
    assert len(list(tmp_path.iterdir())) == 4  # the file between is gone


def test_fused_layers_compute_the_same():
    torch.manual_seed(0)
    inner = nn.Sequential(nn.Conv3d(2, 3, 1, bias=False), nn.BatchNorm3d(3), nn.ReLU())
    model = nn.Sequential(
        inner, nn.Conv3d(3, 4, 1), nn.BatchNorm3d(4), nn.Conv3d(4, 4, 1), nn.ReLU(), nn.BatchNorm3d(4)
    )
    inputs = torch.randn(2, 2, 3, 4, 5)
    for _ in range(3):
        model(inputs)  # so that the statistics are no longer 0 and 1
    model.eval()
    expected = model(inputs)
    assert flags_0x.fuse_conv_bn(model) == 2
    assert torch.allclose(model(inputs), expected, atol=1e-5)
    assert isinstance(model[2], nn.Identity)
    assert isinstance(model[5], nn.BatchNorm3d)  # a ReLU is between


@pytest.mark.parametrize(('launcher', 'kept'), [('pytorch', False), ('slurm', True)])
def test_port_of_a_config(launcher, kept, tmp_path, monkeypatch):
    for name in ('LOCAL_RANK', 'RANK', 'WORLD_SIZE', 'SLURM_PROCID', 'SLURM_NTASKS'):
        monkeypatch.setenv(name, '0')
    monkeypatch.delenv('MASTER_PORT', raising=False)
    (tmp_path / 'c.py').write_text('dist_params = dict(backend="gloo", port=29517)')
    cfg = load_config(train.parse_args([str(tmp_path / 'c.py'), '--launcher', launcher]))
    assert cfg.env_cfg.dist_cfg == dict(backend='gloo', **(dict(port=29517) if kept else {}))
    assert os.environ.get('MASTER_PORT') == (None if kept else '29517')


def test_launcher_that_did_not_start_the_process(monkeypatch):
    monkeypatch.delenv('SLURM_PROCID', raising=False)
    with pytest.raises(
        ValueError, match=r'--launcher slurm needs SLURM_PROCID .* start the command with srun or tools/slurm_train\.sh'
    ):
        load_config(train.parse_args(['c.py', '--launcher', 'slurm']))
