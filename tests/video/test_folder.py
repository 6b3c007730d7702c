"""Naming scheme and number of the frames in a folder."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmaction.video import list_images, natural_key, scan_frames


@settings(max_examples=25, deadline=None)
@given(
    prefix=st.sampled_from(['', 'img_', 'a-b.c_', 'take2_', '{x}']),
    pad=st.integers(1, 7),
    start=st.integers(0, 120),
    count=st.integers(1, 40),
    suffix=st.sampled_from(['.jpg', '.PNG', '.jpeg']),
)
def test_scan_frames_finds_any_numbering(tmp_path_factory, prefix, pad, start, count, suffix) -> None:
    folder = tmp_path_factory.mktemp('names')
    names = [f'{prefix}{number:0{pad}d}{suffix}' for number in range(start, start + count)]
    for name in [*names, 'cover.jpg', 'notes.txt', 'label_1.txt']:
        (folder / name).touch()
    found = scan_frames(str(folder), 'img_{:05}.jpg')
    numbers = range(found.start_index, found.start_index + found.total_frames)
    assert [found.filename_tmpl.format(number) for number in numbers] == names


def test_scan_frames_of_flow(tmp_path) -> None:
    for axis in 'xy':
        (tmp_path / axis).mkdir()
        for number in range(1, 4):
            (tmp_path / f'flow_{axis}_{number:05d}.jpg').touch()
            (tmp_path / axis / f'{number}.jpg').touch()
    for template in ('flow_{}_{:05d}.jpg', '{}/{}.jpg'):
        found = scan_frames(str(tmp_path), template, 'Flow')
        assert (found.filename_tmpl, found.start_index, found.total_frames) == (template, 1, 3)
    with pytest.raises(FileNotFoundError, match=r"no flow images named like 'img_\{\}_\{\}.jpg'"):
        scan_frames(str(tmp_path), 'img_{}_{}.jpg', 'Flow')
    (tmp_path / 'flow_x_00002.jpg').unlink()
    with pytest.raises(FileNotFoundError, match=r'has frames 1 to 3 but lacks flow_x_00002.jpg'):
        scan_frames(str(tmp_path), 'flow_{}_{:05d}.jpg', 'Flow')


def test_scan_frames_from_a_number_on(tmp_path) -> None:
    for number in (0, 1, 2, 3, 5):
        (tmp_path / f'img_{number:05}.jpg').touch()
    with pytest.raises(FileNotFoundError, match=r'lacks img_00004.jpg'):
        scan_frames(str(tmp_path), 'img_{:05}.jpg', start_index=1)
    (tmp_path / 'img_00005.jpg').unlink()
    assert scan_frames(str(tmp_path), 'img_{:05}.jpg', start_index=1).total_frames == 3
    assert scan_frames(str(tmp_path), 'img_{:05}.jpg').total_frames == 4
    with pytest.raises(FileNotFoundError, match='from number 9 on'):
        scan_frames(str(tmp_path), start_index=9)


def test_images_in_natural_order(tmp_path) -> None:
    for name in ('b_10.jpg', 'b_9.jpg', 'a.PNG', 'notes.txt', '2.tif', '10.webp'):
        (tmp_path / name).touch()
    assert [path.name for path in list_images(tmp_path)] == ['2.tif', '10.webp', 'a.PNG', 'b_9.jpg', 'b_10.jpg']
    assert natural_key('img_010b') == ['img_', 10, 'b']


def test_numbered_images_need_no_padding_but_no_gap(tmp_path) -> None:
    for number in (8, 9, 10):
        (tmp_path / f'{number}.jpg').touch()
    assert [path.name for path in list_images(tmp_path)] == ['8.jpg', '9.jpg', '10.jpg']
    (tmp_path / '13.jpg').touch()
    with pytest.raises(FileNotFoundError, match=r'has frames 8 to 13 but lacks 11\.jpg and 1 more\.'):
        list_images(tmp_path)
    (tmp_path / 'none').mkdir()
    with pytest.raises(FileNotFoundError, match=r'none holds no images \(\.jpg, \.jpeg'):
        list_images(tmp_path / 'none')
