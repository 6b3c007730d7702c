"""Export to ONNX, and evaluation of the exported file by ``tools/test.py --onnx``."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

pytest.importorskip('onnxscript', reason='the extra "onnx" is not installed')
pytest.importorskip('onnxruntime', reason='the extra "onnx" is not installed')

from mmaction.apis import init_recognizer
from mmaction.cli.main import main
from mmaction.deploy import ExportedModel, OnnxBackend, calibration_inputs, export_onnx, quantize_onnx, verify_onnx
from mmaction.models.common.window_attention import WindowAttention
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict


@MODELS.register_module()
class OnnxTestFrames(nn.Module):
    """A backbone of one layer, for exports that take a second."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 8, stride=8)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).relu()


@MODELS.register_module()
class OnnxTestClips(OnnxTestFrames):
    """The same for clips."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(3, 4, (2, 8, 8), stride=(2, 8, 8))


CONFIG = """
model = dict(
    type='Recognizer2D',
    backbone=dict(type='OnnxTestFrames'),
    cls_head=dict(type='TSNHead', num_classes=6, in_channels=4, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]))
pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 32)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs')]
test_dataloader = dict(
    batch_size=3, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='VideoDataset', ann_file='FOLDER/list.txt', data_prefix=dict(video='FOLDER'), pipeline=pipeline,
                 test_mode=True))
