from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import TRANSFORMS, BaseTransform, to_tensor
from mmengine.config import Config
from mmengine.dataset import Compose
from torch.nn import functional as F

from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.apis._weights import config_of_checkpoint, read_config_text, resolve_device
from mmaction.engine import UnsafeCheckpointError
from mmaction.inference.pipeline import adapt_steps, pipeline_of, step_name
from mmaction.inference.run import PredictOptions
from mmaction.structures import ActionDataSample


def scores(model, video, *args, **kwargs) -> torch.Tensor:
    return inference_recognizer(model, video, *args, **kwargs).pred_score


# --- the numbers ----------------------------------------------------------------------------------------------------
def test_scores_by_hand(recognizer, clip) -> None:
    """Middle frames of four stretches, middle crops, normalised, averaged over frames and places, one linear layer."""
    frames = clip[[3, 11, 18, 26], 16:80, 32:96].astype(np.float32)
    mean, std = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])
    x = torch.from_numpy(((frames - mean) / std).transpose(0, 3, 1, 2))
    with torch.no_grad():
        pooled = recognizer.backbone(x).mean((0, 2, 3))
        want = F.softmax(F.linear(pooled, recognizer.cls_head.fc_cls.weight, recognizer.cls_head.fc_cls.bias), 0)
    result = inference_recognizer(recognizer, clip)
    assert isinstance(result, ActionDataSample)
    torch.testing.assert_close(result.pred_score, want, rtol=1e-4, atol=1e-6)
    assert want.max() - want.min() > 0.1
    assert result.pred_label.tolist() == [int(want.argmax())]


def test_kinds_of_input_agree(recognizer, clip_path, decoded, frame_dir, serve) -> None:
    want = scores(recognizer, clip_path)
    record = dict(filename=clip_path, label=3, start_index=0, modality='RGB')
    folder = dict(frame_dir=frame_dir, total_frames=30, start_index=0, filename_tmpl='frame-{}.png', modality='RGB')
    for video in (
        Path(clip_path),
        decoded,
        frame_dir,
        frame_dir + '/',
        f'{serve(Path(clip_path).parent)}/clip.mp4',
        record,
        folder,
    ):
        assert torch.equal(scores(recognizer, video), want)
    assert 'video_reader' not in record  # the caller's own
    assert inference_recognizer(recognizer, record).gt_label.tolist() == [3]
    assert (scores(recognizer, decoded[::-1].copy()[:9]) - want).abs().max() > 1e-3


def test_relative_paths_are_below_the_data_prefix_of_the_config(rec_config, recognizer, clip_path, frame_dir) -> None:
    model = init_recognizer(rec_config, device='cpu')
    model.load_state_dict(recognizer.state_dict())
    want = scores(recognizer, clip_path)
    dataset = model.cfg.test_dataloader.dataset
    dataset.data_prefix = dict(video=str(Path(clip_path).parent))
    assert torch.equal(scores(model, 'clip.mp4'), want)
    dataset.update(data_root=str(Path(frame_dir).parent.parent), data_prefix=dict(img=Path(frame_dir).parent.name))
    assert torch.equal(scores(model, Path(frame_dir).name), want)
    for data_prefix in (None, dict(video=None), dict(video='')):
        dataset.update(data_root=str(Path(clip_path).parent), data_prefix=data_prefix)
        if data_prefix:
            assert torch.equal(scores(model, 'clip.mp4'), want)
        with pytest.raises(FileNotFoundError, match=r'no video .* at other\.mp4'):
            scores(model, 'other.mp4')


@pytest.mark.parametrize('decode', ['RawFrameDecode', 'ArrayDecode'])
def test_configs_for_other_inputs_take_all_kinds(recognizer, rec_config, clip_path, decoded, frame_dir, decode) -> None:
    steps = Config.fromfile(rec_config).test_pipeline
    steps = [steps[1], dict(type=decode), *steps[3:]]
    want = scores(recognizer, clip_path)
    for video in (clip_path, decoded, frame_dir):
        assert torch.equal(scores(recognizer, video, steps), want)
        assert torch.equal(scores(recognizer, video, test_pipeline=Compose(steps)), want)


def test_iterates_as_the_pairs_of_0x(recognizer, clip_path) -> None:
    results = inference_recognizer(recognizer, clip_path)
    labels = [f'name {i}' for i in range(6)]
    named = [(labels[k[0]], k[1]) for k in results]
    order = results.pred_score.argsort(descending=True)[:5].tolist()
    assert named == [(f'name {i}', results.pred_score[i].item()) for i in order]


