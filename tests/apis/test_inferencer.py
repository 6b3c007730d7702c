from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmaction.apis import ActionRecogInferencer, MMAction2Inferencer, inference_recognizer
from mmaction.apis._weights import fetch_zoo_weights
from mmaction.engine import WeightsNotAvailable
from mmaction.registry import INFERENCERS
from mmaction.structures import ActionDataSample
from mmaction.testing import moving_texture
from mmaction.video import open_reader, write_video


@pytest.fixture(scope='module')
def inferencer(rec_config, rec_checkpoint) -> MMAction2Inferencer:
    return MMAction2Inferencer(rec_config, rec_checkpoint, device='cpu')


@pytest.fixture(scope='module')
def videos(tmp_path_factory, clip_path) -> Path:
    """A folder of three videos, of which the last is sorted by its number, and a text."""
    folder = tmp_path_factory.mktemp('videos')
    shutil.copy(clip_path, folder / 'v2.mp4')
    write_video(folder / 'v10.avi', moving_texture(12, 80, 96, (0, 3), seed=5), codec='mpeg4')
    write_video(folder / 'v1.mkv', moving_texture(20, 96, 80, (-2, 1), seed=8))
    (folder / 'list.txt').write_text('v1.mkv 0')
    return folder


def test_result(inferencer, recognizer, clip_path) -> None:
    want = inference_recognizer(recognizer, clip_path)
    results = inferencer(clip_path)
    scores = want.pred_score.tolist()
    assert results == {
        'predictions': [{'rec_labels': [want.pred_label.tolist()], 'rec_scores': [scores], 'video': clip_path}],
        'visualization': [],
    }
    assert len(scores) == 6
    assert type(results['predictions'][0]['rec_labels'][0][0]) is int
    one = inferencer.actionrecog_inferencer
    plain = {'pred_labels': want.pred_label.tolist(), 'pred_scores': scores, 'video': clip_path}
    assert one(clip_path)['predictions'] == [plain]
    for call in (
        lambda: one(clip_path, return_datasamples=True),
        lambda: inferencer(clip_path, return_datasample=True),
    ):
        (sample,) = call()['predictions']
        assert isinstance(sample, ActionDataSample)
        assert torch.equal(sample.pred_score, want.pred_score)


def test_batches_and_kinds(inferencer, videos, clip_path, decoded, frame_dir, capsys) -> None:
    single = inferencer(str(videos))['predictions']
    assert [result['video'] for result in single] == [str(videos / name) for name in ('v1.mkv', 'v2.mp4', 'v10.avi')]
    for batch_size in (2, 3, 7):
        for got, want in zip(inferencer(str(videos), batch_size=batch_size)['predictions'], single, strict=True):
            assert got['rec_labels'] == want['rec_labels']
            np.testing.assert_allclose(got['rec_scores'], want['rec_scores'], rtol=1e-4, atol=1e-6)
    in_order = [str(videos / name) for name in ('v1.mkv', 'v2.mp4', 'v10.avi')]
    assert inferencer(in_order)['predictions'] == single
    assert single[0]['rec_scores'] != single[1]['rec_scores'] != single[2]['rec_scores']
    mixed = [clip_path, frame_dir, decoded, Path(clip_path), dict(array=decoded, total_frames=30, start_index=0)]
    results = inferencer(mixed, batch_size=2)['predictions']
    assert [result['rec_labels'] for result in results] == [single[1]['rec_labels']] * 5
    for result in results:
        np.testing.assert_allclose(result['rec_scores'], single[1]['rec_scores'], rtol=1e-4, atol=1e-6)
    from_folder = inferencer(frame_dir)['predictions'][0]
    assert from_folder.pop('video') == frame_dir  # an array has no name
    assert from_folder == inferencer(decoded)['predictions'][0]
    assert 'Inference' not in capsys.readouterr().out  # progress is not among the results


