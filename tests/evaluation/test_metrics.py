from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import LabelData

from mmaction.evaluation import AccMetric, ConfusionMatrix, get_weighted_score, top_k_accuracy
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample

SCORES = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.2, 0.5, 0.3]], np.float32)
LABELS = [2, 1, 0, 1]


def samples(scores=SCORES, labels=LABELS):
    return [ActionDataSample().set_pred_score(torch.tensor(s)).set_gt_label(y) for s, y in zip(scores, labels)]


def plural_only(sample):
    """A sample of the 1.0 dialect alone."""
    return {'pred_scores': {'item': sample.pred_score}, 'gt_labels': {'item': sample.gt_label}}


def evaluate(metric, data_samples):
    evaluator = Evaluator(metric)
    evaluator.process(data_samples, None)
    return evaluator.evaluate(len(data_samples))


def test_acc_metric_through_the_evaluator():
    metric = METRICS.build(dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=(1, 2)))))
    figures = evaluate(metric, samples())
    assert list(figures) == ['acc/top1', 'acc/top2', 'acc/mean1']  # save_best='auto' takes the first
    assert figures == pytest.approx({'acc/top1': 0.5, 'acc/top2': 0.75, 'acc/mean1': 0.5})
    assert all(type(value) is float for value in figures.values())


@pytest.mark.filterwarnings('ignore:There are 3 classes')
@pytest.mark.parametrize(
    'speak',
    [
        lambda s: s,
        lambda s: s.to_dict(),
        plural_only,
        lambda s: {'pred_scores': LabelData(item=s.pred_score), 'gt_labels': LabelData(item=s.gt_label)},
        lambda s: {'pred_score': s.pred_score.bfloat16().requires_grad_(), 'gt_label': s.gt_label},
        lambda s: {'pred_score': s.pred_score.tolist(), 'gt_label': s.gt_label.item()},
    ],
    ids=['sample', 'dict', '1.0', 'LabelData', 'bfloat16', 'plain'],
)
def test_acc_metric_reads_every_dialect(speak):
    metric = AccMetric(metric_list='top_k_accuracy', metric_options=None)
    metric.process(None, [speak(s) for s in samples()])
    assert metric.compute_metrics(metric.results) == {'top1': 0.5, 'top5': 1.0}


def test_acc_metric_leaves_out_samples_without_a_label():
    metric = AccMetric(metric_options=dict(top_k_accuracy=dict(topk=1)))
    with pytest.warns(UserWarning, match='2 of 6 samples have no label'):
        figures = evaluate(metric, samples(np.concatenate([SCORES, SCORES[:2]]), [*LABELS, -1, -1]))
    assert figures == {'acc/top1': 0.5, 'acc/mean1': 0.5}
    metric.process(None, [s.to_dict() for s in samples(SCORES[:1], [-1])])
    with pytest.warns(UserWarning, match='1 of 1'):
        assert metric.compute_metrics(metric.results) == {}


def test_acc_metric_of_several_labels():
    scores = np.array([[0.9, 0.1, 0.0], [0.8, 0.9, 0.0], [0.7, 0.8, 0.1]])
    labels = [[1, 0, 0], [0, 0, 1], [1, 1, 0]]
    metric = AccMetric(metric_list=('mean_average_precision', 'mmit_mean_average_precision'), prefix='mit')
    figures = evaluate(metric, samples(scores, labels))
    # classes: (1 + 2/3) / 2, 1/2, 1/3 (ties at the end: 1 of 3); samples: 1, 1/3, 1 (0.8 and 0.7 first)
    assert figures['mit/mean_average_precision'] == pytest.approx((5 / 6 + 1 / 2 + 1 / 3) / 3)
    assert figures['mit/mmit_mean_average_precision'] == pytest.approx((1 + 1 / 3 + 1) / 3)
    indices = evaluate(AccMetric(metric_list='mmit_mean_average_precision'), samples(scores, [0, 2, [0, 1]]))
    assert indices['acc/mmit_mean_average_precision'] == pytest.approx((1 + 1 / 3 + 1) / 3)
    with pytest.raises(ValueError, match='Use mean_average_precision'):
        evaluate(AccMetric(), samples(scores, labels))


def test_acc_metric_of_components():
    pose = SCORES[:, ::-1].copy()
    data_samples = samples()
    for sample, p in zip(data_samples, pose):
        sample.set_pred_score({'rgb': sample.pred_score, 'pose': torch.tensor(p)})
    figures = evaluate(AccMetric(metric_options=dict(top_k_accuracy=dict(topk=(1, 2)))), data_samples)
    parts = ['rgb', 'pose', 'RGBPose_1:1', 'RGBPose_2:1', 'RGBPose_1:2']
    assert list(figures) == [f'acc/{part}_{name}' for part in parts for name in ('top1', 'top2', 'mean1')]
    assert figures['acc/rgb_top1'] == 0.5
    for part, weights in (('pose', (0, 1)), ('RGBPose_2:1', (2, 1)), ('RGBPose_1:2', (1, 2))):
        expected = top_k_accuracy(get_weighted_score([SCORES, pose], weights), LABELS, (1, 2))
        assert [figures[f'acc/{part}_top1'], figures[f'acc/{part}_top2']] == expected


@pytest.mark.parametrize(
    ('kwargs', 'error', 'message'),
    [
        (dict(metric_list=('top_k', 'mean_class_accuracy')), ValueError, r"\('top_k'\).*'top_k_accuracy', 'mean_class"),
        (dict(metric_options=dict(top_k=dict(topk=1))), ValueError, "'top_k'"),
        (dict(metric_options=dict(top_k_accuracy=dict(k=1))), ValueError, r'has unknown keys .* It accepts topk'),
        (dict(metric_options=dict(mean_class_accuracy=dict(k=1))), ValueError, 'It accepts no keys'),
        (dict(metric_options=dict(top_k_accuracy=dict(topk='1'))), TypeError, "'1'"),
        (dict(metric_options=dict(top_k_accuracy=dict(topk=(0,)))), ValueError, r'\(0,\)'),
    ],
)
def test_acc_metric_refuses_options(kwargs, error, message):
    with pytest.raises(error, match=message):
        AccMetric(**kwargs)


