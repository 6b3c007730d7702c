from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.dataset import ClassBalancedDataset, ConcatDataset, RepeatDataset
from mmengine.logging import MMLogger
from mmengine.runner import Runner

from mmaction.datasets import VideoDataset
from mmaction.datasets.annotation import join_media_path, split_trailing_integers
from mmaction.registry import DATASETS


def look(results):
    """A pipeline of one step, which opens the file."""
    with open(results['filename'], 'rb') as file:
        results['bytes'] = file.read()
    return results


@pytest.fixture
def make(tmp_path):
    """Write an annotation list beside some files and build a dataset of it."""

    def make(text, files=('a.mp4', 'b c.mp4', 'd.mp4'), cls=VideoDataset, pipeline=(look,), newline=None, **kwargs):
        (tmp_path / 'videos').mkdir(exist_ok=True)
        for name in files:
            (tmp_path / 'videos' / name).write_bytes(name.encode())
        (tmp_path / 'list.txt').write_text(text, encoding=kwargs.pop('encoding', 'utf-8'), newline=newline)
        kwargs.setdefault('data_prefix', dict(video='videos'))
        return cls('list.txt', list(pipeline), data_root=str(tmp_path), **kwargs)

    return make


@pytest.fixture
def log():
    """The records that the logger of mmengine was given."""
    kept = []
    handler = logging.Handler()
    handler.emit = kept.append
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    yield kept
    logger.removeHandler(handler)


def records(dataset):
    return [(os.path.basename(r['filename']), r['label']) for r in map(dataset.get_data_info, range(len(dataset)))]


# --- annotation ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ('line', 'delimiter', 'expected'),
    [
        ('a.mp4 3', ' ', ('a.mp4', [3])),
        ('a.mp4\t3 ', ' ', ('a.mp4', [3])),
        ('a b  c.mp4  3 5', ' ', ('a b  c.mp4', [3, 5])),
        ('100218 4', ' ', ('100218', [4])),
        ('100218', ' ', ('100218', [])),
        ('a b.mp4', ' ', ('a b.mp4', [])),
        ('a, b 7.mp4, 3', ',', ('a, b 7.mp4', [3])),
        ('a 7,3', ',', ('a 7', [3])),
        ('a.mp4 -1', ' ', ('a.mp4', [-1])),
        ('a.mp4 1.0', ' ', ('a.mp4 1.0', [])),
        ('a.mp4 ３', ' ', ('a.mp4 ３', [])),
    ],
)
def test_split_trailing_integers(line, delimiter, expected):
    assert split_trailing_integers(line, delimiter) == expected


@given(
    st.from_regex(r'[a-z0-9_]([a-z0-9_/ ]*[a-z_])?', fullmatch=True),
    st.lists(st.integers(0, 999), max_size=4),
    st.sampled_from([' ', ',', ';']),
)
def test_split_joins_back(path, numbers, delimiter):
    assert split_trailing_integers(delimiter.join([path, *map(str, numbers)]), delimiter) == (path, numbers)


def test_join_media_path():
    assert join_media_path('videos', 'a.mp4') == os.path.join('videos', 'a.mp4')
    assert join_media_path('', 'a.mp4') == join_media_path(None, 'a.mp4') == 'a.mp4'
    assert join_media_path('videos', '/b/a.mp4') == '/b/a.mp4'
    assert join_media_path('s3://bucket/videos/', 'x/a.mp4') == 's3://bucket/videos/x/a.mp4'
    assert join_media_path('videos', 'https://host/a.mp4') == 'https://host/a.mp4'


@pytest.mark.parametrize('serialize_data', [True, False])
def test_records(make, tmp_path, serialize_data):
    dataset = make('a.mp4 0\n\n  \nb c.mp4 2\nd.mp4\t1', serialize_data=serialize_data, modality='Flow', start_index=3)
    assert records(dataset) == [('a.mp4', 0), ('b c.mp4', 2), ('d.mp4', 1)]
    info = dataset.get_data_info(1)
    path = str(tmp_path / 'videos' / 'b c.mp4')
    assert info == dict(filename=path, label=2, modality='Flow', start_index=3, sample_idx=1)
    info['label'] = 9
    assert dataset.get_data_info(1)['label'] == 2  # a copy
    assert dataset[1]['bytes'] == b'b c.mp4'
    assert dataset.get_cat_ids(1) == [2]


