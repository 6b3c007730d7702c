"""Losses and norms of gradients are logged with the right values, and fetched only when they are read."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.data import DataLoader

from mmaction.engine.history import DeferredHistory, record


class Line(BaseModel):
    def __init__(self) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.zeros(1))

    def forward(self, inputs: torch.Tensor, mode: str = 'loss') -> dict:
        return dict(loss=(self.slope * inputs - 3 * inputs).square().mean(), share=inputs.mean())


class Fetches(TorchDispatchMode):
    """Counts the numbers that leave the device, by the iteration of a runner."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[int] = Counter()
        self.iteration = -1

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            self.found[self.iteration] += 1
        return func(*args, **(kwargs or {}))


class Iteration(Hook):
    priority = 'HIGHEST'

    def __init__(self, fetches: Fetches) -> None:
        self.fetches = fetches

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        self.fetches.iteration = runner.iter


def train(tmp_path: Any, hooks: list[Hook], **options: Any) -> Runner:
    runner = Runner(
        Line(),
        str(tmp_path),
        train_dataloader=DataLoader([dict(inputs=torch.tensor(float(i))) for i in range(1, 9)]),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-3), clip_grad=dict(max_norm=5.0)),
        default_hooks=dict(logger=dict(type='LoggerHook', interval=4), checkpoint=None),
        custom_hooks=hooks,
        default_scope='mmaction',
        experiment_name=tmp_path.name,
        **options,
    )
    runner.train()
    return runner


def expected() -> tuple[list[float], list[float]]:
    """Losses and norms of the gradient of the training above."""
    slope, losses, norms = np.float32(0), [], []
    for x in np.arange(1, 9, dtype=np.float32):
        losses.append((slope - 3) ** 2 * x * x)
        gradient = 2 * (slope - 3) * x * x
        norms.append(abs(gradient))
        slope -= 1e-3 * gradient * min(1, 5 / abs(gradient))
    return losses, norms


def test_an_iteration_waits_for_nothing_between_log_lines(tmp_path):
    fetches = Fetches()
    with fetches:
        runner = train(tmp_path, [Iteration(fetches)])
    assert {key: fetches.found[key] for key in range(8) if key in fetches.found} == {0: 3}  # the first of each value
    losses, norms = expected()
    history = runner.message_hub.log_scalars
    np.testing.assert_allclose(history['train/loss'].data[0], losses, rtol=1e-5)
    np.testing.assert_allclose(history['train/grad_norm'].data[0], norms, rtol=1e-5)
    assert history['train/share'].data[0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    first = json.loads(next(tmp_path.rglob('scalars.json')).read_text().splitlines()[0])
    assert first['loss'] == pytest.approx(np.mean(losses[:4]), rel=1e-5)
    assert first['grad_norm'] == pytest.approx(np.mean(norms[:4]), rel=1e-5)


def test_a_hook_that_reads_each_value_gets_it(tmp_path):
    class Reads(Hook):
        priority = 'LOW'
        seen: list = []

        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            self.seen.append(runner.message_hub.get_scalar('train/loss').current())

    train(tmp_path, [Reads()])
    np.testing.assert_allclose(Reads.seen, expected()[0], rtol=1e-5)


@pytest.fixture
def hub(request):
    return MessageHub(request.node.name)


def test_values_are_those_of_the_time_of_recording(hub):
    running = torch.tensor(0.0)  # a buffer that its owner goes on changing
    for _ in range(4):
        running += 1
        record(hub, 'train/running', running)
    assert hub.get_scalar('train/running').data[0].tolist() == [1, 2, 3, 4]


def test_statistics_and_numbers_among_tensors(hub):
    for value in (torch.tensor(1.0), torch.tensor([3.0]), 5, torch.tensor(7, dtype=torch.int64)):
        record(hub, 'train/x', value)
    history = hub.get_scalar('train/x')
    assert (history.mean(2), history.max(), history.min(), history.current()) == (6, 7, 1, 7)
    assert history.statistics('mean') == 4
    assert history.data[1].tolist() == [1, 1, 1, 1]


def test_numbers_alone_are_a_plain_history(hub):
    record(hub, 'train/lr', 0.1)
    assert type(hub.get_scalar('train/lr')) is HistoryBuffer


def test_what_is_no_number_is_refused_as_by_the_hub(hub):
    record(hub, 'train/x', torch.tensor(1.0))
    with pytest.raises(AssertionError):
        record(hub, 'train/x', torch.zeros(3))


def test_copies_and_checkpoints_hold_plain_histories(hub):
    for value in (1.0, 2.0, 3.0):
        record(hub, 'train/loss', torch.tensor(value))
    assert isinstance(hub.get_scalar('train/loss'), DeferredHistory)
    state = hub.state_dict()
    for found in (
        state['log_scalars']['train/loss'],
        copy.deepcopy(hub.get_scalar('train/loss')),
        pickle.loads(pickle.dumps(hub.get_scalar('train/loss'))),
    ):
        assert type(found) is HistoryBuffer
        assert found.data[0].tolist() == [1, 2, 3]
    other = MessageHub('resumed')
    other.load_state_dict(state)
    record(other, 'train/loss', torch.tensor(4.0))
    record(other, 'train/loss', torch.tensor(5.0))
    assert other.get_scalar('train/loss').data[0].tolist() == [1, 2, 3, 4, 5]


def test_no_more_than_the_longest_history_is_kept():
    history = DeferredHistory(max_length=3)
    for value in range(5):
        history.defer(torch.tensor(float(value)))
    assert history.data[0].tolist() == [2, 3, 4]
    assert history.data[1].tolist() == [1, 1, 1]
