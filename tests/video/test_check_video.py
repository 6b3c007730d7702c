"""One check of a video: sound files have no fault, and each kind of damage is named once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmaction.video import check_video, write_video
from mmaction.video.synthetic import moving_texture

CLIP = moving_texture(40, 96, 128, seed=3)


def kinds(path: Path) -> list[str]:
    return [fault.kind for fault in check_video(path).faults]


def encode(path: Path, times: list[int], turn: int = 0, **options: str) -> Path:
    """Write the clip with frames at these times, in units of 10 ms."""
    with av.open(str(path), 'w', options=options) as container:
        stream = container.add_stream('libx264', rate=25)
        stream.height, stream.width, stream.pix_fmt = 96, 128, 'yuv420p'
        stream.codec_context.time_base = Fraction(1, 100)
        if turn:
            stream.set_display_rotation(turn)
        for rgb, time in zip(CLIP, times):
            frame = av.VideoFrame.from_ndarray(rgb, format='rgb24')
            frame.pts = time
            frame.time_base = Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp('clips')


@pytest.mark.parametrize('suffix', ['.mp4', '.avi', '.mkv', '.webm'])
def test_sound_file(folder, suffix) -> None:
    path = folder / f'sound{suffix}'
    codec = {'.avi': 'mpeg4', '.webm': 'libvpx'}.get(suffix, 'libx264')
    write_video(path, CLIP, 25, codec)
    report = check_video(path)
    assert report.faults == () and report.is_usable
    assert (report.num_frames, report.height, report.width, report.avg_fps) == (40, 96, 128, 25.0)
    # The thumbnails are the frames in the middle of eight parts, averaged over blocks.
    gray = CLIP[[2, 7, 12, 17, 22, 27, 32, 37]] @ [0.299, 0.587, 0.114]
    blocks = gray.reshape(8, 16, 6, 16, 8).mean(axis=(2, 4))
    assert np.abs(report.thumbnails - blocks).mean() < 4  # lossy codecs


@pytest.mark.parametrize('suffix', ['.mp4', '.avi', '.mkv'])
@pytest.mark.parametrize('kept', [0.5, 0.9])
def test_truncated(folder, suffix, kept) -> None:
    whole = folder / f'whole{suffix}'
    write_video(whole, CLIP, 10, 'mpeg4' if suffix == '.avi' else 'libx264', gop=5)
    data = whole.read_bytes()
    path = folder / f'cut{suffix}'
    path.write_bytes(data[: int(len(data) * kept)])
    report = check_video(path)
    assert [fault.kind for fault in report.faults] == ['truncated']
    assert not report.is_usable


def test_truncated_with_its_index_in_front(folder) -> None:
    path = encode(folder / 'front.mp4', [*range(0, 160, 4)], movflags='faststart')
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    fault = check_video(path).faults[0]
    assert fault.kind == 'truncated'
    assert 'its header announces 40 frames, there are' in fault.detail


@pytest.mark.parametrize('suffix', ['.mp4', '.avi'])
def test_overwritten_bytes(folder, suffix) -> None:
    path = folder / f'damaged{suffix}'
    write_video(path, CLIP, 25, 'mpeg4' if suffix == '.avi' else 'libx264')
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = np.random.default_rng(0).bytes(400)
    path.write_bytes(data)
    report = check_video(path)
    assert [fault.kind for fault in report.faults] == ['corrupt']
    assert 'decoding reports' in report.faults[0].detail


def test_missing_empty_and_other_files(folder) -> None:
    assert kinds(folder / 'absent.mp4') == ['missing']
    assert kinds(folder) == ['missing']
    empty = folder / 'empty.mp4'
    empty.touch()
    assert kinds(empty) == ['empty']
    text = folder / 'text.mp4'
    text.write_bytes(b'no video at all' * 100)
    assert kinds(text) == ['corrupt']


def test_turned_video_has_upright_thumbnails(folder) -> None:
    times = [*range(0, 160, 4)]
    upright = check_video(encode(folder / 'upright.mov', times))
    turned = check_video(encode(folder / 'turned.mov', times, turn=90))
    assert [fault.kind for fault in turned.faults] == ['rotated'] and turned.is_usable
    assert (turned.height, turned.width) == (128, 96)
    turns = int(turned.faults[0].detail.split(' by ')[1].split()[0]) // 90
    np.testing.assert_array_equal(turned.thumbnails, np.rot90(upright.thumbnails, turns, axes=(1, 2)))


def test_variable_frame_rate(folder) -> None:
    uneven = np.cumsum([2, 2, 6, 6] * 10).tolist()
    report = check_video(encode(folder / 'uneven.mp4', uneven))
    assert [fault.kind for fault in report.faults] == ['variable frame rate'] and report.is_usable
    assert '16.7 to 50 per second' in report.faults[0].detail
    # A dropped frame, as cameras have them, is no variable rate.
    assert kinds(encode(folder / 'gap.mp4', [*range(0, 80, 4), *range(84, 164, 4)])) == []
