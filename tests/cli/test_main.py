"""The command ``mmaction``: its table, overview, messages and exit codes."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from mmaction.cli.command import load_command
from mmaction.cli.main import COMMANDS, Group, main, overview, walk

LEAVES = list(walk())
HEAVY = {'torch', 'torchvision', 'cv2', 'av', 'matplotlib', 'mmengine', 'mmcv', 'mmaction.models', 'mmaction.datasets'}


def python(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(('names', 'module'), LEAVES, ids=[' '.join(names) for names, _ in LEAVES])
def test_help_of_each_command(names, module, capsys, monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['mmaction'])
    command = load_command(module)
    assert command.run.__module__ == module and command.HELP
    with pytest.raises(SystemExit) as ended:
        main([*names, '--help'])
    assert ended.value.code == 0
    words = capsys.readouterr().out.split()  # argparse breaks long lines
    assert words[: len(names) + 3] == ['usage:', 'mmaction', *names, '[-h]']


def test_the_table_has_all_commands():
    assert len(LEAVES) > 40 and len({module for _, module in LEAVES}) == len(LEAVES)
    assert all(names == tuple(name.lower().replace('_', '-') for name in names) for names, _ in LEAVES)


def test_overviews_fit_a_screen():
    lines = overview('mmaction', COMMANDS).splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    for words in ('train', 'skeleton', 'data', 'tools'):
        assert any(line.startswith(f'  {words} ') for line in lines)

    def check(group: Group, names: str) -> None:
        text = overview(names, group)
        assert max(map(len, text.splitlines())) <= 80, text
        for name, entry in group.commands.items():
            if isinstance(entry, Group):
                check(entry, f'{names} {name}')

    check(COMMANDS, 'mmaction')


def test_help_imports_nothing_heavy():
    """Neither the overviews nor the arguments of any command load torch, or mmengine, which takes 0.2 s."""
    code = (
        'import argparse, sys\n'
        'from mmaction.cli.main import COMMANDS, overview, walk\n'
        'from mmaction.cli.command import build_parser, load_command\n'
        'overview("mmaction", COMMANDS)\n'
        'for _, module in walk(): build_parser(load_command(module)).format_help()\n'
        f'print(*sorted({HEAVY} & {{*sys.modules}}))'
    )
    assert python('-c', code).stdout.split() == []


def test_module_and_scripts_have_their_own_names(root):
    run = python('-m', 'mmaction', 'data', 'extract_audio', '--help')
    assert run.returncode == 0 and run.stdout.startswith('usage: mmaction data extract-audio [-h]')
    run = python(str(root / 'tools' / 'data' / 'extract_audio.py'), '--help')
    assert run.returncode == 0 and run.stdout.startswith('usage: extract_audio.py [-h]')


# New here, so that MMAction2 has no script for them.
SCRIPTLESS = {
    ('annotate',),
    ('data', 'export'),
    ('data', 'import'),
    ('data', 'scan'),
    ('detect',),
    ('doctor',),
    ('env',),
    ('fit',),
    ('report',),
    ('tools', 'bash-completion'),
}


def test_scripts_call_the_command_of_their_name(root):
    """Each short script leads to a command of the table, and each command but the new ones has a script."""
    reached = set()
    for path in [*root.glob('tools/**/*.py'), *root.glob('demo/*.py')]:
        text = path.read_text()
        if 'from mmaction.cli.main import main' in text:
            call = text[text.index('main([') + 6 : text.index(', *sys.argv')]
            reached.add(tuple(word.strip("' ") for word in call.split(',')))
            assert f'``python {path.relative_to(root)} --help``' in text
    assert {names for names, _ in LEAVES} - reached == SCRIPTLESS


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['trian'], "mmaction: error: 'trian' is not a command. Did you mean mmaction train?"),
        (['extract_audio'], 'Did you mean mmaction data extract-audio'),
        (
            ['data', 'extract-audoi'],
            "mmaction data: error: 'extract-audoi' is not a command. Did you mean mmaction",
        ),
        (['xyz'], "mmaction: error: 'xyz' is not a command. mmaction --help lists all commands."),
    ],
)
def test_unknown_commands_suggest_similar_ones(words, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_overview_is_printed_for_help_and_without_a_command(capsys):
    for words, code in ((['--help'], 0), (['data', '-h'], 0), ([], 2), (['tools'], 2)):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == code
        printed = capsys.readouterr()
        text = printed.err if code else printed.out
        assert text.startswith(f'usage: mmaction {"".join(f"{w} " for w in words if "-" not in w)}COMMAND')


def test_wrong_arguments_and_wrong_files(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['mmaction'])
    for words, code, message in (
        (['train'], 2, 'mmaction train: error: the following arguments are required: config'),
        (['browse', 'c.py', 'out', '-n', '0'], 2, 'mmaction browse: error: --show-number (0) must be at least 1'),
        (['config', 'none.py'], 1, 'error: There is no config at none.py. (MMACTION_TRACEBACK=1 shows the traceback)'),
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == code
        assert capsys.readouterr().err.splitlines()[-1] == message
    monkeypatch.setenv('MMACTION_TRACEBACK', '1')
    with pytest.raises(FileNotFoundError, match=r'no config at none\.py'):
        main(['config', 'none.py'])


def test_config_prints_and_writes_the_resolved_config(tmp_path, capsys):
    (tmp_path / 'base.py').write_text('a = dict(x=1, y=2)\n')
    (tmp_path / 'c.py').write_text("_base_ = 'base.py'\na = dict(y=3)\n")
    main(['config', str(tmp_path / 'c.py'), '--cfg-options', 'a.z=4'])
    assert capsys.readouterr().out.strip() == 'a = dict(x=1, y=3, z=4)'
    main(['config', str(tmp_path / 'c.py'), '--dump', str(tmp_path / 'd.json')])
    assert (tmp_path / 'd.json').read_text().replace(' ', '').strip() == '{"a":{"x":1,"y":3}}'
    with pytest.raises(SystemExit):
        main(['config', str(tmp_path / 'c.py'), '--dump', str(tmp_path / 'd.txt')])
    assert 'd.txt) must end in .py, .json, .yaml or .yml.' in capsys.readouterr().err


def test_env_prints_versions(capsys):
    main(['env'])
    lines = dict(line.split(': ', 1) for line in capsys.readouterr().out.splitlines() if ': ' in line)
    assert lines['numpy'] == importlib.import_module('numpy').__version__
    assert lines['MMAction2'].startswith('2.')


@pytest.mark.parametrize('old', ['demo', 'vis_cam', 'hvu.download', 'report_accuracy'])
def test_former_functions_of_command_modules(old, capsys):
    module = importlib.import_module(f'mmaction.cli.{old}')
    with pytest.raises(SystemExit, match='2'):
        module.parse_args(['--nothing'])
    with pytest.raises(SystemExit, match='0'):
        module.main(['--help'])
    assert 'usage: ' in capsys.readouterr().out
