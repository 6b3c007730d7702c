"""The command lines of MMAction2 1.x and 0.x: all are there, with their arguments, and each is run by some test.

``tests/golden/command_lines.json`` has, for each path, the names of the arguments and their type, choices and default
as ``--help`` of MMAction2 1.2.0 and 0.24.1 states them.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmaction.cli.command import build_parser, load_command
from mmaction.cli.main import COMMANDS, Group

ROOT = Path(__file__).resolve().parents[2]
LINES = json.loads((ROOT / 'tests' / 'golden' / 'command_lines.json').read_text())
ALL = [(line, path) for line, paths in LINES.items() for path in paths]


def test_number_of_command_lines():
    assert {line: len(paths) for line, paths in LINES.items()} == {'1.x': 63, '0.x': 46}
    assert [path for _, path in ALL if not (ROOT / path).is_file()] == []


def words_of(path: str) -> list[str]:
    """Words that lead to the command of a script."""
    call = re.search(r'main\(\[(.*?), \*sys\.argv', (ROOT / path).read_text())
    return ast.literal_eval(f'[{call[1]}]')


def module_of(path: str) -> str:
    """The module of the command that a script calls."""
    entry: str | Group = COMMANDS
    for word in words_of(path):
        entry = entry.commands[word]
    return entry.default if isinstance(entry, Group) else entry


def actions_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments of a parser and of its sub-commands."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from actions_of(child)
        elif not isinstance(action, argparse._HelpAction):
            yield action


# Where both lines have a script of one name, the defaults are those of 1.x; these differ on purpose.
OTHER_DEFAULTS = {
    ('tools/analysis/get_flops.py', '--shape'): 'the script passes that of 0.x on',
    ('tools/analysis/report_accuracy.py', '--scores'): 'they belong to --datalist; the files are in no release',
    ('tools/analysis/report_accuracy.py', '--datalist'): 'the same',
    ('demo/demo_skeleton.py', '--det-score-thr'): 'each detector has its own',
    ('demo/demo_video_structuralize.py', '--det-score-thr'): 'each detector has its own',
    ('demo/webcam_demo_spatiotemporal_det.py', '--det-score-thr'): 'each detector has its own',
    ('demo/demo_spatiotemporal_det_onnx.py', '--det-score-thr'): 'each detector has its own',
    ('demo/demo_spatiotemporal_det.py', '--det-score-thr'): 'each detector has its own',
}


def default_in(spec: str) -> object:
    """The default that a specification states; None without one that can be compared."""
    found = re.search(r'=\s*([^=]+)$', spec)
    if (
        not found
        or any(word in spec for word in ('k=v', 'const=', 'required='))
        or '<url>' in spec
        or 'cpu_count' in spec
        or 'maxsize' in spec
    ):
        return None
    return ast.literal_eval(found[1])


def plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(('line', 'path'), ALL, ids=[f'{line} {path}' for line, path in ALL])
def test_arguments(line, path, capsys, monkeypatch):
    parser = build_parser(load_command(module_of(path)))
    actions = list(actions_of(parser))
    by_name = {name: action for action in actions for name in action.option_strings}
    positional = {action.dest: action for action in actions if not action.option_strings}.values()
    expected = LINES[line][path]
    names = [name for name in expected if not name.startswith('-')]
    optional = [action for action in positional if action.nargs == '?' or not action.required]
    if (line, path) != ('0.x', 'tools/misc/clip_feature_extraction.py'):  # --out takes the place of one
        assert len(positional) - len(optional) <= len(names) <= len(positional)
    for name, spec in expected.items():
        for option in name.split('/') if name.startswith('-') else ():
            action = by_name[option]
            if spec.startswith('flag'):
                assert action.nargs == 0, option
            if spec.startswith('int') and (path, option) != ('demo/webcam_demo.py', '--camera-id'):
                assert action.type in (int, float), option
            default = default_in(spec)
            shared = line == '0.x' and path in LINES['1.x']
            if default is not None and not shared and (path, option) not in OTHER_DEFAULTS:
                assert plain(action.default) == plain(default), option
            choices = re.match(r'(?:str )?(\[.*?\])(?: |$)', spec)
            if choices and action.choices is not None:
                assert {*ast.literal_eval(choices[1])} - {None} <= {*action.choices}, option

    program = Path(path).name
    monkeypatch.setattr(sys, 'argv', [path, '--help'])
    with pytest.raises(SystemExit) as ended:
        exec(compile((ROOT / path).read_text(), path, 'exec'), {'__name__': '__main__'})
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f'usage: {program} ')


@pytest.mark.parametrize('path', sorted({path for _, path in ALL}))
def test_each_command_is_run_by_a_test(path, texts):
    """By its module, as most tests run commands, or by the name of the script."""
    if path in NOT_RUN:
        return
    module = module_of(path)
    parent, _, name = module.rpartition('.')
    call = re.escape(', '.join(map(repr, words_of(path))))
    patterns = (
        rf'from {re.escape(module)} import',
        rf'from {re.escape(parent)} import (\([^)]*|[^\n]*)\b{name}\b',
        rf'{call},',
        re.escape(path),
    )
    assert any(re.search(pattern, text) for pattern in patterns for text in texts), f'no test runs {path}'


@pytest.fixture(scope='module')
def texts() -> list[str]:
    own = Path(__file__).resolve()
    return [path.read_text() for path in (ROOT / 'tests').rglob('test_*.py') if path.resolve() != own]


# They download, and nothing else.
NOT_RUN = {
    'tools/data/activitynet/download.py',
    'tools/data/hvu/download.py',
}
