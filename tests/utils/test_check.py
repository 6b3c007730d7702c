from __future__ import annotations

import numpy as np
import pytest

from mmaction.utils.check import at_least, known_keys, pick, positive, shorten, within


def test_pick_returns_the_entry_of_a_table_and_the_element_of_a_sequence():
    table = {'mean': sum, None: max}
    assert pick(table, 'mean', 'reduce') is sum
    assert pick(table, None, 'reduce') is max
    assert pick((1, 3, 10), 3, 'num_crops') == 3


@pytest.mark.parametrize('value', ['maen', ['mean'], {}, None, np.zeros(2)])
def test_pick_names_argument_value_and_options(value):
    with pytest.raises(ValueError, match=r"^reduce \(.*\) must be one of 'mean', 'max' or a function\.$") as error:
        pick({'mean': sum, 'max': max}, value, 'reduce', also='or a function')
    assert f'({value!r})' in str(error.value)


def test_pick_does_not_take_true_for_one():
    with pytest.raises(ValueError, match=r'^num_crops \(True\) must be one of 1, 3\.$'):
        pick((1, 3), True, 'num_crops')


def test_at_least_returns_the_value():
    assert at_least(1, 1, 'clip_len') == 1
    assert at_least(0, 0.5, 'box_thr') == 0.5


@pytest.mark.parametrize('value', [0, None, '8', True, float('nan')])
def test_at_least_names_argument_value_and_limit(value):
    with pytest.raises(ValueError, match=r'^clip_len \(.*\) must be at least 1\. Did you mean num_clips\?$') as error:
        at_least(1, value, 'clip_len', 'Did you mean num_clips?')
    assert f'({value!r})' in str(error.value)


def test_known_keys_copies():
    cfg = dict(topk=(1, 5))
    copied = known_keys('options', cfg, ['topk', 'thresholds'])
    assert copied == cfg
    assert copied is not cfg
    assert known_keys('options', None, []) == {}


def test_known_keys_names_the_unknown_and_the_accepted():
    message = r"^test_cfg has unknown keys \['a', 'c'\], which nothing reads\. It accepts b\.$"
    with pytest.raises(ValueError, match=message):
        known_keys('test_cfg', dict(c=1, b=2, a=3), ['b'])
    with pytest.raises(ValueError, match=r'It accepts no keys\.$'):
        known_keys('test_cfg', dict(a=3), [])


def test_shorten():
    assert shorten([]) == ''
    assert shorten('abcd') == 'a, b, c, d'
    assert shorten('abcde') == 'a, b, c, d and 1 more'
    assert shorten(range(5), count=2) == '0, 1 and 3 more'


@pytest.mark.parametrize('value', [-0.1, 1.5, None, float('nan')])
def test_within_names_both_limits(value):
    assert within(0, 1, 1, 'prob') == 1
    with pytest.raises(ValueError, match=r'^prob \(.*\) must be in \[0, 1\]\.$') as error:
        within(0, 1, value, 'prob')
    assert f'({value!r})' in str(error.value)


@pytest.mark.parametrize('value', [0, -2, '8'])
def test_positive_gives_the_remedy(value):
    assert positive(0.1, 'target_fps') == 0.1
    with pytest.raises(ValueError, match=r'^target_fps \(.*\) must be positive\. Leave it out\.$') as error:
        positive(value, 'target_fps', 'Leave it out.')
    assert f'({value!r})' in str(error.value)
