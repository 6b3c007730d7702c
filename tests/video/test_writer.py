"""Written videos are read back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mmaction.utils.files import DISK_FULL
from mmaction.video import VideoWriter, open_reader, write_frames, write_image


@pytest.fixture(scope='module')
def frames() -> np.ndarray:
    """Six frames (31, 45) that go from red to blue: odd sizes, and channels that must not be swapped."""
    red = np.linspace(220, 20, 6).astype(np.uint8)
    out = np.full((6, 31, 45, 3), 60, np.uint8)
    out[..., 0] = red[:, None, None]
    out[..., 2] = red[::-1, None, None]
    return out


@pytest.mark.parametrize('extension', ['.mp4', '.MOV', '.m4v', '.mkv', '.avi', '.webm'])
def test_videos(tmp_path, frames, extension) -> None:
    path = tmp_path / 'new' / f'x{extension}'
    write_frames(path, frames, fps=12.5)
    with open_reader(path) as reader:
        assert (len(reader), reader.size) == (6, (32, 46))
        assert reader.avg_fps == pytest.approx(12.5, rel=0.02)
        error = np.abs(reader.get_frames(range(6))[:, :31, :45].astype(int) - frames)
    assert error.mean() < 6


def test_incremental_frames_are_bgr(tmp_path, frames) -> None:
    writer = VideoWriter(str(tmp_path / 'x.mp4'), 25)
    for frame in frames:
        writer.write_frame(frame[..., ::-1])
    writer.release()
    writer.release()
    write_frames(tmp_path / 'y.mp4', iter(frames[..., ::-1]), 25, channel_order='bgr')
    with open_reader(tmp_path / 'x.mp4') as one, open_reader(tmp_path / 'y.mp4') as two:
        got = one.get_frames(range(6))
        np.testing.assert_array_equal(got, two.get_frames(range(6)))
    assert np.abs(got[:, :31, :45].astype(int) - frames).mean() < 6
    with pytest.raises(ValueError, match=r'x\.mp4 is released'):
        writer.write_frame(frames[0])


def test_gif(tmp_path, frames) -> None:
    write_frames(tmp_path / 'x.gif', frames, fps=10)
    with Image.open(tmp_path / 'x.gif') as image:
        assert (image.n_frames, image.size, image.info['duration'], image.info['loop']) == (6, (45, 31), 100, 0)
        image.seek(5)
        assert np.abs(np.asarray(image.convert('RGB')).astype(int) - frames[5]).mean() < 3


def test_errors(tmp_path, frames) -> None:
    with pytest.raises(ValueError, match=r'x\.wmv must end in one of \.mp4, '):
        VideoWriter(tmp_path / 'x.wmv', 25)
    with pytest.raises(ValueError, match=r'fps \(-1\) must be positive'):
        VideoWriter(tmp_path / 'x.mp4', -1)
    with pytest.raises(ValueError, match=r'no frames to write to .*x\.mp4'):
        write_frames(tmp_path / 'x.mp4', [])
    with pytest.raises(ValueError, match=r'not float32 \(31, 45, 3\)'):
        write_frames(tmp_path / 'x.mp4', frames.astype(np.float32))
    with pytest.raises(ValueError, match=r'\(30, 45\) does not fit a clip of \(31, 45\)'):
        write_frames(tmp_path / 'x.mp4', [frames[0], frames[1][:30]])
    with pytest.raises(ValueError, match=r"channel_order \('yuv'\) must be one of 'rgb', 'bgr'"):
        write_frames(tmp_path / 'x.mp4', frames, channel_order='yuv')


def test_a_full_disk_is_named_as_such(tmp_path):
    (tmp_path / 'full.jpg').symlink_to('/dev/full')
    with pytest.raises(OSError, match=r'No space left on device: .*full\.jpg') as error:
        write_image(tmp_path / 'full.jpg', np.zeros((8, 8, 3), np.uint8))
    assert error.value.errno in DISK_FULL
    with pytest.raises(FileNotFoundError, match=r'No such file or directory: .*none/a\.png'):
        write_image(tmp_path / 'none' / 'a.png', np.zeros((8, 8), np.uint8))
