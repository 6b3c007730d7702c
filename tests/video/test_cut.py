"""Parts of videos, at another rate or size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmaction.video import open_video, write_video
from mmaction.video.cut import cut_video, resize_short_side


@pytest.fixture(scope='module')
def numbered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """40 frames at 25 fps, six gray values apart."""
    path = tmp_path_factory.mktemp('cut') / 'numbered.mp4'
    frames = [np.full((64, 96, 3), 6 * number + 10, np.uint8) for number in range(40)]
    write_video(path, frames, fps=25, options={'crf': '10'})
    return str(path)


def numbers(path: str | Path) -> list[int]:
    with open_video(path) as reader:
        frames = reader.get_frames(range(reader.num_frames))
    return [round((float(frame.mean()) - 10) / 6) for frame in frames]


@pytest.mark.parametrize(
    ('options', 'want'),
    [
        ({}, list(range(40))),
        (dict(start_sec=0.4, end_sec=0.8), list(range(10, 20))),
        (dict(start_sec=1.2), list(range(30, 40))),
        (dict(start_sec=1.4, end_sec=9), list(range(35, 40))),
        (dict(fps=5), list(range(0, 40, 5))),
        (dict(start_sec=0, end_sec=0.2, fps=50), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
        (dict(end_sec=0.04, fps=1), [0]),
    ],
)
def test_frames_of_an_interval(numbered: str, tmp_path: Path, options: dict, want: list[int]) -> None:
    target = tmp_path / 'folder' / 'part.mp4'
    assert cut_video(numbered, target, **options) == len(want)
    assert numbers(target) == want
    with open_video(target) as reader:
        assert reader.avg_fps == pytest.approx(options.get('fps', 25), rel=1e-3) or len(want) == 1


def test_short_side(numbered: str, tmp_path: Path) -> None:
    cut_video(numbered, tmp_path / 'small.mp4', end_sec=0.2, short_side=32)
    with open_video(tmp_path / 'small.mp4') as reader:
        assert reader.size == (32, 48)
    image = np.zeros((10, 20, 3), np.uint8)
    assert resize_short_side(image, 5).shape == (5, 10, 3) and resize_short_side(
        image.transpose(1, 0, 2), 20
    ).shape == (40, 20, 3)
    assert resize_short_side(image, None) is image


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(start_sec=2), r'numbered\.mp4, 1\.60 s long, has no frame in \[2, end\) s'),
        (dict(start_sec=1, end_sec=0.5), r'has no frame in \[1, 0\.5\) s'),
        (dict(fps=0), r'fps \(0\) must be positive'),
        (dict(short_side=0), r'short_side \(0\) must be positive'),
    ],
)
def test_bad_arguments(numbered: str, tmp_path: Path, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cut_video(numbered, tmp_path / 'x.mp4', **options)
    assert not (tmp_path / 'x.mp4').exists()
