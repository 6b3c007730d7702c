"""Loading into a module: what each policy does with keys and shapes that do not match, and what the report says."""

from __future__ import annotations

import logging

import pytest
import torch
from mmengine.logging import MMLogger
from torch import nn

from mmaction.weights import Pretrained, RenameTable, load
from mmaction.weights.rename import KEEP, rename_on_load, translate, with_wrappers
from mmaction.weights.report import LoadReport


class Pair(nn.Module):
    """Two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 1)


def counting(module: nn.Module) -> dict[str, torch.Tensor]:
    """A state dict whose entries are 1, 2, 3, ..."""
    return {name: torch.full_like(value, i) for i, (name, value) in enumerate(module.state_dict().items(), start=1)}


OLD = RenameTable(
    'the old code', r'^fc1\.', ((r'fc1\.(.+)', r'first.\1'), (r'fc2\.(.+)', r'second.\1'), (r'step', None))
)


def test_report_of_a_complete_load(tmp_path):
    net, state = Pair(), counting(Pair())
    torch.save({'state_dict': state}, tmp_path / 'a.pth')
    report = load(net, str(tmp_path / 'a.pth'))
    assert report == LoadReport(str(tmp_path / 'a.pth'), 'Pair', tuple(state))
    assert report.is_complete and report.summary() == f'4 entries of {tmp_path}/a.pth loaded into Pair'
    assert [int(value.flatten()[0]) for value in net.state_dict().values()] == [1, 2, 3, 4]


def test_strict_names_all_problems_and_loads_nothing():
    net = Pair()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = counting(net) | {'third.weight': torch.zeros(1), 'first.bias': torch.zeros(5)}
    del state['second.bias']
    message = (
        r'The weights of old\.pth do not match Pair: missing keys second\.bias; unexpected keys third\.weight; '
        r'of another shape first\.bias is \(5,\), expected \(3,\)\. Train longer\.'
    )
    with pytest.raises(ValueError, match=message):
        load(net, state, name='old.pth', remedy='Train longer.')
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    load(net, {k: v for k, v in state.items() if k != 'first.bias'}, ignore=r'^third\.', optional=r'bias$')
    assert int(net.second.weight[0, 0]) == 3 and not torch.equal(net.first.weight, before['first.weight'])


@pytest.mark.parametrize('policy', ['log', 'warn', 'partial'])
def test_lenient_policies(policy, caplog):
    net = Pair()
    state = {'first.weight': torch.ones(3, 2), 'extra': torch.zeros(1)}
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = MMLogger.get_current_instance()
    logger.addHandler(handler)
    try:
        if policy == 'warn':
            with pytest.warns(UserWarning, match=r'do not fully match Pair: missing keys first\.bias, .*extra'):
                report = load(net, state, policy=policy)
        else:
            report = load(net, state, policy=policy)
    finally:
        logger.removeHandler(handler)
    assert (report.loaded, report.unused) == (('first.weight',), ('extra',))
    assert report.missing == ('first.bias', 'second.weight', 'second.bias')
    levels = {'log': [logging.INFO], 'warn': [], 'partial': [logging.WARNING]}
    assert [record.levelno for record in records] == levels[policy]


def test_only_partial_leaves_out_another_shape():
    state = counting(Pair()) | {'second.weight': torch.zeros(7, 3)}
    for policy in ('log', 'warn'):
        with pytest.raises(ValueError, match=r'second\.weight is \(7, 3\), expected \(1, 3\)'):
            load(Pair(), state, policy=policy)
    net = Pair()
    report = load(net, state, policy='partial')
    assert report.misfits == ('second.weight is (7, 3), expected (1, 3)',)
    assert int(net.second.bias) == 4


@pytest.mark.parametrize('policy', ['log', 'warn', 'partial'])
def test_a_checkpoint_of_which_nothing_matches_is_an_error(policy):
    with pytest.raises(ValueError, match=r'do not match Pair: not one key matches; .*unexpected keys body\.weight'):
        load(Pair(), {'body.weight': torch.zeros(1)}, policy=policy)


def test_prefixes():
    state = counting(Pair())
    recognizer = {f'backbone.{name}': value for name, value in state.items()} | {'cls_head.fc.bias': torch.zeros(2)}
    net = Pair()
    assert load(net, recognizer).loaded == tuple(state)
    assert load(net, {f'a.b.{k}': v for k, v in state.items()} | {'c': torch.ones(1)}, prefix='a.b').is_complete
    with pytest.raises(ValueError, match=r"No key of the checkpoint starts with 'neck\.'; it holds first\.weight, "):
        load(net, state, prefix='neck.')


def test_a_table_of_a_whole_model_is_strict_under_any_policy():
    theirs = {name.replace('first', 'fc1').replace('second', 'fc2'): v for name, v in counting(Pair()).items()}
    net = Pair()
    report = load(net, theirs | {'step': torch.zeros(1)}, tables=(OLD,), policy='log')
    assert report.table == 'the old code' and report.is_complete and int(net.second.bias) == 4
    del theirs['fc2.bias']
    with pytest.raises(ValueError, match=r'missing keys second\.bias\.'):
        load(net, theirs, tables=(OLD,), policy='log')
    with pytest.raises(ValueError, match=r'look like those of the old code, but 1 of 4 .* unknown there: fc3\.weight'):
        load(net, theirs | {'fc3.weight': torch.zeros(1)}, tables=(OLD,))


def test_translation_uses_the_first_table_that_fits():
    other = RenameTable('another', r'^fc1\.', ((r'(.*)', r'x.\1'),))
    state = {'fc1.weight': torch.zeros(1)}
    assert list(translate(state, (OLD, other)).state) == ['first.weight']
    translated, table = translate({'first.weight': torch.zeros(1)}, (OLD, other))
    assert list(translated) == ['first.weight'] and table is None


def test_a_module_may_rename_at_every_load():
    net = Pair()
    rename_on_load(net, OLD)
    theirs = {'fc1.weight': torch.ones(3, 2), 'fc1.bias': torch.ones(3), 'fc2.weight': torch.ones(1, 3)}
    holder = nn.ModuleDict({'part': net, 'rest': nn.Linear(1, 1)})
    state = {f'part.{k}': v for k, v in theirs.items()} | {'part.fc2.bias': torch.full((1,), 5.0)}
    state |= {f'rest.{k}': v for k, v in holder['rest'].state_dict().items()}
    holder.load_state_dict(state)
    assert 'part.fc1.weight' in state  # the caller's dict stays as it is
    assert net.second.bias.item() == 5
    assert load(holder, state).is_complete


def test_wrapped_names():
    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.ModuleDict({'net': nn.Linear(1, 1)})

    names = with_wrappers({'conv.weight': torch.ones(1, 1), 'fc.bias': torch.ones(1)}, Wrapped())
    assert list(names) == ['conv.net.weight', 'fc.bias']


class UsersBackbone(Pretrained):
    """A backbone as a user writes it: only its differences."""

    tables = (RenameTable('the old code', r'^fc1\.', ((r'fc1\.(.+)', r'first.\1'), *KEEP)),)
    ignore = r'^classifier\.'
    optional = r'^second\.'

    def __init__(self, pretrained: str | None = None, init_cfg: dict | None = None) -> None:
        super().__init__(pretrained, init_cfg)
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 1)

    def init_rest(self) -> None:
        nn.init.constant_(self.second.weight, 9)

    def fit(self, name, weight, shape):
        return weight.repeat(1, 2) if name == 'first.weight' and weight.shape[1] == 1 else weight


def test_a_users_backbone_states_only_its_differences(tmp_path):
    path = str(tmp_path / 'theirs.pth')
    theirs = {'fc1.weight': torch.full((3, 1), 2.0), 'fc1.bias': torch.zeros(3), 'classifier.bias': torch.zeros(1)}
    torch.save(theirs, path)
    for options in (dict(pretrained=path), dict(init_cfg=dict(type='Pretrained', checkpoint=path))):
        net = UsersBackbone(**options)
        net.init_weights()
        assert net.first.weight.tolist() == [[2, 2]] * 3 and net.second.weight.tolist() == [[9, 9, 9]]
    torch.save({f'teacher.{k}': v for k, v in theirs.items()}, path)
    net = UsersBackbone(init_cfg=dict(type='Pretrained', checkpoint=path, prefix='teacher.'))
    net.init_weights()
    assert net.first.weight.sum() == 12
    with pytest.raises(TypeError, match=r'pretrained must be a str or None, got 3\.'):
        UsersBackbone(3)
