"""Actions in boxes: AVA's files and average precision, against recorded numbers and hand-made tables."""

from __future__ import annotations

import gzip
import io
import json
import math

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData

from mmaction.evaluation import AVAMetric, ava_eval, read_labelmap, results2csv
from mmaction.evaluation.functional.ava_ap import evaluate_ava
from mmaction.evaluation.functional.ava_evaluation import np_box_ops
from mmaction.evaluation.functional.ava_utils import (
    det2csv,
    make_image_key,
    read_csv,
    read_exclusions,
    results_table,
    tpfp_single,
)
from mmaction.evaluation.functional.box_matching import (
    compute_average_precision,
    compute_cor_loc,
    compute_precision_recall,
)
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmaction.utils.ava_files import parse_box_lines, parse_label_map, read_box_table

LABELS = """item {
  name: "stand"
  id: 1
}
item {
  name: "run"
  label_id: 20
}
item {
  name: "talk"
  id: 70
}
"""
LEFT = '0.0,0.0,0.4,1.0'
RIGHT = '0.5,0.0,0.9,1.0'


@pytest.fixture(scope='module')
def recorded(golden_dir):
    return json.loads(gzip.decompress((golden_dir / 'detection_measures.json.gz').read_bytes()))['ava']


@pytest.fixture
def files(tmp_path, recorded):
    for name, text in recorded['files'].items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ('name', 'options'),
    [
        ('all', {}),
        ('no exclusions', dict(exclude_file=None)),
        ('every detected frame', dict(ignore_empty_frames=False)),
        ('custom classes 1,4,17', dict(custom_classes=[0, 1, 4, 17])),
        ('custom classes 1,4,17', dict(custom_classes=[1, 4, 17])),
    ],
)
def test_recorded_numbers(files, recorded, name, options):
    arguments = dict(exclude_file=str(files / 'exclude.csv'), verbose=False) | options
    result = ava_eval(str(files / 'det.csv'), 'mAP', str(files / 'labels.pbtxt'), str(files / 'gt.csv'), **arguments)
    expected = recorded['expected'][name]
    assert result.keys() == expected.keys()
    for key, value in expected.items():
        assert result[key] == pytest.approx(math.nan if value is None else value, abs=1e-12, nan_ok=True)


def _samples(table, num_classes=81):
    """Data samples of a table of detections, one per frame: scores of absent classes are 0."""
    frame, keys = table.frames
    samples = []
    for place, key in enumerate(keys):
        rows = table[frame == place]
        video, timestamp = key.split(',')
        scores = np.zeros((len(rows), num_classes), np.float32)
        scores[np.arange(len(rows)), rows.label] = rows.last
        sample = ActionDataSample(metainfo=dict(video_id=video, timestamp=int(timestamp)))
        sample.pred_instances = InstanceData(
            bboxes=torch.from_numpy(rows.boxes).float(), scores=torch.from_numpy(scores)
        )
        samples.append(sample)
    return samples


def test_metric_equals_the_recorded_numbers_and_leaves_no_file(files, recorded, monkeypatch):
    folder = files / 'elsewhere'
    folder.mkdir()
    monkeypatch.chdir(folder)
    metric = METRICS.build(
        dict(
            type='AVAMetric',
            ann_file=str(files / 'gt.csv'),
            exclude_file=str(files / 'exclude.csv'),
            label_file=str(files / 'labels.pbtxt'),
            action_thr=0.0,
        )
    )
    samples = _samples(read_box_table(str(files / 'det.csv')))
    metric.process(None, [sample.to_dict() for sample in samples])
    result = metric.evaluate(len(samples))
    expected = {f'mAP/{key}': value for key, value in recorded['expected']['all'].items()}
    assert result == pytest.approx(expected, abs=1e-12)
    assert list(folder.iterdir()) == []