def test_acc_metric_hands_a_subclass_its_own_options():
    class F1(AccMetric):
        def __init__(self):
            super().__init__(metric_options=dict(f1=dict(average='macro'), top_k_accuracy=dict(topk=2)))

    metric = F1()
    assert metric.metric_options['f1'] == dict(average='macro')
    assert metric.metrics == ('top_k_accuracy', 'mean_class_accuracy')
    assert list(evaluate(metric, samples())) == ['acc/top2', 'acc/mean1']


def test_metrics_name_their_results():
    metric = AccMetric(('top_k_accuracy', 'mean_class_accuracy', 'mmit_mean_average_precision'))
    names = ['top1', 'top5', 'mean1', 'mmit_mean_average_precision']
    assert metric.result_names() == [*names, *(f'*_{name}' for name in names)]
    assert ConfusionMatrix().result_names() == ['result']


def test_metrics_name_a_missing_field():
    with pytest.raises(KeyError, match=r"AccMetric needs pred_score \(or pred_scores\).*\['gt_label'\]"):
        AccMetric().process(None, [{'gt_label': torch.tensor([0])}])
    with pytest.raises(KeyError, match='ConfusionMatrix needs gt_label'):
        ConfusionMatrix().process(None, [{'pred_score': torch.zeros(2)}])


@pytest.mark.filterwarnings('ignore:There are 2 classes')
def test_metric_of_the_guides_on_two_classes():
    scores, labels = [np.array([0.4, 0.6]), np.array([0.4, 0.6])], [0, 1]
    accuracy = OrderedDict(zip(('topk1', 'topk5'), top_k_accuracy(scores, labels, (1, 5))))
    assert accuracy == {'topk1': 0.5, 'topk5': 1.0}


# --- confusion matrix ------------------------------------------------------------------------------------------------
EXPECTED = [[0, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_confusion_matrix_metric():
    figures = evaluate(METRICS.build(dict(type='ConfusionMatrix')), samples())
    assert list(figures) == ['confusion_matrix/result']
    assert figures['confusion_matrix/result'].tolist() == EXPECTED
    metric = ConfusionMatrix(num_classes=4)
    metric.process(None, [plural_only(s) for s in samples()])
    metric.process(None, [{'pred_label': torch.tensor([3]), 'gt_label': torch.tensor([3])}])
    metric.process(None, [{'pred_label': torch.tensor([3]), 'gt_label': torch.tensor([-1])}])
    with pytest.warns(UserWarning, match='1 of 6'):
        matrix = metric.compute_metrics(metric.results)['result']
    assert matrix.tolist() == [[*row, 0] for row in EXPECTED] + [[0, 0, 0, 1]]


def test_confusion_matrix_calculate():
    assert ConfusionMatrix.calculate(SCORES, LABELS).tolist() == EXPECTED
    assert ConfusionMatrix.calculate([2, 0, 1, 1], LABELS, num_classes=3).tolist() == EXPECTED
    assert (
        ConfusionMatrix.calculate(torch.tensor([], dtype=torch.long), torch.tensor([], dtype=torch.long), 2).sum() == 0
    )
    for arguments, error, message in (
        (([0, 1], [0, 1]), ValueError, 'num_classes is required'),
        (([0, 1], [0, 3], 3), ValueError, r'label 3 in target is out of \[0, 3\)'),
        (([0, -1], [0, 1], 3), ValueError, 'label -1 in pred'),
        (([0, 1], [0], 3), ValueError, r'\(2,\) and \(1,\)'),
        (([0.5], [0], 3), TypeError, r'pred must .* torch\.float32'),
    ):
        with pytest.raises(error, match=message):
            ConfusionMatrix.calculate(*arguments)


@pytest.mark.parametrize('values', [False, True])
def test_confusion_matrix_plot(values):
    names = ['walk', 'run', 'a rather long name of a class']
    matrix = ConfusionMatrix.calculate(SCORES, LABELS)
    figure = ConfusionMatrix.plot(matrix, include_values=values, classes=names, colorbar=False, show=False)
    (axes,) = figure.axes
    assert [t.get_text() for t in axes.get_xticklabels()] == names == [t.get_text() for t in axes.get_yticklabels()]
    assert [t.get_text() for t in axes.texts] == ([str(v) for row in EXPECTED for v in row] if values else [])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ('Predicted class', 'True class')
    np.testing.assert_array_equal(axes.images[0].get_array(), EXPECTED)


@pytest.mark.parametrize('size', [5, 60, 400])
def test_names_in_the_plot_do_not_overlap(size):
    figure = ConfusionMatrix.plot(np.eye(size), show=False, classes=[f'class number {i}' for i in range(size)])
    figure.draw_without_rendering()
    axes = figure.axes[0]
    for labels, side in ((axes.get_xticklabels(), 'x'), (axes.get_yticklabels(), 'y')):
        boxes = sorted(
            (getattr(b, f'{side}0'), getattr(b, f'{side}1')) for b in (t.get_window_extent() for t in labels)
        )
        assert len(boxes) == min(size, 134)
        assert all(end <= start + 1 for (_, end), (start, _) in pairwise(boxes))
    with pytest.raises(ValueError, match=f'3 names of classes for a matrix of {size}'):
        ConfusionMatrix.plot(np.eye(size), classes=list('abc'), show=False)
