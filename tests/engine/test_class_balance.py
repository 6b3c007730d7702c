"""Weights of the classes from how often they occur, in closed form."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from mmaction.engine.hooks.class_balance import ClassBalanceHook, balanced_weights
from mmaction.models import LinearSegmentor


def test_weights_closed_form():
    assert balanced_weights([100, 25]).tolist() == pytest.approx([2 / 3, 4 / 3])
    assert balanced_weights([100, 0, 25], power=1).tolist() == pytest.approx([0.4, 1, 1.6])
    assert balanced_weights([7, 1], power=0).tolist() == [1, 1]
    with pytest.raises(ValueError, match='No class occurs in the training data'):
        balanced_weights([0, 0])


class Counted:
    def class_counts(self):
        return [100, 25]


def runner_of(dataset, model):
    lines = []
    logger = SimpleNamespace(info=lines.append)
    return SimpleNamespace(train_dataloader=SimpleNamespace(dataset=dataset), model=model, logger=logger, lines=lines)


def test_hook_sets_the_weights_of_a_wrapped_dataset():
    model = LinearSegmentor(4, 2)
    runner = runner_of(SimpleNamespace(dataset=Counted()), model)
    ClassBalanceHook().before_train(runner)
    torch.testing.assert_close(model.class_weight, torch.tensor([2 / 3, 4 / 3]))
    assert runner.lines == ['Weights of the classes: 0.667, 1.33']


def test_hook_names_what_it_cannot_use():
    with pytest.raises(TypeError, match=r'dataset with class_counts\(\), which list has not'):
        ClassBalanceHook().before_train(runner_of([], LinearSegmentor(4, 2)))
    with pytest.raises(TypeError, match=r'model with set_class_weight\(\), which Linear has not'):
        ClassBalanceHook().before_train(runner_of(Counted(), torch.nn.Linear(1, 1)))
    with pytest.raises(ValueError, match=r'power \(2\) must be in \[0, 1\]'):
        ClassBalanceHook(power=2)
