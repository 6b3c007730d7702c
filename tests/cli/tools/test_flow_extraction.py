"""Optical flow of a few videos, and the features of TSN along folders of frames."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest
import torch

from mmaction.apis import init_recognizer
from mmaction.cli.data.activitynet import tsn_feature_extraction
from mmaction.cli.tools import flow_extraction
from mmaction.testing import fill_state_dict, moving_texture
from mmaction.video import write_video


def test_flow_of_a_list_of_videos(tmp_path, capsys):
    for name in ('a', 'b'):
        write_video(tmp_path / f'{name}.mp4', moving_texture(4, 48, 64, velocity=(2.0, 0.0)))
    (tmp_path / 'list.txt').write_text('a.mp4\nb.mp4\nnone.mp4\n')
    arguments = ['--input', str(tmp_path / 'list.txt'), '--prefix', str(tmp_path), '--dest', str(tmp_path / 'out')]
    with pytest.raises(SystemExit):  # one of the videos is missing
        flow_extraction.main([*arguments, '--method', 'farn', '--save-rgb', '--start-idx', '0', '--bound', '10'])
    assert 'none.mp4' in capsys.readouterr().out
    names = [f'{kind}_{number:05d}.jpg' for kind, count in (('img', 4), ('x', 3), ('y', 3)) for number in range(count)]
    for video in ('a', 'b'):
        assert sorted(path.name for path in (tmp_path / 'out' / video).iterdir()) == names
    x, y = (cv2.imread(str(tmp_path / 'out' / 'a' / f'{kind}_00001.jpg'), 0)[8:-8, 8:-8] for kind in 'xy')
    # two pixels to the right of a range of -10..10
    assert np.median(x) == pytest.approx(128 + 2 * 255 / 20, abs=4) and np.median(y) == pytest.approx(128, abs=2)
    flow_extraction.main(['--input', str(tmp_path / 'a.mp4'), '--dest', str(tmp_path / 'one'), '--method', 'dis'])
    assert len(list((tmp_path / 'one' / 'a').iterdir())) == 6


@pytest.mark.parametrize(('modality', 'channels'), [('RGB', 3), ('Flow', 10)])
def test_scores_of_a_tsn_along_a_folder_of_frames(modality, channels, tmp_path):
    folder = tmp_path / 'frames' / 'v_1'
    folder.mkdir(parents=True)
    names = dict(RGB=['img_{:05d}.jpg'], Flow=['flow_x_{:05d}.jpg', 'flow_y_{:05d}.jpg'])[modality]
    for number, frame in enumerate(moving_texture(20, 64, 80), start=1):
        for name in names:
            cv2.imwrite(str(folder / name.format(number)), frame[..., ::-1])
    model = fill_state_dict(init_recognizer(tsn_feature_extraction.config_of(modality), device='cpu'))
    assert model.backbone.conv1.conv.in_channels == channels
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'tsn.pth')
    (tmp_path / 'list.txt').write_text('v_1 20 3\nv_2 20 3\n')
    tsn_feature_extraction.main([
        '--data-prefix', str(tmp_path / 'frames'), '--output-prefix', str(tmp_path / 'out'), '--ckpt',
        str(tmp_path / 'tsn.pth'), '--data-list', str(tmp_path / 'list.txt'), '--frame-interval', '10', '--total', '2',
        '--device', 'cpu', '--modality', modality,
    ])  # fmt: skip
    with open(tmp_path / 'out' / 'v_1.pkl', 'rb') as file:
        scores = pickle.load(file)
    assert scores.shape == (2, 200) and scores.dtype == np.float32
    assert abs(scores.sum(1) - 1).min() > 0.1  # no probabilities