def test_rounded_table_equals_the_csv(tmp_path):
    rng = np.random.default_rng(0)
    outputs = [rng.random((5, 5)).astype(np.float32), np.zeros((0, 5), np.float32), rng.random((2, 5))]
    results = [dict(video_id='a', timestamp=3, outputs=outputs), dict(video_id='b', timestamp='0004', outputs=outputs)]
    results2csv(results, tmp_path / 'out.csv', custom_classes=[0, 4, 7, 2])
    written = read_box_table(str(tmp_path / 'out.csv'))
    table = results_table(results, custom_classes=[0, 4, 7, 2])
    for column in ('boxes', 'last', 'label', 'timestamp', 'video'):
        np.testing.assert_array_equal(getattr(table, column), getattr(written, column))
    assert written.label.tolist() == [4] * 5 + [2] * 2 + [4] * 5 + [2] * 2
    assert det2csv(results)[0] == ('a', 3, *outputs[0][0, :4].tolist(), 1, float(outputs[0][0, 4]))


# --- hand-made tables -----------------------------------------------------------------------------------------------
def _report(truth, found, strict=False, excluded=(), **options):
    names = {1: 'stand', 20: 'run', 70: 'talk'}
    tables = [parse_box_lines(lines, 'table') for lines in (truth, found)]
    return evaluate_ava(*tables, names, excluded, strict=strict, **options)


def test_class_without_detections_counts_as_zero_only_if_strict():
    truth = [f'v,1,{LEFT},1', f'v,1,{RIGHT},20']
    found = [f'v,1,{LEFT},1,0.9']
    assert _report(truth, found).means()['overall'] == 1
    strict = _report(truth, found, strict=True).means()
    assert strict['overall'] == 0.5
    assert strict['person_movement'] == 1
    assert strict['object_manipulation'] == 0
    assert math.isnan(strict['person_interaction'])


def test_annotated_boxes_of_excluded_frames_leave_the_recall_only_if_strict():
    truth = [f'v,1,{LEFT},1', f'v,2,{LEFT},1']
    found = [f'v,1,{LEFT},1,0.9', f'v,2,{RIGHT},1,0.99']
    # The default: one of two boxes is found. Strict: the excluded frame is not there at all.
    assert _report(truth, found, excluded=['v,0002']).means()['overall'] == 0.5
    assert _report(truth, found, excluded=['v,0002'], strict=True).means()['overall'] == 1


def test_no_second_choice_and_one_detection_per_box():
    # The second detection overlaps the taken box best: a false positive between the true ones at ranks 1 and 3.
    truth = [f'v,1,{LEFT},1', f'v,1,{RIGHT},1']
    found = [f'v,1,{LEFT},1,0.9', f'v,1,{LEFT},1,0.8', f'v,1,{RIGHT},1,0.7', f'v,1,{RIGHT},20,0.7']
    report = _report(truth, found)
    assert report.classes[0].matched == 2
    assert report.classes[0].ap == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert report.classes[1].detections == 1
    assert not report.classes[1].counted  # nothing annotated


def test_frames_without_annotation_count_on_request():
    truth = [f'v,1,{LEFT},1']
    found = [f'v,2,{LEFT},1,0.9', f'v,1,{LEFT},1,0.8']
    assert _report(truth, found).means()['overall'] == 1
    assert _report(truth, found, ignore_empty_frames=False).means()['overall'] == 0.5


def test_report_counts_matched_and_unmatched_boxes():
    truth = [f'v,1,{LEFT},1', f'v,1,{LEFT},20', f'v,1,{RIGHT},1', f'v,2,{LEFT},70']
    found = [f'v,1,{LEFT},70,0.9', f'w,1,{LEFT},1,0.8']
    report = _report(truth, found)
    assert (report.frames, report.found_frames, report.persons, report.found_persons) == (2, 1, 3, 1)
    assert report.stray == ['w,0001']
    table = report.table()
    assert '  1 stand       2          0       0       -' in table
    assert ' 70 talk        1          1       0  0.0000' in table
    assert '1 of 3 annotated boxes (2 unmatched) are overlapped' in table
    assert 'Detections on 1 frames without annotation do not count: w,0001.' in table