@pytest.mark.parametrize(('encoding', 'newline'), [('utf-8-sig', '\r\n'), ('utf-8', '\n')])
def test_line_ends_byte_order_mark_and_other_alphabets(make, encoding, newline):
    dataset = make('太极.mp4 0\n#1.mp4 1\n', encoding=encoding, newline=newline, files=['太极.mp4'])
    assert records(dataset) == [('太极.mp4', 0), ('#1.mp4', 1)]


def test_delimiter_and_absolute_paths(make, tmp_path):
    dataset = make(f'{tmp_path}/elsewhere 1.mp4, 3\n', delimiter=',', data_prefix=dict(video='no such folder'))
    assert dataset.get_data_info(0)['filename'] == f'{tmp_path}/elsewhere 1.mp4'
    remote = make('a.mp4 1\n', data_prefix=dict(video='s3://bucket/videos'))
    assert remote.get_data_info(0)['filename'] == 's3://bucket/videos/a.mp4'
    assert make(f'{tmp_path}/a.mp4 1', data_prefix=None).get_data_info(0)['filename'] == f'{tmp_path}/a.mp4'


def test_multi_class(make):
    dataset = make('a.mp4 0 3\nb c.mp4 1\n', multi_class=True, num_classes=4)
    assert dataset.get_data_info(0)['label'].tolist() == [1, 0, 0, 1]
    assert dataset.get_data_info(1)['label'].tolist() == [0, 1, 0, 0]
    assert dataset.get_data_info(0)['label'].dtype == torch.float32
    assert [dataset.get_cat_ids(i) for i in (0, 1)] == [[0, 3], [1]]
    bare = make('a.mp4\nb c.mp4\n', multi_class=True, num_classes=2, test_mode=True)
    assert bare.get_data_info(1)['label'].tolist() == [0, 0]


def test_test_lists_may_go_without_labels(make):
    assert records(make('a.mp4\nb c.mp4\n', test_mode=True)) == [('a.mp4', -1), ('b c.mp4', -1)]
    assert records(make('a.mp4 -1\nd.mp4 1\n', test_mode=True, num_classes=2)) == [('a.mp4', -1), ('d.mp4', 1)]


def test_training_lists_may_go_without_labels(make, log):
    assert records(make('a.mp4\nb c.mp4\n')) == [('a.mp4', -1), ('b c.mp4', -1)]
    assert records(make('a.mp4\nd.mp4 1\n')) == [('a.mp4', -1), ('d.mp4', 1)]
    assert records(make('a.mp4 -1\nd.mp4 4\nd.mp4 5\n', num_classes=2)) == [('a.mp4', -1), ('d.mp4', 4), ('d.mp4', 5)]
    last = log[-1].getMessage()
    log.clear()
    assert '1 samples with the label -1 (unlabelled) (' in last and '2 samples with a label out of [0, 2) (' in last
    make('a.mp4\n', annotation_checks='off', data_prefix=dict(video='elsewhere'))
    assert not log


def test_a_missing_folder_is_an_error_at_the_first_sample(make, log):
    dataset = make('a.mp4 0\nd.mp4 1\n', data_prefix=dict(video='elsewhere'), pipeline=[dict(type='DecordInit')])
    told = [record.getMessage() for record in log if record.levelno == logging.WARNING]
    assert len(told) == 1 and 'There is no folder' in told[0] and 'elsewhere' in told[0]
    with pytest.raises(FileNotFoundError, match=r'no video .*elsewhere/a.mp4'):
        dataset[0]


def test_names_without_a_suffix(make, clip_path, tmp_path):
    dataset = make('clip 1\nclip.avi 2\nnone 3\n', pipeline=[dict(type='DecordInit')],
                   data_prefix=dict(video=str(Path(clip_path).parent)))  # fmt: skip
    assert dataset[0]['total_frames'] == 30
    with pytest.raises(FileNotFoundError, match=r'no video .*clip\.avi\. .* There is .*clip\.mp4'):
        dataset[1]
    with pytest.raises(FileNotFoundError, match=r'no video .*none\. Check data_prefix'):
        dataset[2]


STRICT = dict(annotation_checks='raise')


