"""Videos with a label per frame: files of own videos and of MS-TCN, steps of features, counts, and errors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmaction.annotations.findings import Findings
from mmaction.annotations.record import Project, Segment, Video
from mmaction.annotations.targets import Targets
from mmaction.datasets import FrameLabelDataset
from mmaction.recipes.segmentation import frames
from mmaction.registry import TRANSFORMS
from mmaction.structures.frame_labels import IGNORE_INDEX

RNG = np.random.default_rng(0)


@pytest.fixture
def data(tmp_path):
    """Two videos of 40 frames, with features at every fourth."""
    videos = []
    for name in ('früh', 'spät'):
        videos.append(
            Video(f'{name}.mp4', duration_sec=4.0, fps=10.0, num_frames=40, segments=(Segment(0.8, 2.0, 'hug'),))
        )
    targets = Targets(tmp_path, ['hug', 'kick'], Findings())
    project = Project(tuple(videos))
    targets.frames('frames', project)
    targets.activitynet('train.json', project)
    (tmp_path / 'features').mkdir()
    for name in ('früh', 'spät'):
        np.save(tmp_path / 'features' / f'{name}.npy', RNG.normal(size=(10, 6)).astype(np.float32))
    return tmp_path


def dataset(data, ann_file='train.json', stride=4, **keywords):
    pipeline = frames(stride=stride)[0]
    prefix = dict(video='features', labels='frames')
    return FrameLabelDataset(ann_file, pipeline, prefix, data_root=str(data), **keywords)


def test_labels_of_an_import_at_the_steps_of_the_features(data):
    one = dataset(data)
    assert one.metainfo['classes'] == ['background', 'hug', 'kick']
    packed = one[1]
    assert packed['inputs'].shape == (6, 10)
    assert np.array_equal(packed['inputs'].numpy().T, np.load(data / 'features' / 'spät.npy'))
    # hug from frame 8 to 20; the middles of the steps are frames 1, 5, 9, 13, 17, 21, ...
    assert packed['data_samples'].gt_label.tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0]
    assert packed['data_samples'].metainfo['video_name'] == 'spät'
    assert one.class_counts() == [56, 24, 0]
    assert one.get_cat_ids(0) == [0, 1]


def test_list_of_names_as_of_ms_tcn_and_ignored_background(data):
    (data / 'train.bundle').write_text('spät.txt\nfrüh\n', encoding='utf-8')
    one = dataset(data, 'train.bundle', ignore_classes=['background'])
    assert [record['video_name'] for record in (one.get_data_info(0), one.get_data_info(1))] == ['spät', 'früh']
    assert one[0]['data_samples'].gt_label.tolist() == [*[IGNORE_INDEX] * 2, 1, 1, 1, *[IGNORE_INDEX] * 5]
    assert one.class_counts() == [0, 24, 0]
    assert one.get_cat_ids(0) == [1]


def test_without_labels_for_prediction(data):
    one = FrameLabelDataset('train.json', frames(stride=4)[0], dict(video='features'), True, data_root=str(data))
    assert 'gt_label' not in one[0]['data_samples']


def test_classes_of_metainfo_come_before_the_mapping(data):
    one = dataset(data, metainfo=dict(classes=['kick', 'hug', 'background']))
    assert one[0]['data_samples'].gt_label.tolist() == [2, 2, 1, 1, 1, 2, 2, 2, 2, 2]


def test_features_of_ms_tcn_have_channels_first(data):
    path = data / 'features' / 'früh.npy'
    np.save(path, np.load(path).T)
    steps = frames(stride=4, channels_first=True)[0]
    record = dict(feature_path=str(path), video_name='v', frame_labels=np.arange(40))
    for step in steps:
        record = TRANSFORMS.build(step)(record)
    assert record['inputs'].shape == (6, 10)
    assert record['inputs'].is_contiguous()


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        (dict(stride=4), [1, 5, 9, 13, 17, 21, 25, 29, 33, 37]),
        (dict(stride=4, num_frames=1), [0, 4, 8, 12, 16, 20, 24, 28, 32, 36]),
        (dict(stride=4, num_frames=16), [7, 11, 15, 19, 23, 27, 31, 35, 39, 39]),
        (dict(stride=4, every=3), [1, 13, 25, 37]),
    ],
)
def test_steps_by_hand(options, expected):
    step = TRANSFORMS.build(dict(type='FrameLabelsOnFeatureGrid', **options))
    out = step(dict(raw_feature=np.arange(10.0)[None], frame_labels=np.arange(40)))
    assert out['gt_label'].tolist() == expected
    assert out['raw_feature'][0].tolist() == list(range(0, 10, options.get('every', 1)))


def test_rates_that_do_not_fit_are_an_error(data):
    with pytest.raises(
        ValueError, match=r'Video früh has 40 labels, and 10 steps .* about 40 are expected at a .* 1\.'
    ):
        dataset(data, stride=1)[0]
    with pytest.raises(ValueError, match=r'every \(0\) must be at least 1'):
        TRANSFORMS.build(dict(type='FrameLabelsOnFeatureGrid', every=0))


def break_labels(data, text):
    (data / 'frames' / 'spät.txt').write_text(text, encoding='utf-8')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('hug\nhgu\n', r"spät.txt, line 2: 'hgu' is none of the 3 classes .* Did you mean 'hug'\?"),
        ('hug\n\nhug\n', "spät.txt, line 2: '' is none of the 3 classes"),
        ('\n', 'spät.txt has no label; it needs one class name per frame'),
    ],
)
def test_faults_of_labels_have_file_and_line(data, text, message):
    break_labels(data, text)
    with pytest.raises(ValueError, match=message):
        dataset(data)


def test_missing_files_are_named(data):
    (data / 'frames' / 'spät.txt').unlink()
    with pytest.raises(FileNotFoundError, match=r'no file of labels .*spät.txt. Correct data_prefix'):
        dataset(data)
    mapping = data / 'frames' / 'mapping.txt'
    mapping.write_text('0 a\n2 b\n')
    with pytest.raises(ValueError, match=r'the class numbers must be 0 to 1, found \[0, 2\]'):
        dataset(data)
    mapping.write_text('0 a\nb 1\n')
    with pytest.raises(ValueError, match="line 2: 'b 1' must be a class number"):
        dataset(data)
    mapping.unlink()
    with pytest.raises(FileNotFoundError, match=r'no file of classes .*mapping.txt. Write one'):
        dataset(data)
    with pytest.raises(ValueError, match="ignore_classes has 'rest'"):
        dataset(data, metainfo=dict(classes=['a']), ignore_classes=['rest'])
    (data / 'empty.json').write_text(json.dumps({}))
    with pytest.raises(ValueError, match=r'empty.json lists no video'):
        dataset(data, 'empty.json', metainfo=dict(classes=['a']))
