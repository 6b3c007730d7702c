"""From videos to audio files to spectrograms, by the commands."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.cli.data import build_audio_features, extract_audio
from mmaction.datasets.transforms.audio import decode_sound, log_mel
from mmaction.testing import write_sound
from mmaction.video import write_video

RATE = 16000


def tone(hz: float, seconds: float = 1.0, rate: int = RATE, amplitude: float = 0.5) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def test_from_videos_to_features(tmp_path, clip, capsys):
    videos, sounds, features = (tmp_path / name for name in ('videos', 'sounds', 'features'))
    (videos / 'run').mkdir(parents=True)
    write_sound(videos / 'run' / 'a.mp4', tone(1000, 1.2), codec='aac', frames=clip)
    write_sound(videos / 'run' / 'b.mp4', tone(300, 1.2, 48000), 48000, codec='libmp3lame', frames=clip)
    write_video(videos / 'run' / 'mute.mp4', clip)
    with pytest.raises(SystemExit, match='1'):  # a file failed
        extract_audio.main([str(videos), str(sounds), '--num-workers', '0'])
    assert '2 written, 0 existed already, 1 failed.' in capsys.readouterr().out
    assert sorted(p.name for p in (sounds / 'run').iterdir()) == ['a.m4a', 'b.m4a']
    copied = decode_sound(sounds / 'run' / 'a.m4a')
    np.testing.assert_array_equal(copied, decode_sound(videos / 'run' / 'a.mp4'))  # not encoded again
    assert abs(np.abs(np.fft.rfft(decode_sound(sounds / 'run' / 'b.m4a')[:RATE])).argmax() - 300) <= 1

    command = [str(sounds), str(features), '--level', '2', '--num-workers', '0']
    build_audio_features.main([*command, '--part', '2/2'])
    assert [p.name for p in (features / 'run').iterdir()] == ['b.npy']
    build_audio_features.main([*command, '--num-workers', '2'])
    assert '1 written, 1 existed already, 0 failed.' in capsys.readouterr().out
    np.testing.assert_array_equal(np.load(features / 'run' / 'a.npy'), log_mel(copied))

    with pytest.raises(SystemExit):
        build_audio_features.main([str(sounds), str(features)])
    assert 'no *.m4a at level 1 of' in (error := capsys.readouterr().err)
    assert 'There are some at level 2.' in error
