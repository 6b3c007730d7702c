"""The command that localizes: json, timeline and video."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from mmaction.cli.infer.localize import main as demo
from mmaction.cli.infer.localize import read_truth
from mmaction.video import open_reader


def test_demo_writes_json_picture_and_video(localization_models, long_video, tmp_path, capsys):
    files = localization_models[1]
    truth = tmp_path / 'gt.json'
    truth.write_text(json.dumps({'long': {'annotations': [{'segment': [2.0, 5.0], 'label': 'run'}]}}))
    out = tmp_path / 'out'
    command = [
        long_video,
        '--out',
        str(out),
        '--recognizer',
        *files['recognizer'],
        '--localizer',
        *files['actionformer'],
    ]
    demo([*command, '--gt', str(truth), '--device', 'cpu', '--draw-share', '0.9', '--dtype', 'bf16'])
    assert sorted(os.listdir(out)) == ['long.json', 'long.mp4', 'long.png']
    result = json.loads((out / 'long.json').read_text())
    assert result['results']['long'][0]['label'] in ('run', 'jump')
    with open_reader(out / 'long.mp4') as drawn, open_reader(long_video) as source:
        assert len(drawn) == 70 and drawn.avg_fps == pytest.approx(10) and drawn.size == source.size
        before, after = source.get_frames([5, 30]), drawn.get_frames([5, 30])
    # the strip of time lies along the lower edge; the middle of the picture is as it was
    assert np.abs(after[:, -3:].astype(int) - before[:, -3:]).mean() > 20
    assert np.abs(after[:, 40:56, 60:].astype(int) - before[:, 40:56, 60:]).mean() < 6
    assert 'segments (' in capsys.readouterr().out


def test_demo_tells_what_is_wrong(localization_models, long_video, tmp_path, capsys):
    files = localization_models[1]
    rest = [
        '--out',
        str(tmp_path),
        '--recognizer',
        *files['recognizer'],
        '--localizer',
        *files['bmn'],
        '--device',
        'cpu',
    ]
    for video, more, message in (
        ('nowhere.mp4', [], 'There is no video and no folder of frames at nowhere.mp4'),
        (long_video, ['--gt', 'nowhere.json'], 'There is no annotation file at nowhere.json'),
        (long_video, ['--localizer', 'nowhere.py', 'none'], 'There is no config at nowhere.py'),
    ):
        with pytest.raises(SystemExit, match='1'):
            demo([video, *rest, *more])
        assert message in capsys.readouterr().err
    bad = tmp_path / 'gt.json'
    bad.write_text(json.dumps({'database': {'other': {}}}))
    with pytest.raises(ValueError, match=r"has no video 'long'; it has other"):
        read_truth(str(bad), 'long')
    bad.write_text(json.dumps({'database': {'long': {'annotations': [{'segment': [1]}]}}}))
    with pytest.raises(ValueError, match=r"video 'v_long' must have annotations"):
        read_truth(str(bad), 'v_long')
