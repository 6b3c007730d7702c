"""The steps of a pipeline that open and decode videos."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.datasets.transforms import DecordDecode, DecordInit, PyAVDecode
from mmaction.datasets.transforms.results import put_frames
from mmaction.registry import TRANSFORMS
from mmaction.video import write_video

PAIRS = ['Decord', 'PyAV', 'OpenCV', 'Auto']
INDICES = np.array([[4, 28], [4, 0]])


def build(name: str, **kwargs):
    return TRANSFORMS.build(dict(type=name, **kwargs))


@pytest.fixture(scope='module')
def lossless(tmp_path_factory, clip) -> str:
    path = tmp_path_factory.mktemp('steps') / 'clip.mkv'
    write_video(path, clip, fps=30, codec='libx264rgb', pix_fmt='rgb24', gop=10, options={'qp': '0'})
    return str(path)


@pytest.mark.parametrize('name', PAIRS)
def test_open_and_decode(lossless, clip, name) -> None:
    boxes = np.array([[0, 0.25, 0.5, 1]])
    results = dict(filename=lossless, gt_bboxes=boxes, proposals=np.array([[0.5, 0.5, 1, 1.01, 0.9]]))
    results = build(f'{name}Init', io_backend='disk')(results)
    reader = results['video_reader']
    assert (results['total_frames'], results['avg_fps']) == (30, 30)
    results = build(f'{name}Decode')({**results, 'frame_inds': INDICES})
    assert isinstance(results['imgs'], list)
    np.testing.assert_array_equal(results['imgs'], clip[INDICES.ravel()])
    assert results['img_shape'] == results['original_shape'] == (96, 128)
    np.testing.assert_allclose(results['gt_bboxes'], [[0, 24, 64, 96]])
    np.testing.assert_allclose(results['proposals'], [[64, 48, 128, 96.96]], rtol=1e-6)
    assert results['video_reader'] is None
    assert reader.closed


@pytest.mark.parametrize('name', PAIRS)
def test_boxes_in_pixels_stay_and_none_is_left_alone(lossless, name) -> None:
    sample = dict(filename=lossless, gt_bboxes=np.array([[0.0, 1, 50, 60]]), proposals=None, box_unit='pixels')
    results = build(f'{name}Init')(sample)
    results = build(f'{name}Decode')({**results, 'frame_inds': [1]})
    np.testing.assert_array_equal(results['gt_bboxes'], [[0, 1, 50, 60]])
    assert results['proposals'] is None


def test_unit_of_boxes_is_stated_and_not_guessed() -> None:
    frames = np.zeros((1, 10, 20, 3), np.uint8)

    def decode(boxes, **sample):
        return put_frames(dict(gt_bboxes=np.array(boxes), **sample), frames)

    # A box in pixels may be smaller than one pixel, and is clipped to the frame.
    small = decode([[0.2, 0.4, 0.8, 0.9], [15.5, 3, np.inf, np.inf]], box_unit='pixels')
    np.testing.assert_allclose(small['gt_bboxes'], [[0.2, 0.4, 0.8, 0.9], [15.5, 3, 20, 10]])
    relative = decode([[0.25, 0.5, 0.5, 1]])
    np.testing.assert_allclose(relative['gt_bboxes'], [[5, 5, 10, 10]])
    assert relative['box_unit'] == 'pixels'
    np.testing.assert_allclose(put_frames(relative, frames)['gt_bboxes'], [[5, 5, 10, 10]])  # scaled once
    with pytest.raises(ValueError, match=r"gt_bboxes has values up to 50, but is taken as relative.*box_unit='pixels'"):
        decode([[0, 1, 50, 8]])
    with pytest.raises(ValueError, match=r'the box \[30.0, 1.0, 35.0, 8.0\], which begins outside .* 20 x 10 pixels'):
        decode([[30, 1, 35, 8]], box_unit='pixels')
    with pytest.raises(ValueError, match=r"box_unit \('px'\) must be one of 'relative', 'pixels'"):
        decode([[0, 0, 1, 1]], box_unit='px')


@pytest.mark.parametrize('name', ['Decord', 'PyAV', 'Auto'])
def test_efficient_mode(lossless, clip, name) -> None:
    results = build(f'{name}Init')(dict(filename=lossless))
    results = build(f'{name}Decode', mode='efficient')({**results, 'frame_inds': [3, 6, 29]})
    np.testing.assert_array_equal(results['imgs'], clip[[0, 10, 20]])
    with pytest.raises(ValueError, match=r"mode \('fast'\) must be one of 'accurate', 'efficient'"):
        build(f'{name}Decode', mode='fast')


def test_pyav_threads(lossless, clip) -> None:
    results = build('PyAVInit')(dict(filename=lossless))
    results = PyAVDecode(multi_thread=True)({**results, 'frame_inds': np.arange(30)})
    np.testing.assert_array_equal(results['imgs'], clip)


def test_motion_vector_step(tmp_path, clip) -> None:
    path = str(tmp_path / 'moving.mp4')
    write_video(path, clip, gop=30, options={'x264-params': 'bframes=0:ref=1:scenecut=0'})
    results = build('PyAVInit')(dict(filename=path, gt_bboxes=np.array([[0, 0, 1, 0.5]])))
    results = build('PyAVDecodeMotionVector')({**results, 'frame_inds': [0, 8]})
    assert results['motion_vectors'].shape == (2, 96, 128, 2)
    assert not results['motion_vectors'][0].any()
    assert np.median(results['motion_vectors'][1], axis=(0, 1)).tolist() == [2, 0]
    assert results['img_shape'] == (96, 128)
    np.testing.assert_allclose(results['gt_bboxes'], [[0, 0, 128, 48]])


def test_a_users_decord_reader_and_decode(lossless, clip) -> None:
    import decord

    results = dict(filename=lossless, video_reader=decord.VideoReader(lossless), frame_inds=[7, 2])
    np.testing.assert_array_equal(DecordDecode()(results)['imgs'], clip[[7, 2]])
    reader = DecordInit()(dict(filename=lossless))['video_reader']  # and the other way round
    np.testing.assert_array_equal(reader.get_batch([7, 2]).asnumpy(), clip[[7, 2]])
    np.testing.assert_array_equal(DecordDecode()._decord_load_frames(reader, np.array([1])), clip[[1]])


def test_arguments_of_old_configs() -> None:
    assert repr(build('DecordDecode', io_backend='disk')) == "DecordDecode(mode='accurate', io_backend='disk')"
    assert repr(build('DecordInit', num_threads=2)) == "DecordInit(io_backend='disk', num_threads=2)"
    mapping = {'data/ava': 's3://openmmlab/datasets/action/ava'}
    assert build('RawFrameDecode', io_backend='petrel', path_mapping=mapping).kwargs == {'path_mapping': mapping}


@pytest.mark.parametrize('name', ['DecordInit', 'PyAVInit', 'OpenCVInit', 'AutoInit', 'RawFrameDecode', 'ImageDecode'])
def test_wrong_arguments(name) -> None:
    with pytest.raises(TypeError, match=r"'disk' cannot take \['io_backed'\]"):
        build(name, io_backed='disk')
    with pytest.raises(ValueError, match=r"io_backend \('ftp'\) must be one of 'disk', "):
        build(name, io_backend='ftp')


def test_steps_in_the_wrong_order(lossless) -> None:
    with pytest.raises(KeyError, match=r"no 'video_reader'\. Put the step that opens"):
        build('DecordDecode')(dict(filename=lossless, frame_inds=[0]))
    results = build('DecordInit')(dict(filename=lossless))
    with pytest.raises(KeyError, match=r"no 'frame_inds'\. Put a step that samples"):
        build('DecordDecode')(results)


@pytest.mark.parametrize(('name', 'package'), [('PIMS', 'pims'), ('TorchCodec', 'torchcodec')])
def test_optional_decoders(lossless, clip, name, package) -> None:
    """Registered either way; without the package, building one says what to install."""
    try:
        __import__(package)
    except Exception:
        with pytest.raises(ImportError, match=f'pip install "{package}"'):
            build(f'{name}Init')
        return
    results = build(f'{name}Init')(dict(filename=lossless))
    assert results['total_frames'] == 30
    results = build(f'{name}Decode')({**results, 'frame_inds': INDICES})
    np.testing.assert_array_equal(results['imgs'], clip[INDICES.ravel()])
