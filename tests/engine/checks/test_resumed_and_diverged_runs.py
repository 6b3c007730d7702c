"""Real runs that are resumed for longer than they were planned, and runs whose loss is no longer a number."""

from __future__ import annotations

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmaction.engine.hooks.finite_loss import NonFiniteLossError
from mmaction.registry import HOOKS


@pytest.fixture
def train(config):
    """``train(changes)``: the runner of a training that has ended."""

    def run(changes: dict) -> Runner:
        runner = Runner.from_cfg(config(changes))
        runner.train()
        return runner

    return run


def rates(runner: Runner) -> list[float]:
    values, _ = runner.message_hub.get_scalar('train/lr').data
    return [round(float(value), 12) for value in values]


@pytest.mark.parametrize(
    'schedule',
    [dict(type='MultiStepLR', milestones=[2]), dict(type='ExponentialLR', gamma=0.5, convert_to_iter_based=True)],
    ids=lambda schedule: schedule['type'],
)
@pytest.mark.parametrize('planned', [2, 4])
def test_a_longer_training_has_the_rates_of_one_that_was_planned_so(train, tmp_path, schedule, planned) -> None:
    settings = {'param_scheduler': [schedule], 'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None}
    settings['default_hooks.checkpoint'] = dict(type='CheckpointHook', interval=1)
    whole = train({**settings, 'train_cfg.max_epochs': 4, 'work_dir': str(tmp_path / 'whole')})
    train({**settings, 'train_cfg.max_epochs': planned})
    from_the_middle = {'resume': True, 'load_from': str(tmp_path / 'work' / 'epoch_2.pth')}
    resumed = train({**settings, **from_the_middle, 'train_cfg.max_epochs': 4})
    assert rates(resumed) == rates(whole)
    assert len({*rates(whole)}) == (2 if schedule['type'] == 'MultiStepLR' else 8)
    log = next((tmp_path / 'work' / resumed.timestamp).glob('*.log')).read_text()
    told = f'The scheduler {schedule["type"]} goes on to {"4 epochs" if len({*rates(whole)}) == 2 else "8 iterations"}'
    assert (told in log) == (planned == 2)


def test_an_end_that_the_config_states_stays(train, tmp_path) -> None:
    schedule = dict(type='MultiStepLR', milestones=[1, 2], end=2)
    train({'param_scheduler': [schedule]})
    resumed = train({'param_scheduler': [dict(schedule, end=4)], 'resume': True, 'train_cfg.max_epochs': 4})
    assert rates(resumed)[4:] == [0.001] * 4
    log = next((tmp_path / 'work' / resumed.timestamp).glob('*.log')).read_text()
    assert 'MultiStepLR goes on with the settings of the checkpoint, not with those of the config: end 2 instead' in log


@HOOKS.register_module(force=True)
class BreakWeights(Hook):
    """Makes a weight of the last layer NaN before an iteration."""

    def __init__(self, at: int) -> None:
        self.at = at

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if runner.iter == self.at:
            with torch.no_grad():
                runner.model.cls_head.fc.weight[0, 0] = torch.nan


@pytest.mark.parametrize(('interval', 'iteration'), [(1, 3), (50, 4)])
def test_a_training_ends_where_its_loss_is_not_a_number(train, tmp_path, interval, iteration) -> None:
    hook = dict(type='RuntimeInfoHook', check_loss_interval=interval)
    changes = {'custom_hooks': [dict(type='BreakWeights', at=2)], 'default_hooks.runtime_info': hook}
    changes['default_hooks.checkpoint'] = dict(type='CheckpointHook', interval=1)
    message = rf'loss is nan at iteration {iteration} \(epoch 2\).* finite: .*loss_cls nan.* Try a lower learning rate'
    with pytest.raises(NonFiniteLossError, match=message):
        train(changes)
    assert [path.name for path in (tmp_path / 'work').glob('epoch_*.pth')] == ['epoch_1.pth']  # none of NaN


def test_the_check_of_the_loss_can_be_switched_off(train, tmp_path) -> None:
    hook = dict(type='RuntimeInfoHook', check_loss_interval=0)
    train({'custom_hooks': [dict(type='BreakWeights', at=2)], 'default_hooks.runtime_info': hook})
    assert (tmp_path / 'work' / 'epoch_2.pth').is_file()
    with pytest.raises(ValueError, match=r'check_loss_interval \(-1\) must be at least 0'):
        HOOKS.build(dict(type='RuntimeInfoHook', check_loss_interval=-1))
