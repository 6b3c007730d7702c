"""Annotation lists in json, as the tools write them."""

from __future__ import annotations

import json

import pytest

from mmaction.datasets import RawframeDataset, VideoDataset


def write(path, records) -> str:
    path.write_text(json.dumps(records))
    return str(path)


def test_records_of_videos_and_of_frames(tmp_path):
    videos = [dict(filename='clip 3', label=[5]), dict(filename='b.mp4', label=0)]
    dataset = VideoDataset(write(tmp_path / 'v.json', videos), [], data_prefix=dict(video=str(tmp_path)))
    assert [(one['filename'], one['label']) for one in dataset] == [(f'{tmp_path}/clip 3', 5), (f'{tmp_path}/b.mp4', 0)]
    frames = [dict(frame_dir='a', total_frames=7, offset=2, label=[0, 2])]
    one = RawframeDataset(write(tmp_path / 'f.json', frames), [], multi_class=True, num_classes=3)[0]
    assert (one['frame_dir'], one['total_frames'], one['offset']) == ('a', 7, 2)
    assert one['label'].tolist() == [1, 0, 1] and one['filename_tmpl'] == 'img_{:05}.jpg'


@pytest.mark.parametrize(
    ('records', 'message'),
    [
        ({'a': 1}, 'must hold a list of records, found dict'),
        ([dict(frame_dir='a', total_frames=3, label=[0])], r'entry 0 \(.*\) lacks filename'),
        ([dict(filename='a', label=['x'])], r"entry 0: label \(\['x'\]\) must be a whole number"),
        ([dict(filename='a', label=[1]), dict(filename='b', label=[1, 2])], 'entry 1 has 2 labels .* multi_class=True'),
        ([], 'holds no samples'),
    ],
)
def test_faults_name_the_entry(tmp_path, records, message):
    with pytest.raises(ValueError, match=message):
        VideoDataset(write(tmp_path / 'a.json', records), [])
    with pytest.raises(FileNotFoundError, match=r'no annotation file .*none\.json'):
        VideoDataset(str(tmp_path / 'none.json'), [])
