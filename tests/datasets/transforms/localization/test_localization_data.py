"""Data sets and steps of temporal localization."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch

from mmaction.datasets import ActivityNetDataset, CharadesSTADataset
from mmaction.datasets.charadessta_dataset import even_proposals, pool_proposals, split_words
from mmaction.datasets.transforms import GenerateLocalizationLabels, LoadLocalizationFeature, LoadProposals
from mmaction.datasets.transforms.localization import read_table
from mmaction.registry import DATASETS
from mmaction.testing import write_activitynet

LOAD = [dict(type='LoadLocalizationFeature'), dict(type='GenerateLocalizationLabels')]
PACK = dict(
    type='PackLocalizationInputs',
    keys=['gt_bbox', 'gt_labels'],
    meta_keys=['video_name', 'duration_second', 'duration_frame', 'annotations', 'feature_frame'],
)


def _record(**changes):
    record = dict(
        duration_second=20.0,
        duration_frame=500,
        feature_frame=400,
        annotations=[dict(segment=[4, 12], label='a'), dict(segment=[12, 20], label='b')],
    )
    return {key: value for key, value in {**record, **changes}.items() if value is not None}


def _dataset(tmp_path, database, pipeline=(), **settings):
    path = tmp_path / 'anno.json'
    path.write_text(database if isinstance(database, str) else json.dumps(database))
    settings.setdefault('data_prefix', dict(video=str(tmp_path)))
    return ActivityNetDataset(str(path), pipeline=list(pipeline), **settings)


# --- ActivityNet -----------------------------------------------------------------------------------------------------
def test_activitynet_record_to_sample(tmp_path):
    features = np.random.default_rng(0).random((100, 8)).astype(np.float32)
    np.savetxt(tmp_path / 'v_x.csv', features, delimiter=',', header=','.join(map(str, range(8))), comments='')
    dataset = _dataset(tmp_path, {'v_x': _record()}, [*LOAD, PACK], metainfo=dict(classes=['b', 'a']))
    sample = dataset[0]
    np.testing.assert_allclose(sample['inputs'].numpy(), features.T, rtol=1e-6)
    assert sample['inputs'].dtype == torch.float32 and sample['inputs'].is_contiguous()
    # the features cover 400 of 500 frames, 16 of 20 seconds
    instances = sample['data_samples'].gt_instances
    assert instances.gt_bbox.tolist() == [[0.25, 0.75], [0.75, 1]]
    assert instances.gt_labels.tolist() == [1, 0]
    assert sample['data_samples'].metainfo['video_name'] == 'v_x'
    assert dataset.get_cat_ids(0) == [0, 1]
    record = dataset.get_data_info(0)
    assert record['feature_path'] == str(tmp_path / 'v_x.csv') and record['modality'] == 'RGB'


def test_activitynet_by_config_without_classes_and_annotations(tmp_path):
    files = write_activitynet(tmp_path, num_videos=3, num_val=1, channels=6, num_classes=2, feature_ext='.npz')
    dataset = DATASETS.build(
        dict(
            type='ActivityNetDataset',
            ann_file=files['ann_file_train'],
            data_prefix=dict(video=files['data_prefix']),
            feature_ext='.npz',
            pipeline=[*LOAD, PACK],
        )
    )
    assert len(dataset) == 3
    sample = dataset[0]
    assert sample['inputs'].shape == (6, 100) and 'gt_labels' not in sample['data_samples'].gt_instances
    bare = _dataset(tmp_path, {'v_a': _record(annotations=None, feature_frame=None)})
    record = GenerateLocalizationLabels()(bare.get_data_info(0))
    assert record['gt_bbox'].shape == (0, 2) and record['feature_frame'] == 500


def test_segments_out_of_order_are_left_out(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr('mmaction.datasets.activitynet_dataset.print_log', lambda text, **kwargs: said.append(text))
    annotations = [dict(segment=[5, 3], label='?'), dict(segment=[1, 2], label='a'), dict(segment=[9, 1], label='a')]
    dataset = _dataset(tmp_path, {'v_x': _record(annotations=annotations)}, metainfo=dict(classes=['a']))
    assert dataset.get_data_info(0)['annotations'] == annotations[1:2]
    assert dataset.get_data_info(0)['labels'] == [0]
    assert len(said) == 1 and '2 segments of v_x end before they begin and are left out' in said[0]


@pytest.mark.parametrize(
    ('changes', 'fault'),
    [
        (
            dict(annotations=[dict(segment=[0.1, 0.9], label='a')]),
            'all segments lie in the first second. Are they fractions',
        ),
        (dict(annotations=[]), 'no video has an annotated segment: there is nothing to learn'),
        (dict(fps=25.0, duration_frame=20), '1 videos (v_x) have duration_frame / duration_second far from fps'),
        (dict(duration_second=20000.0), '1 videos (v_x) have less than 0.1 or more than 1000 frames a second'),
        (dict(duration_frame=100), '1 videos (v_x) have feature_frame far above duration_frame'),
    ],
)
def test_units_are_doubted(tmp_path, monkeypatch, changes, fault):
    said = []
    monkeypatch.setattr('mmaction.datasets.activitynet_dataset.print_log', lambda text, **_: said.append(text))
    _dataset(tmp_path, {'v_x': _record(**changes)})
    assert sum(fault in text for text in said) == 1
    with pytest.raises(ValueError, match='^' + re.escape(f'{tmp_path}/anno.json: ')):
        _dataset(tmp_path, {'v_x': _record(**changes)}, annotation_checks='raise')
    said.clear()
    _dataset(tmp_path, {'v_x': _record(**changes)}, annotation_checks='off')
    _dataset(tmp_path, {'v_x': _record(fps=25.0)})
    short = _record(annotations=[dict(segment=[0.1, 0.9], label='a')])
    _dataset(tmp_path, {'v_x': short, 'v_y': _record()})
    assert said == []


def test_segments_after_the_end_are_reported(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr('mmaction.datasets.activitynet_dataset.print_log', lambda text, **kwargs: said.append(text))
    segments = [[50, 150], [12, 29], [12, 27], [19, 20]]  # wholly after 20 s; mostly; partly; not
    annotations = [dict(segment=segment, label='a') for segment in segments]
    videos = {name: _record(duration_second=20.0, annotations=annotations) for name in ('v_x', 'v_y')}
    dataset = _dataset(tmp_path, videos)
    assert dataset.get_data_info(0)['annotations'] == annotations
    assert len(said) == 1
    assert '4 segments of v_x, v_y lie mostly after the end of the video' in said[0]


@pytest.mark.parametrize(
    'database, message',
    [
        (dict(version='1.3', database={'x': {}}), r'under the key "database"\. Convert it with .*process_annotations'),
        ('{"v_x": ', 'anno.json cannot be read: '),
        ([], 'anno.json must hold a dict, found list'),
        ({}, 'anno.json must hold a dict of videos'),
        ({'v_x': 3}, "anno.json, video 'v_x': its entry must be a dict, found 3"),
        ({'v_x': _record(annotations={'a': 1})}, "'v_x': annotations must be a list .* found {'a': 1}"),
        ({'v_x': _record(annotations=[dict(label='a')])}, r"'v_x': an annotation must have segment=.* {'label': 'a'}"),
        ({'v_x': _record(annotations=[dict(segment=[1])])}, r"an annotation must have segment=.* {'segment': \[1\]}"),
        ({'v_x': _record(annotations=[dict(segment=[1, 'b'])])}, r"an annotation must have segment=.*\[1, 'b'\]"),
        ({'v_x': _record(annotations=[dict(segment=[1, float('nan')])])}, 'an annotation must have segment=.*nan'),
        ({'v_x': _record(duration_second='long')}, "'v_x': duration_second must be a number, found 'long'"),
        ({'v_x': _record(duration_frame=-1)}, "'v_x': duration_frame must be a number, found -1"),
    ],
)
def test_malformed_annotation(tmp_path, database, message):
    with pytest.raises(ValueError, match=message):
        _dataset(tmp_path, database)


def test_activitynet_errors(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'There is no file .*nowhere\.json'):
        ActivityNetDataset(str(tmp_path / 'nowhere.json'), pipeline=[])
    with pytest.raises(ValueError, match=r"feature_ext \('.mat'\) must be one of"):
        _dataset(tmp_path, {'v_x': _record()}, feature_ext='.mat')
    with pytest.raises(ValueError, match=r"anno\.json, video 'v_x': label 'b' is none of the 1 classes"):
        _dataset(tmp_path, {'v_x': _record()}, metainfo=dict(classes=['a']))
    for key in ('duration_frame', 'feature_frame', 'duration_second'):
        with pytest.raises(ValueError, match=f'Video v_x has .*{key} 0'):
            GenerateLocalizationLabels()(dict(_record(**{key: 0}), video_name='v_x'))


def test_missing_and_broken_features(tmp_path):
    dataset = _dataset(tmp_path, {'v_x': _record(), 'v_y': _record()}, LOAD)
    with pytest.raises(FileNotFoundError, match=r'There is no file .*v_x.csv \(features of video v_x') as raised:
        dataset[0]
    assert 'anno.json' in str(raised.value) and 'data_prefix=dict(video=FOLDER)' in str(raised.value)
    table = np.ones((4, 3))
    table[2, 1] = np.nan
    np.savetxt(tmp_path / 'v_x.csv', table, delimiter=',')
    with pytest.raises(ValueError, match=r'v_x.csv .*\(NaN or infinite\) in 1 of 4 rows, the first in row 2'):
        dataset[0]
    # leaving out what is missing, in training only
    np.savetxt(tmp_path / 'v_y.csv', np.ones((4, 3)), delimiter=',')
    (tmp_path / 'v_x.csv').unlink()
    skipping = _dataset(tmp_path, {'v_x': _record(), 'v_y': _record()}, LOAD, on_error='skip', max_refetch=99)
    assert skipping[0]['video_name'] == 'v_y' and set(skipping.skipped) == {'v_x'}


# --- files of tables -------------------------------------------------------------------------------------------------
TABLE = np.arange(12, dtype=np.float32).reshape(4, 3) + 0.5


@pytest.mark.parametrize('header', ['', 'f0,f1,f2', '0,1,2', '1,2,3', 'action,start,end'])
def test_csv_with_and_without_header(tmp_path, header):
    np.savetxt(tmp_path / 'x.csv', TABLE, delimiter=',', header=header, comments='')
    text = (tmp_path / 'x.csv').read_text()
    (tmp_path / 'x.csv').write_text(text.lstrip('\n'), encoding='utf-8-sig')
    np.testing.assert_array_equal(read_table(tmp_path / 'x.csv'), TABLE)


def test_csv_of_one_step(tmp_path):
    (tmp_path / 'x.csv').write_text('1,2\n')  # not the names of two columns of nothing
    results = LoadLocalizationFeature()(dict(feature_path=str(tmp_path / 'x.csv')))
    assert results['raw_feature'].tolist() == [[1], [2]]


def test_tables_of_other_formats(tmp_path):
    np.save(tmp_path / 'a.npy', TABLE.astype(np.float64))
    np.savez(tmp_path / 'b.npz', other=TABLE[:1], feats=TABLE)
    torch.save(torch.from_numpy(TABLE).half(), tmp_path / 'c.pt')
    torch.save({'feature': torch.from_numpy(TABLE)}, tmp_path / 'd.pt')
    for name in ('a.npy', 'b.npz', 'c.pt', 'd.pt'):
        table = read_table(tmp_path / name)
        np.testing.assert_array_equal(table, TABLE)
        assert table.dtype == np.float32
    results = LoadLocalizationFeature(raw_feature_ext='.npy')(dict(feature_path=str(tmp_path / 'a.csv')))
    np.testing.assert_array_equal(results['raw_feature'], TABLE.T)
    with pytest.raises(ValueError, match=r"raw_feature_ext \('.txt'\)"):
        LoadLocalizationFeature(raw_feature_ext='.txt')


def test_broken_tables(tmp_path):
    def refused(name, message):
        with pytest.raises(ValueError, match=message):
            read_table(tmp_path / name, 'features of video v')

    (tmp_path / 'empty.csv').write_text('')
    refused('empty.csv', r'empty.csv \(features of video v\) holds an array of shape \(0, 0\)')
    (tmp_path / 'header.csv').write_text('f0,f1\n')
    refused('header.csv', r'holds an array of shape \(0, 2\)')
    (tmp_path / 'ragged.csv').write_text('1.5,2\n3\n')
    refused('ragged.csv', 'ragged.csv .* cannot be read: ')
    (tmp_path / 'words.csv').write_text('f0,f1\n1,two\n')
    refused('words.csv', "words.csv .* cannot be read: .*'two'")
    np.save(tmp_path / 'flat.npy', np.ones(3))
    refused('flat.npy', r'flat.npy .* holds an array of shape \(3,\)')
    np.savez(tmp_path / 'many.npz', a=TABLE, b=TABLE)
    refused('many.npz', r"it holds the arrays \['a', 'b'\]; one of them must be called 'feature'")
    torch.save({'x': 1}, tmp_path / 'x.pt')
    refused('x.pt', "it holds no tensor, or a dict without one called 'feature'")
    np.save(tmp_path / 'inf.npy', np.full((2, 2), np.inf))
    refused('inf.npy', 'in 2 of 2 rows, the first in row 0')
    refused('x.mat', "ends in '.mat'")


# --- proposals of BSN ------------------------------------------------------------------------------------------------
def _write_proposals(tmp_path, rows=5, features=5, columns=7):
    rng = np.random.default_rng(0)
    proposals = rng.random((rows, columns)).astype(np.float32)
    header = ','.join(['tmin', 'tmax', 'tmin_score', 'tmax_score', 'score', 'match_iou', 'match_ioa'][:columns])
    np.savetxt(tmp_path / 'v_x.csv', proposals, delimiter=',', header=header, comments='')
    bsp = rng.random((features, 32)).astype(np.float32)
    np.save(tmp_path / 'v_x.npy', bsp)
    return proposals, bsp


@pytest.mark.parametrize('rows, top_k', [(5, 3), (5, 10), (1, 10)])
def test_load_proposals(tmp_path, rows, top_k):
    proposals, bsp = _write_proposals(tmp_path, rows, rows)
    results = LoadProposals(top_k, str(tmp_path), str(tmp_path))(dict(video_name='v_x'))
    kept = min(rows, top_k)
    np.testing.assert_array_equal(results['bsp_feature'], bsp[:kept])
    for column, key in enumerate(['tmin', 'tmax', 'tmin_score', 'tmax_score', None, 'reference_temporal_iou']):
        if key:
            np.testing.assert_allclose(results[key], proposals[:kept, column])


def test_load_proposals_errors(tmp_path):
    step = LoadProposals(3, str(tmp_path), str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r'v_x.csv \(proposals of video v_x.*bsn_proposal_generation.py been'):
        step(dict(video_name='v_x'))
    _write_proposals(tmp_path, 5, 2)
    with pytest.raises(ValueError, match=r'first 3 \(top_k\), there are 3 proposals in .*v_x.csv and 2 features'):
        step(dict(video_name='v_x'))
    _write_proposals(tmp_path, columns=4)
    with pytest.raises(ValueError, match=r'v_x.csv has 4 columns; at least 6 are needed: tmin'):
        step(dict(video_name='v_x'))
    with pytest.raises(ValueError, match=r'top_k \(0\) must be at least 1'):
        LoadProposals(0, '', '')


# --- Charades-STA ----------------------------------------------------------------------------------------------------
WORDS = {'a': 1, 'person': 2, 'turn': 3, 'on': 4, 'light': 5, 'the': 6, "'s": 7}
DRN_PACK = dict(
    type='PackLocalizationInputs',
    keys=['gt_bbox', 'proposals'],
    meta_keys=['vid_name', 'query_tokens', 'query_length', 'num_proposals', 'num_frames'],
)


def _charades(tmp_path, lines, words=WORDS, window_size=16, ft_overlap=0.5, features=40, **tables):
    (tmp_path / 'ann.txt').write_text(lines)
    tables = {'fps': {'3MSZA': 24}, 'duration': {'3MSZA': '20'}, 'num_frames': {'3MSZA': 321}, **tables}
    for name, table in {**tables, 'word2id': words}.items():
        (tmp_path / f'{name}.json').write_text(json.dumps(table))
    if features:
        torch.save(torch.rand(features, 8, generator=torch.manual_seed(0)), tmp_path / '3MSZA.pt')
    return CharadesSTADataset(
        str(tmp_path / 'ann.txt'),
        [DRN_PACK],
        *(str(tmp_path / f'{name}.json') for name in ('word2id', 'fps', 'duration', 'num_frames')),
        window_size,
        ft_overlap,
        dict(video=str(tmp_path)),
    )


def test_charades_sample(tmp_path):
    dataset = _charades(tmp_path, "3MSZA 5.0 15.5##a person turn on the Person's light.\n3MSZA 5 25##turn on light.\n")
    assert len(dataset) == 2
    sample, features = dataset[0], torch.load(tmp_path / '3MSZA.pt')
    data = sample['data_samples']
    assert data.metainfo['query_tokens'].tolist() == [1, 2, 3, 4, 6, 2, 7, 5]
    assert data.metainfo['query_length'] == 8 and data.metainfo['num_proposals'] == 32
    np.testing.assert_allclose(data.gt_instances.gt_bbox, [0.25, 0.775])
    np.testing.assert_allclose(dataset[1]['data_samples'].gt_instances.gt_bbox, [0.25, 1])
    # 32 proposals of 10 frames, features 8 frames apart
    proposals = data.proposals.proposals
    np.testing.assert_allclose(proposals, np.stack([np.arange(32), np.arange(1, 33)], 1) * 10 / 321, rtol=1e-6)
    for i in (0, 1, 7, 31):
        expected = features[i * 10 // 8 : (i + 1) * 10 // 8 + 1].max(dim=0).values
        np.testing.assert_array_equal(sample['inputs'][i], expected)
    assert sample['inputs'].shape == (32, 8)

    class Halves(CharadesSTADataset):
        def get_proposals(self, num_frames):
            return super().get_proposals(num_frames)[::16]

    dataset.__class__ = Halves
    torch.testing.assert_close(dataset[0]['inputs'], sample['inputs'][::16])


@pytest.mark.parametrize('num_frames, length', [(1, 1), (40, 3), (1000, 124), (1000, 90), (1000, 200)])
def test_pooling_equals_the_loop(num_frames, length):
    features = np.random.default_rng(0).random((length, 4))
    proposals = even_proposals(num_frames)
    pooled = pool_proposals(features, proposals, 8)
    for (first, last), row in zip(proposals, pooled):
        first, last = min(first // 8, length - 1), min(last // 8, length - 1)
        np.testing.assert_array_equal(row, features[first : last + 1].max(axis=0))


def test_split_words():
    assert split_words("I cannot, doesn't he's toucan (well-lit)") == [
        'I', 'can', 'not', ',', 'does', "n't", 'he', "'s", 'toucan', '(', 'well-lit', ')',
    ]  # fmt: skip


LINE = '3MSZA 5.0 15.5##a person\n'


@pytest.mark.parametrize(
    'lines, changes, message',
    [
        (
            '3MSZA 5.0 15.5 a person\n',
            {},
            r"ann.txt, line 1: expected a video, start and end .* '3MSZA 5.0 15.5 a perso",
        ),
        (LINE + '3MSZA 5.0 x##a\n', {}, 'ann.txt, line 2: expected a video'),
        (LINE + 'ABC 5.0 6.0##a\n', {}, "line 2: video 'ABC' is not in .*fps.json"),
        ('3MSZA 5.0 6.0##a unicorn\n', {}, "line 1: the word 'unicorn' is not in .*word2id.json"),
        ('3MSZA 5.0 6.0##.\n', {}, 'line 1: the sentence has no words'),
        ('\n', {}, 'ann.txt holds no samples'),
        (LINE, dict(duration={'3MSZA': 0}), "video '3MSZA' has duration 0 in .*duration.json; it must be above 0"),
        (LINE, dict(fps=[1]), r'fps.json \(fps_file\) must hold a dict, found list'),
        (LINE, dict(ft_overlap=1.0), r'ft_overlap \(1.0\) must be in \[0, 1\)'),
        (LINE, dict(window_size=1), r'window_size \(1\) and ft_overlap \(0.5\) put features 0 frames'),
    ],
)
def test_charades_malformed(tmp_path, lines, changes, message):
    with pytest.raises(ValueError, match=message):
        _charades(tmp_path, lines, **changes)


def test_charades_unknown_words_and_missing_files(tmp_path):
    dataset = _charades(tmp_path, '3MSZA 5.0 6.0##a unicorn\n', dict(WORDS, **{'<unk>': 9}), features=0)
    assert dataset.get_data_info(0)['query_tokens'] == [1, 9]
    with pytest.raises(FileNotFoundError, match=r'There is no file .*3MSZA.pt \(features of video 3MSZA'):
        dataset[0]
    (tmp_path / 'fps.json').unlink()
    files = [str(tmp_path / f'{name}.json') for name in ('word2id', 'fps', 'duration', 'num_frames')]
    with pytest.raises(FileNotFoundError, match=r'There is no file .*fps.json. Correct fps_file'):
        CharadesSTADataset(str(tmp_path / 'ann.txt'), [], *files, 16, 0.5)


# --- made-up data ----------------------------------------------------------------------------------------------------
def test_planted_actions_can_be_found(tmp_path):
    """A threshold on a class's channel finds the segments, and the cues peak at the boundaries."""
    files = write_activitynet(tmp_path, num_videos=6, channels=8, num_classes=2, noise=0.1, seed=3)
    names = files['classes']
    dataset = ActivityNetDataset(
        files['ann_file_train'], LOAD, dict(video=files['data_prefix']), metainfo=dict(classes=names)
    )
    for sample in dataset:
        features = sample['raw_feature']
        steps = (np.arange(100) + 0.5) / 100
        for label in range(2):
            segments = sample['gt_bbox'][sample['gt_labels'] == label]
            inside = ((steps >= segments[:, :1]) & (steps < segments[:, 1:])).any(axis=0)
            assert ((features[2 + label] > 0.5) == inside).all()
        for start, end in sample['gt_bbox']:
            assert features[0, int(start * 100)] > 0.8 and features[1, min(int(end * 100), 99)] > 0.8
    assert len(json.loads((tmp_path / 'anet_anno_val.json').read_text())) == 3
    with pytest.raises(ValueError, match=r'channels \(3\) must be at least 2 \+ num_classes \(4\)'):
        write_activitynet(tmp_path, channels=3)
    with pytest.raises(ValueError, match=r"feature_ext \('.mat'\)"):
        write_activitynet(tmp_path, feature_ext='.mat')