test_evaluator = dict(type='AccMetric')
test_cfg = dict(type='TestLoop')
default_scope = 'mmaction'
"""


@pytest.fixture
def folder(tmp_path: Path, clip_path: str) -> Path:
    (tmp_path / 'c.py').write_text(CONFIG.replace('FOLDER', str(tmp_path)))
    (tmp_path / 'list.txt').write_text(''.join(f'clip.mp4 {label}\n' for label in (1, 3, 0, 2, 5)))
    (tmp_path / 'clip.mp4').symlink_to(clip_path)
    cfg = dict(
        type='Recognizer2D',
        backbone=dict(type='OnnxTestFrames'),
        cls_head=dict(type='TSNHead', num_classes=6, in_channels=4),
    )
    torch.save({'state_dict': fill_state_dict(MODELS.build(cfg)).state_dict()}, tmp_path / 'w.pth')
    return tmp_path


def test_scores_of_the_file_are_those_of_the_checkpoint(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    main(['export', 'c.py', 'w.pth', '--shape', '2', '3', '3', '32', '32', '--output-file', 'm.onnx', '--verify'])
    printed = capsys.readouterr().out
    assert 'Successfully exported ONNX model: m.onnx' in printed
    assert 'The numerical values are same between Pytorch and ONNX' in printed

    def test(name: str, checkpoint: str, *words: str) -> list[np.ndarray]:
        options = ['--cfg-options', f'experiment_name={name}']
        main(['test', 'c.py', checkpoint, '--out', f'{name}.pkl', '--eval', 'top_k_accuracy', *words, *options])
        return pickle.loads(Path(f'{name}.pkl').read_bytes())

    expected = test('torch', 'w.pth')
    figures = capsys.readouterr().out
    scores = test('onnx', 'm.onnx', '--onnx')
    assert np.allclose(scores, expected, atol=1e-5) and np.shape(scores) == (5, 6)
    top1 = figures.split('acc/top1: ')[1].split()[0]
    assert f'acc/top1: {top1}' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        test('flags', 'm.onnx', '--onnx', '--fuse-conv-bn')
    assert '--fuse-conv-bn changes the model, but --onnx runs an exported network' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        test('broken', 'list.txt', '--onnx')
    assert 'list.txt is not an ONNX file that onnxruntime can run' in capsys.readouterr().err


def test_int8_scores_are_close_and_evaluated_like_others(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    export = ['export', 'c.py', 'w.pth', '--output-file', 'm.onnx', '--softmax', '--shape']
    main([*export, '1', '3', '3', '32', '32', '--int8', 'clip.mp4', 'clip.mp4'])
    assert 'Wrote m-int8.onnx' in capsys.readouterr().out
    exact, quantized = OnnxBackend('m.onnx'), OnnxBackend('m-int8.onnx')
    assert quantized.metadata == exact.metadata == {'mmaction.scores': 'probabilities'}
    assert quantized.input_shape == exact.input_shape
    operators = {node.op_type for node in pytest.importorskip('onnx').load('m-int8.onnx').graph.node}
    assert 'QuantizeLinear' in operators
    (inputs,) = calibration_inputs(init_recognizer('c.py', 'w.pth', 'cpu'), ['clip.mp4'], (1, 3, 3, 32, 32))
    expected, found = exact.run(inputs)[0], quantized.run(inputs)[0]
    assert 0 < np.abs(found - expected).max() < 0.02
    main(
        [
            'test',
            'c.py',
            'm-int8.onnx',
            '--onnx',
            '--out',
            'scores.pkl',
            '--eval',
            'top_k_accuracy',
            '--cfg-options',
            'experiment_name=int8',
        ]
    )
    scores = np.stack(pickle.loads(Path('scores.pkl').read_bytes()))
    assert np.abs(scores - expected.mean(0)).max() < 0.02
    with pytest.raises(SystemExit):
        main([*export, '1', '3', '3', '48', '48', '--int8', 'clip.mp4'])
    assert 'makes samples of (3, 3, 32, 32), which cannot be split into (3, 3, 48, 48)' in capsys.readouterr().err


def test_int8_needs_inputs(tmp_path):
    model = filled(dict(type='Recognizer3D', backbone=dict(type='OnnxTestClips'),
                        cls_head=dict(type='I3DHead', num_classes=5, in_channels=4)))  # fmt: skip
    export_onnx(model, str(tmp_path / 'm.onnx'), (1, 2, 3, 4, 16, 16), opset=18)
    with pytest.raises(ValueError, match='There are no inputs to calibrate'):
        quantize_onnx(str(tmp_path / 'm.onnx'), str(tmp_path / 'm8.onnx'), [])
    assert not (tmp_path / 'm8.onnx').exists()


def filled(cfg: dict) -> nn.Module:
    return fill_state_dict(MODELS.build(cfg)).eval()


def test_clips_with_any_batch_size_and_softmax(tmp_path):
    cfg = dict(
        type='Recognizer3D',
        backbone=dict(type='OnnxTestClips'),
        cls_head=dict(type='I3DHead', num_classes=5, in_channels=4, average_clips='prob'),
    )
    model = filled(cfg)
    path = str(tmp_path / 'clips.onnx')
    report = export_onnx(model, path, (1, 2, 3, 4, 16, 16), opset=18, softmax=True, dynamic_batch=True)
    assert report.opset == 18 and 'Conv' in report.text
    assert verify_onnx(report) < 1e-5
    backend = OnnxBackend(path)
    assert backend.input_shape == (None, 2, 3, 4, 16, 16)
    inputs = torch.randn(3, 2, 3, 4, 16, 16)
    samples = ExportedModel(model, backend)(inputs, [ActionDataSample() for _ in range(3)])
    expected = model.predict(inputs)
    for sample, reference in zip(samples, expected):
        assert torch.allclose(sample.pred_score, reference.pred_score, atol=1e-5)
        assert sample.pred_score.sum().item() == pytest.approx(1, abs=1e-5)
    with pytest.raises(
        ValueError, match=r'Inputs of shape \(1, 3, 8, 16, 16\) do not fit the model: inputs must have 6'
    ):
        export_onnx(model, path, (1, 3, 8, 16, 16))


def test_attention(tmp_path):
    """The fused kernels of attention have other strides than the operators they are exported as."""

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = WindowAttention(12, (2, 2, 2), 3)

        def forward_dummy(self, x: Tensor) -> Tensor:
            return self.attention(x)

    report = export_onnx(fill_state_dict(Attention()), str(tmp_path / 'm.onnx'), (4, 8, 12))
    assert verify_onnx(report) < 1e-5


def test_model_that_cannot_be_exported(tmp_path):
    class Branches(nn.Module):
        def forward_dummy(self, x: Tensor) -> Tensor:
            return x if bool(x.sum() > 0) else -x

    with pytest.raises(ValueError, match=r'^Branches cannot be exported: \w+: .*$'):
        export_onnx(Branches(), str(tmp_path / 'm.onnx'), (1, 2))


def localizer(name: str) -> nn.Module:
    tem = dict(type='TEM', boundary_ratio=0.1, tem_feat_dim=8, tem_hidden_dim=8, tem_match_threshold=0.5)
    bmn = dict(
        type='BMN',
        boundary_ratio=0.5,
        num_samples=4,
        num_samples_per_bin=3,
        feat_dim=8,
        soft_nms_alpha=0.4,
        soft_nms_low_threshold=0.5,
        soft_nms_high_threshold=0.9,
        post_process_top_k=10,
        hidden_dim_1d=8,
        hidden_dim_2d=4,
        hidden_dim_3d=8,
    )
    return filled(dict(dict(TEM=tem, BMN=bmn)[name], temporal_dim=10))


@pytest.mark.parametrize('name', ['TEM', 'BMN'])
def test_localizers(name, tmp_path):
    model = localizer(name)
    report = export_onnx(model, str(tmp_path / 'm.onnx'), (1, 8, 10))
    assert verify_onnx(report) < 1e-5
    inputs = torch.randn(2, 8, 10)
    samples = [ActionDataSample() for _ in range(2)]
    for number, sample in enumerate(samples):
        sample.set_metainfo(dict(video_name=f'v{number}', duration_frame=100, duration_second=10.0, feature_frame=96))
    with torch.no_grad():
        expected = model.predict(inputs, samples)
    found = ExportedModel(model, OnnxBackend(report.path))(inputs, samples)
    if name == 'TEM':
        assert [video for video, _ in found] == ['v0', 'v1']
        assert all(np.allclose(ours, reference, atol=1e-6) for (_, ours), (_, reference) in zip(found, expected))
        return
    for ours, reference in zip(found, expected):
        assert ours['video_name'] == reference['video_name']
        for one, other in zip(ours['proposal_list'], reference['proposal_list'], strict=True):
            assert one['score'] == pytest.approx(other['score'], abs=1e-5)
            assert one['segment'] == pytest.approx(other['segment'], abs=1e-5)
