"""Segments of longer videos, read without cutting files."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.datasets import SegmentDataset
from mmaction.registry import DATASETS
from mmaction.video import open_reader, write_video
from mmaction.video.window import WindowReader, window_of

FPS = 25


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A video of 3 s at 25 fps whose frame i has the brightness 2 * i."""
    folder = tmp_path_factory.mktemp('segments')
    write_video(folder / 'a b.mp4', np.stack([np.full((64, 64, 3), 2 * i, np.uint8) for i in range(75)]), FPS)
    return folder


def dataset(folder, lines, steps, **kwargs):
    path = folder / 'list.txt'
    path.write_text('\n'.join(lines))
    return SegmentDataset(str(path), steps, dict(video=str(folder)), **kwargs)


def numbers(sample):
    """The frames of the file that a sample has, from their brightness."""
    return [round(float(np.mean(image)) / 2) for image in sample['imgs']]


@pytest.mark.parametrize('backend', ['Auto', 'Decord', 'PyAV', 'OpenCV'])
@pytest.mark.parametrize('test_mode', [False, True])
@pytest.mark.parametrize(
    'sampler',
    [
        dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=3),
        dict(type='DenseSampleFrames', clip_len=4, frame_interval=2, num_clips=2),
        dict(type='UniformSample', clip_len=6),
        dict(type='UniformSampleFrames', clip_len=6),
    ],
    ids=lambda sampler: sampler['type'],
)
def test_frames_are_those_of_the_segment(folder, sampler, test_mode, backend):
    steps = [dict(type=f'{backend}Init'), {**sampler, 'test_mode': test_mode}, dict(type=f'{backend}Decode')]
    data = dataset(folder, ['a b.mp4 1 2.2 3'], steps, test_mode=test_mode)
    for _ in range(3):
        sample = data[0]
        assert sample['label'] == 3
        assert sample['total_frames'] == 30
        frames = numbers(sample)
        assert min(frames) >= 25
        assert max(frames) <= 54
        np.testing.assert_allclose(frames, sample['frame_inds'] + 25, atol=1)


def test_all_frames_of_a_segment_and_one_shorter_than_a_frame(folder):
    steps = [dict(type='DecordInit'), dict(type='UniformSample', clip_len=5, test_mode=True), dict(type='DecordDecode')]
    data = dataset(folder, ['a b.mp4 0.04 0.24 0', 'a b.mp4 0.05 0.06 1', 'a b.mp4 2.9 9 2'], steps, test_mode=True)
    assert [data[i]['total_frames'] for i in range(3)] == [5, 1, 2]
    assert set(numbers(data[1])) == {1}
    np.testing.assert_allclose(numbers(data[2]), data[2]['frame_inds'] + 73, atol=1)


def test_it_is_built_from_a_config(folder):
    (folder / 'list.txt').write_text('a b.mp4 0 1 0,2\n')
    steps = [dict(type='DecordInit'), dict(type='SampleFrames', clip_len=1), dict(type='DecordDecode')]
    cfg = dict(type='SegmentDataset', ann_file='list.txt', data_root=str(folder), pipeline=steps)
    data = DATASETS.build({**cfg, 'multi_class': True, 'num_classes': 3})
    assert data[0]['label'].tolist() == [1, 0, 1]
    assert data.get_cat_ids(0) == [0, 2]


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('a.mp4 1 2', r'line 1: expected a path, start and end in seconds, and a label, found 3 fields'),
        ('a.mp4 1 2 run', r"which is a whole number\. Correct the line\. The line is 'a\.mp4 1 2 run'"),
        ('a.mp4 2 2 0', r'the segment \[2, 2\] must start at 0 or later, and end after that'),
        ('a.mp4 1 nan 0', r'the segment \[1, nan\] must start'),
        ('a.mp4 1 2 0,1', r'it has 2 labels. Set multi_class=True'),
    ],
)
def test_malformed_lines(folder, line, message):
    with pytest.raises(ValueError, match=message):
        dataset(folder, [line], [dict(type='DecordInit')])


def test_segment_after_the_end_of_its_video(folder):
    data = dataset(folder, ['a b.mp4 3.5 4 0'], [dict(type='DecordInit')], annotation_checks='off')
    with pytest.raises(ValueError, match=r'ends at 3\.000 s, before the segment from 3\.5 s.*list\.txt, line 1'):
        data[0]


def test_pipeline_must_open_a_video(folder):
    with pytest.raises(ValueError, match=r'no step that opens a video\. Begin it with dict'):
        dataset(folder, ['a b.mp4 1 2 0'], [dict(type='SampleFrames', clip_len=1)])


def test_window_counts_from_zero(folder):
    with open_reader(folder / 'a b.mp4') as reader:
        window = window_of(reader, 1, 2)
        assert len(window) == 25
        np.testing.assert_allclose(window.start_times(), np.arange(26) / FPS)
        assert window.source_indices([0, 24]).tolist() == [25, 49]
        nested = WindowReader(window, 5, 10)
        assert nested.source_indices([0]).tolist() == [30]
        np.testing.assert_array_equal(nested.get_frames([1]), reader.get_frames([31]))
        with pytest.raises(IndexError, match=r'Frame 5 of .* Its frames are 0 to 4'):
            nested.get_frames([5])
        with pytest.raises(ValueError, match=r'has 25 frames; there are no frames \[20, 30\)'):
            WindowReader(window, 20, 30)