def test_keys_that_never_match_are_reported_with_both_spellings():
    report = _report([f'v,1,{LEFT},1'], [f'v.mp4,1,{LEFT},1,0.9'])
    with pytest.warns(UserWarning, match=r"annotation names frames as 'v,0001', the detections as 'v.mp4,0001'"):
        report.warn_if_nothing_matches()
    report = _report([f'v,1,{LEFT},1'], [f'v,1,{RIGHT},1,0.9'])
    with pytest.warns(UserWarning, match='No detected box overlaps one of the 1 annotated boxes'):
        report.warn_if_nothing_matches()


def test_nothing_detected():
    report = _report([f'v,1,{LEFT},1'], [])
    assert math.isnan(report.means()['overall'])
    assert _report([f'v,1,{LEFT},1'], [], strict=True).means()['overall'] == 0


# --- files ----------------------------------------------------------------------------------------------------------
def test_readers():
    items, ids = read_labelmap(io.StringIO(LABELS))
    assert items == [dict(id=1, name='stand'), dict(id=20, name='run'), dict(id=70, name='talk')]
    assert ids == {1, 20, 70}
    assert read_exclusions(io.StringIO('a,0902\nb,3\n')) == {'a,0902', 'b,0003'}
    assert make_image_key('a', '7') == 'a,0007'
    lines = f'a,902,{LEFT},1,0.2\na,0902,{RIGHT},20,0.5\n\nb,1,{LEFT},3,0.5\n'
    boxes, labels, scores = read_csv(io.StringIO(lines), {1, 20})
    assert list(boxes) == ['a,0902']
    assert boxes['a,0902'].tolist() == [[0.5, 0, 0.9, 1], [0, 0, 0.4, 1]]  # by falling score
    assert labels['a,0902'].tolist() == [20, 1]
    assert scores['a,0902'].tolist() == [0.5, 0.2]


def test_label_maps():
    one_line = 'label { name: "bend/bow (at the waist)" label_id: 1 label_type: PERSON_MOVEMENT }'
    reversed_keys = 'item {\n  id: 7\n  name: "it\'s 8: no"\n}'
    lines = [one_line, *reversed_keys.split('\n'), '12: stand still']
    assert parse_label_map(lines, 'map') == {1: 'bend/bow (at the waist)', 7: "it's 8: no", 12: 'stand still'}
    with pytest.raises(ValueError, match=r"map, line 2: an item has only \{'name': 'run'\}"):
        parse_label_map(['item { name: "run"', '}'], 'map')
    with pytest.raises(ValueError, match=r"map, line 1: id \('x'\) of class 'run' is not a whole number"):
        parse_label_map(['item { name: "run" id: x }'], 'map')
    with pytest.raises(ValueError, match=r"map, line 2: id 1 of class 'walk' is that of 'run', too"):
        parse_label_map(['1: run', '1: walk'], 'map')
    with pytest.raises(ValueError, match='map has no class'):
        parse_label_map(['run', 'walk'], 'map')


@pytest.mark.parametrize(
    ('line', 'fault'),
    [
        ('v,1,0,0,1,1', r'line 2: expected video_id,.*, found 6 fields'),
        ('v,1,0,0,1,x,3', r"line 2: .*y2 \('x'\) is not a number.*The line is 'v,1,0,0,1,x,3'"),
        ('v,1.5,0,0,1,1,3', r"line 2: .*timestamp \('1.5'\) is not a whole number"),
        ('v,1,0,0,1,1,3,me', r"line 2: .*entity_id \(or score\) \('me'\) is not a number.*'v,1,0,0,1,1,3,me'"),
    ],
)
def test_malformed_line_is_named(line, fault):
    with pytest.raises(ValueError, match=f'boxes.csv, {fault}'):
        parse_box_lines(['v,1,0,0,1,1,3,0', line], 'boxes.csv')


def test_header_is_named():
    with pytest.raises(ValueError, match=r'boxes.csv, line 1: .*Delete a header line'):
        parse_box_lines(['video,second,x1,y1,x2,y2,label'], 'boxes.csv')


