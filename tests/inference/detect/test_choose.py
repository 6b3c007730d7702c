"""The person detector that a user asks for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from mmaction.inference.detect.choose import PersonSource
from mmaction.video import as_reader


@pytest.mark.parametrize(('rate', 'frames'), [(None, (0, 8)), (1, (0, 4))])
def test_timestamps_are_seconds_or_numbers_of_frames(tmp_path, rate, frames):
    boxes = {f'clip.mp4,{time:04d}': np.array([[time / 10, 0, 0.5, 1, 0.9]]) for time in (0, 4)}
    (tmp_path / 'proposals.pkl').write_bytes(pickle.dumps(boxes))
    reader = as_reader(np.zeros((10, 8, 20, 3), np.uint8))
    source = PersonSource(boxes=tmp_path / 'proposals.pkl', boxes_name='clip.mp4', boxes_fps=rate)
    detector = source.open(reader, 'clip', fps=2)
    found = [detector(np.zeros((8, 20, 3), np.uint8), frame).boxes[0].tolist() for frame in frames]
    np.testing.assert_allclose(found, [[0, 0, 10, 8], [8, 0, 10, 8]], atol=1e-4)
