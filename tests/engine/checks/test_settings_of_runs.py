"""The check of the settings in real runs: before the first iteration, once, and switched off."""

from __future__ import annotations

import pytest
from mmengine.runner import EpochBasedTrainLoop, Runner

from mmaction.engine.checks import RULES, SettingsError
from mmaction.engine.checks.check import _apply
from mmaction.engine.checks.run import Run, built_splits
from mmaction.registry import LOOPS


@pytest.fixture
def train(config, tmp_path):
    """``train(changes, labels)``: the text of the log of a training."""

    def run(changes=None, labels=None) -> str:
        runner = Runner.from_cfg(config(changes, labels))
        log = tmp_path / 'work' / runner.timestamp / f'{runner.timestamp}.log'
        before = len(log.read_text())  # runs of the same second share a file
        runner.train()
        return log.read_text()[before:]

    return run


def test_errors_come_before_the_first_iteration_and_all_at_once(train, tmp_path) -> None:
    changes = {
        'train_cfg.val_interval': 0,
        'default_hooks.checkpoint.save_best': 'top1',
        'train_dataloader.batch_size': 1,
    }
    with pytest.raises(SettingsError) as error:
        train(changes, labels=[0, 1, 5])
    first, *lines, last = str(error.value).splitlines()
    assert first == 'Settings that keep the run from working:'
    assert [line.split(' (')[0] for line in lines if 'train.pkl' not in line] == [
        '- train_cfg.val_interval',
        '- default_hooks.checkpoint.save_best',
        'Settings that may not be meant:',
        '- train_dataloader.batch_size is 1 and the model has batch normalization, which then takes its statistics of '
        'one sample: training is unstable. Use a larger batch, or freeze the layers',
    ]
    assert sum('train.pkl' in line and 'labels up to 5' in line for line in lines) == 1
    assert last == 'check_settings=False in the config leaves these checks out.'
    assert not list((tmp_path / 'work').glob('*.pth'))


def test_warnings_come_once(train) -> None:
    log = train({'train_cfg.val_interval': 5, 'param_scheduler.0.milestones': [1, 9]})
    assert log.count('Settings that may not be meant:') == 1
    assert log.count('- train_cfg.val_interval (5)') == log.count('the milestones [9] are never reached') == 1
    assert log.index('the milestones [9]') < log.index('Epoch(train)')


def test_a_sound_run_is_not_remarked_on(train) -> None:
    assert 'Settings that' not in train()


def test_the_check_can_be_switched_off(train) -> None:
    changes = {'train_cfg.val_interval': 5, 'check_settings': False}
    assert 'Settings that' not in train(changes)
    with pytest.raises(ZeroDivisionError):
        train({'train_cfg.val_interval': 0, 'check_settings': False})


def test_a_test_is_checked_by_its_own_settings(config) -> None:
    changes = {'train_cfg.val_interval': 0, 'test_dataloader.batch_size': 9, 'test_dataloader.drop_last': True}
    with pytest.raises(
        SettingsError, match=r'^Settings that keep .*:\n- test_dataloader gives no batch: its 4 samples'
    ):
        Runner.from_cfg(config(changes)).test()
    assert Runner.from_cfg(config({'train_cfg.val_interval': 0})).test().keys() >= {'acc/top1'}
    with pytest.raises(SettingsError, match='val_dataloader gives no batch'):
        Runner.from_cfg(config({'val_dataloader.batch_size': 9, 'val_dataloader.drop_last': True})).val()


def test_an_own_loop_may_read_its_settings_in_another_way(train) -> None:
    @LOOPS.register_module(name='NeverValidates', force=True)
    class NeverValidates(EpochBasedTrainLoop):
        def run(self):
            self.runner.call_hook('before_train')
            self.run_epoch()
            self.runner.call_hook('after_train')
            return self.runner.model

    log = train({'train_cfg.type': 'NeverValidates', 'train_cfg.val_interval': 0})
    assert 'Epoch(train) [1][2/2]' in log and 'Settings that' not in log


def test_a_rule_that_meets_unknown_parts_does_not_end_the_run(config) -> None:
    runner = Runner.from_cfg(config())
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    run = Run(runner, built_splits(runner))

    def fails(run: Run):
        yield run.runner.no_such_part

    assert _apply(fails, run) == []
    runner._train_loop.dataloader = [1, 2]  # of no loader that the rules know
    assert [finding for rule in RULES for finding in _apply(rule, run) if finding.level == 'error'] == []


def test_resuming_without_a_checkpoint_or_without_epochs_left(train) -> None:
    assert 'has no checkpoint: the training starts from the beginning.' in train({'resume': True})
    log = train({'resume': True})
    assert 'There is nothing left to train: the checkpoint has 2 epochs, train_cfg.max_epochs is 2. Raise it' in log
    assert 'nothing left' not in train({'resume': True, 'train_cfg.max_epochs': 3})