def test_outputs(recognizer, clip_path) -> None:
    names = ('backbone', 'cls_head.fc_cls')
    result, features = inference_recognizer(recognizer, clip_path, outputs=names)
    assert features['backbone'].shape == (4, 128, 8, 8)  # all four frames, though a CPU takes some at a time
    torch.testing.assert_close(features['cls_head.fc_cls'].softmax(1)[0], result.pred_score)
    recognizer.max_testing_views = 1
    try:
        again, arrays = inference_recognizer(recognizer, clip_path, outputs='backbone', as_tensor=False)
        assert recognizer.max_testing_views == 1
    finally:
        recognizer.max_testing_views = None
    assert isinstance(arrays['backbone'], np.ndarray)
    np.testing.assert_allclose(arrays['backbone'], features['backbone'].numpy(), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r"no module 'neck'.*backbone, cls_head"):
        inference_recognizer(recognizer, clip_path, outputs=['neck'])
    with pytest.raises(TypeError, match=r"\['backbone'\].*outputs="):
        inference_recognizer(recognizer, clip_path, ['backbone'])


# --- pipelines ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    'steps, kind, want',
    [
        ('DecordInit S DecordDecode C', 'video', 'DecordInit S DecordDecode C'),
        ('PyAVInit S PyAVDecode C', 'video', 'PyAVInit S PyAVDecode C'),
        ('OpenCVInit S OpenCVDecode C', 'rawframes', 'S RawFrameDecode C'),
        ('mmaction.DecordInit S mmaction.DecordDecode', 'array', 'S ArrayDecode'),
        ('S RawFrameDecode C', 'video', 'DecordInit S DecordDecode C'),
        ('S RawFrameDecode C', 'rawframes', 'S RawFrameDecode C'),
        ('S ArrayDecode', 'rawframes', 'S RawFrameDecode'),
        ('MyInit S MyDecode C', 'array', 'MyInit S MyDecode C'),
        ('DecordInit S DecordDecode', 'other', 'DecordInit S DecordDecode'),
    ],
)
def test_adapt_steps(steps: str, kind: str, want: str) -> None:
    adapted = adapt_steps([dict(type=name) for name in steps.split()], kind)
    assert [step_name(step) for step in adapted] == want.split()


def test_pipeline_is_built_once(rec_config, clip_path) -> None:
    model = init_recognizer(rec_config, device='cpu')
    before = scores(model, clip_path)
    built = pipeline_of(model)
    assert pipeline_of(model) is built
    assert torch.equal(scores(model, clip_path), before)
    model.cfg.test_pipeline[1].num_clips = 1
    assert pipeline_of(model) is not built
    _, features = inference_recognizer(model, clip_path, outputs='backbone')
    assert features['backbone'].shape[0] == 1


def test_falls_back_to_the_loaders_of_the_config(rec_config, clip_path, recognizer) -> None:
    cfg = Config.fromfile(rec_config)
    steps = cfg.pop('test_pipeline')
    cfg.test_dataloader = None
    cfg.val_dataloader = dict(dataset=dict(type='RepeatDataset', dataset=dict(pipeline=steps, filename_tmpl='x{}.jpg')))
    model = init_recognizer(cfg, device='cpu')
    model.load_state_dict(recognizer.state_dict())
    assert torch.equal(scores(model, clip_path), scores(recognizer, clip_path))
    assert pipeline_of(model).naming.filename_tmpl == 'x{}.jpg'
    model.cfg.val_dataloader = None
    with pytest.raises(ValueError, match='neither test_pipeline nor a test_dataloader'):
        inference_recognizer(model, clip_path)


class OwnInit(BaseTransform):
    def transform(self, results):
        import decord

        results['video_reader'] = decord.VideoReader(results['filename'])
        results['total_frames'] = len(results['video_reader'])
        return results


class OwnDecode(BaseTransform):
    def transform(self, results):
        frames = results.pop('video_reader').get_batch([3, 11, 18, 26]).asnumpy()
        results['imgs'] = [frame[16:80, 32:96] for frame in frames]
        return results


class OwnPack(BaseTransform):
    def transform(self, results):
        imgs = np.array(results['imgs']).transpose(0, 3, 1, 2)
        return dict(inputs=to_tensor(imgs), data_samples=ActionDataSample().set_gt_labels(results['label']))


