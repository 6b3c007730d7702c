"""Resized videos: size, frames, times, colours, audio, keyframes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mmaction.cli.data import resize_videos
from mmaction.datasets.transforms.audio import decode_sound
from mmaction.testing import moving_texture, write_sound
from mmaction.video import VideoDecodeError, open_video, write_frames, write_video
from mmaction.video.transcode import resize_video


def encode(path: Path, frames: np.ndarray, times: list[int] | None = None, turn: int = 0) -> None:
    """H.264 with given times in 1/1000 s, to be shown turned."""
    with av.open(str(path), 'w') as out:
        stream = out.add_stream('libx264', rate=25, options={'crf': '10'})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = 'yuv420p'
        stream.codec_context.time_base = Fraction(1, 1000)
        if turn:
            stream.set_display_rotation(turn)
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            frame.time_base = Fraction(1, 1000)
            frame.pts = number * 40 if times is None else times[number]
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def near(first: np.ndarray, second: np.ndarray, limit: float = 5) -> bool:
    return first.shape == second.shape and np.abs(first.astype(int) - second).mean() < limit


def test_size_and_times_are_kept_where_the_frame_rate_varies(tmp_path):
    times = [0, 40, 80, 500, 540, 1100]
    encode(tmp_path / 'in.mp4', moving_texture(6, 90, 160, cell=20), times)
    resize_video(tmp_path / 'in.mp4', tmp_path / 'out.mp4', 46)
    with open_video(tmp_path / 'out.mp4') as video:
        assert video.size == (46, 82) and video.num_frames == 6  # 81.8 rounded to even
        np.testing.assert_allclose(video.start_times()[:-1], np.array(times) / 1000, atol=1e-3)


@pytest.mark.parametrize('turn', [90, 180])
def test_turned_videos_are_stored_upright(tmp_path, turn):
    frames = moving_texture(4, 60, 100, cell=20)
    encode(tmp_path / 'in.mp4', frames, turn=turn)
    resize_video(tmp_path / 'in.mp4', tmp_path / 'out.mp4', 60)
    with open_video(tmp_path / 'in.mp4') as before, open_video(tmp_path / 'out.mp4') as after:
        assert after.size == before.size == ((100, 60) if turn == 90 else (60, 100))
        assert near(before.get_frames([3]), after.get_frames([3]))
    with av.open(str(tmp_path / 'out.mp4')) as out:
        assert next(out.decode(video=0)).rotation == 0


@pytest.mark.parametrize(('suffix', 'codec'), [('.mp4', 'aac'), ('.mkv', 'aac'), ('.webm', 'opus')])
def test_audio_is_copied_or_encoded(tmp_path, suffix, codec):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    write_sound(tmp_path / 'in.mp4', tone, codec='aac', frames=moving_texture(25, 64, 96))
    target = tmp_path / f'out{suffix}'
    resize_video(tmp_path / 'in.mp4', target, 32)
    with av.open(str(target)) as out:
        assert out.streams.audio[0].codec_context.name == codec
    after = decode_sound(target)
    if suffix == '.mp4':
        np.testing.assert_array_equal(after, decode_sound(tmp_path / 'in.mp4'))
    assert len(after) > 15000 and abs(np.abs(np.fft.rfft(after[:16000])).argmax() - 440) <= 1


def test_keyframes_and_repeated_frames(tmp_path):
    frames = moving_texture(40, 64, 96, (1, 0))
    frames[10:30] = frames[10]
    encode(tmp_path / 'in.mp4', frames)
    resize_video(tmp_path / 'in.mp4', tmp_path / 'dense.mp4', 64, dense=True)
    resize_video(tmp_path / 'in.mp4', tmp_path / 'short.mp4', 64, remove_duplicates=True)
    with open_video(tmp_path / 'dense.mp4') as video:
        assert video.num_frames == 40 and np.diff([*video.key_frames, 40]).max() <= 16
    with open_video(tmp_path / 'short.mp4') as video:
        assert video.num_frames == 21
        np.testing.assert_allclose(video.start_times()[[10, 11]], [0.4, 1.2], atol=1e-3)


@pytest.mark.parametrize(('space', 'full'), [(1, 1), (5, 2)])
def test_colours_are_kept(tmp_path, space, full):
    image = np.zeros((64, 96, 3), np.uint8)
    image[:, :48] = (200, 40, 40)
    image[:, 48:] = (40, 200, 230)
    with av.open(str(tmp_path / 'in.mp4'), 'w') as out:
        stream = out.add_stream('libx264', rate=10)
        stream.height, stream.width, stream.pix_fmt = 64, 96, 'yuv420p'
        stream.codec_context.colorspace, stream.codec_context.color_range = space, full
        frame = av.VideoFrame.from_ndarray(image, format='rgb24')
        frame = frame.reformat(format='yuv420p', dst_colorspace=space, dst_color_range=full)
        out.mux([*stream.encode(frame), *stream.encode(None)])
    resize_video(tmp_path / 'in.mp4', tmp_path / 'out.mp4', 32)
    with open_video(tmp_path / 'out.mp4') as video:
        after = video.get_frames([0])[0]
    assert np.abs(after[16, [12, 36]].astype(int) - image[0, [0, 95]]).max() <= 3


def test_the_same_bytes_in_each_run(tmp_path):
    encode(tmp_path / 'in.mp4', moving_texture(6, 64, 96))
    for suffix in ('.mp4', '.mkv', '.avi', '.webm'):
        for name in ('a', 'b'):
            resize_video(tmp_path / 'in.mp4', tmp_path / f'{name}{suffix}', 32)
        assert (tmp_path / f'a{suffix}').read_bytes() == (tmp_path / f'b{suffix}').read_bytes()
        with open_video(tmp_path / f'a{suffix}') as video:
            assert video.num_frames == 6 and video.size == (32, 48)


def test_a_cut_file_keeps_what_decodes_and_an_empty_one_fails(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (60, 64, 96, 3), np.uint8)  # frames of about the same size
    write_frames(tmp_path / 'whole.avi', noise)
    data = (tmp_path / 'whole.avi').read_bytes()
    (tmp_path / 'cut.avi').write_bytes(data[: len(data) // 2])
    (tmp_path / 'empty.avi').touch()
    resize_video(tmp_path / 'cut.avi', tmp_path / 'out.mp4', 32)
    with open_video(tmp_path / 'out.mp4') as video:
        assert 15 < video.num_frames < 45
    with pytest.raises(VideoDecodeError, match=r'Cannot decode .*empty\.avi'):
        resize_video(tmp_path / 'empty.avi', tmp_path / 'none.mp4', 32)
    with pytest.raises(FileNotFoundError):
        resize_video(tmp_path / 'absent.avi', tmp_path / 'none.mp4', 32)
    with pytest.raises(ValueError, match=r'short_side \(33\) must be even'):
        resize_video(tmp_path / 'cut.avi', tmp_path / 'none.mp4', 33)
    assert not (tmp_path / 'none.mp4').exists()


def test_the_command(tmp_path, capsys):
    videos = tmp_path / 'videos'
    (videos / 'run').mkdir(parents=True)
    write_video(videos / 'run' / 'a b.avi', moving_texture(4, 47, 63))
    write_video(videos / 'run' / 'ü.mkv', moving_texture(4, 64, 48))
    command = [str(videos), str(tmp_path / 'small'), '--num-worker', '0', '--scale', '32']
    resize_videos.main([*command, '--mixed-ext', '--to-mp4', '--report-file', str(tmp_path / 'r.txt')])
    assert sorted(path.name for path in (tmp_path / 'small' / 'run').iterdir()) == ['a b.mp4', 'ü.mp4']
    with open_video(tmp_path / 'small/run/ü.mp4') as video:
        assert video.size == (42, 32)
    assert len((tmp_path / 'r.txt').read_text().splitlines()) == 2
    capsys.readouterr()
    resize_videos.main([*command, '--ext', 'mkv', '--to-mp4', '--resume'])
    assert '0 written, 1 existed already' in capsys.readouterr().out
    (videos / 'run' / 'x.ts').touch()
    for arguments, message in (
        (['--scale', '33', '--ext', 'avi'], '--scale (33) must be an even number'),
        (['--ext', 'ts'], 'not .ts: add --to-mp4'),
        ([], 'It has 1 *.avi, 1 *.ts, 1 *.mkv.'),
    ):
        with pytest.raises(SystemExit):
            resize_videos.main([*command, *arguments])
        assert message in capsys.readouterr().err
