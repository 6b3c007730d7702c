"""The command that extracts features: resumed, by whole videos or along long ones."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from mmaction.cli.infer.features import main as extract
from mmaction.inference.features import clip_features
from mmaction.inference.windows import WindowPipeline
from mmaction.video import open_reader


def test_extraction_is_resumed_and_tells_what_failed(localization_models, long_video, clip_path, tmp_path, capsys):
    recognizer = localization_models[1]['recognizer']
    listed = tmp_path / 'list.txt'
    (tmp_path / 'broken.mp4').write_bytes(b'no video')
    listed.write_text(f'{long_video} 0\n{tmp_path / "broken.mp4"}\n{clip_path} 1\n')
    out = tmp_path / 'out'
    command = [*recognizer, str(out), '--video-list', str(listed), '--video-root', '', '--device', 'cpu']
    long_mode = [*command, '--long-video-mode', '--clip-interval', '4', '--format', 'npy']
    with pytest.raises(SystemExit, match='1'):
        extract(long_mode)
    text = capsys.readouterr().out
    assert '2 written, 0 existed already, 1 failed.' in text and 'broken.mp4' in text
    assert sorted(os.listdir(out)) == ['clip.npy', 'long.npy']  # nothing half written
    built = localization_models[0]['recognizer']
    pipeline = WindowPipeline(built.cfg)
    with open_reader(long_video) as reader:
        expected = clip_features(built, pipeline, reader, pipeline.clip_grid(4))
    np.testing.assert_allclose(np.load(out / 'long.npy'), expected, rtol=1e-5, atol=1e-6)

    (out / 'clip.npy').unlink()
    stamp = os.stat(out / 'long.npy').st_mtime_ns
    with pytest.raises(SystemExit, match='1'):
        extract(long_mode)
    assert '1 written, 1 existed already, 1 failed.' in capsys.readouterr().out
    assert os.stat(out / 'long.npy').st_mtime_ns == stamp and (out / 'clip.npy').exists()


def test_extraction_of_whole_videos(localization_models, clip_path, tmp_path):
    from mmaction.apis import inference_recognizer

    recognizer = localization_models[1]['recognizer']
    listed = tmp_path / 'list.txt'
    listed.write_text('clip.mp4\n')
    command = [*recognizer, str(tmp_path), '--video-list', str(listed), '--video-root', str(Path(clip_path).parent)]
    extract([*command, '--device', 'cpu', '--dump-score'])
    scores = pickle.loads((tmp_path / 'clip.pkl').read_bytes())
    expected = inference_recognizer(localization_models[0]['recognizer'], clip_path).pred_score
    np.testing.assert_allclose(scores, expected.numpy(), rtol=1e-4)

    extract([*command, '--device', 'cpu', '--dump-score', '--format', 'npy', '--dtype', 'bf16'])
    halved = np.load(tmp_path / 'clip.npy')
    (tmp_path / 'clip.npy').unlink()
    assert halved.dtype == np.float32
    assert 0 < np.abs(halved - scores).max() < 1e-2

    extract([*command, '--device', 'cpu', '--format', 'csv'])
    lines = (tmp_path / 'clip.csv').read_text().splitlines()
    assert len(lines) == 2 and lines[0].startswith('f0,f1,') and len(lines[1].split(',')) == 128
    extract([*command, '--device', 'cpu', '--format', 'npy', '--spatial-type', 'keep', '--temporal-type', 'max'])
    kept = np.load(tmp_path / 'clip.npy')
    assert kept.shape[0] == 128 and kept.ndim == 3


def test_one_list_as_in_0x(localization_models, clip_path, long_video, tmp_path, capsys):
    recognizer = localization_models[1]['recognizer']
    listed = tmp_path / 'list.txt'
    listed.write_text(f'{long_video} 0\n{clip_path} 1\n')
    command = [*recognizer, '--video-list', str(listed), '--video-root', '', '--device', 'cpu', '--gpu-collect']
    extract([*command, '--out', str(tmp_path / 'a.pkl')])
    features = pickle.loads((tmp_path / 'a.pkl').read_bytes())
    assert [array.shape for array in features] == [(128,), (128,)]
    extract([*command, '--out', str(tmp_path / 'b.json'), '--tmpdir', str(tmp_path / 'tmp'), '--fuse-conv-bn'])
    np.testing.assert_allclose(json.loads((tmp_path / 'b.json').read_text()), features, rtol=1e-3, atol=1e-5)
    extract([*command, str(tmp_path / 'each')])
    np.testing.assert_array_equal(pickle.loads((tmp_path / 'each' / 'clip.pkl').read_bytes()), features[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a.pkl', 'b.json', 'each', 'list.txt', 'tmp']
    assert not os.listdir(tmp_path / 'tmp')
    for wrong, message in (
        (['--out', 'a.txt'], '--out (a.txt) must end in .pkl'),
        (['--out', 'a.pkl', 'folder'], 'output_prefix, a folder of files, and --out, one file, exclude each other'),
        ([], 'the following arguments are required: output_prefix'),
    ):
        with pytest.raises(SystemExit, match='2'):
            extract([*command, *wrong])
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--clip-interval', '4'], '--clip-interval needs --long-video-mode'),
        (['--long-video-mode', '--multi-view'], 'exclude each other'),
        (['--batch-size', '0'], r'--batch-size \(0\) must be at least 1'),
    ],
)
def test_extraction_checks_its_arguments(arguments, message, capsys):
    import re

    with pytest.raises(SystemExit, match='2'):
        extract(['config.py', 'none', 'out', *arguments])
    assert re.search(message, capsys.readouterr().err)


def test_times_and_a_cache(localization_models, clip_path, tmp_path, capsys):
    from mmaction.inference.feature_store import VideoFeatures

    recognizer = localization_models[1]['recognizer']
    (tmp_path / 'list.txt').write_text('clip.mp4\n')
    listed = ['--video-list', str(tmp_path / 'list.txt'), '--video-root', str(Path(clip_path).parent)]
    cached = [*listed, '--device', 'cpu', '--cache', str(tmp_path / 'cache')]
    long_mode = ['--long-video-mode', '--clip-interval', '10']
    extract([*recognizer, str(tmp_path / 'a'), *cached, *long_mode, '--format', 'npz'])
    found = VideoFeatures.load(str(tmp_path / 'a' / 'clip.npz'))
    assert found.features.shape == (3, 128)
    np.testing.assert_allclose(found.start_sec, [0.2, 0.6, 1.0], atol=1e-6)  # frames 5, 15, 25 at 25 a second
    (entry,) = (tmp_path / 'cache').rglob('*.npz')
    stamp = entry.stat().st_mtime_ns
    extract([*recognizer, str(tmp_path / 'b'), *cached, *long_mode, '--format', 'npy'])
    np.testing.assert_array_equal(np.load(tmp_path / 'b' / 'clip.npy'), found.features)
    assert entry.stat().st_mtime_ns == stamp and len(list((tmp_path / 'cache').rglob('*.npz'))) == 1
