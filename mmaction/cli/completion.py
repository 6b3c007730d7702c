"""Completion in bash of the command ``mmaction`` and of the scripts: made of the parsers."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mmaction.cli.command import build_parser, load_command
from mmaction.cli.main import COMMANDS, Group

HELP = 'Print the completion of all commands in bash'

_HEAD = """\
# Completion in bash of mmaction, and of python tools/... and python demo/...: source tools/argparse.bash
# Made of the parsers by: mmaction tools bash-completion > tools/argparse.bash

_mmaction_words() {
  case "$1" in
"""
_SCRIPTS = """\
  esac
}

_mmaction_script() {
  case "$1" in
"""
_TAIL = """\
  esac
}

# $1: the command so far, $2: index of the first word after it
_mmaction_reply() {
  local command=$1 i word words
  for ((i = $2; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]//_/-}
    words=$(_mmaction_words "${command:+$command }$word")
    [[ $word == -* || -z $words ]] && break
    command="${command:+$command }$word"
  done
  words=$(_mmaction_words "$command ${COMP_WORDS[COMP_CWORD - 1]}")
  [[ ${COMP_WORDS[COMP_CWORD - 1]} == -* && -n $words ]] || words=$(_mmaction_words "$command")
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}

_mmaction() {
  _mmaction_reply "" 1
}

_mmaction_python() {
  local command
  command=$(_mmaction_script "${COMP_WORDS[1]#./}")
  [[ -n $command && $COMP_CWORD -gt 1 ]] && _mmaction_reply "$command" 2
}

complete -o default -F _mmaction mmaction
complete -o default -F _mmaction_python python python3
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction tools bash-completion``: none."""


def run(args: argparse.Namespace) -> None:
    """Print."""
    print(bash_completion(scripts_in(Path(__file__).resolve().parents[2])), end='')


def scripts_in(root: Path) -> dict[str, str]:
    """The scripts of a checkout: path -> words that lead to the command that it calls."""
    found = {}
    for path in sorted([*root.glob('tools/**/*.py'), *root.glob('demo/*.py')]):
        call = re.search(r'main\(\[(.*?), \*sys\.argv', path.read_text(encoding='utf-8'))
        if call:
            found[path.relative_to(root).as_posix()] = ' '.join(re.findall(r"'([^']*)'", call[1]))
    return found


def bash_completion(scripts: Mapping[str, str]) -> str:
    """The file ``tools/argparse.bash``.

    Args:
        scripts: of :func:`scripts_in`.
    """
    lines = [_HEAD]
    lines += [f'    "{command}") echo "{words}" ;;\n' for command, words in _entries(COMMANDS, '')]
    lines.append(_SCRIPTS)
    lines += [f'    "{path}" | */"{path}") echo "{command}" ;;\n' for path, command in scripts.items()]
    return ''.join([*lines, _TAIL])


def _entries(entry: str | Group, path: str) -> Iterator[tuple[str, str]]:
    """The words that may follow a command, and those that may follow its options."""
    if isinstance(entry, Group):
        yield path, ' '.join(entry.commands)
        for name, child in entry.commands.items():
            yield from _entries(child, f'{path} {name}'.strip())
        return
    yield from _of_parser(build_parser(load_command(entry), path), path)


def _of_parser(parser: argparse.ArgumentParser, path: str) -> Iterator[tuple[str, str]]:
    words: list[str] = []
    below: list[tuple[str, str]] = []
    for action in parser._actions:
        long = [option for option in action.option_strings if option.startswith('--')]
        if action.help != argparse.SUPPRESS:
            words += long or action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            words += list(action.choices)
            for name, child in action.choices.items():
                below += _of_parser(child, f'{path} {name.replace("_", "-")}')
        elif action.choices is not None:
            values = ' '.join(str(choice) for choice in action.choices if choice is not None)
            below += [(f'{path} {option}', values) for option in action.option_strings]
    yield path, ' '.join(words)
    yield from below
