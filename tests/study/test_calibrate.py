from __future__ import annotations

import numpy as np
import pytest

from mmaction.structures.frame_labels import IGNORE_INDEX
from mmaction.study.calibrate import calibrated, fit_temperature, log_loss


def test_calibrated_by_hand():
    scores = np.array([[0.9, 0.1], [0.5, 0.5]])
    assert calibrated(scores, 1.0) == pytest.approx(scores)
    # (9 : 1) at twice the temperature is (3 : 1)
    assert calibrated(scores, 2.0) == pytest.approx(np.array([[0.75, 0.25], [0.5, 0.5]]))


def test_the_temperature_of_overconfident_scores_is_found():
    rng = np.random.default_rng(0)
    true = rng.dirichlet(np.ones(3), 4000)
    labels = np.array([rng.choice(3, p=row) for row in true])
    overconfident = calibrated(true, 1 / 2.5)
    temperature = fit_temperature(overconfident, labels)
    assert temperature == pytest.approx(2.5, rel=0.08)
    labels[:100] = IGNORE_INDEX
    assert fit_temperature(overconfident, labels) == pytest.approx(2.5, rel=0.08)


@pytest.mark.parametrize('seed', range(20))
def test_the_log_loss_is_never_worse(seed):
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(4) * rng.uniform(0.1, 3), 30).astype(np.float32)
    labels = rng.integers(0, 4, 30)
    after = log_loss(calibrated(scores, fit_temperature(scores, labels)), labels)
    assert after <= log_loss(scores, labels) + 1e-6


def test_scores_that_are_all_right_stay():
    scores = np.array([[0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])
    assert fit_temperature(scores, np.array([0, 1, 0])) == 1


def test_nothing_to_calibrate_by():
    assert fit_temperature(np.zeros((0, 2)), np.zeros(0, np.int64)) == 1
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-np.log(1e-12))