def test_views_that_the_model_does_not_average(inferencer) -> None:
    views = ActionDataSample().set_pred_score(torch.tensor([[0.0, 0.6, 0.4], [0.75, 0.25, 0.0]])).set_pred_label([1, 0])
    assert inferencer.pred2dict(views)['rec_labels'] == [[1]]
    np.testing.assert_allclose(inferencer.pred2dict(views)['rec_scores'], [[0.375, 0.425, 0.2]], rtol=1e-6)
    with pytest.raises(ValueError, match='no class scores but ActionDataSample with gt_label'):
        inferencer.pred2dict(ActionDataSample().set_gt_label(1))


@pytest.mark.parametrize('name', ['sub/results.json', 'results.pkl'])
def test_printed_and_written(inferencer, clip_path, tmp_path, capsys, name) -> None:
    path = tmp_path / name
    results = inferencer(clip_path, print_result=True, pred_out_file=str(path), return_datasample=True)
    assert isinstance(results['predictions'][0], ActionDataSample)
    want = {'predictions': inferencer(clip_path)['predictions']}
    assert capsys.readouterr().out.strip() == str(want)
    assert (json.loads(path.read_text()) if name.endswith('.json') else pickle.loads(path.read_bytes())) == want


def test_precision_and_compilation(inferencer, rec_config, rec_checkpoint, clip_path) -> None:
    halved = MMAction2Inferencer(rec_config, rec_checkpoint, device='cpu', dtype='bf16')
    model = halved.actionrecog_inferencer.model
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    (want,), (got,) = (each(clip_path)['predictions'] for each in (inferencer, halved))
    assert got['rec_labels'] == want['rec_labels']
    np.testing.assert_allclose(got['rec_scores'], want['rec_scores'], atol=1e-2)
    compiled = ActionRecogInferencer(rec_config, rec_checkpoint, 'cpu', compile=True).model
    assert compiled.backbone._compiled_call_impl is not None
    with pytest.raises(ValueError, match=r"dtype \('fp16'\) needs a GPU; a CPU computes in 'fp32' or 'bf16'"):
        MMAction2Inferencer('tsn', device='cpu', dtype='fp16')  # before anything is fetched


# --- what is drawn --------------------------------------------------------------------------------------------------
def test_drawn_video(inferencer, clip_path, decoded, tmp_path) -> None:
    results = inferencer(clip_path, vid_out_dir=str(tmp_path), return_vis=True, target_resolution=(256, -1))
    (frames,) = results['visualization']
    assert frames.shape == (30, 192, 256, 3)
    assert frames.dtype == np.uint8
    enlarged = np.stack([cv2.resize(frame, (256, 192), interpolation=cv2.INTER_CUBIC) for frame in decoded])
    changed = (frames != enlarged).any(-1).mean()
    assert 0.05 < changed < 0.8  # a panel, not the whole frame
    with open_reader(tmp_path / 'clip.mp4') as reader:
        assert (reader.num_frames, reader.size, reader.avg_fps) == (30, (192, 256), 25)
        error = np.abs(reader.get_frames([15])[0].astype(int) - frames[15]).mean()
    assert error < 6
    assert [path.name for path in tmp_path.iterdir()] == ['clip.mp4']
    plain = inferencer(clip_path, return_vis=True, draw_pred=False, target_resolution=(256, -1))['visualization'][0]
    assert np.array_equal(plain, enlarged)


def test_drawn_names_and_forms(inferencer, clip_path, frame_dir, decoded, tmp_path) -> None:
    out = tmp_path / 'out'
    kwargs = dict(vid_out_dir=str(out), fps=10, target_resolution=(64, 48))
    inferencer([clip_path, clip_path, frame_dir], **kwargs)
    assert sorted(path.name for path in out.iterdir()) == ['clip frames.mp4', 'clip.mp4', 'clip_1.mp4']
    with open_reader(out / 'clip_1.mp4') as reader:
        assert reader.avg_fps == 10
    inferencer(clip_path, out_type='gif', **kwargs)
    inferencer(clip_path, out_type='img', **kwargs)
    assert (out / 'clip.gif').read_bytes()[:4] == b'GIF8'
    assert len(list((out / 'clip').glob('*.jpg'))) == 30
    number = inferencer.actionrecog_inferencer.num_visualized_vids
    inferencer(decoded, **kwargs)
    assert (out / f'{number:08}.mp4').is_file()


