"""Every form of a video through ``open_video``, and the interface of decord on every reader."""

from __future__ import annotations

import io
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from mmaction.datasets.transforms import DecordInit, PyAVInit
from mmaction.video import FrameNaming, as_reader, frame_extract, open_reader, open_video, write_video
from mmaction.video.readers.pyav import PyAVReader


@pytest.fixture(scope='module')
def lossless(tmp_path_factory, clip) -> str:
    path = tmp_path_factory.mktemp('open') / 'clip.mkv'
    write_video(path, clip, codec='libx264rgb', pix_fmt='rgb24', gop=8, options={'qp': '0'})
    return str(path)


@pytest.fixture(scope='module')
def folder(tmp_path_factory, clip) -> Path:
    path = tmp_path_factory.mktemp('frames')
    for number, frame in enumerate(clip, start=4):
        cv2.imwrite(str(path / f'shot {number:03}.png'), frame[..., ::-1])
    return path


def test_every_form_of_a_video_gives_the_same_frames(lossless, folder, clip) -> None:
    data = Path(lossless).read_bytes()
    forms = {
        'path': lossless,
        'Path': Path(lossless),
        'bytes': data,
        'file object': io.BytesIO(data),
        'folder': folder,
        'array': clip,
        'record of a file': dict(filename=lossless),
        'record of a folder': dict(frame_dir=str(folder), filename_tmpl='shot {:03}.png', start_index=4),
        'record of an array': dict(array=clip, label=2),
    }
    for name, source in forms.items():
        with open_video(source) as reader:
            assert (len(reader), reader.size) == (30, (96, 128)), name
            np.testing.assert_array_equal(reader.get_frames([17, 3]), clip[[17, 3]], err_msg=name)
            np.testing.assert_array_equal(list(reader.iter_frames(chunk=7)), clip, err_msg=name)


def test_backend_and_naming_reach_the_reader(lossless, folder) -> None:
    for backend in ('decord', 'pyav', 'opencv'):
        with open_video(lossless, backend=backend) as reader:
            assert reader.backend == backend
    with open_video(folder, naming=FrameNaming('shot {:03}.png', start_index=10)) as reader:
        assert len(reader) == 24


def test_what_is_no_video(tmp_path, clip) -> None:
    (tmp_path / 'notes.txt').write_text('a line\n' * 50)
    (tmp_path / 'empty').mkdir()
    cv2.imwrite(str(tmp_path / 'one.jpg'), clip[0])
    for source, error, message in (
        (
            tmp_path / 'notes.txt',
            ValueError,
            r'notes\.txt is not a readable video: \.txt is none of the known suffixes',
        ),
        (tmp_path / 'one.jpg', ValueError, r'one\.jpg is an image\. Give a video'),
        (tmp_path / 'empty', FileNotFoundError, 'empty holds no numbered images'),
        (tmp_path / 'gone.mp4', FileNotFoundError, r'no video and no folder of frames at .*gone\.mp4'),
        (clip[0], ValueError, r'must be \(T, H, W, 3\) for RGB .* got \(96, 128, 3\)'),
        (clip / 255, TypeError, 'must be uint8 in 0..255, got float64'),
        (3, TypeError, 'must be a path, a URL, an array .* got int'),
        (dict(label=2), ValueError, r"none of filename, frame_dir and array, only \['label'\]"),
        (b'no video at all', RuntimeError, 'Cannot decode <15 bytes>'),
    ):
        with pytest.raises(error, match=message):
            open_video(source)


def test_a_gap_in_a_folder_is_reported_whoever_opens_it(tmp_path, clip) -> None:
    from mmaction.video import RawFrameReader, scan_frames
    from mmaction.visualization.frames import load_frames

    for number in (1, 2, 4):
        cv2.imwrite(str(tmp_path / f'img_{number:05}.png'), clip[number, ..., ::-1])
    message = r'has frames 1 to 4 but lacks img_00003\.png\.'
    for read in (open_video, load_frames, lambda path: RawFrameReader(path, 'img_{:05}.png'), frame_extract):
        with pytest.raises(FileNotFoundError, match=message):
            read(tmp_path)
    with pytest.raises(FileNotFoundError, match=message):
        scan_frames(str(tmp_path))
    cv2.imwrite(str(tmp_path / 'cover.png'), clip[0])  # images that are not one series may have any names
    assert len(load_frames(tmp_path)) == 4


