"""Progress where there is no terminal, and on one."""

from __future__ import annotations

import sys

import pytest

from mmaction.utils import track, track_on_main_process


def test_a_line_every_tenth_off_a_terminal(capsys) -> None:
    assert list(track(range(25), 'Reading')) == list(range(25))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == [f'{n}/25' for n in (3, 5, 8, 10, 13, 15, 18, 20, 23, 25)]
    assert list(track((i for i in range(3)), total=3)) == [0, 1, 2]
    assert capsys.readouterr().err.splitlines()[-1].startswith('Working... 3/3')
    assert list(track(iter('ab'), 'Reading')) == ['a', 'b']
    assert capsys.readouterr().err.startswith('Reading 2 done')


def test_only_the_main_process_tells(capsys, monkeypatch) -> None:
    assert list(track_on_main_process('ab')) == ['a', 'b']
    assert '2/2' in capsys.readouterr().err
    monkeypatch.setattr('mmengine.dist.is_main_process', lambda: False)
    assert list(track_on_main_process('ab')) == ['a', 'b']
    assert capsys.readouterr().err == ''


@pytest.mark.filterwarnings('ignore')
def test_a_bar_on_a_terminal(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True)
    monkeypatch.setenv('TERM', 'xterm')
    assert list(track(range(4), 'Reading')) == [0, 1, 2, 3]
    said = capsys.readouterr().err
    assert 'Reading' in said and '100%' in said
