from __future__ import annotations

import cv2
import numpy as np
import pytest

from mmaction.datasets import RawframeDataset
from mmaction.registry import DATASETS


def make(tmp_path, text, **kwargs):
    (tmp_path / 'frames').mkdir(exist_ok=True)
    (tmp_path / 'list.txt').write_text(text)
    kwargs = dict(pipeline=[], data_root=str(tmp_path), data_prefix=dict(img='frames'), **kwargs)
    return RawframeDataset('list.txt', **kwargs)


def test_records(tmp_path):
    dataset = make(tmp_path, 'one 30 1\n100218 42 134\na b 7 0\n')
    assert dataset.get_data_info(1) == dict(
        frame_dir=str(tmp_path / 'frames' / '100218'),
        total_frames=42,
        label=134,
        filename_tmpl='img_{:05}.jpg',
        modality='RGB',
        start_index=1,
        sample_idx=1,
    )
    assert dataset.get_data_info(2)['frame_dir'] == str(tmp_path / 'frames' / 'a b')


def test_offset_several_labels_and_flow(tmp_path):
    dataset = make(tmp_path, 'one 5 30 1\n', with_offset=True, filename_tmpl='{}_{:05d}.jpg', modality='Flow')
    info = dataset[0]
    assert (info['offset'], info['total_frames'], info['label']) == (5, 30, 1)
    assert (info['filename_tmpl'], info['modality']) == ('{}_{:05d}.jpg', 'Flow')
    dataset = make(tmp_path, 'one 30 1 2\ntwo 20 0\n', multi_class=True, num_classes=3)
    assert dataset[0]['label'].tolist() == [0, 1, 1] and dataset[1]['total_frames'] == 20
    dataset = make(tmp_path, 'one 5 30\n', with_offset=True, test_mode=True)
    assert (dataset[0]['offset'], dataset[0]['total_frames'], dataset[0]['label']) == (5, 30, -1)


def test_a_list_without_labels_trains_without_them(tmp_path):
    dataset = make(tmp_path, 'one 30\na b 20\n')
    assert [(info['total_frames'], info['label']) for info in map(dataset.get_data_info, (0, 1))] == [
        (30, -1),
        (20, -1),
    ]
    with pytest.raises(ValueError, match=r'one: label -1: a sample with the label -1 \(unlabelled\)'):
        make(tmp_path, 'one 30\n', annotation_checks='raise')


@pytest.mark.parametrize(
    ('text', 'kwargs', 'message'),
    [
        ('one 30\ntwo 30 1\n', {}, r"line 1: there is no label in 'one 30', though other lines have one. Write -1"),
        ('one 0 30\n', dict(with_offset=True), r"path, offset, total_frames and a label, found 2 .* \[0, 30\].*'one 0"),
        ('one 30 1\none 5 30 1\n', {}, r'line 2: 3 numbers \[5, 30, 1\] .* multi_class=True .*with_offset=True'),
        ('one 30 1\n', dict(with_offset=True), r'found 2 whole numbers \[30, 1\] .* with_offset=False'),
        ('one 0 1\n', {}, r'total_frames \(0\)'),
        ('one -5 30 1\n', dict(with_offset=True), r'offset \(-5\)'),
        ('one 30 7\n', dict(num_classes=7, annotation_checks='raise'), r'label 7: a sample .* out of \[0, 7\)'),
        ('one\n', dict(test_mode=True), r'line 1: .* found 0 whole numbers'),
        ('one 30 1\n', dict(data_prefix=dict(video='frames')), r"must have the key 'img'"),
    ],
)
def test_wrong_annotations(tmp_path, text, kwargs, message):
    with pytest.raises(ValueError, match=message):
        if 'data_prefix' in kwargs:
            (tmp_path / 'list.txt').write_text(text)
            RawframeDataset(str(tmp_path / 'list.txt'), [], **kwargs)
        make(tmp_path, text, **kwargs)


def test_real_frames(tmp_path, clip):
    (tmp_path / 'frames' / 'one').mkdir(parents=True)
    for i, frame in enumerate(clip[:6], 1):
        cv2.imwrite(str(tmp_path / 'frames' / 'one' / f'img_{i:05}.png'), frame[..., ::-1])
    (tmp_path / 'list.txt').write_text('one 6 1\ntwo 6 0\n')
    dataset = DATASETS.build(
        dict(
            type='RawframeDataset',
            ann_file='list.txt',
            data_root=str(tmp_path),
            data_prefix=dict(img='frames'),
            filename_tmpl='img_{:05}.png',
            pipeline=[
                dict(type='SampleFrames', clip_len=6, frame_interval=1, num_clips=1),
                dict(type='RawFrameDecode'),
                dict(type='FormatShape', input_format='NCTHW'),
                dict(type='PackActionInputs'),
            ],
        )
    )
    np.testing.assert_array_equal(dataset[0]['inputs'][0].permute(1, 2, 3, 0), clip[:6])  # PNG loses nothing
    with pytest.raises(FileNotFoundError, match=r'two.*list.txt, line 2'):
        dataset[1]