def test_drawn_class_names(rec_config, rec_checkpoint, clip_path, tmp_path) -> None:
    labels = tmp_path / 'labels.txt'
    labels.write_text('\n'.join('abcdef') + '\n')
    named = ActionRecogInferencer(rec_config, rec_checkpoint, 'cpu', labels)
    assert named.classes == list('abcdef')
    cfg = Config.fromfile(rec_config)
    cfg.test_dataloader.dataset.metainfo = dict(classes=list('uvwxyz'))
    other = ActionRecogInferencer(cfg, rec_checkpoint, 'cpu')
    assert other.classes == list('uvwxyz')
    a, b = (one(clip_path, return_vis=True)['visualization'][0] for one in (named, other))
    assert (a != b).any()


def test_show_without_display_warns(inferencer, clip_path, monkeypatch) -> None:
    for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    with pytest.warns(UserWarning, match="'clip' is not shown: there is no display"):
        inferencer(clip_path, show=True)


def test_input_is_not_overwritten(inferencer, videos) -> None:
    before = (videos / 'v2.mp4').read_bytes()
    with pytest.raises(ValueError, match=r'would overwrite its input .*v2\.mp4'):
        inferencer(str(videos / 'v2.mp4'), vid_out_dir=str(videos))
    assert (videos / 'v2.mp4').read_bytes() == before


# --- inputs ---------------------------------------------------------------------------------------------------------
def test_folders_of_frame_folders(rec_config, rec_checkpoint, clip_path, frame_dir, tmp_path) -> None:
    for name in ('b', 'a'):
        shutil.copytree(frame_dir, tmp_path / name)
    frames = MMAction2Inferencer(rec_config, rec_checkpoint, 'cpu', input_format='rawframes')
    both, one = frames(str(tmp_path))['predictions'], frames(frame_dir)['predictions']
    assert [result.pop('video') for result in both] == [str(tmp_path / 'a'), str(tmp_path / 'b')]
    assert one[0].pop('video') == frame_dir
    assert both == [*one, *one]
    with pytest.raises(FileNotFoundError, match=r"'rawframes', but there is no folder .*clip\.mp4"):
        frames(clip_path)
    numbered = ActionRecogInferencer(rec_config, rec_checkpoint, 'cpu', pack_cfg=dict(start_index=10))
    later = numbered(frame_dir)['predictions'][0]['pred_scores']
    with open_reader(clip_path) as reader:
        want = numbered(reader.get_frames(range(10, 30)))['predictions'][0]['pred_scores']
    assert later == want != one[0]['rec_scores'][0]


def test_arrays_only(rec_config, rec_checkpoint, clip_path, decoded, inferencer) -> None:
    arrays = MMAction2Inferencer(rec_config, rec_checkpoint, 'cpu', input_format='array')
    (named,) = inferencer(clip_path)['predictions']
    assert named.pop('video') == clip_path
    assert arrays([decoded])['predictions'] == [named]
    with pytest.raises(TypeError, match=r"input_format is 'array', the input is '.*clip\.mp4'"):
        arrays(clip_path)


@pytest.mark.parametrize(
    'inputs, kwargs, error, message',
    [
        ('/nope/a.mp4', {}, FileNotFoundError, r'no folder of frames at /nope/a\.mp4'),
        (['/nope/a.mp4'], {}, FileNotFoundError, r'/nope/a\.mp4'),
        ([], {}, ValueError, 'list of inputs is empty'),
        (3, {}, TypeError, 'got a int'),
        ('CLIP', dict(batch_size=0), ValueError, r'batch_size \(0\)'),
        ('CLIP', dict(out_type='webp'), ValueError, r"out_type \('webp'\) must be one of 'img', 'gif', 'video'"),
        ('CLIP', dict(pred_out_file='a.txt'), ValueError, r'pred_out_file \(a\.txt\)'),
        ('CLIP', dict(shw=True), ValueError, r"unknown argument \{'shw'\}"),
    ],
)
def test_bad_calls(inferencer, clip_path, inputs, kwargs, error, message) -> None:
    with pytest.raises(error, match=message):
        inferencer(clip_path if inputs == 'CLIP' else inputs, **kwargs)


