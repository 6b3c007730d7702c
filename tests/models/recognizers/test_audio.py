"""ResNetAudio, ConvAudio, TSNAudioHead and RecognizerAudio: recorded numbers, closed forms, training."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
import yaml
from golden_files import GoldenFile
from multiplications import MultiplicationCounter
from torch import nn

from mmaction.models import ConvAudio, RecognizerAudio, ResNetAudio, TSNAudioHead
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmaction.testing import fill_state_dict, get_audio_recognizer_cfg, seeded_tensor

FILES = {
    'audioonly_r50': 'audioonly/audioonly_r50_8xb160-64x1x1-100e_kinetics400-audio-feature.py',
    'tsn_r18': 'resnet/tsn_r18_8xb320-64x1x1-100e_kinetics400-audio-feature.py',
}
GOLDENS = GoldenFile('audio')
PARAMETERS = {'audioonly_r50': 6_315_728, 'tsn_r18': 11_375_440}


def tiny(num_classes=4, **backbone) -> RecognizerAudio:
    backbone = dict(type='ResNetAudio', depth=50, num_stages=2, base_channels=4, **backbone)
    head = dict(type='TSNAudioHead', num_classes=num_classes, in_channels=32, dropout_ratio=0, average_clips='prob')
    return MODELS.build(dict(type='RecognizerAudio', backbone=backbone, cls_head=head))


@pytest.mark.parametrize('name', FILES)
@torch.no_grad()
def test_configs_give_the_recorded_numbers(name):
    """Goldens are of this package, made when its outputs agreed with those recorded from 1.2.0 within 4e-6."""
    model = fill_state_dict(MODELS.build(get_audio_recognizer_cfg(FILES[name]).model)).eval()
    GOLDENS.check_keys(name, model)
    assert sum(p.numel() for p in model.parameters()) == PARAMETERS[name]
    clips = seeded_tensor((1, 1, 1, 64, 80))
    GOLDENS.check(name, model(clips, stage='backbone'), 'backbone')
    GOLDENS.check(name, model(clips, stage='head'), 'head')


def test_the_metafile_states_what_is_measured(root):
    (stated,) = yaml.safe_load((root / 'configs/recognition_audio/resnet/metafile.yml').read_text())['Models']
    cfg = get_audio_recognizer_cfg(FILES['tsn_r18'])
    with torch.device('meta'), MultiplicationCounter() as counter, torch.no_grad():
        MODELS.build(cfg.model).eval()(torch.empty(1, 1, 1, 128, 80), stage='head')  # what the pipeline feeds
    assert stated['Config'].endswith(FILES['tsn_r18'])
    assert stated['Metadata']['Parameters'] == PARAMETERS['tsn_r18']
    assert float(stated['Metadata']['FLOPs'][:-1]) == pytest.approx(counter.gmacs, abs=5e-4)


@torch.no_grad()
def test_conv_audio_is_two_convolutions():
    x = seeded_tensor((2, 3, 9, 8))
    for op, join in (('concat', lambda a, b: torch.cat([a, b], 1)), ('sum', torch.add)):
        layer = fill_state_dict(ConvAudio(3, 4, (3, 5), op=op, stride=2, dilation=(2, 1), padding=7)).eval()
        time = F.conv2d(x, layer.conv_1.conv.weight, stride=2, padding=(2, 0), dilation=(2, 1))
        frequency = F.conv2d(x, layer.conv_2.conv.weight, stride=2, padding=(0, 2), dilation=(2, 1))
        want = join(layer.conv_1.bn(time).relu(), layer.conv_2.bn(frequency).relu())
        torch.testing.assert_close(layer(x), want)
        assert layer(x).shape[1:] == (8 if op == 'concat' else 4, 5, 4)


def test_conv_audio_checks():
    with pytest.raises(ValueError, match=r"op \('mean'\) must be one of 'concat', 'sum'"):
        ConvAudio(3, 4, 3, op='mean')
    with pytest.raises(ValueError, match=r'kernel_size \(3, 4\) must be odd'):
        ConvAudio(3, 4, (3, 4))


@torch.no_grad()
@pytest.mark.parametrize(
    ('options', 'size'),
    [
        (dict(), (20, 10)),
        (dict(factorize=1), (20, 10)),
        (dict(factorize=((0, 1, 0), (1, 0, 0, 1)), dilations=(2, 1)), (20, 10)),
        (dict(strides=(2, 2), conv1_stride=2, conv1_kernel=3, with_cp=True), (5, 3)),
    ],
)
def test_backbone_variants(options, size):
    net = ResNetAudio(50, num_stages=2, base_channels=4, **options).eval()
    assert net(seeded_tensor((2, 1, 40, 20))).shape == (2, 32, *size)
    factors = options.get('factorize', (1, 1))
    factors = (factors, factors) if isinstance(factors, int) else factors
    for name, blocks, factor in zip(net.res_layers, (3, 4), factors):
        factor = (factor,) * blocks if isinstance(factor, int) else factor
        got = [isinstance(block.conv2.conv, ConvAudio) for block in getattr(net, name)]
        assert got == [bool(f) for f in factor]


def test_backbone_checks():
    with pytest.raises(KeyError, match=r'depth \(18\) must be one of 50, 101, 152'):
        ResNetAudio(18)
    with pytest.raises(ValueError, match=r'factorize \(1, 1, 0\) must have 4 entries'):
        ResNetAudio(50, factorize=(1, 1, 0))
    with pytest.raises(TypeError, match='pretrained must be a str or None, got 3'):
        ResNetAudio(50, pretrained=3)
    with pytest.warns(UserWarning, match=r'RecognizerAudio does not run its neck \(Identity\)'):
        RecognizerAudio(nn.Identity(), TSNAudioHead(2, 3), neck=nn.Identity())


def test_blocks_start_as_the_identity_and_weights_load(tmp_path):
    net = ResNetAudio(50, num_stages=2, base_channels=4)
    net.init_weights()
    scales = [block.conv3.bn.weight for name in net.res_layers for block in getattr(net, name)]
    assert len(scales) == 7
    assert all((scale == 0).all() for scale in scales)
    assert (net.conv1.bn.weight == 1).all()
    path = tmp_path / 'weights.pth'
    torch.save({'state_dict': {f'backbone.{k}': v for k, v in fill_state_dict(net).state_dict().items()}}, path)
    other = ResNetAudio(50, num_stages=2, base_channels=4, pretrained=str(path))
    other.init_weights()
    assert all(torch.equal(v, other.state_dict()[k]) for k, v in net.state_dict().items())


def test_frozen_stages_stay():
    net = ResNetAudio(50, num_stages=2, base_channels=4, frozen_stages=1).train()
    frozen = {name.split('.')[0] for name, p in net.named_parameters() if not p.requires_grad}
    assert frozen == {'conv1', 'layer1'}
    assert not net.conv1.bn.training
    assert net.layer2[0].conv1.bn.training


@torch.no_grad()
def test_clips_are_averaged_and_may_go_some_at_a_time():
    model = fill_state_dict(tiny()).eval()
    clips = seeded_tensor((2, 5, 1, 24, 16))
    scores = model(clips, stage='head')
    assert scores.shape == (10, 4)
    want = scores.view(2, 5, 4).softmax(2).mean(1)
    for limit in (None, 3):
        model.max_testing_views = limit
        got = torch.stack([sample.pred_score for sample in model(clips, mode='predict')])
        torch.testing.assert_close(got, want)
    with pytest.raises(ValueError, match=r'5 dimensions \(batch, clips, channels, time, frequency\)'):
        model(clips[0])


@torch.no_grad()
def test_the_head_pools_and_classifies():
    head = fill_state_dict(TSNAudioHead(5, 8)).eval()
    assert head.dropout.p == 0.4
    x = seeded_tensor((3, 8, 4, 2))
    torch.testing.assert_close(head(x), F.linear(x.mean((2, 3)), head.fc_cls.weight, head.fc_cls.bias))


def test_it_learns_four_sounds_and_all_parameters_do():
    torch.manual_seed(0)
    model = tiny()
    model.init_weights()
    data = [dict(inputs=seeded_tensor((1, 1, 24, 16), seed=i)) for i in range(4)]
    batch = {
        'inputs': [d['inputs'] for d in data],
        'data_samples': [ActionDataSample().set_gt_label(i) for i in range(4)],
    }
    optimizer = torch.optim.SGD(model.parameters(), 0.3, momentum=0.9)
    for step in range(30):
        losses = model(**model.data_preprocessor(batch, training=True), mode='loss')
        optimizer.zero_grad()
        losses['loss_cls'].backward()
        if step == 1:  # in the first step the zero scales of the blocks hold the rest back
            assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
        optimizer.step()
    assert losses['loss_cls'] < 0.1
    assert losses['top1_acc'] == 1


def test_half_precision():
    model = fill_state_dict(tiny()).eval()
    clips = seeded_tensor((1, 2, 1, 24, 16))
    with torch.no_grad():
        want = model(clips, stage='head')
        with torch.autocast('cpu', torch.bfloat16):
            got = model(clips, stage='head')
    assert got.dtype == torch.bfloat16
    torch.testing.assert_close(got.float(), want, rtol=0.1, atol=0.1)
