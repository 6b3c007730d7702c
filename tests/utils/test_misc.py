from __future__ import annotations

import os
import random
import string
import tempfile
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from mmaction.utils import (
    VideoWriter,
    frame_extract,
    get_random_string,
    get_shm_dir,
    get_str_type,
    get_thread_id,
)
from mmaction.video import open_reader


def test_random_strings_do_not_follow_the_seed() -> None:
    drawn = set()
    for _ in range(20):
        random.seed(0)
        np.random.seed(0)
        drawn.add(get_random_string())
    assert len(drawn) == 20
    assert all(len(text) == 15 and set(text) <= set(string.ascii_letters + string.digits) for text in drawn)
    assert len(get_random_string(3)) == 3


def test_thread_ids_differ() -> None:
    ids = [get_thread_id()]
    thread = threading.Thread(target=lambda: ids.append(get_thread_id()))
    thread.start()
    thread.join()
    assert ids[0] == get_thread_id() == threading.get_native_id() != ids[1]


def test_shm_dir_is_in_memory_where_the_system_has_such_a_folder(monkeypatch) -> None:
    path = Path(get_shm_dir()) / f'mmaction-{get_random_string()}'
    path.write_bytes(b'1')
    assert path.read_bytes() == b'1'
    path.unlink()
    monkeypatch.setattr('os.path.isdir', lambda path: False)
    assert get_shm_dir() == tempfile.gettempdir()


def test_str_type() -> None:
    def function() -> None: ...

    assert get_str_type('Adam') == 'Adam'
    assert get_str_type(Path) == 'Path'
    assert get_str_type(function) == 'function'
    assert get_str_type(3) is None


def test_frame_extract(clip_path, tmp_path) -> None:
    paths, frames = frame_extract(clip_path, out_dir=tmp_path)
    assert paths == [str(tmp_path / 'clip' / f'img_{i:06d}.jpg') for i in range(1, 31)]
    with open_reader(clip_path) as reader:
        assert np.array_equal(np.stack(frames)[..., ::-1], reader.get_frames(range(30)))
    assert np.abs(cv2.imread(paths[4]).astype(int) - frames[4]).mean() < 8  # JPEG
    assert sorted(os.listdir(tmp_path / 'clip')) == [os.path.basename(path) for path in paths]


@pytest.mark.parametrize('short_side, size', [(48, (48, 64)), (100, (100, 133)), (96, (96, 128))])
def test_frame_extract_resizes(clip_path, tmp_path, short_side, size) -> None:
    paths, frames = frame_extract(clip_path, short_side, str(tmp_path))
    assert {frame.shape[:2] for frame in frames} == {size}
    assert cv2.imread(paths[0]).shape[:2] == size


def test_frame_extract_errors(clip_path, tmp_path) -> None:
    with pytest.raises(ValueError, match=r'short_side \(0\)'):
        frame_extract(clip_path, 0, tmp_path)
    with pytest.raises(FileNotFoundError, match=r'/nope\.mp4'):
        frame_extract('/nope.mp4', out_dir=tmp_path)


def test_video_writer_takes_bgr(tmp_path) -> None:
    path = tmp_path / 'blue.mp4'
    writer = VideoWriter(str(path), 12)
    for _ in range(5):
        writer.write_frame(np.full((32, 48, 3), (250, 20, 20), np.uint8))
    writer.release()
    with open_reader(path) as reader:
        assert (reader.num_frames, reader.avg_fps) == (5, 12)
        red, _, blue = reader.get_frames([2])[0].mean((0, 1))
    assert blue > 200 > 60 > red