def test_empty_folder(inferencer, tmp_path) -> None:
    (tmp_path / 'inner').mkdir()
    with pytest.raises(FileNotFoundError, match='holds no videos, frames or folders of frames'):
        inferencer(str(tmp_path))


# --- models and weights ---------------------------------------------------------------------------------------------
def test_registered(rec_config, rec_checkpoint) -> None:
    assert INFERENCERS.get('action-recognition') is INFERENCERS.get('ActionRecogInferencer') is ActionRecogInferencer
    assert INFERENCERS.get('MMAction2Inferencer') is MMAction2Inferencer
    cfg = dict(type='action-recognition', model=rec_config, weights=rec_checkpoint, device='cpu')
    assert isinstance(INFERENCERS.build(cfg), ActionRecogInferencer)


def test_models_by_config_and_checkpoint(rec_config, rec_checkpoint, clip_path, inferencer, tmp_path) -> None:
    want = inferencer(clip_path)['predictions']
    cfg = Config.fromfile(rec_config)
    for model in (Path(rec_config), cfg, cfg.to_dict()):
        assert MMAction2Inferencer(model, rec_checkpoint, 'cpu')(clip_path)['predictions'] == want
    state = torch.load(rec_checkpoint, weights_only=True)['state_dict']
    torch.save({'state_dict': state, 'meta': {'cfg': cfg.pretty_text}}, tmp_path / 'whole.pth')
    alone = MMAction2Inferencer(rec_weights=str(tmp_path / 'whole.pth'), device='cpu')
    assert alone(clip_path)['predictions'] == want
    with pytest.raises(ValueError, match=r'tsn\.pth carries no config'):
        MMAction2Inferencer(rec_weights=rec_checkpoint, device='cpu')


def test_random_weights_must_be_asked_for(rec_config, clip_path) -> None:
    with pytest.raises(
        ValueError, match=r"No weights are given for .*tsn\.py\. .*--rec-weights PATH.*weights='random'"
    ):
        MMAction2Inferencer(rec_config, device='cpu')
    scores = MMAction2Inferencer(rec_config, 'random', 'cpu')(clip_path)['predictions'][0]['rec_scores'][0]
    assert sum(scores) == pytest.approx(1)


def test_unknown_models(rec_config, rec_checkpoint) -> None:
    with pytest.raises(ValueError, match=r'No model and no config file is named tsnn. Did you mean TSN'):
        MMAction2Inferencer('tsnn')
    with pytest.raises(FileNotFoundError, match=r'no config at configs/nope\.py'):
        MMAction2Inferencer('configs/nope.py')
    with pytest.raises(ValueError, match='rec is None'):
        MMAction2Inferencer()
    with pytest.raises(FileNotFoundError, match=r'no file of class names at /nope\.txt'):
        MMAction2Inferencer(rec_config, 'random', label_file='/nope.txt')
    with pytest.raises(ValueError, match=r"input_format \('frames'\)"):
        MMAction2Inferencer(rec_config, 'random', input_format='frames')
    with pytest.raises(
        ValueError, match=r"pack_cfg has unknown keys \['template'\].* It accepts filename_tmpl, modality, start_index"
    ):
        ActionRecogInferencer(rec_config, 'random', pack_cfg=dict(template='a'))


def test_weights_by_address(rec_config, rec_checkpoint, clip_path, serve, inferencer, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(torch.hub, '_hub_dir', str(tmp_path))
    address = serve(Path(rec_checkpoint).parent)
    fetched = MMAction2Inferencer(rec_config, f'{address}/tsn.pth', 'cpu')
    assert fetched(clip_path)['predictions'] == inferencer(clip_path)['predictions']
    path = tmp_path / 'checkpoints' / 'gone.pth'
    with pytest.raises(WeightsNotAvailable, match=rf'{address}/gone\.pth .*put it at {path}.*--rec-weights PATH'):
        fetch_zoo_weights(f'{address}/gone.pth')
    shutil.copy(rec_checkpoint, path)  # as told
    assert fetch_zoo_weights(f'{address}/gone.pth') == str(path)
