"""Frames by index, decoder against decoder, on files that are in order."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.testing import moving_texture
from mmaction.video import ArrayReader, FrameReader, VideoDecodeError, as_reader, open_reader, write_video
from mmaction.video.open import FallbackReader
from mmaction.video.readers.motion import motion_vectors, paint_vectors
from mmaction.video.readers.pyav import PyAVReader
from mmaction.video.scan import forget
from mmaction.video.source import resolve_source

DECODERS = ('decord', 'pyav', 'opencv', 'auto')
INDICES = [29, 0, 7, 7, 13, 28, 1, 0]


@pytest.fixture(scope='module')
def lossless(tmp_path_factory, clip) -> str:
    path = tmp_path_factory.mktemp('lossless') / 'clip.mkv'
    write_video(path, clip, codec='libx264rgb', pix_fmt='rgb24', gop=8, options={'qp': '0'})
    return str(path)


@pytest.fixture(scope='module')
def variants(tmp_path_factory) -> dict[str, str]:
    """Files of 60 moving frames, as codecs, containers and groups of pictures differ."""
    frames = moving_texture(60, 64, 64, velocity=(3, 1))
    folder = tmp_path_factory.mktemp('variants')
    x264 = {'x264-params': 'keyint=12:min-keyint=12:bframes=3:b-adapt=0:scenecut=0'}
    table: dict[str, tuple] = {
        'b_frames.mp4': ('libx264', x264),
        'b_frames.mkv': ('libx264', x264),
        'b_frames.ts': ('libx264', x264),
        'b_frames.avi': ('libx264', x264),
        'open_gop.mp4': ('libx264', {'x264-params': x264['x264-params'] + ':open-gop=1'}),
        'intra.mp4': ('libx264', {'x264-params': 'keyint=1'}),
        'hevc.mp4': ('libx265', {'x265-params': 'log-level=none:keyint=10:bframes=3:no-open-gop=0'}),
        'vp8.webm': ('libvpx', {'auto-alt-ref': '1', 'lag-in-frames': '16', 'deadline': 'realtime', 'crf': '4'}),
        'asp.avi': ('mpeg4', {'qscale': '2', 'bf': '2'}),
        'windows.wmv': ('wmv2', {'qscale': '2'}),
    }
    for name, (codec, options) in table.items():
        write_video(folder / name, frames, codec=codec, options=options)
    return {name: str(folder / name) for name in table}


@pytest.mark.parametrize('backend', DECODERS)
def test_lossless_frames_are_the_written_ones(lossless, clip, backend) -> None:
    with open_reader(lossless, backend) as reader:
        assert (len(reader), reader.size, reader.avg_fps) == (30, (96, 128), 25)
        np.testing.assert_array_equal(reader.get_frames(INDICES), clip[INDICES])
        np.testing.assert_array_equal(reader.get_frames(np.arange(30).reshape(2, 15)), clip)
        np.testing.assert_array_equal(reader.get_frames([3]), clip[[3]])  # backwards
        assert reader.get_frames([]).shape == (0, 96, 128, 3)
        np.testing.assert_array_equal(reader.get_batch([5, 2]).asnumpy(), clip[[5, 2]])
        np.testing.assert_array_equal(reader[-1], clip[-1])
        np.testing.assert_array_equal(reader[4:9:2], clip[4:9:2])


def test_decoders_are_the_named_ones(lossless) -> None:
    for backend in ('decord', 'pyav', 'opencv'):
        with open_reader(lossless, backend) as reader:
            assert reader.backend == backend


@given(indices=st.lists(st.integers(0, 29), min_size=1, max_size=12), backend=st.sampled_from(DECODERS))
@settings(max_examples=25, deadline=None)
def test_any_order_of_any_frames(lossless, clip, indices, backend) -> None:
    with open_reader(lossless, backend) as reader:
        np.testing.assert_array_equal(reader.get_frames(indices), clip[indices])


@pytest.mark.parametrize('backend', DECODERS)
def test_every_container_gives_the_frame_asked_for(variants, backend) -> None:
    rng = np.random.default_rng(0)
    for name, path in variants.items():
        with av.open(path) as container:
            want = np.stack([frame.to_ndarray(format='rgb24') for frame in container.decode(video=0)])
        assert np.abs(np.diff(want.astype(int), axis=0)).mean((1, 2, 3)).min() > 5  # frames can be told apart
        forget()
        with open_reader(path, backend) as reader:
            assert len(reader) == 60, name
            for indices in (rng.integers(0, 60, 6), [59], [13], [47, 2], np.arange(60)):
                np.testing.assert_array_equal(reader.get_frames(indices), want[indices], f'{backend} {name}')


def test_decord_is_kept_from_files_that_it_gets_wrong(variants) -> None:
    read_by = {}
    for name, path in variants.items():
        with open_reader(path, 'decord') as reader:
            read_by[name] = reader.backend
    assert read_by['b_frames.mp4'] == read_by['b_frames.mkv'] == read_by['intra.mp4'] == 'decord'
    assert {read_by[n] for n in ('open_gop.mp4', 'hevc.mp4', 'b_frames.ts', 'asp.avi', 'windows.wmv')} == {'pyav'}


def test_far_jumps(tmp_path) -> None:
    """OpenCV seeks over more than 64 frames only; it must land where its frame count says."""
    frames = moving_texture(200, 64, 64, velocity=(3, 1))
    write_video(tmp_path / 'long.mp4', frames, codec='libx264rgb', pix_fmt='rgb24', gop=20, options={'qp': '0'})
    for backend in DECODERS:
        with open_reader(tmp_path / 'long.mp4', backend) as reader:
            for indices in ([0, 95, 96, 199], [5, 180], [150], [100]):
                np.testing.assert_array_equal(reader.get_frames(indices), frames[indices], err_msg=backend)
            assert reader.backend == backend.replace('auto', 'pyav')  # no other had to take over


class _Torn(ArrayReader):
    """Opens, and then does not decode."""

    backend = 'torn'

    def _decode(self, indices: np.ndarray) -> np.ndarray:
        raise VideoDecodeError(self.name, 'torn', 'the tape is torn')


def test_the_next_decoder_takes_over(lossless, clip) -> None:
    def refuse() -> FrameReader:
        raise VideoDecodeError(lossless, 'shy', 'it does not want to')

    source = resolve_source(lossless)
    readers = {'shy': refuse, 'torn': lambda: _Torn(clip, name=lossless)}
    with FallbackReader(source, {**readers, 'whole': lambda: ArrayReader(clip)}) as reader:
        assert reader.backend == 'torn'
        np.testing.assert_array_equal(reader.get_frames([4, 2]), clip[[4, 2]])
        assert reader.backend == 'array'
    with FallbackReader(source, readers) as reader, pytest.raises(VideoDecodeError) as error:
        reader.get_frames([0])
    assert str(error.value) == f'Cannot decode {lossless}: shy: it does not want to; torn: the tape is torn'


def test_variable_frame_rate(tmp_path, clip) -> None:
    path = tmp_path / 'vfr.mp4'
    times = np.cumsum(np.random.default_rng(0).integers(10, 90, 30))
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264rgb', rate=25, options={'qp': '0'})
        stream.height, stream.width, stream.pix_fmt, stream.gop_size = 96, 128, 'rgb24', 6
        stream.codec_context.time_base = Fraction(1, 1000)
        for time, rgb in zip(times, clip):
            frame = av.VideoFrame.from_ndarray(rgb, format='rgb24')
            frame.pts, frame.time_base = int(time), stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    for backend in DECODERS:
        with open_reader(path, backend) as reader:
            np.testing.assert_array_equal(reader.get_frames(INDICES), clip[INDICES], err_msg=backend)


@pytest.mark.parametrize('backend', ['pyav', 'decord', 'opencv'])
def test_efficient_gives_the_nearest_key_frame(lossless, clip, backend) -> None:
    with open_reader(lossless, backend) as reader:
        assert reader.key_frames.tolist() == [0, 8, 16, 24]
        np.testing.assert_array_equal(
            reader.get_frames([0, 4, 5, 11, 13, 29], accurate=False), clip[[0, 0, 8, 8, 16, 24]]
        )


@pytest.mark.parametrize('backend', DECODERS)
def test_wrong_indices(lossless, backend) -> None:
    with open_reader(lossless, backend) as reader:
        with pytest.raises(IndexError, match=r'Frame 30 of .*clip\.mkv does not exist. Its frames are 0 to 29'):
            reader.get_frames([3, 30])
        with pytest.raises(IndexError, match='Frame -1 of'):
            reader.get_frames([-1])
        with pytest.raises(TypeError, match='integers, not float64'):
            reader.get_frames([0.5])
    reader.close()
    with pytest.raises(ValueError, match=r'clip\.mkv is closed'):
        reader.get_frames([0])
    with pytest.raises(ValueError, match=r"backend \('ffmpeg'\) must be one of 'auto', 'decord'"):
        open_reader(lossless, 'ffmpeg')


@pytest.mark.parametrize('backend', DECODERS)
def test_bytes_and_addresses(lossless, clip, backend) -> None:
    data = Path(lossless).read_bytes()
    handler = partial(_Quiet, directory=str(Path(lossless).parent))
    with ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f'http://127.0.0.1:{server.server_port}/clip.mkv'
        for source in (data, io.BytesIO(data), address):
            with open_reader(source, backend) as reader:
                np.testing.assert_array_equal(reader.get_frames([20, 1]), clip[[20, 1]])
        with pytest.raises(RuntimeError, match=r'none\.mkv.*404'):
            open_reader(address.replace('clip', 'none'), backend)
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def test_readers_of_users(lossless, clip) -> None:
    import cv2
    import decord

    makers = (decord.VideoReader, cv2.VideoCapture, av.open, lambda path: list(clip), lambda path: ArrayReader(clip))
    for make in makers:
        with as_reader(make(lossless), lossless) as reader:
            np.testing.assert_array_equal(reader.get_frames(INDICES), clip[INDICES], err_msg=str(make))
    with pytest.raises(TypeError, match=r'is a int, which has no frames\. Put an \*Init step before'):
        as_reader(3)


def test_native_objects_stay_in_reach(lossless, clip) -> None:
    with open_reader(lossless, 'decord') as reader:
        assert reader.get_key_indices() == [0, 8, 16, 24]
    with open_reader(lossless, 'pyav') as reader:
        assert sum(1 for _ in reader.decode(video=0)) == 30
        np.testing.assert_array_equal(reader.get_frames([9]), clip[[9]])
        with pytest.raises(AttributeError, match='no_such_thing'):
            reader.no_such_thing


@pytest.mark.skipif(
    not Path('/proc/self/task').exists(), reason='threads and open files are counted in /proc, which only Linux has'
)
def test_nothing_is_left_running(lossless) -> None:
    tasks = Path('/proc/self/task')
    for backend in DECODERS:
        open_reader(lossless, backend).close()  # libraries start what they keep
    before = len(list(tasks.iterdir())), len(list(Path('/proc/self/fd').iterdir()))
    for backend in DECODERS:
        for _ in range(3):
            with open_reader(lossless, backend) as reader:
                reader.get_frames([0, 20])
    assert (len(list(tasks.iterdir())), len(list(Path('/proc/self/fd').iterdir()))) == before


def test_motion_vectors_follow_the_texture(tmp_path, clip) -> None:
    path = tmp_path / 'moving.mp4'
    write_video(path, clip, gop=30, options={'x264-params': 'bframes=0:ref=1:scenecut=0'})  # moves 2 px a frame in x
    vectors = motion_vectors(resolve_source(path), np.array([12, 0, 12]))
    assert vectors.shape == (3, 96, 128, 2)
    assert vectors.dtype == np.int8
    assert not vectors[1].any()
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert np.median(vectors[0], axis=(0, 1)).tolist() == [2, 0]


def test_paint_vectors() -> None:
    fields = [(n, np.int16) for n in ('w', 'h', 'src_x', 'src_y', 'dst_x', 'dst_y')]
    vectors = np.array([(4, 2, 0, 0, 3, 1), (2, 2, 300, 5, 8, 4)], fields)
    want = np.zeros((5, 8, 2), np.int8)
    want[0:2, 1:5] = 3, 1
    want[3:5, 7:8] = -128, -1
    np.testing.assert_array_equal(paint_vectors(vectors, 5, 8), want)
    assert not paint_vectors(None, 5, 8).any()


class _Counting(PyAVReader):
    """Counts the frames that leave the decoder."""

    decoded = 0

    def _decoded_frames(self) -> Iterator[Any]:
        for frame in super()._decoded_frames():
            self.decoded += 1
            yield frame


@pytest.mark.parametrize('num_threads', [1, 3])
@pytest.mark.parametrize(
    ('name', 'codec', 'options'),
    [
        ('pyramid.mp4', 'libx264', {'bf': '3', 'b-pyramid': 'normal', 'weightb': '1'}),
        ('flat.mkv', 'libx264', {'bf': '7', 'b-pyramid': 'none', 'b_strategy': '0'}),
        ('asp.mp4', 'mpeg4', {'bf': '2', 'qscale': '3'}),
    ],
)
def test_frames_that_no_requested_one_needs_are_skipped(tmp_path, name, codec, options, num_threads) -> None:
    frames = moving_texture(64, 64, 80, velocity=(3, 1))
    write_video(tmp_path / name, frames, codec=codec, gop=64, options=options)
    source = resolve_source(tmp_path / name)
    with PyAVReader(source) as reader:
        want = reader.get_frames(np.arange(64))
    for indices in ([61], [7, 40], [30, 31, 33], [2, 3, 63]):
        with _Counting(source, num_threads) as reader:
            np.testing.assert_array_equal(reader.get_frames(indices), want[indices], err_msg=f'{name} {indices}')
            assert reader.scan.skippable
    with _Counting(source) as reader:
        reader.get_frames([61])
        assert reader.decoded < 40
    with _Counting(source) as reader:  # in parts, nothing is decoded twice
        for index in range(64):
            np.testing.assert_array_equal(reader.get_frames([index])[0], want[index])
        assert reader.decoded == 64
