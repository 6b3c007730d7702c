"""Fusing dumped scores of several streams."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mmengine.fileio import dump

from mmaction.cli.tools.report_accuracy import main
from mmaction.evaluation.metrics.fusion import fuse_and_rate
from mmaction.structures import ActionDataSample

JOINT = [[3.0, 1.0, 0.0], [2.0, 1.9, 0.0], [0.0, 0.0, 1.0], [0.4, 0.3, 0.2]]
BONE = [[0.0, 1.0, 0.0], [0.0, 1.0, 0.5], [0.0, 9.0, 0.0], [0.0, 0.0, 0.4]]
LABELS = [0, 1, 2, 2]


def write(path, scores, labels=LABELS):
    samples = []
    for score, label in zip(scores, labels):
        sample = ActionDataSample().set_gt_label(label)
        parts = isinstance(score, dict)
        sample.set_pred_score({k: torch.tensor(v) for k, v in score.items()} if parts else torch.tensor(score))
        samples.append(sample.to_dict())
    dump(samples, str(path))
    return str(path)


@pytest.fixture
def files(tmp_path):
    return [write(tmp_path / 'joint.pkl', JOINT), write(tmp_path / 'bone.pkl', BONE)]


@pytest.mark.parametrize(
    ('coefficients', 'top1', 'mean'),
    [
        ((1, 0), 0.5, (1 + 0 + 0.5) / 3),  # joints alone: right, wrong, right, wrong
        ((0, 1), 0.5, (0 + 1 + 0.5) / 3),
        ((1, 1), 0.75, (1 + 1 + 0.5) / 3),  # the third is lost to the sure bones, the fourth is won: 0.4, 0.3, 0.6
        ((20, 1), 0.5, (1 + 0 + 0.5) / 3),
    ],
)
def test_weighted_sum_of_scores(files, coefficients, top1, mean):
    figures = fuse_and_rate(files, coefficients)
    assert figures == pytest.approx({'Mean Class Accuracy': mean, 'Top 1 Accuracy': top1, 'Top 5 Accuracy': 1})


def test_softmax_makes_streams_comparable(files):
    # 3 : 1, the third sample: logits 9 over 3 for class 1; probabilities 3 x 0.58 over 3 x 0.21 + 1 for class 2
    assert fuse_and_rate(files, (3, 1))['Top 1 Accuracy'] == 0.5
    assert fuse_and_rate(files, (3, 1), apply_softmax=True)['Top 1 Accuracy'] == 0.75
    assert fuse_and_rate(files, (10, 1), apply_softmax=True)['Top 1 Accuracy'] == 0.5


def test_components_of_one_model(tmp_path, files):
    both = write(tmp_path / 'both.pkl', [dict(rgb=a, pose=b) for a, b in zip(JOINT, BONE)])
    assert fuse_and_rate([f'{both}:rgb', f'{both}:pose'], (1, 1)) == fuse_and_rate(files, (1, 1))
    with pytest.raises(ValueError, match=r"both.pkl has scores of \['pose', 'rgb'\]; name one of them"):
        fuse_and_rate([both], (1,))
    with pytest.raises(ValueError, match=r"joint.pkl has no components, but 'rgb' is requested"):
        fuse_and_rate([f'{files[0]}:rgb'], (1,))


def test_several_labels_are_rated_by_average_precision(tmp_path):
    labels = [[0, 1], [1], [2], [0]]
    file = write(tmp_path / 'a.pkl', [[0.9, 0.8, 0.1], [0.2, 0.7, 0.3], [0.1, 0.2, 0.9], [0.8, 0.3, 0.2]], labels)
    assert fuse_and_rate([file], (1,), multi_label=True) == {'mAP': 1.0}
    with pytest.raises(ValueError, match=r'A sample has the labels \[0, 1\]; pass --multi-label'):
        fuse_and_rate([file], (1,))


def test_command_prints_figures_and_faults(files, tmp_path, capsys):
    main(['--preds', *files, '--coefficients', '1', '1', '--apply-softmax'])
    assert capsys.readouterr().out.splitlines() == [
        'Mean Class Accuracy: 0.8333',
        'Top 1 Accuracy: 0.7500',
        'Top 5 Accuracy: 1.0000',
    ]
    other = write(tmp_path / 'other.pkl', JOINT, LABELS[::-1])
    for arguments, message in (
        (['--preds', files[0]], 'There are 1 files in --preds and 2 --coefficients'),
        (['--preds', files[0], 'none.pkl'], 'There is no file of predictions at none.pkl'),
        (['--preds', files[0], other], 'whose labels differ from those of the 4 of'),
    ):
        with pytest.raises(SystemExit):
            main(arguments)
        assert message in capsys.readouterr().err


def test_nan_scores_count_as_wrong(tmp_path):
    scores = np.array(JOINT)
    scores[0] = np.nan
    file = write(tmp_path / 'nan.pkl', scores.tolist())
    assert fuse_and_rate([file], (1,))['Top 1 Accuracy'] == 0.25