# --- the interface of decord.VideoReader ----------------------------------------------------------------------------
@pytest.fixture(scope='module')
def texture(tmp_path_factory, clip) -> dict[str, str]:
    """One clip in containers that decord reads correctly (MP4, Matroska) and others."""
    folder = tmp_path_factory.mktemp('texture')
    for name, codec in (('a.mp4', 'libx264'), ('a.avi', 'mpeg4'), ('a.mkv', 'mpeg4'), ('a.ts', 'libx264')):
        write_video(folder / name, clip, codec=codec, gop=10, options={'bf': '0'})
    return {path.name: str(path) for path in folder.iterdir()}


@pytest.mark.parametrize('name', ['a.mp4', 'a.avi', 'a.mkv', 'a.ts'])
def test_decode_step_of_a_user_works_with_any_file(texture, name) -> None:
    reader = DecordInit()(dict(filename=texture[name]))['video_reader']
    assert reader.backend == 'pyav'
    with open_reader(texture[name], 'pyav') as plain:
        want = plain.get_frames(range(30))
    reader.seek_accurate(13)
    np.testing.assert_array_equal(reader.next().asnumpy(), want[13])
    reader.skip_frames(2)
    np.testing.assert_array_equal(reader.next().asnumpy(), want[16])
    for position, landed in ((18, 20), (15, 10), (28, 20)):  # fast seeks land on keyframes, where they are known
        reader.seek(position)
        np.testing.assert_array_equal(reader.next().asnumpy(), want[position if name == 'a.ts' else landed])
    reader.seek_accurate(29)
    reader.next()
    with pytest.raises(StopIteration):
        reader.next()
    with pytest.raises(IndexError, match='Frame 30 of'):
        reader.seek(30)
    assert reader.get_avg_fps() == 25
    assert reader.get_key_indices() == ([] if name == 'a.ts' else [0, 10, 20])
    np.testing.assert_allclose(reader.get_frame_timestamp([0, 5, 29]), np.array([[0, 1], [5, 6], [29, 30]]) / 25)
    reader.close()


def test_positions_are_those_of_decord(texture) -> None:
    import decord

    for position in (0, 1, 10, 11, 18, 20, 21, 29):
        theirs = decord.VideoReader(texture['a.mp4'])
        with as_reader(decord.VideoReader(texture['a.mp4'])) as ours:
            for reader in (theirs, ours):
                reader.seek(position)
            np.testing.assert_array_equal(ours.next().asnumpy(), theirs.next().asnumpy(), err_msg=str(position))
            for reader in (theirs, ours):
                reader.skip_frames(2)
                reader.seek(max(position - 12, 0))  # backwards
            np.testing.assert_array_equal(ours.next().asnumpy(), theirs.next().asnumpy(), err_msg=str(position))
            np.testing.assert_allclose(ours.get_frame_timestamp([3, 7]), theirs.get_frame_timestamp([3, 7]))
            assert ours.get_key_indices() == theirs.get_key_indices()


def test_seek_of_pyav_stays_that_of_the_container(texture) -> None:
    """Steps written for ``PyAVInit`` seek by time, in units of the stream."""
    reader = PyAVInit()(dict(filename=texture['a.mp4']))['video_reader']
    assert isinstance(reader, PyAVReader)
    stream = reader.streams.video[0]
    reader.seek(int(15 / 25 / stream.time_base), stream=stream)
    frame = next(reader.decode(video=0))
    assert round(float(frame.pts * stream.time_base) * 25) == 10  # the keyframe before
    with av.open(texture['a.mp4']) as container:
        want = [f.to_ndarray(format='rgb24') for f in container.decode(video=0)]
    np.testing.assert_array_equal(frame.to_ndarray(format='rgb24'), want[10])
    np.testing.assert_array_equal(reader.get_frames([2, 25]), [want[2], want[25]])
    reader.close()
