"""Pipelines and loaders that configs are written with."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mmaction.recipes as r
import mmaction.recipes.localization as loc
import mmaction.recipes.pose as p

ROOT = Path(__file__).resolve().parents[2]


def types(pipeline):
    return [step['type'] for step in pipeline]


def test_importing_it_loads_nothing_heavy():
    code = "import sys, mmaction.recipes; print([m for m in ('torch', 'cv2', 'mmengine') if m in sys.modules])"
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == '[]'


@pytest.mark.parametrize(
    ('flip', 'labels'), [(r.STHV1_FLIP, 'sthv1/label_map.txt'), (r.STHV2_FLIP, 'sthv2/label_map.txt')]
)
def test_flip_maps_swap_left_and_right_in_the_label(flip, labels):
    names = (ROOT / 'tools' / 'data' / labels).read_text(encoding='utf-8').splitlines()
    sides = {'left': 'right', 'right': 'left'}
    mirrored = [re.sub(r'\b(left|right)\b', lambda m: sides[m[0]], name) for name in names]
    assert flip == {i: names.index(m) for i, m in enumerate(mirrored) if m != names[i] and m in names}


def test_segments_are_those_of_the_paper():
    train, val, test = r.segments(3, test_clips=25)
    head, tail = ['DecordInit', 'SampleFrames', 'DecordDecode', 'Resize'], ['FormatShape', 'PackActionInputs']
    assert types(train) == [*head, 'MultiScaleCrop', 'Resize', 'Flip', *tail]
    assert types(val) == [*head, 'CenterCrop', *tail]
    assert types(test) == [*head, 'TenCrop', *tail]
    assert [p[1]['num_clips'] for p in (train, val, test)] == [3, 3, 25]
    assert [p[1].get('test_mode', False) for p in (train, val, test)] == [False, True, True]
    assert {p[-2]['input_format'] for p in (train, val, test)} == {'NCHW'}


@given(
    clip_len=st.integers(1, 64),
    frame_interval=st.integers(1, 16),
    num_clips=st.integers(1, 10),
    test_clips=st.none() | st.integers(1, 25),
    source=st.sampled_from(['video', 'rawframes']),
)
def test_clips_states_the_sampling_everywhere(clip_len, frame_interval, num_clips, test_clips, source):
    pipelines = r.clips(clip_len, frame_interval, num_clips, test_clips=test_clips, source=source, io=dict(key=1))
    samplers = [next(s for s in p if s['type'] == 'SampleFrames') for p in pipelines]
    assert {(s['clip_len'], s['frame_interval']) for s in samplers} == {(clip_len, frame_interval)}
    assert [s['num_clips'] for s in samplers] == [num_clips, num_clips, 10 if test_clips is None else test_clips]
    reader = 'DecordInit' if source == 'video' else 'RawFrameDecode'
    assert all(next(s for s in p if s['type'] == reader)['key'] == 1 for p in pipelines)
    assert all(p[-2]['input_format'] == 'NCTHW' for p in pipelines)


def test_pipelines_and_loaders_share_no_dicts():
    pipelines = r.segments(8, flip_label_map=r.STHV2_FLIP)
    pipelines[0][-3]['flip_label_map'][0] = 1
    assert 0 not in r.STHV2_FLIP
    data = dict(type='VideoDataset', ann_file='a.txt')
    train, val, test = r.loaders(32, pipelines, train=data, val=data)
    train['dataset']['ann_file'] = 'b.txt'
    train['batch_size'] = 4
    assert (val['dataset']['ann_file'], test['dataset']['ann_file'], data['ann_file']) == ('a.txt',) * 3
    assert [x['batch_size'] for x in (train, val, test)] == [4, 32, 1]
    assert [x['sampler']['shuffle'] for x in (train, val, test)] == [True, False, False]
    assert [x['dataset'].get('test_mode', False) for x in (train, val, test)] == [False, True, True]


def test_loaders_complete_every_part_of_a_joined_dataset():
    joined = dict(type='ConcatDataset', datasets=[dict(ann_file='a'), dict(ann_file='b')])
    pipelines = r.clips(8, 8)
    _, val, _ = r.loaders(8, pipelines, train=joined, val=joined)
    assert val['dataset']['datasets'] == [
        dict(ann_file='a', pipeline=pipelines[1], test_mode=True),
        dict(ann_file='b', pipeline=pipelines[1], test_mode=True),
    ]
    assert 'pipeline' not in val['dataset']
    assert joined['datasets'][0] == dict(ann_file='a')


def test_features_of_validation_may_lie_elsewhere():
    args = dict(train='a.json', val='b.json', dataset_type='MyDataset')
    for extra, folders in ((dict(data_root_val='v'), ['t', 'v', 'v']), ({}, ['t', 't', 't'])):
        datasets = [x['dataset'] for x in loc.loaders(2, loc.features(), 't', **args, **extra)]
        assert [d['data_prefix']['video'] for d in datasets] == folders
        assert [d['ann_file'] for d in datasets] == ['a.json', 'b.json', 'b.json']
        assert {d['type'] for d in datasets} == {'MyDataset'}


def test_heatmaps_of_another_skeleton_exchange_its_own_sides():
    train, val, test = p.heatmaps(left_kp=[1], right_kp=[2])
    assert [step for step in train if step['type'] == 'Flip'] == [
        dict(type='Flip', flip_ratio=0.5, left_kp=[1], right_kp=[2])
    ]
    drawn = [next(s for s in pipeline if s['type'] == 'GeneratePoseTarget') for pipeline in (train, val, test)]
    assert [(s.get('double'), s.get('left_kp'), s.get('right_kp')) for s in drawn] == [
        (None, None, None),
        (None, None, None),
        (True, [1], [2]),
    ]
    train, _, _ = p.video_pose(left_kp=[3], right_kp=[4])
    assert [(s['left_kp'], s['right_kp']) for s in train if s['type'] == 'Flip'] == [([3], [4])]


def test_bad_keywords_raise():
    with pytest.raises(ValueError, match="source \\('frames'\\) must be 'video' or 'rawframes'"):
        r.clips(8, source='frames')
    with pytest.raises(TypeError, match='test_crops'):
        r.segments(8, test_crops=3)


def test_sounds_are_loaded_before_their_frames_are_chosen():
    train, val, test = r.sounds(64, 2, 3, test_clips=10)
    names = ['LoadAudioFeature', 'SampleFrames', 'AudioFeatureSelector', 'FormatAudioShape', 'PackActionInputs']
    assert [types(p) for p in (train, val, test)] == [names] * 3
    assert [(p[1]['clip_len'], p[1]['frame_interval'], p[1]['num_clips']) for p in (train, val, test)] == [
        (64, 2, 3),
        (64, 2, 3),
        (64, 2, 10),
    ]
    assert [p[1].get('test_mode', False) for p in (train, val, test)] == [False, True, True]
