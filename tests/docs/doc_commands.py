"""Commands of the documentation, parsed or run within the process of the tests."""

from __future__ import annotations

import argparse
import os
import re
import runpy
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmaction.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
# Launchers: the script that each starts, and the places of its own arguments.
LAUNCHERS = {
    'tools/dist_train.sh': ('tools/train.py', {1}),
    'tools/dist_test.sh': ('tools/test.py', {2}),
    'tools/slurm_train.sh': ('tools/train.py', {0, 1}),
    'tools/slurm_test.sh': ('tools/test.py', {0, 1}),
    'tools/misc/dist_clip_feature_extraction.sh': ('tools/misc/clip_feature_extraction.py', {2}),
}
# Commands that are not ours.
# fmt: off
FOREIGN = {
    '7z', 'activate', 'apt-get', 'bash', 'cat', 'cd', 'conda', 'cp', 'curl', 'do', 'docker', 'done', 'du', 'echo',
    'export', 'ffmpeg', 'ffprobe', 'fi', 'find', 'for', 'git', 'gunzip', 'head', 'huggingface-cli', 'if', 'ln',
    'ls', 'mim', 'mkdir', 'mv', 'nvidia-smi', 'pre-commit', 'pytest', 'rm', 'sed', 'set', 'sh', 'sort', 'source',
    'sudo', 'tar', 'tensorboard', 'then', 'torchrun', 'tree', 'trtexec', 'true', 'unrar', 'unzip', 'uv', 'wc',
    'wget', 'zenodo_get', 'zip',
}
# fmt: on


class _Parsed(BaseException):
    """The arguments are right."""


def commands(code: str) -> Iterator[list[str]]:
    """Words of each command of a shell block, without variables that are set for it."""
    code = re.sub(r'\\\n\s*', ' ', code)
    code = re.sub(r'(?<=\s)\[(-[^\]\n]+)\]', r'\1', code)  # brackets around optional arguments
    code = re.sub(r"(?m)<<'?(\w+)'?\n.*?^\1$", '', code, flags=re.S)  # texts that are written to files
    for line in code.splitlines():
        lexer = shlex.shlex(line.removeprefix('$ '), posix=True, punctuation_chars=';&|<>()')
        lexer.whitespace_split = True
        lexer.commenters = '#' if re.match(r'\s*#|.*\s#\s', line) else ''
        words: list[str] = []
        for word in [*lexer, ';']:
            if re.fullmatch(r'[;&|()]+', word):
                words = _strip(words)
                if words:
                    yield words
                words = []
            elif word != '...':
                words.append(word)


def _strip(words: Sequence[str]) -> list[str]:
    """Words without leading assignments, and without what follows a redirection."""
    words = list(words)
    while words and re.match(r'[A-Za-z_]\w*=', words[0]):
        words.pop(0)
    for mark in ('>', '>>', '<', '2>'):
        if mark in words:
            words = words[: words.index(mark)]
    return words


def check(words: Sequence[str], *, run: bool) -> str:
    """Parse or run a command of the documentation.

    Args:
        words: of the command.
        run: run it in the current folder; otherwise its arguments are parsed by its real parser.

    Returns:
        'run', 'parsed' or 'foreign'.

    Raises:
        AssertionError: it is unknown, or its arguments are wrong.
    """
    name, *rest = words
    if name.endswith('/pip') or name == 'pip':
        return _check_pip(rest)
    if name == 'make':
        targets = re.findall(r'^([\w-]+):', (ROOT / 'Makefile').read_text(encoding='utf-8'), flags=re.M)
        unknown = [word for word in rest if '=' not in word and word not in targets]
        assert not unknown, f'Makefile has no target {unknown}'
        return 'parsed'
    if name in ('bash', 'sh') or name.removeprefix('./') in LAUNCHERS:
        script, *rest = [name, *rest] if name.removeprefix('./') in LAUNCHERS else rest
        return _check_shell_script(script.removeprefix('./'), rest)
    if re.fullmatch(r'(.*/)?python3?', name):
        if rest[0] == '-m' and rest[1] != 'mmaction':
            return 'foreign'
        name, *rest = ['mmaction', *rest[2:]] if rest[0] == '-m' else rest
    if name == 'mmaction':
        return _call(rest, None, run=run)
    if name.endswith('.py'):
        assert (ROOT / name).is_file() or Path(name).is_file(), f'{name} does not exist'
        return _call(rest, ROOT / name if (ROOT / name).is_file() else Path(name), run=run)
    assert Path(name).name in FOREIGN, f'unknown command {name!r}'
    return 'foreign'


def _check_pip(rest: Sequence[str]) -> str:
    text = (ROOT / 'pyproject.toml').read_text(encoding='utf-8')
    for word in rest:
        for extra in re.findall(r'(?:mmaction-next|\.)\[([\w,]+)\]', word):
            unknown = [name for name in extra.split(',') if not re.search(rf'^{name} = \[', text, flags=re.M)]
            assert not unknown, f'pyproject.toml has no extra {unknown}'
    return 'parsed'


def _check_shell_script(script: str, rest: Sequence[str]) -> str:
    if script.startswith('-'):
        return 'foreign'
    here = (ROOT / script).is_file() or Path(script).is_file() or script.startswith('/')
    assert here or list(ROOT.glob(f'tools/data/*/{script}')), f'{script} does not exist'
    if script not in LAUNCHERS:
        return 'parsed'
    target, own = LAUNCHERS[script]
    assert len(rest) > max(own), f'{script} needs more arguments'
    return _call([word for i, word in enumerate(rest) if i not in own], ROOT / target, run=False)


def _call(argv: Sequence[str], script: Path | None, *, run: bool) -> str:
    with _process(argv, script, run=run):
        try:
            if script is None:
                main(argv)
            else:
                runpy.run_path(str(script), run_name='__main__')
        except _Parsed:
            return 'parsed'
        except SystemExit as error:
            code = error.code
        else:
            code = 0
            assert run, 'parses no arguments'
    assert not code, f'exit code {code}'
    return 'run'


_GET_VALUE = argparse.ArgumentParser._get_value
_CHECK_VALUE = argparse.ArgumentParser._check_value


def _value(parser: argparse.ArgumentParser, action: argparse.Action, text: str) -> object:
    """Convert an argument; one in capitals, as in ``--batch-size N``, stands for any value."""
    return text if text.isupper() else _GET_VALUE(parser, action, text)


def _check_value(parser: argparse.ArgumentParser, action: argparse.Action, value: object) -> None:
    if not (isinstance(value, str) and value.isupper()):
        _CHECK_VALUE(parser, action, value)


@contextmanager
def _process(argv: Sequence[str], script: Path | None, *, run: bool) -> Iterator[None]:
    """Set ``sys.argv``; stop after the arguments are parsed unless the command is to run."""
    parse = argparse.ArgumentParser.parse_args

    def parse_only(*args: object, **kwargs: object) -> argparse.Namespace:
        parse(*args, **kwargs)
        raise _Parsed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [str(script or 'mmaction'), *argv])
        patch.setattr(sys, 'path', [str(script.parent), *sys.path] if script else sys.path)
        patch.setattr(os, 'environ', {**os.environ})
        if not run:
            patch.setattr(argparse.ArgumentParser, 'parse_args', parse_only)
            patch.setattr(argparse.ArgumentParser, '_get_value', _value)
            patch.setattr(argparse.ArgumentParser, '_check_value', _check_value)
        yield
