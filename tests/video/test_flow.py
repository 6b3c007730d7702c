"""Optical flow: known displacements, their images, and the way back through the reader of flow."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mmaction.testing import moving_texture
from mmaction.video import RawFrameReader, flow_function, iter_flow, quantize_flow, scan_frames, write_flow
from mmaction.video.tvl1 import TVL1

# Away from the border: the texture wraps around there, which no method can follow.
INSIDE = (slice(16, -16), slice(16, -16))


@pytest.mark.parametrize('method', ['tvl1', 'farn', 'farneback', 'dis'])
@pytest.mark.parametrize('velocity', [(2, 0), (0, -3), (-1, 2)])
def test_each_method_finds_a_displacement_along_x_and_y(method, velocity):
    frames = moving_texture(3, 72, 96, velocity)
    fields = list(iter_flow(frames, method))
    assert len(fields) == 2
    for field in fields:
        assert field.dtype == np.float32 and field.shape == (72, 96, 2)
        np.testing.assert_allclose(field[INSIDE].mean((0, 1)), velocity, atol=0.25)


def test_tvl1_is_exact_below_a_pixel_and_zero_without_motion():
    rng = np.random.default_rng(0)
    large = cv2.GaussianBlur(rng.integers(0, 256, (240, 320), np.uint8), (0, 0), 8)
    large = cv2.normalize(large, None, 0, 255, cv2.NORM_MINMAX)
    images = []
    for x, y in ((40.0, 40.0), (38.0, 42.0)):  # a window moved to the left sees its content move to the right
        images.append(cv2.resize(cv2.getRectSubPix(large, (240, 160), (x + 120, y + 80)), (60, 40)))
    field = TVL1()(*images)
    np.testing.assert_allclose(field[8:-8, 8:-8].mean((0, 1)), (0.5, -0.5), atol=0.05)
    assert not TVL1()(images[0], images[0]).any()


def test_warped_flow_leaves_out_the_motion_of_the_camera():
    background = moving_texture(2, 96, 128, (3, 0), cell=12)
    moved = background.copy()
    square = moving_texture(2, 32, 32, (0, 0), seed=5, cell=6)
    moved[0, 32:64, 48:80] = square[0]
    moved[1, 36:68, 51:83] = square[1]  # 4 pixels down, besides the 3 to the right of everything
    (field,) = iter_flow(moved, 'warp_tvl1')
    (plain,) = iter_flow(moved, 'tvl1')
    assert abs(np.median(plain[8:24, 24:100, 0]) - 3) < 0.3 and abs(np.median(field[8:24, 24:100, 0])) < 0.3
    assert np.median(field[44:56, 58:72, 1]) > 2.5
    flat = np.zeros((2, 40, 40), np.uint8)  # without a corner to follow
    assert not next(iter_flow(flat, 'warp_tvl1')).any()


def test_range_of_the_images():
    flow = np.array([-40, -20, -10, 0, 0.04, 10, 20, 30], np.float32)
    assert quantize_flow(flow).tolist() == [0, 0, 64, 128, 128, 191, 255, 255]
    assert quantize_flow(flow, 10).tolist() == [0, 0, 0, 128, 128, 255, 255, 255]
    with pytest.raises(ValueError, match=r'bound \(0\) must be positive'):
        quantize_flow(flow, 0)


def test_written_flow_is_what_the_reader_returns(tmp_path):
    fields = [quantize_flow(np.full((32, 48, 2), values, np.float32)) for values in ((5, -5), (-20, 0), (0, 20))]
    for number, images in enumerate(fields, start=1):
        write_flow(tmp_path, number, images)
    assert sorted(path.name for path in tmp_path.iterdir())[:2] == ['flow_x_00001.jpg', 'flow_x_00002.jpg']
    assert scan_frames(str(tmp_path), 'flow_{}_{:05d}.jpg', 'Flow').total_frames == 3
    with RawFrameReader(tmp_path, 'flow_{}_{:05d}.jpg', modality='Flow') as reader:
        frames = reader.get_frames([0, 1, 2])
    assert frames[:, 0, 0].tolist() == [[159, 96], [0, 128], [128, 255]]
    np.testing.assert_array_equal(frames, np.stack(fields))


def test_wrong_method_and_sizes():
    with pytest.raises(ValueError, match=r"flow method \('brox'\) must be one of 'tvl1', 'warp_tvl1', 'farn'"):
        flow_function('brox')
    with pytest.raises(ValueError, match=r'frames of one size, found \(8, 8\) and \(8, 9\)'):
        list(iter_flow([np.zeros((8, 8), np.uint8), np.zeros((8, 9), np.uint8)], 'dis'))
