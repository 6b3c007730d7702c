from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path

import av
import numpy as np
import pytest
from processes import run_script

from mmaction.apis import inference_recognizer
from mmaction.cli.infer import inferencer as demo_inferencer
from mmaction.cli.infer import recognize as demo
from mmaction.video import open_reader


@pytest.fixture(scope='module')
def labels(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp('labels') / 'labels.txt'
    path.write_text('\n'.join(f'name {i}' for i in range(6)) + '\n')
    return str(path)


def test_demo_inferencer_script(root: Path, rec_config, rec_checkpoint, recognizer, labels, tmp_path) -> None:
    """The command of the quick run, and what it leaves."""
    command = ['demo/demo_inferencer.py', 'demo/demo.mp4', '--rec', rec_config, '--rec-weights', rec_checkpoint]
    command += ['--print-result', '--label-file', labels, '--vid-out-dir', str(tmp_path), '--device', 'cpu']
    command += ['--pred-out-file', str(tmp_path / 'result.json')]
    done = run_script(*command, cwd=root)
    printed = ast.literal_eval(done.stdout)
    want = inference_recognizer(recognizer, root / 'demo' / 'demo.mp4')
    best = want.pred_label.tolist()
    assert printed['predictions'][0]['rec_labels'] == [best]
    np.testing.assert_allclose(printed['predictions'][0]['rec_scores'], [want.pred_score.tolist()], rtol=1e-5)
    assert json.loads((tmp_path / 'result.json').read_text()) == printed
    assert f'demo/demo.mp4: name {best[0]} ({want.pred_score[best[0]]:.3g})' in done.stderr
    with open_reader(tmp_path / 'demo.mp4') as reader:
        assert (reader.num_frames, reader.size) == (150, (240, 320))


def test_demo_inferencer_takes_folders(rec_config, rec_checkpoint, clip_path, frame_dir, capsys) -> None:
    args = ['--rec', rec_config, '--rec-weights', rec_checkpoint, '--batch-size', '2', '--print-result']
    for folder in (Path(clip_path).parent, frame_dir):
        demo_inferencer.main([str(folder), *args])
    one, other = (ast.literal_eval(line)['predictions'][0] for line in capsys.readouterr().out.splitlines())
    assert (one.pop('video'), other.pop('video')) == (clip_path, frame_dir)
    assert one == other


@pytest.mark.parametrize(
    'args, code, message',
    [
        (['/nope.mp4', '--rec', 'tsn'], 1, 'error: There is no video and no folder of frames at /nope.mp4.'),
        (['CLIP', '--rec', 'tns'], 1, 'error: No model and no config file is named tns. Did you mean TSN?'),
        (['CLIP', '--rec', 'CONFIG'], 1, 'for untrained ones'),
        (['CLIP', '--rec', 'CONFIG', '--rec-weights', '/nope.pth'], 1, 'error: There is no checkpoint at /nope.pth.'),
        (['CLIP', '--rec', 'CONFIG', '--rec-weights', 'CLIP'], 1, 'clip.mp4 is not a checkpoint'),
        (['CLIP', '--rec', 'CONFIG', '--rec-weights', 'random', '--pred-out-file', 'a.txt'], 1, '(a.txt)'),
        (['CLIP', '--rec', 'CONFIG', '--rec-weights', 'random', '--device', 'x'], 1, "device ('x')"),
        (['CLIP', '--rec', 'tsn', '--device', 'cpu', '--dtype', 'fp16'], 1, "dtype ('fp16') needs a GPU"),
        (['CLIP'], 2, '--rec is needed'),
        (['CLIP', '--rec', 'tsn', '--batch-size', '0'], 2, '--batch-size (0)'),
    ],
)
def test_demo_inferencer_errors(clip_path, rec_config, capsys, args, code, message) -> None:
    names = {'CLIP': clip_path, 'CONFIG': rec_config}
    with pytest.raises(SystemExit) as ended:
        demo_inferencer.main([names.get(arg, arg) for arg in args])
    assert ended.value.code == code
    lines = capsys.readouterr().err.splitlines()
    assert message in lines[-1]
    assert 'Traceback' not in lines
    assert len(lines) == 1 or code == 2


def test_weights_that_cannot_be_fetched(clip_path, tmp_path, monkeypatch, capsys) -> None:
    import torch

    monkeypatch.setattr(torch.hub, '_hub_dir', str(tmp_path))
    monkeypatch.setenv('https_proxy', 'http://127.0.0.1:9')  # a machine without network
    monkeypatch.setattr('urllib.request._opener', None)  # it keeps the proxies of the first request of a process
    with pytest.raises(SystemExit):
        demo_inferencer.main([clip_path, '--rec', 'tsn'])
    (line,) = capsys.readouterr().err.splitlines()
    name = 'tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb_20220906-2692d16c.pth'
    assert f'put it at {tmp_path / "checkpoints" / name}' in line
    assert '--rec-weights PATH' in line


def test_tracebacks_on_demand(monkeypatch) -> None:
    monkeypatch.setenv('MMACTION_TRACEBACK', '1')
    with pytest.raises(FileNotFoundError, match=r'/nope\.mp4'):
        demo_inferencer.main(['/nope.mp4', '--rec', 'tsn'])


def test_demo(rec_config, rec_checkpoint, recognizer, clip_path, labels, tmp_path, capsys) -> None:
    out = tmp_path / 'out.mp4'
    args = [rec_config, rec_checkpoint, clip_path, labels, '--device', 'cpu', '--out-filename', str(out)]
    demo.main([*args, '--fps', '10', '--target-resolution', '200', '-1', '--font-scale', '9', '--font-color', 'red'])
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert first == 'The top-5 labels with corresponding scores are:'
    want = [(f'name {label}', score) for label, score in inference_recognizer(recognizer, clip_path)]
    assert [(name, float(score)) for name, score in (line.split(':  ') for line in lines)] == want
    assert str(out) in last
    with open_reader(out) as reader:
        assert (reader.num_frames, reader.size, reader.avg_fps) == (30, (150, 200), 10)
        red, green, blue = reader.get_frames([0])[0].reshape(-1, 3).astype(int).T
    assert ((red > 200) & (green < 90) & (blue < 90)).sum() > 20  # letters


def test_demo_arguments_of_0x(rec_config, rec_checkpoint, clip_path, frame_dir, labels, tmp_path, capsys) -> None:
    out = tmp_path / 'out.mp4'
    args = ['--device', 'cpu', '--out-filename', str(out), '--target-resolution', '64', '48']
    demo.main([rec_config, rec_checkpoint, frame_dir, labels, *args, '--use-frames', '--resize-algorithm', 'nearest'])
    with open_reader(out) as reader:
        assert reader.size == (48, 64)
    with pytest.raises(SystemExit, match='2'):
        demo.main([rec_config, rec_checkpoint, clip_path, labels, '--use-frames'])
    assert f'--use-frames: there is no folder of frames at {clip_path}' in capsys.readouterr().err


def test_demo_options_and_errors(rec_config, rec_checkpoint, clip_path, labels, tmp_path, capsys) -> None:
    args = [rec_config, rec_checkpoint, clip_path, labels, '--device', 'cpu']
    demo.main(args)
    before = capsys.readouterr().out
    demo.main([*args, '--cfg-options', 'test_pipeline.1.num_clips=1'])
    assert capsys.readouterr().out != before
    cases = [
        (0, '/nope.py', 'There is no config at /nope.py'),
        (1, '/nope.pth', 'There is no checkpoint at /nope.pth'),
        (2, '/nope.mp4', 'There is no video and no folder of frames at /nope.mp4'),
        (3, '/nope.txt', 'There is no file of class names at /nope.txt'),
    ]
    for place, value, message in cases:
        with pytest.raises(SystemExit) as ended:
            demo.main([*args[:place], value, *args[place + 1 :]])
        assert ended.value.code == 1
        assert message in capsys.readouterr().err


def test_demo_video(root: Path) -> None:
    """The clip in the repository is what its script draws."""
    path = root / 'demo' / 'demo.mp4'
    assert path.stat().st_size < 200_000
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ('h264', 320, 240)
        assert container.duration / av.time_base <= 8
    spec = importlib.util.spec_from_file_location('make_demo_video', root / 'demo' / 'make_demo_video.py')
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    with open_reader(path) as reader:
        assert reader.num_frames == script.FPS * script.SECONDS
        for index in (0, 60, 149):
            error = np.abs(reader.get_frames([index])[0].astype(int) - script.draw(index / script.FPS)).mean()
            assert error < 4
