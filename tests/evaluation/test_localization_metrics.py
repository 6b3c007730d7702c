"""ANetMetric and RecallatTopK: what models predict, in; figures and files, out."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from mmengine.fileio import load

from mmaction.evaluation import ActivityNetLocalization
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample

TRUTH = {
    'v_one': [dict(segment=[0, 10], label='a'), dict(segment=[20, 30], label='b')],
    'v_two': [dict(segment=[5, 15], label='a')],
}


def _batch(truth=TRUTH):
    return dict(
        inputs=[None] * len(truth),
        data_samples=[ActionDataSample(metainfo=dict(video_name=v, annotations=a)) for v, a in truth.items()],
    )


def _proposals(video, *rows):
    return dict(video_name=video, proposal_list=[dict(score=score, segment=[s, e]) for s, e, score in rows])


def _detections(video, rows, labels):
    rows = torch.tensor(rows).reshape(-1, 3)
    return dict(video_name=video, segments=rows[:, :2], scores=rows[:, 2], labels=labels)


def _evaluate(predictions, truth=TRUTH, dataset_meta=None, **settings):
    metric = METRICS.build(dict(type='ANetMetric', **settings))
    metric.dataset_meta = dataset_meta
    metric.process(_batch(truth), predictions)
    return metric.evaluate(size=len(truth))


PERFECT = [_proposals('v_one', (0, 10, 0.9), (20, 30, 0.8)), _proposals('v_two', (5, 15, 0.7))]


# --- AR@AN -----------------------------------------------------------------------------------------------------------
def test_ar_an_of_perfect_proposals():
    # 100 proposals a video are asked for on average and 1.5 are there: 2 % of the curve holds them all; at its first
    # point, part 0.67 of the 2 and the 1 proposals are taken, that is 1 and 0
    figures = _evaluate(PERFECT, metric_type='AR@AN')
    assert list(figures) == ['auc', 'AR@1', 'AR@5', 'AR@10', 'AR@100']
    expected = {'auc': (1 / 3 + 1) / 2 + 98, 'AR@1': 1 / 3, 'AR@5': 1, 'AR@10': 1, 'AR@100': 1}
    assert figures == pytest.approx(expected)
    proposals, number = METRICS.get('ANetMetric')._import_proposals(PERFECT)
    assert (proposals['two'].tolist(), number) == ([[5, 15, 0.7]], 3)


def test_names_of_the_results():
    named = METRICS.build(dict(type='ANetMetric', metric_type='AR@AN'))
    assert named.result_names() == ['auc', 'AR@1', 'AR@5', 'AR@10', 'AR@100']
    options = dict(mAP=dict(temporal_iou_thresholds=[0.3, 0.5], class_wise=True))
    settings = dict(metric_type=['AR@AN', 'mAP'], metric_options=options)
    found = [_detections('v_one', [[0, 10, 0.9]], ['a']), _detections('v_two', [[5, 15, 0.7]], ['a'])]
    names = METRICS.build(dict(type='ANetMetric', **settings)).result_names()
    assert names[5:] == ['mAP', 'mAP@0.3:0.5', 'mAP@0.3', 'mAP@0.5', 'AP_*']
    assert set(_evaluate(found, **settings)) == {*names[:-1], 'AP_a', 'AP_b'}
    assert METRICS.build(dict(type='ANetMetric')).result_names() == []
    recall = METRICS.build(dict(type='RecallatTopK', topK_list=(1, 3), threshold=0.7))
    assert recall.result_names() == ['Recall@Top1_IoU=0.7', 'Recall@Top3_IoU=0.7']


def test_ar_an_options():
    settings = dict(max_avg_proposals=2, temporal_iou_thresholds=[0.5])
    half = [_proposals('v_one', (0, 5, 0.9), (20, 25, 0.8)), _proposals('v_two', (5, 10, 0.7))]
    figures = _evaluate(half, metric_type='AR@AN', metric_options={'AR@AN': settings})
    assert list(figures) == ['auc', 'AR@1'] and figures['AR@1'] == pytest.approx(1 / 3)
    strict = dict(settings, temporal_iou_thresholds=[0.51])
    assert _evaluate(half, metric_type='AR@AN', metric_options={'AR@AN': strict})['AR@1'] == 0


def test_ar_an_takes_detections_and_videos_without_any():
    found = [_detections('v_one', [[0.0, 10, 0.9], [20, 30, 0.8]], [0, 1]), _detections('v_two', [], [])]
    assert _evaluate(found, metric_type='AR@AN')['AR@100'] == pytest.approx(2 / 3)
    nothing = _evaluate([_proposals('v_one'), _proposals('v_two')], metric_type='AR@AN')
    assert nothing == {'auc': 0, 'AR@1': 0, 'AR@5': 0, 'AR@10': 0, 'AR@100': 0}


def test_ar_an_of_batches_equals_that_of_one_by_one():
    metric = METRICS.build(dict(type='ANetMetric', metric_type='AR@AN'))
    for prediction, (video, annotated) in zip(PERFECT, TRUTH.items()):
        metric.process(_batch({video: annotated}), [prediction])
    assert metric.evaluate(size=2) == _evaluate(PERFECT, metric_type='AR@AN')


def test_ground_truth_comes_from_all_processes():
    """Each process has seen a part of the videos; their results are put together before they are evaluated."""
    parts = [METRICS.build(dict(type='ANetMetric', metric_type='AR@AN')) for _ in TRUTH]
    for metric, prediction, (video, annotated) in zip(parts, PERFECT, TRUTH.items()):
        metric.process(_batch({video: annotated}), [prediction])
    together = parts[0].compute_metrics(parts[0].results + parts[1].results)
    assert together == _evaluate(PERFECT, metric_type='AR@AN')


# --- mAP -------------------------------------------------------------------------------------------------------------
FOUND = [
    _detections('v_one', [[0.0, 10, 0.9], [20, 26, 0.9], [0, 1, 1.0]], ['a', 'b', 'c']),
    _detections('v_two', [[50.0, 60, 0.95], [5, 15, 0.5]], ['a', 'a']),
]
NUMBERED = [dict(FOUND[0], labels=torch.tensor([0, 1, 2])), dict(FOUND[1], labels=np.array([0, 0]))]
MAP = dict(temporal_iou_thresholds=[0.5, 0.6, 0.75], class_wise=True)
BY_HAND = {
    'mAP': 2 / 3, 'mAP@0.5:0.75': 2 / 3, 'mAP@0.5': 5 / 6, 'mAP@0.6': 5 / 6, 'mAP@0.75': 1 / 3,
    'AP_a': 2 / 3, 'AP_b': 2 / 3,
}  # fmt: skip


def test_map_by_hand():
    figures = _evaluate(FOUND, metric_type='mAP', metric_options=dict(mAP=MAP))
    assert list(figures) == list(BY_HAND) and figures == pytest.approx(BY_HAND)


@pytest.mark.parametrize('where', ['options', 'file', 'dataset'])
def test_map_of_numbered_labels(where, tmp_path):
    names = ['a', 'b', 'c']
    (tmp_path / 'classes.txt').write_text('\n'.join(names))
    given = {'options': dict(MAP, classes=names), 'file': dict(MAP, classes=str(tmp_path / 'classes.txt'))}
    figures = _evaluate(
        NUMBERED,
        metric_type='mAP',
        metric_options=dict(mAP=given.get(where, MAP)),
        dataset_meta=dict(classes=names) if where == 'dataset' else {},
    )
    assert figures == pytest.approx(BY_HAND)


def test_map_default_names_and_one_threshold():
    assert list(_evaluate(FOUND, metric_type='mAP'))[:4] == ['mAP', 'mAP@0.5:0.95', 'mAP@0.5', 'mAP@0.55']
    one = dict(mAP=dict(temporal_iou_thresholds=0.3))
    assert list(_evaluate(FOUND, metric_type='mAP', metric_options=one)) == ['mAP@0.3']
    both = _evaluate(FOUND, metric_type=['mAP', 'AR@AN'], metric_options=one)
    assert list(both) == ['mAP@0.3', 'auc', 'AR@1', 'AR@5', 'AR@10', 'AR@100']


def test_map_of_nothing_found_and_of_duplicates():
    nothing = _evaluate([_detections('v_one', [], []), _proposals('v_two')], metric_type='mAP')
    assert set(nothing.values()) == {0.0}
    # one class, the only segment found twice: the second is wrong, and comes after all recall is reached
    truth = {'v_one': TRUTH['v_one'][:1]}
    twice = [_detections('v_one', [[0.0, 10, 0.9], [0, 10, 0.8]], ['a', 'a'])]
    assert set(_evaluate(twice, truth, metric_type='mAP').values()) == {1.0}
    # the same in a video that has no segment, with a better score: precision 1/2
    truth['v_two'] = []
    twice.append(_detections('v_two', [[0.0, 10, 0.95]], ['a']))
    assert set(_evaluate(twice, truth, metric_type='mAP').values()) == {0.5}


def test_map_of_numbers_in_the_annotations():
    truth = {'x': [dict(segment=[0, 10], label=3)]}
    figures = _evaluate([_detections('x', [[0.0, 10, 1]], [3])], truth, metric_type='mAP')
    assert set(figures.values()) == {1.0}


def test_map_agrees_with_the_evaluation_of_files(tmp_path):
    out = str(tmp_path / 'new' / 'result.json')
    figures = _evaluate(FOUND, metric_type='mAP', metric_options=dict(mAP=MAP), dump_config=dict(out=out))
    written = load(out)
    assert written['version'] == 'VERSION 1.3' and written['external_data'] == {}
    assert written['results']['two'][1] == dict(score=0.5, segment=[5, 15], label='a')
    (tmp_path / 'gt.json').write_text(json.dumps({v: dict(annotations=a) for v, a in TRUTH.items()}))
    means, mean = ActivityNetLocalization(str(tmp_path / 'gt.json'), out, np.array([0.5, 0.6, 0.75])).evaluate()
    assert mean == pytest.approx(figures['mAP@0.5:0.75'])
    np.testing.assert_allclose(means, [figures[f'mAP@{t}'] for t in (0.5, 0.6, 0.75)])


# --- files -----------------------------------------------------------------------------------------------------------
def test_tem_csv(tmp_path):
    table = np.random.default_rng(0).random((100, 5)).astype(np.float32)
    metric = METRICS.build(dict(type='ANetMetric', dump_config=dict(out=str(tmp_path / 'tem'), output_format='csv')))
    metric.process(None, [('v_one', table), ('v_two', torch.from_numpy(table * 2))])
    assert metric.evaluate(size=2) == {}
    path = tmp_path / 'tem' / 'v_two.csv'
    assert path.read_text().splitlines()[0] == 'action,start,end,tmin,tmax'
    np.testing.assert_allclose(np.loadtxt(path, delimiter=',', skiprows=1), table * 2)


def test_pkl_and_nothing(tmp_path, monkeypatch):
    out = str(tmp_path / 'result.pkl')
    _evaluate(PERFECT, metric_type='AR@AN', dump_config=dict(out=out))
    assert load(out) == PERFECT
    monkeypatch.chdir(tmp_path)
    _evaluate(PERFECT, metric_type='AR@AN')
    assert [path.name for path in tmp_path.iterdir()] == ['result.pkl']


def test_names_of_videos(tmp_path):
    """Only ``v_`` is cut off, and a name that is not of ActivityNet stays whole."""
    out = str(tmp_path / 'result.json')
    truth = {'v_v_x': TRUTH['v_two'], 'video7': TRUTH['v_two']}
    figures = _evaluate(
        [_proposals('v_v_x', (5, 15, 1)), _proposals('video7', (5, 15, 1))],
        truth,
        metric_type='AR@AN',
        dump_config=dict(out=out, output_format='json'),
    )
    assert figures['AR@100'] == 1
    assert sorted(load(out)['results']) == ['v_x', 'video7']


# --- errors ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    'settings, message',
    [
        (dict(metric_type='AP'), r"metric_type \('AP'\) must be one of"),
        (dict(metric_type=['TEM', 'mAP']), r'metric_type \(\[.TEM., .mAP.\]\)'),
        (dict(metric_options={'AR': {}}), r"metric_options has unknown keys \['AR'\]"),
        (
            dict(metric_options={'AR@AN': dict(top=1)}),
            'AR@AN of metric_options has .* accepts max_avg_pro',
        ),
        (dict(metric_options={'mAP': dict(temporal_iou_thresholds=[1.5])}), r'of mAP \(\[1.5\]\) must be in \(0, 1\]'),
        (dict(dump_config=dict(out='x', format='json')), r"dump_config has unknown keys \['format'\]"),
        (dict(dump_config=dict(out='x', output_format='xml')), r"output_format \('xml'\)"),
        (dict(dump_config=dict(out='x.json')), r"output_format \('json'\) of metric_type 'TEM' must be 'csv' or 'pkl'"),
        (dict(metric_type='mAP', dump_config=dict(out='x')), r"output_format \('csv'\) .* must be 'json' or 'pkl'"),
    ],
)
def test_refused_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        METRICS.build(dict(type='ANetMetric', **settings))


@pytest.mark.parametrize(
    'predictions, message',
    [
        ([PERFECT[0], dict(video_name='v_two')], r"found the keys \['video_name'\]"),
        ([PERFECT[0], dict(FOUND[1], segments=[[0, 1]])], 'video two has 1 segments, 2 scores and 2 labels'),
        (
            [PERFECT[0], _proposals('v_two', (0, float('nan'), 1))],
            'video two holds values that are not finite',
        ),
        ([FOUND[0], PERFECT[1]], 'video two has no labels, which mAP needs'),
        ([NUMBERED[0], FOUND[1]], r"class indices as labels \(0\), annotations have names \('a'\)"),
        ([PERFECT[0]], 'There are 1 predictions for 2 videos'),
    ],
)
def test_refused_predictions(predictions, message):
    with pytest.raises(ValueError, match=message):
        _evaluate(predictions, metric_type='mAP' if 'label' in message and 'scores' not in message else 'AR@AN')


def test_refused_ground_truth():
    nothing = {'v_one': [], 'v_two': []}
    with pytest.raises(ValueError, match='None of the 2 videos has an annotated segment: AR@AN is not defined'):
        _evaluate(PERFECT, nothing, metric_type='AR@AN')
    with pytest.raises(ValueError, match='annotation of video one has no label'):
        _evaluate(FOUND, {'v_one': [dict(segment=[0, 1])], 'v_two': []}, metric_type='mAP')
    with pytest.raises(ValueError, match=r'The label 2 is out of \[0, 2\)'):
        _evaluate(NUMBERED, metric_type='mAP', metric_options=dict(mAP=dict(classes=['a', 'b'])))
    metric = METRICS.build(dict(type='ANetMetric', metric_type='AR@AN'))
    batch = dict(data_samples=[ActionDataSample(metainfo=dict(video_name='v_one'))])
    with pytest.raises(
        ValueError, match=r"needs \['annotations'\] in the meta information, which has \['video_name'\]"
    ):
        metric.process(batch, PERFECT[:1])


# --- moments of sentences --------------------------------------------------------------------------------------------
def _moments(*samples, **settings):
    metric = METRICS.build(dict(type='RecallatTopK', **settings))
    metric.process(None, [dict(vid_name='x', gt=gt, predictions=np.asarray(p)) for gt, p in samples])
    return metric.evaluate(size=len(samples))


def test_recall_at_top_k():
    hit, half, miss = [0.25, 0.75, 0.9], [0.25, 0.5, 0.9], [0.8, 0.9, 0.9]
    truth = np.array([0.25, 0.75])
    samples = [
        (truth, [hit]),
        (truth, [miss, hit]),
        (truth, [half, miss]),  # half is not more than half
        (torch.tensor([[0.25, 0.75]]).repeat(32, 1), torch.tensor([miss, miss, hit])),  # one ground truth a proposal
        (truth, np.zeros((0, 3))),
    ]
    assert _moments(*samples) == {'Recall@Top1_IoU=0.5': 0.2, 'Recall@Top5_IoU=0.5': 0.6}
    assert _moments(*samples, topK_list=(2,), threshold=0.3) == {'Recall@Top2_IoU=0.3': pytest.approx(0.6)}


def test_recall_at_top_k_calculate_iou_and_errors():
    metric = METRICS.build(dict(type='RecallatTopK'))
    assert metric.calculate_IoU((0, 4), (2, 6, 0.9)) == pytest.approx(1 / 3)
    assert metric.calculate_IoU((0, 4), (5, 6)) == 0
    with pytest.raises(ValueError, match='video x holds a NaN'):
        _moments(([0, 1], [[0, np.nan, 1]]))
    with pytest.raises(ValueError, match=r'topK_list \(\[0\]\) must'):
        _moments(topK_list=[0])
    with pytest.raises(ValueError, match=r'threshold \(1\) must be in \[0, 1\)'):
        _moments(threshold=1)