def test_own_transforms(recognizer, rec_config, clip_path, decoded) -> None:
    """As in the guide: steps of the user's own, in mmcv's registry."""
    for step in (OwnInit, OwnDecode, OwnPack):
        TRANSFORMS.register_module(module=step, force=True)
    cfg = Config.fromfile(rec_config)
    cfg.test_pipeline = [dict(type='OwnInit'), dict(type='OwnDecode'), dict(type='OwnPack')]
    model = init_recognizer(cfg, device='cpu')
    model.load_state_dict(recognizer.state_dict())
    torch.testing.assert_close(scores(model, clip_path), scores(recognizer, clip_path))
    with pytest.raises(ValueError, match=r"OwnInit, OwnDecode, OwnPack.*'filename'.*'array'"):
        inference_recognizer(model, decoded)
    with pytest.raises(ValueError, match=r'step of the test pipeline \(<lambda>\) drops .*clip.mp4'):
        inference_recognizer(model, clip_path, [lambda results: None])


def test_flow_config_refuses_videos(rec_config, clip_path) -> None:
    cfg = Config.fromfile(rec_config)
    cfg.test_dataloader.dataset.modality = 'Flow'
    model = init_recognizer(cfg, device='cpu')
    with pytest.raises(ValueError, match=r'clip.mp4 is a video, but the pipeline is for Flow'):
        inference_recognizer(model, clip_path)


# --- inputs that cannot be ------------------------------------------------------------------------------------------
@pytest.fixture(scope='module')
def bad_files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp('bad')
    (folder / 'notes.txt').write_text('no video')
    (folder / 'broken.mp4').write_bytes(b'\0' * 500)
    (folder / 'empty').mkdir()
    cv2.imwrite(str(folder / 'one.jpg'), np.zeros((8, 8, 3), np.uint8))
    return folder


@pytest.mark.parametrize(
    'name, error, message',
    [
        ('nope.mp4', FileNotFoundError, r'There is no video and no folder of frames at .*/nope\.mp4'),
        ('notes.txt', ValueError, r'notes\.txt is not a readable video: \.txt is none of'),
        ('broken.mp4', RuntimeError, r'broken\.mp4'),
        ('one.jpg', ValueError, r'one\.jpg is an image'),
        ('empty', FileNotFoundError, r'The folder .*/empty holds no numbered images'),
    ],
)
def test_bad_files(recognizer, bad_files, name, error, message) -> None:
    with pytest.raises(error, match=message):
        inference_recognizer(recognizer, str(bad_files / name))


@pytest.mark.parametrize(
    'video, error, message',
    [
        (np.zeros((3, 4, 5), np.uint8), ValueError, r'\(T, H, W, 3\).*got \(3, 4, 5\)'),
        (np.zeros((0, 4, 5, 3), np.uint8), ValueError, r'got \(0, 4, 5, 3\)'),
        (np.zeros((3, 4, 5, 3)), TypeError, 'uint8 in 0..255, got float64'),
        (None, TypeError, 'got NoneType'),
        ('http://127.0.0.1:9/clip.mp4', RuntimeError, r'http://127\.0\.0\.1:9/clip\.mp4.*cannot be fetched'),
    ],
)
def test_bad_inputs(recognizer, video, error, message) -> None:
    with pytest.raises(error, match=message):
        inference_recognizer(recognizer, video)


# --- models ---------------------------------------------------------------------------------------------------------
def test_init_recognizer(rec_config, rec_checkpoint, rec_dir) -> None:
    cfg = Config.fromfile(rec_config)
    cfg.model.backbone.pretrained = 'torchvision://resnet18'
    cfg.model.backbone.init_cfg = dict(type='Pretrained', checkpoint='/nowhere.pth')
    model = init_recognizer(cfg, Path(rec_checkpoint), torch.device('cpu'))
    assert not model.training
    assert model.cfg.model.backbone.pretrained is None
    assert model.cfg.model.backbone.init_cfg is None
    assert cfg.model.backbone.pretrained == 'torchvision://resnet18'  # the caller's own is as it was
    state = torch.load(rec_checkpoint, weights_only=True)['state_dict']
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert init_recognizer(Path(rec_config), device='cpu').cfg.filename == str(rec_config)


def test_init_recognizer_errors(rec_config, rec_dir) -> None:
    with pytest.raises(FileNotFoundError, match=r'no config at /nope/tsn.py'):
        init_recognizer('/nope/tsn.py')
    with pytest.raises(TypeError, match='config must be a filename or Config object, but got list'):
        init_recognizer([rec_config])
    with pytest.raises(ValueError, match='has no model'):
        init_recognizer(Config(dict(a=1)), device='cpu')
    with pytest.raises(ValueError, match=r"device \('gpu'\)"):
        init_recognizer(rec_config, device='gpu')
    with pytest.raises(FileNotFoundError, match=r'no checkpoint at /nope.pth'):
        init_recognizer(rec_config, '/nope.pth', 'cpu')
    with pytest.raises(ValueError, match=r'tsn\.py is not a checkpoint'):
        init_recognizer(rec_config, rec_config, 'cpu')


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is CUDA')
def test_without_cuda_the_cpu_is_used(rec_config) -> None:
    with pytest.warns(UserWarning, match='no CUDA device; the CPU is used instead of cuda:0') as caught:
        model = init_recognizer(rec_config)
    assert len(caught) == 1
    assert next(model.parameters()).device.type == 'cpu'
    assert resolve_device(None).type == 'cpu'