@pytest.mark.parametrize(
    ('text', 'kwargs', 'message'),
    [
        ('a.mp4 0\na.mp4 one\n', {}, r"list.txt, line 2: there is no label in 'a.mp4 one', though other .* Write -1"),
        ('a.mp4,0\n', {}, r"line 1: .* delimiter ' '.*set delimiter"),
        ('a.mp4 0.5\n', {}, r"line 1: expected a path and a label.*'a.mp4 0.5'"),
        ('a.mp4\n', STRICT, r'a.mp4: label -1: a sample with the label -1 \(unlabelled\)'),
        ('a.mp4 0\n\na.mp4 2\n', dict(num_classes=2, **STRICT), r'a.mp4: label 2: a sample .* out of \[0, 2\)'),
        ('a.mp4 -2\n', dict(test_mode=True, **STRICT), r'label -2: a sample with a negative label'),
        ('a.mp4 0 1\n', {}, r'line 1: 2 numbers \[0, 1\] follow .* multi_class=True'),
        (
            'a.mp4 0 1 1 0\n',
            dict(multi_class=True, num_classes=4),
            r'vector of zeros and ones; .* indices: 1 2\.',
        ),
        ('a.mp4 0 4\n', dict(multi_class=True, num_classes=4), r'1 samples with a label out of \[0, 4\)'),
        (
            'a.mp4 0\n',
            dict(annotation_checks=False),
            r'annotation_checks \(False\) must be one of',
        ),
        ('\n\n', {}, r'list.txt holds no samples'),
        ('a.mp4 0\n', dict(encoding='utf-16'), r'list.txt is not a text file in UTF-8'),
        ('a.mp4 0\n', dict(data_prefix=dict(img='videos')), r"must have the key 'video'"),
        ('a.mp4 0\n', dict(multi_class=True), r'multi_class=True needs num_classes'),
        ('a.mp4 0\n', dict(num_classes=0), r'num_classes \(0\)'),
        ('a.mp4 0\n', dict(delimiter=''), r"delimiter \(''\)"),
        ('a.mp4 0\n', dict(on_error='ignore'), r"on_error \('ignore'\) must be one of 'raise', 'skip'"),
    ],
)
def test_wrong_annotations(make, text, kwargs, message):
    with pytest.raises(ValueError, match=message):
        make(text, **kwargs)


def test_missing_files(make, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'annotation file .*none.txt.*data_root'):
        VideoDataset('none.txt', [], data_root=str(tmp_path))
    with pytest.raises(ValueError, match='ann_file is empty'):
        VideoDataset('', [])
    with pytest.raises(FileNotFoundError, match=r'no folder .*elsewhere.*data_prefix'):
        make('a.mp4 0\n', data_prefix=dict(video='elsewhere'), annotation_checks='raise')
    with pytest.raises(TypeError, match=r"Write dict\(video='videos'\)"):
        make('a.mp4 0\n', data_prefix='videos')
    with pytest.raises(TypeError, match='multi_clas'):
        make('a.mp4 0\n', multi_clas=True)


# --- what mmengine does with a dataset -------------------------------------------------------------------------------
def test_lazy_init_indices_and_wrappers(make):
    text = 'a.mp4 0\nb c.mp4 0\nd.mp4 1\n'
    lazy = make(text, lazy_init=True)
    assert not lazy._fully_initialized and len(lazy) == 3
    assert records(make(text, indices=2)) == [('a.mp4', 0), ('b c.mp4', 0)]
    assert records(lazy.get_subset([2, 0])) == [('d.mp4', 1), ('a.mp4', 0)]
    assert lazy.get_subset([2, 0])[1]['bytes'] == b'a.mp4'
    assert len(RepeatDataset(lazy, 3)) == 9 and RepeatDataset(lazy, 3)[5]['label'] == 1
    both = ConcatDataset([make(text), make('d.mp4 4\n', indices=1)])
    assert len(both) == 4 and both[2]['bytes'] == b'd.mp4'
    assert len(ClassBalancedDataset(make(text), 0.5)) == 4  # class 1 is in a third: repeated ceil(sqrt(1.5)) = 2 times


def test_through_a_dataloader_of_the_runner(make, tmp_path):
    make('a.mp4 0\nd.mp4 1\n')
    loader = Runner.build_dataloader(
        dict(
            batch_size=2,
            num_workers=1,
            sampler=dict(type='DefaultSampler', shuffle=False),
            dataset=dict(
                type='VideoDataset', ann_file=f'{tmp_path}/list.txt', pipeline=[look],
                data_prefix=dict(video=f'{tmp_path}/videos'),
            ),
        )
    )  # fmt: skip
    (batch,) = loader
    assert batch['bytes'] == [b'a.mp4', b'd.mp4'] and batch['label'] == [0, 1]


# --- files that cannot be read ---------------------------------------------------------------------------------------
THREE = 'a.mp4 0\nb c.mp4 1\nd.mp4 2\n'


def test_a_missing_file_is_named(make):
    dataset = make(THREE, files=['a.mp4'])
    with pytest.raises(FileNotFoundError) as caught:
        dataset[1]
    for part in ('sample 1', 'b c.mp4', 'list.txt, line 2', 'on_error="skip"'):
        assert part in str(caught.value)
    assert caught.value.errno == errno.ENOENT
    subset = dataset.get_subset([2])
    with pytest.raises(FileNotFoundError, match=r'sample 0: .*d.mp4 \(.*line 3\)'):
        subset[0]


