"""The reader of ``OpenCVInit`` has the names of ``mmcv.VideoReader``; a reader of that class is decoded as RGB."""

from __future__ import annotations

import os

import mmcv
import numpy as np
import pytest

from mmaction.datasets.transforms import DecordInit, OpenCVDecode, OpenCVInit
from mmaction.testing import moving_texture
from mmaction.video import open_reader, write_video
from mmaction.video.bgr import BGRReader


@pytest.fixture(scope='module')
def path(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp('bgr') / 'clip.mp4'
    write_video(path, moving_texture(9, 48, 64), fps=12)
    return str(path)


@pytest.fixture
def reader(path):
    with OpenCVInit()(dict(filename=path))['video_reader'] as reader:
        yield reader


def test_facts_are_those_of_mmcv(path, reader) -> None:
    theirs = mmcv.VideoReader(path)
    for name in ('fps', 'frame_cnt', 'width', 'height', 'resolution', 'fourcc', 'opened', 'position'):
        assert getattr(reader, name) == getattr(theirs, name), name
    assert len(reader) == len(theirs) == 9 and reader.vcap.isOpened()
    reader.close()
    assert not reader.opened


def test_frames_are_those_of_mmcv(path, reader) -> None:
    theirs = list(mmcv.VideoReader(path))
    for index in (0, 4, -1):
        np.testing.assert_array_equal(reader[index], theirs[index])
    np.testing.assert_array_equal(reader[2:8:3], [theirs[2], theirs[5]])
    assert reader.position == 6
    np.testing.assert_array_equal(reader.read(), theirs[6])
    np.testing.assert_array_equal(next(reader), theirs[7])
    np.testing.assert_array_equal(reader.current_frame(), theirs[7])
    np.testing.assert_array_equal(list(reader), theirs)  # a loop starts from the first frame
    assert reader.read() is None
    with pytest.raises(StopIteration):
        reader.next()
    with pytest.raises(IndexError, match=r'Frame 9 of .* Its frames are 0 to 8'):
        reader[9]
    with pytest.raises(IndexError, match=r'Frame -10 of'):
        reader[-10]


def test_names_of_other_readers_give_rgb(path, reader) -> None:
    with open_reader(path, 'opencv') as plain:
        rgb = plain.get_frames(range(9))
    np.testing.assert_array_equal(reader.get_batch([3, 1]).asnumpy(), rgb[[3, 1]])
    np.testing.assert_array_equal(reader[3][..., ::-1], rgb[3])
    results = OpenCVDecode()(dict(video_reader=reader, filename=path, frame_inds=[3, 1]))
    np.testing.assert_array_equal(results['imgs'], rgb[[3, 1]])
    assert reader.closed


def test_current_frame_before_the_first_and_the_codec_of_another_library(path) -> None:
    with BGRReader(open_reader(path, 'pyav')) as reader:
        assert reader.current_frame() is None
        assert reader.fourcc == 0 and reader.backend == 'pyav' and reader.path is None


def test_the_path_that_is_read(path, tmp_path) -> None:
    assert OpenCVInit()(dict(filename=path))['new_path'] == path
    stored = OpenCVInit(io_backend='local')(dict(filename=path))
    assert stored['new_path'] == path
    with open(path, 'rb') as file, BGRReader(open_reader(file.read(), 'opencv')) as reader:
        assert os.path.getsize(reader.path) == os.path.getsize(path)


def test_a_reader_of_mmcv_that_a_user_opened_is_decoded_as_rgb(path) -> None:
    theirs = mmcv.VideoReader(path)
    results = OpenCVDecode()(dict(video_reader=theirs, filename=path, frame_inds=[0, 7]))
    np.testing.assert_array_equal(results['imgs'], [mmcv.VideoReader(path)[i][..., ::-1] for i in (0, 7)])


def test_next_works_on_every_reader(path) -> None:
    reader = DecordInit()(dict(filename=path))['video_reader']
    first = next(reader)
    np.testing.assert_array_equal(reader.next().asnumpy(), reader[1])
    np.testing.assert_array_equal(first.asnumpy(), reader[0])