def test_checkpoints_of_other_models(rec_config, rec_checkpoint, tmp_path) -> None:
    state = torch.load(rec_checkpoint, weights_only=True)['state_dict']
    path = str(tmp_path / 'other.pth')

    torch.save({**state, 'cls_head.fc_cls.weight': torch.zeros(9, 128)}, path)
    message = r'other\.pth do not match Recognizer2D: .*cls_head\.fc_cls\.weight is \(9, 128\), expected \(6, 128\)'
    with pytest.raises(ValueError, match=message):
        init_recognizer(rec_config, path, 'cpu')

    torch.save({'encoder.a': torch.zeros(1)}, path)
    with pytest.raises(ValueError, match=r'not one key matches; .*backbone\..* and \d+ more; .* encoder\.a'):
        init_recognizer(rec_config, path, 'cpu')

    torch.save({**{k: v for k, v in state.items() if k != 'cls_head.fc_cls.bias'}, 'extra': torch.zeros(1)}, path)
    with pytest.warns(UserWarning, match=r'missing keys cls_head\.fc_cls\.bias; unexpected keys extra'):
        init_recognizer(rec_config, path, 'cpu')


class _Evil:
    def __reduce__(self):
        return eval, ("__import__('os').environ.setdefault('MMACTION_EVIL', '1')",)


def test_no_code_from_checkpoints(rec_config, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv('MMACTION_EVIL', raising=False)
    path = tmp_path / 'evil.pth'
    path.write_bytes(pickle.dumps({'state_dict': _Evil()}))
    with pytest.raises(UnsafeCheckpointError, match=r'evil\.pth was refused'):
        init_recognizer(rec_config, path, 'cpu')
    torch.save({'meta': {'cfg': "model = __import__('os').environ.setdefault('MMACTION_EVIL', '1')"}}, path)
    with pytest.raises(ValueError, match=r'config in the checkpoint .*evil\.pth is not made of plain values'):
        config_of_checkpoint(path)
    import os

    assert 'MMACTION_EVIL' not in os.environ


def test_read_config_text(root) -> None:
    name = 'tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb.py'
    cfg = Config.fromfile(root / 'configs' / 'recognition' / name)
    cfg.odd = dict(a=float('inf'), b=-float('inf'), c={0: (1, -2.5)}, d=None, e=["it's", True])
    want = {key: value for key, value in cfg.to_dict().items() if key != 'r'}
    assert read_config_text(cfg.pretty_text) == want
    for text in ('import os', 'a = b', 'a = dict(**{})', 'a.b = 1', 'a = open("x")', 'a += 1'):
        with pytest.raises((ValueError, SyntaxError)):
            read_config_text(text)


def test_error_of_an_unknown_device_index() -> None:
    if torch.cuda.is_available():
        with pytest.raises(ValueError, match=re.escape('device (cuda:99) does not exist')):
            resolve_device('cuda:99')
    else:
        with pytest.warns(UserWarning, match='cuda:99'):
            assert resolve_device('cuda:99').type == 'cpu'


# --- threads --------------------------------------------------------------------------------------------------------
def test_threads_share_a_model_with_options_and_outputs_of_their_own(recognizer, clip_path, decoded, frame_dir) -> None:
    jobs = [
        (video, PredictOptions(average, views), outputs)
        for video in (clip_path, decoded[::-1].copy(), frame_dir)
        for average, views, outputs in (('prob', 2, None), (None, None, 'backbone'), ('score', 'default', 'cls_head'))
    ]

    def run(job: tuple) -> list[torch.Tensor]:
        video, options, outputs = job
        result = inference_recognizer(recognizer, video, options=options, outputs=outputs)
        return [result.pred_score] if outputs is None else [result[0].pred_score, *result[1].values()]

    want = [run(job) for job in jobs]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(run, jobs * 3))
    for i, tensors in enumerate(got):
        assert all(torch.equal(one, other) for one, other in zip(tensors, want[i % len(want)], strict=True))
    assert (recognizer.cls_head.average_clips, recognizer.max_testing_views) == ('prob', None)