def test_precision_recall_functions():
    precision, recall = compute_precision_recall(np.array([0.2, 0.9, 0.5]), np.array([1, 1, 0]), 4)
    assert precision.tolist() == pytest.approx([1, 0.5, 2 / 3])
    assert recall.tolist() == [0.25, 0.25, 0.5]
    assert compute_average_precision(precision, recall) == pytest.approx(0.25 + 0.25 * 2 / 3)
    assert compute_precision_recall(np.zeros(1), np.zeros(1), 0) == (None, None)
    assert math.isnan(compute_average_precision(None, None))
    assert compute_cor_loc(np.array([4, 0]), np.array([1, 0])).tolist() == pytest.approx([0.25, math.nan], nan_ok=True)
    with pytest.raises(ValueError, match=r'num_gt \(0\) must be at least the number of true positives \(1\)'):
        compute_precision_recall(np.ones(1), np.ones(1), 0)


def test_box_operations():
    boxes = np.array([[0, 0, 2, 2], [5, 5, 5, 5]])
    other = np.array([[0, 0, 1, 2], [1, 1, 3, 3], [5, 5, 5, 5]])
    assert np_box_ops.area(boxes).tolist() == [4, 0]
    assert np_box_ops.intersection(boxes, other).tolist() == [[2, 1, 0], [0, 0, 0]]
    np.testing.assert_allclose(np_box_ops.iou(boxes, other), [[1 / 2, 1 / 7, 0], [0, 0, 0]])
    assert np_box_ops.ioa(boxes, other).tolist() == [[1, 0.25, 0], [0, 0, 0]]


def test_tpfp_single():
    boxes = np.array([[0, 0, 1, 1], [0, 0, 1, 0.9], [5, 5, 6, 6]])
    scores, hits = tpfp_single((boxes[:1], np.array([3]), boxes, np.array([3, 3, 4]), np.array([0.2, 0.7, 0.5])))
    assert scores[3].tolist() == [0.7, 0.2]
    assert hits[3].tolist() == [True, False]
    assert hits[4].tolist() == [False]


# --- arguments ------------------------------------------------------------------------------------------------------
def test_arguments_of_the_metric(tmp_path):
    (tmp_path / 'gt.csv').write_text(f'v,1,{LEFT},1\n')
    (tmp_path / 'labels.pbtxt').write_text(LABELS)
    files = dict(ann_file=str(tmp_path / 'gt.csv'), exclude_file=None, label_file=str(tmp_path / 'labels.pbtxt'))
    with pytest.raises(FileNotFoundError, match=r'There is no file nowhere.csv. Correct exclude_file'):
        AVAMetric(**files | dict(exclude_file='nowhere.csv'))
    with pytest.raises(ValueError, match=r"options \('AP'\) must be one of 'mAP'"):
        AVAMetric(**files, options=('AP',))
    with pytest.raises(ValueError, match=r'num_classes \(81\) must be 3'):
        AVAMetric(**files, custom_classes=[1, 20])
    with pytest.raises(ValueError, match=r'custom_classes \[0, 1\] must not have 0'):
        AVAMetric(**files, custom_classes=[0, 1], num_classes=3)
    with pytest.raises(ValueError, match=r'custom_classes \[5\] are not in .*labels.pbtxt, which has \[1, 20, 70\]'):
        AVAMetric(**files, custom_classes=[1, 5], num_classes=3)
    metric = AVAMetric(**files, custom_classes=[20, 1], num_classes=3)
    with pytest.raises(KeyError, match=r'AVAMetric needs timestamp, pred_instances in each data sample'):
        metric.process(None, [dict(video_id='v')])
    wrong = dict(bboxes=torch.zeros(1, 4), scores=torch.zeros(1, 5))
    with pytest.raises(ValueError, match=r'scores must be \(boxes, 3\).*found shape \(1, 5\)'):
        metric.process(None, [dict(video_id='v', timestamp=1, pred_instances=wrong)])
    scores = torch.tensor([[0.0, 0.3, 0.9]])  # background, 20, 1
    found = dict(bboxes=torch.tensor([[0, 0, 0.4, 1]]), scores=scores)
    metric.process(None, [dict(video_id='v', timestamp=1, pred_instances=found)])
    result = metric.evaluate(1)
    assert result['mAP/overall'] == 1
