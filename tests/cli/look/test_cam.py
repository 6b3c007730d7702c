"""The pipeline of the command for Grad-CAM."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from mmaction.cli.look.cam import build_inputs, frame_pipeline, main
from mmaction.video import open_video

PIPELINE = [
    dict(type='mmaction.DecordInit'),
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=3, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='CenterCrop', crop_size=64),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]


def test_a_folder_of_frames_gives_what_the_video_gives(clip, clip_path, tmp_path) -> None:
    for i, frame in enumerate(clip, start=1):
        cv2.imwrite(str(tmp_path / f'img_{i:05d}.jpg'), np.ascontiguousarray(frame[..., ::-1]))
    video = build_inputs(PIPELINE, clip_path, use_frames=False)
    frames = build_inputs(PIPELINE, str(tmp_path), use_frames=True)
    (a,), (b,) = video['inputs'], frames['inputs']
    assert a.shape == b.shape == (3, 3, 64, 64) and a.dtype == torch.uint8
    assert (a.float() - b.float()).abs().mean() < 10  # both lossy; the neighbouring frame is 16 off
    assert [step['type'] for step in frame_pipeline(PIPELINE)][:2] == ['SampleFrames', 'mmaction.RawFrameDecode']
    assert PIPELINE[2]['type'] == 'DecordDecode'


def test_wrong_arguments_are_named(tmp_path, capsys) -> None:
    with pytest.raises(FileNotFoundError, match=r'no video and no folder of frames at none\.mp4'):
        build_inputs(PIPELINE, 'none.mp4', use_frames=False)
    with pytest.raises(FileNotFoundError, match=r'holds no numbered images.* as img_00001\.jpg'):
        build_inputs(PIPELINE, str(tmp_path), use_frames=True)
    with pytest.raises(SystemExit):
        main(['c', 'w', 'v', '--fps', '0'])
    assert '--fps (0)' in capsys.readouterr().err


@pytest.mark.parametrize('layer', [[], ['--target-layer-name', 'backbone/layer2/0/relu']])
def test_command_writes_a_frame_per_view(rec_config, rec_checkpoint, clip_path, layer, tmp_path, capsys) -> None:
    out = tmp_path / 'cam.mp4'
    size = ['--target-resolution', '96', '64']
    main([rec_config, rec_checkpoint, clip_path, '--device', 'cpu', '--out-filename', str(out), *size, *layer])
    printed = capsys.readouterr().out
    assert ('The layer backbone/layer2 is explained' in printed) == (not layer)
    with open_video(str(out)) as reader:
        assert len(reader) == 4 and reader.size == (64, 96)
    with pytest.raises(SystemExit):
        main([rec_config, rec_checkpoint, clip_path, '--device', 'cpu', '--out-filename', str(out),
              '--target-layer-name', 'backbone/layer9'])  # fmt: skip
    assert "names no layer of the model: ResNet has no 'layer9'" in capsys.readouterr().err
