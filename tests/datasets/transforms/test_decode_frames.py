"""Frames that are images or arrays already."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmaction.datasets.transforms import ArrayDecode, ImageDecode, LoadRGBFromFile, RawFrameDecode
from mmaction.video import RawFrameReader, VideoDecodeError


@pytest.fixture(scope='module')
def folder(tmp_path_factory, clip) -> Path:
    """RGB and flow images in two namings; PNG, to get back what was put."""
    path = tmp_path_factory.mktemp('frames')
    (path / 'x').mkdir()
    (path / 'y').mkdir()
    for i, rgb in enumerate(clip[:12]):
        cv2.imwrite(str(path / f'img_{i + 1:05}.png'), rgb[..., ::-1])
        for direction, channel in (('x', 0), ('y', 1)):
            cv2.imwrite(str(path / f'flow_{direction}_{i:05d}.png'), rgb[..., channel])
            cv2.imwrite(str(path / direction / f'{i}.png'), rgb[..., channel])
    return path


def record(folder: Path, **kwargs) -> dict:
    return dict(
        dict(frame_dir=str(folder), filename_tmpl='img_{:05}.png', total_frames=12, modality='RGB', start_index=1),
        **kwargs,
    )


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
def test_rgb_frames(folder, clip, backend) -> None:
    boxes = np.array([[0.0, 0.5, 1, 1]])
    results = record(folder, frame_inds=np.array([[9, 1], [1, 12]]), gt_bboxes=boxes, proposals=boxes)
    results = RawFrameDecode(decoding_backend=backend)(results)
    np.testing.assert_array_equal(results['imgs'], clip[[8, 0, 0, 11]])
    assert results['img_shape'] == results['original_shape'] == (96, 128)
    np.testing.assert_array_equal(results['gt_bboxes'], [[0, 48, 128, 96]])
    np.testing.assert_array_equal(results['proposals'], [[0, 48, 128, 96]])


def test_offset_adds_to_the_number_in_the_name(folder, clip) -> None:
    results = RawFrameDecode()(record(folder, frame_inds=np.array([1, 2]), offset=3))
    np.testing.assert_array_equal(results['imgs'], clip[[3, 4]])


@pytest.mark.parametrize('template', ['flow_{}_{:05d}.png', '{}/{}.png'])
def test_flow(folder, clip, template) -> None:
    results = record(folder, filename_tmpl=template, modality='Flow', start_index=0, frame_inds=np.array([0, 5]))
    results = RawFrameDecode()(results)
    np.testing.assert_array_equal(results['imgs'], clip[[0, 5], ..., :2])


def test_each_frame_is_read_once(folder) -> None:
    step = RawFrameDecode()
    seen = []
    read = step._loader.read
    step._loader.read = lambda name: seen.append(Path(name).name) or read(name)
    step(record(folder, frame_inds=np.array([7, 3, 7, 7])))
    assert seen == ['img_00003.png', 'img_00007.png']


def test_folder_as_a_reader(folder, clip) -> None:
    with RawFrameReader(folder, 'img_{:05}.png', avg_fps=12) as reader:
        assert (len(reader), reader.size, reader.avg_fps) == (12, (96, 128), 12)
        np.testing.assert_array_equal(reader.get_frames([11, 0]), clip[[11, 0]])
        with pytest.raises(IndexError, match='Its frames are 0 to 11'):
            reader.get_frames([12])


def test_what_is_wrong_with_a_frame_is_named(folder, tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no frame .*img_00099\.png.*'img_\{:05\}\.png'"):
        RawFrameDecode()(record(folder, frame_inds=np.array([99])))
    with pytest.raises(ValueError, match=r"'flow_\{\}_\{:05d\}\.jpg' does not fit modality 'RGB'"):
        RawFrameDecode()(record(folder, filename_tmpl='flow_{}_{:05d}.jpg', frame_inds=np.array([1])))
    with pytest.raises(ValueError, match=r"modality \('Audio'\) must be one of 'RGB', 'Flow'"):
        RawFrameDecode()(record(folder, modality='Audio', frame_inds=np.array([1])))
    with pytest.raises(ValueError, match=r"decoding_backend \('magick'\) must be one of 'cv2'"):
        RawFrameDecode(decoding_backend='magick')
    for name, content, reason in (('1', b'', 'empty'), ('2', b'no image', 'not an image')):
        (tmp_path / f'img_0000{name}.png').write_bytes(content)
        with pytest.raises(VideoDecodeError, match=rf'img_0000{name}\.png with cv2: it is {reason}'):
            RawFrameDecode()(record(tmp_path, frame_inds=np.array([int(name)])))
    for name, size in (('3', 8), ('4', 9)):
        cv2.imwrite(str(tmp_path / f'img_0000{name}.png'), np.zeros((8, size, 3), np.uint8))
    with pytest.raises(VideoDecodeError, match=r'img_00004\.png .*its shape is \(8, 9, 3\)'):
        RawFrameDecode()(record(tmp_path, frame_inds=np.array([4, 3])))


def test_arrays(clip) -> None:
    results = dict(array=clip, modality='RGB', frame_inds=np.array([2, 3, 4]), offset=1, gt_bboxes=[[0, 0, 0.5, 1]])
    results = ArrayDecode()(results)
    np.testing.assert_array_equal(results['imgs'], clip[3:6])
    assert np.shares_memory(results['imgs'], clip)
    assert results['img_shape'] == (96, 128)
    np.testing.assert_array_equal(results['gt_bboxes'], [[0, 0, 64, 96]])
    results = ArrayDecode()(dict(array=clip[..., :2], modality='Flow', frame_inds=np.array([9, 1, 9])))
    np.testing.assert_array_equal(results['imgs'], clip[[9, 1, 9], ..., :2])
    with pytest.raises(IndexError, match='Frame 30 of'):
        ArrayDecode()(dict(array=clip, frame_inds=np.array([30])))
    with pytest.raises(ValueError, match=r'\(T, H, W, C\), this one has shape \(96, 128, 3\)'):
        ArrayDecode()(dict(array=clip[0], frame_inds=np.array([0])))


def test_images(folder, clip, tmp_path) -> None:
    name = str(folder / 'img_00004.png')
    results = ImageDecode()(dict(filename=name, gt_bboxes=np.array([[0, 0, 1, 1.0]])))
    np.testing.assert_array_equal(results['imgs'], clip[3:4])
    np.testing.assert_array_equal(results['gt_bboxes'], [[0, 0, 128, 96]])
    results = LoadRGBFromFile()(dict(img_path=name))
    np.testing.assert_array_equal(results['img'], clip[3])
    assert results['img_shape'] == results['ori_shape'] == (96, 128)
    results = LoadRGBFromFile(to_float32=True, color_type='grayscale')(dict(img_path=str(folder / 'x' / '3.png')))
    np.testing.assert_array_equal(results['img'], clip[3, ..., 0].astype(np.float32))
    assert results['img'].dtype == np.float32
    missing = dict(img_path=str(tmp_path / 'none.jpg'))
    assert LoadRGBFromFile(ignore_empty=True)(dict(missing)) is None
    with pytest.raises(FileNotFoundError, match=r'none\.jpg'):
        LoadRGBFromFile()(dict(missing))
    with pytest.raises(ValueError, match=r"color_type \('unchanged'\) must be one of 'color'"):
        LoadRGBFromFile(color_type='unchanged')
