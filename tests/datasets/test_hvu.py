"""Tags of several categories: vectors by hand, the dataset, and what the loss makes of them."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmaction.datasets import HVUDataset
from mmaction.datasets.transforms import LoadHVULabel
from mmaction.datasets.transforms.hvu_label import hvu_targets

NAMES, NUMS = ['action', 'object', 'scene'], [2, 4, 3]
ENTRIES = [
    dict(frame_dir='a', total_frames=30, label=dict(action=[1], scene=[0, 2], concept=[5])),
    dict(frame_dir='b', total_frames=20, label=dict(object=[])),
]


def test_vectors_by_hand():
    results = dict(label=ENTRIES[0]['label'], categories=NAMES, category_nums=NUMS)
    results = LoadHVULabel()(results)
    assert results['label'].tolist() == [0, 1, 0, 0, 0, 0, 1, 0, 1]
    assert results['mask'].tolist() == [1, 1, 0, 0, 0, 0, 1, 1, 1]
    assert results['category_mask'].tolist() == [1, 0, 1]
    label, mask, category_mask = hvu_targets(dict(object=[]), NAMES, NUMS)
    assert not label.any()
    assert mask.tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 0]
    assert category_mask.tolist() == [0, 1, 0]
    with pytest.raises(ValueError, match=r"tag 4 of the category 'object' is out of \[0, 4\)"):
        hvu_targets(dict(object=[0, 4]), NAMES, NUMS)


@given(st.dictionaries(st.sampled_from(NAMES), st.sets(st.integers(0, 1))))
def test_tags_come_back_out_of_the_vectors(label):
    tags, mask, present = hvu_targets({k: sorted(v) for k, v in label.items()}, NAMES, NUMS)
    parts = dict(zip(NAMES, tags.split(NUMS)))
    assert {k: set(v.nonzero()[:, 0].tolist()) for k, v in parts.items() if k in label} == label
    assert (tags <= mask).all()
    assert torch.equal(mask, present.repeat_interleave(torch.tensor(NUMS)))


def make(tmp_path, entries, **options) -> HVUDataset:
    (tmp_path / 'hvu.json').write_text(json.dumps(entries))
    return HVUDataset(str(tmp_path / 'hvu.json'), options.pop('pipeline', []), NAMES, NUMS, **options)


def test_folders_of_frames(tmp_path):
    data = make(tmp_path, ENTRIES, filename_tmpl='img_{:05}.jpg', data_prefix=dict(img='frames'))
    info = data.get_data_info(0)
    assert (info['frame_dir'], info['total_frames'], info['start_index']) == ('frames/a', 30, 1)
    assert (info['categories'], info['category_nums'], info['filename_tmpl']) == (NAMES, NUMS, 'img_{:05}.jpg')
    assert data.get_cat_ids(0) == [1, 6, 8]
    assert data.get_cat_ids(1) == []


def test_videos_through_the_label_step(tmp_path):
    data = make(tmp_path, [dict(filename='a.mp4', label=dict(scene=[1]))], pipeline=[dict(type='LoadHVULabel')])
    item = data[0]
    assert item['filename'] == 'a.mp4'
    assert item['label'].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ('entries', 'message'),
    [
        (ENTRIES, r"entry 0 lacks \['filename'\]. Set filename_tmpl"),
        ([dict(filename='a.mp4', label=[1])], r'entry 0: label must be \{category: tags\}, got \[1\]'),
        ([], 'must hold a list of at least one video'),
    ],
)
def test_wrong_annotations_are_named(tmp_path, entries, message):
    with pytest.raises(ValueError, match=message):
        make(tmp_path, entries)


def test_arguments_are_checked(tmp_path):
    with pytest.raises(ValueError, match=r'tag_categories \(2\) and tag_category_nums \(1\)'):
        HVUDataset('a.json', [], ['a', 'b'], [3])
    with pytest.raises(FileNotFoundError, match=r'no annotation file .*none\.json'):
        HVUDataset(str(tmp_path / 'none.json'), [], ['a'], [3])
