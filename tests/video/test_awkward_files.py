"""Files that are broken or unusual: the right frames, or an error that names the file."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from torch.utils.data import DataLoader

from mmaction.datasets.transforms import AutoDecode, AutoInit
from mmaction.video import VideoDecodeError, open_reader, write_video
from mmaction.video.scan import forget

DECODERS = ('decord', 'pyav', 'opencv', 'auto')


def decode_all(path: str | os.PathLike) -> np.ndarray:
    """Every frame up to the first error, by a plain loop."""
    frames = []
    with av.open(os.fspath(path)) as container:
        try:
            for frame in container.decode(video=0):
                frames.append(frame.to_ndarray(format='rgb24'))
        except av.FFmpegError:
            pass
    return np.stack(frames)


@pytest.mark.parametrize('backend', DECODERS)
@pytest.mark.parametrize('angle', [90, 180, 270])
def test_turned_videos_are_upright(tmp_path, clip, angle, backend) -> None:
    path = tmp_path / 'turned.mov'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264rgb', rate=25, options={'qp': '0'})
        stream.height, stream.width, stream.pix_fmt = 96, 128, 'rgb24'
        stream.set_display_rotation(angle)
        for rgb in clip[:4]:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format='rgb24')))
        container.mux(stream.encode())
    with av.open(str(path)) as container:
        turns = round(next(container.decode(video=0)).rotation / 90) % 4
    assert turns == angle // 90
    want = np.rot90(clip[:4], turns, axes=(1, 2))
    with open_reader(path, backend) as reader:
        assert reader.size == want.shape[1:3]
        frames = reader.get_frames([3, 0])
    np.testing.assert_array_equal(frames, want[[3, 0]])
    assert min(frames.strides) > 0  # torch takes no negative strides


@pytest.mark.parametrize('backend', DECODERS)
def test_truncated_avi(tmp_path, clip, backend) -> None:
    whole = tmp_path / 'whole.avi'
    write_video(whole, clip, codec='mpeg4', gop=1)
    path = tmp_path / 'cut.avi'
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    want = decode_all(path)
    assert 8 < len(want) < 25
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 30  # what the header says
    with open_reader(path, backend) as reader:
        assert len(reader) == len(want)
        last = len(want) - 1
        np.testing.assert_array_equal(reader.get_frames([last - 1, 0]), want[[last - 1, 0]])


@pytest.mark.parametrize('backend', DECODERS)
def test_truncated_mp4_with_its_index_in_front(tmp_path, clip, backend) -> None:
    path = tmp_path / 'cut.mp4'
    with av.open(str(path), 'w', options={'movflags': 'faststart'}) as container:
        stream = container.add_stream('libx264', rate=25, options={'x264-params': 'keyint=5:bframes=0'})
        stream.height, stream.width, stream.pix_fmt = 96, 128, 'yuv420p'
        for rgb in clip:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format='rgb24')))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    want = decode_all(path)
    assert 8 < len(want) < 25
    with open_reader(path, backend) as reader:
        assert len(reader) == len(want)
        last = len(want) - 1
        np.testing.assert_array_equal(reader.get_frames([last - 1, 0]), want[[last - 1, 0]])


@pytest.mark.parametrize('backend', DECODERS)
def test_truncated_avi_does_not_end_the_process(tmp_path, clip, backend) -> None:
    path = tmp_path / 'cut.avi'
    write_video(path, clip, codec='mpeg4', options={'bf': '2'})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.5)])
    code = (
        'import sys\nfrom mmaction.video import open_reader\n'
        'with open_reader(*sys.argv[1:]) as r:\n    print(len(r.get_frames(range(len(r)))), len(r))'
    )
    if backend == 'decord':  # a child each is slow; the one that used to die is enough
        out = subprocess.run(
            [sys.executable, '-c', code, str(path), backend], capture_output=True, text=True, timeout=60, check=True
        )
        got, total = map(int, out.stdout.split())
    else:
        with open_reader(path, backend) as reader:
            got, total = len(reader.get_frames(range(len(reader)))), len(reader)
    assert got == total == len(decode_all(path))


@pytest.mark.parametrize('backend', DECODERS)
def test_damaged_packet_ends_the_video(tmp_path, clip, backend) -> None:
    path = tmp_path / 'damaged.mp4'
    write_video(path, clip, gop=30, options={'x264-params': 'bframes=0:scenecut=0'})
    with av.open(str(path)) as container:
        position = [p.pos for p in container.demux(video=0) if p.size][12]
    data = bytearray(path.read_bytes())
    data[position : position + 4] = struct.pack('>I', 0x7FFFFFFF)  # length of a unit
    path.write_bytes(data)
    with open_reader(path, backend) as reader:
        assert len(reader) == len(decode_all(path)) == 12
        assert reader.get_frames([11, 0]).shape == (2, 96, 128, 3)


@pytest.mark.parametrize('backend', DECODERS)
def test_stream_that_starts_between_key_frames(tmp_path, clip, backend) -> None:
    whole = tmp_path / 'whole.ts'
    write_video(whole, clip, gop=10, options={'x264-params': 'bframes=0:scenecut=0'})
    data = whole.read_bytes()
    path = tmp_path / 'later.ts'
    path.write_bytes(data[: 188 * 3] + data[188 * 3 + 188 * (len(data) // 188 // 5) :])
    want = decode_all(path)
    assert 0 < len(want) < 30
    with open_reader(path, backend) as reader:
        assert len(reader) == len(want)
        np.testing.assert_array_equal(reader.get_frames([len(want) - 1, 1]), want[[len(want) - 1, 1]])


@pytest.mark.parametrize('backend', DECODERS)
def test_ten_bits(tmp_path, clip, backend) -> None:
    path = tmp_path / 'ten.mp4'
    gray = np.repeat(clip[..., :1], 3, axis=-1)  # decoders place the chroma of 10 bits differently
    write_video(path, gray, pix_fmt='yuv420p10le')
    want = decode_all(path)
    with open_reader(path, backend) as reader:
        error = np.abs(reader.get_frames([20, 3]).astype(int) - want[[20, 3]])
    assert error.max() <= 6
    assert error.mean() < 2


@pytest.mark.parametrize('backend', DECODERS)
@pytest.mark.parametrize(
    ('name', 'content', 'error', 'message'),
    [
        ('empty.mp4', b'', VideoDecodeError, r'empty\.mp4: it is empty \(0 bytes\)'),
        ('text.mp4', b'This is no video.\n' * 50, VideoDecodeError, r'text\.mp4.*FFmpeg knows'),
        ('text.txt', b'This is no video.\n' * 50, VideoDecodeError, r'text\.txt'),
        ('sound.mp4', 'audio', VideoDecodeError, r'sound\.mp4.*no video stream'),
        ('headless.mp4', 'headless', VideoDecodeError, r'headless\.mp4'),
        ('missing.mp4', None, FileNotFoundError, r'no video .*missing\.mp4'),
        ('folder.mp4', 'folder', VideoDecodeError, r'folder\.mp4: it is a folder; RawFrameDecode'),
    ],
)
def test_what_is_no_video_is_named(tmp_path, clip_path, name, content, error, message, backend) -> None:
    path = tmp_path / name
    if content == 'folder':
        path.mkdir()
    elif content == 'audio':
        _write_tone(path)
    elif content == 'headless':
        path.write_bytes(Path(clip_path).read_bytes()[1000:])
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=message):
        open_reader(path, backend)


@pytest.mark.parametrize('expected', [RuntimeError, ValueError])  # decord's error; those of PyAV and OpenCV
def test_code_for_the_errors_of_any_decoder_works(expected: type[Exception]) -> None:
    with pytest.raises(expected, match=r'Cannot decode a\.mp4 with PyAV: no frame'):
        raise VideoDecodeError('a.mp4', 'PyAV', 'no frame')


def _write_tone(path: Path) -> None:
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('aac', rate=16000)
        sound = np.sin(np.arange(16000) / 8, dtype=np.float32)[None]
        frame = av.AudioFrame.from_ndarray(sound, format='fltp', layout='mono')
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_a_file_that_changes_is_scanned_again(tmp_path, clip) -> None:
    path = tmp_path / 'x.mp4'
    for number in (30, 11):
        write_video(path, clip[:number])
        with open_reader(path) as reader:
            assert len(reader) == number


def test_a_frame_that_does_not_come_is_found_by_counting(tmp_path, clip) -> None:
    """The packets promise 30 frames; what decodes is delivered, what does not is named."""
    path = tmp_path / 'noise.mp4'
    write_video(path, clip, codec='libvpx-vp9', gop=30, options={'cpu-used': '8', 'deadline': 'realtime'})
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets[20:]:
        data[position : position + size] = bytes(size)
    path.write_bytes(data)
    forget()
    want = decode_all(path)
    assert len(want) == 20
    with open_reader(path, 'pyav') as reader:
        np.testing.assert_array_equal(reader.get_frames([19, 2]), want[[19, 2]])
        with pytest.raises(VideoDecodeError, match=r'noise\.mp4 with PyAV: frame 25 is missing, 20 decode'):
            reader.get_frames([25])
    with open_reader(path, 'pyav') as reader:  # known by now
        assert len(reader) == 20


def test_the_error_travels_between_processes(tmp_path) -> None:
    error = pickle.loads(pickle.dumps(VideoDecodeError('a.mp4', 'decord', 'it is torn')))
    assert str(error) == 'Cannot decode a.mp4 with decord: it is torn'
    assert (error.filename, error.decoder, error.reason) == ('a.mp4', 'decord', 'it is torn')
    assert isinstance(error, RuntimeError) and isinstance(error, ValueError)  # decord raises the one, PyAV the other
    error.args = (f'{error} (sample 3)',)
    assert str(pickle.loads(pickle.dumps(error))) == 'Cannot decode a.mp4 with decord: it is torn (sample 3)'
    (tmp_path / 'empty.mp4').touch()
    batches = iter(DataLoader(_Decoded([str(tmp_path / 'empty.mp4')]), num_workers=1))
    with pytest.raises(VideoDecodeError, match=r'empty\.mp4: it is empty'):
        next(batches)
    batches._shutdown_workers()  # the caught error holds the iterator, and with it an idle worker


def test_forked_workers_decode(clip_path) -> None:
    want = decode_all(clip_path)
    with open_reader(clip_path) as reader:  # the parent has decoded, too
        np.testing.assert_array_equal(reader.get_frames([5]), want[[5]])
    loader = DataLoader(_Decoded([clip_path] * 4), batch_size=None, num_workers=2, multiprocessing_context='fork')
    for frames in loader:
        np.testing.assert_array_equal(np.stack(frames), want[[20, 3]])


class _Decoded:
    def __init__(self, paths: list[str]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> np.ndarray:
        results = AutoInit()(dict(filename=self.paths[index]))
        return AutoDecode()({**results, 'frame_inds': np.array([20, 3])})['imgs']