def test_faults_of_the_pipeline_keep_their_type_and_name_the_file(make):
    def fail(results):
        results['filename'] = None
        raise KeyError('imgs')

    dataset = make(THREE, pipeline=[fail], on_error='skip')
    with pytest.raises(KeyError, match=r'imgs \(sample 2: .*d.mp4 \(.*line 3\)\)'):
        dataset[2]
    assert not dataset.skipped


def test_skip_takes_another_sample_and_counts(make, log):
    dataset = make(THREE, files=['a.mp4'], on_error='skip')
    np.random.seed(0)
    got = {dataset[i]['filename'].rsplit(os.sep, 1)[1] for i in [0, 1, 2] * 4}
    assert got == {'a.mp4'}
    names = [Path(name).name for name in dataset.skipped]
    assert sorted(names) == ['b c.mp4', 'd.mp4'] and min(dataset.skipped.values()) >= 4
    told = [r.getMessage() for r in log if r.levelname == 'WARNING']
    assert len(told) == 2 and all('Skipped' in text and 'No such file' in text for text in told)
    assert any('b c.mp4' in text and 'line 2' in text for text in told) and '2 unreadable' in told[1]


def test_skip_covers_broken_videos_but_not_faults_of_the_machine(make):
    from mmaction.video import VideoDecodeError

    errors = [VideoDecodeError('broken'), OSError(errno.EMFILE, 'Too many open files')]

    def fail(results):
        raise errors[0]

    dataset = make('a.mp4 0\n', pipeline=[fail], on_error='skip', max_refetch=3)
    with pytest.raises(
        RuntimeError, match=r'Sample 0 of .*list.txt and 3 others .* \(1 files skipped so far, e.g. .*a.mp4'
    ):
        dataset[0]
    assert list(dataset.skipped.values()) == [4]
    del errors[0]
    with pytest.raises(OSError, match='Too many open files'):
        dataset[0]


def test_testing_never_skips(make):
    dataset = make(THREE, files=['a.mp4'], on_error='skip', test_mode=True)
    with pytest.raises(FileNotFoundError, match=r'line 2\); on_error="skip" is for training only. Remove the line'):
        dataset[1]
    assert not dataset.skipped


# --- real videos -----------------------------------------------------------------------------------------------------
PIPELINE = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=2, num_clips=1),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 32)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


def test_real_videos(clip_path, tmp_path):
    folder, name = os.path.split(clip_path)
    (tmp_path / 'broken.mp4').write_bytes(Path(clip_path).read_bytes()[:200])
    (tmp_path / 'list.txt').write_text(f'{tmp_path}/broken.mp4 1\n{name} 3\n')
    config = dict(
        type='VideoDataset', ann_file=str(tmp_path / 'list.txt'), pipeline=PIPELINE, data_prefix=dict(video=folder)
    )
    dataset = DATASETS.build(config)
    sample = dataset[1]
    assert sample['inputs'].shape == (1, 3, 4, 32, 32) and sample['inputs'].dtype == torch.uint8
    assert sample['data_samples'].gt_label.tolist() == [3]
    with pytest.raises(RuntimeError, match=r'broken.mp4 \(.*list.txt, line 1\)'):
        dataset[0]
    skipping = DATASETS.build(dict(**config, on_error='skip'))
    assert skipping[0]['data_samples'].gt_label.tolist() == [3]
    assert list(skipping.skipped) == [f'{tmp_path}/broken.mp4']


def test_an_entry_that_a_step_misses_is_named(make, clip_path, tmp_path):
    steps = [*PIPELINE[:3], dict(type='mmcv.Normalize', mean=[1, 1, 1], std=[1, 1, 1])]
    (tmp_path / 'one.txt').write_text(f'{clip_path} 1\n')
    dataset = VideoDataset(str(tmp_path / 'one.txt'), steps)
    message = r"^Normalize, step 4 of the pipeline, reads 'img'; the sample only .* not for clips \(imgs\).*sample 0"
    with pytest.raises(ValueError, match=message):
        dataset[0]

    class Step:
        def __call__(self, results):
            return results['weather']

    dataset = make('a.mp4 0\n', pipeline=[Step()])
    with pytest.raises(
        ValueError, match=r"^Step, step 1 of the pipeline, reads 'weather'; .* or add it to the annotat"
    ):
        dataset[0]
