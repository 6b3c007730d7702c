"""The page of all commands, from their parsers."""

from __future__ import annotations

import os

from mmaction.cli.command import build_parser, load_command
from mmaction.cli.main import walk

INTRODUCTIONS = {
    'en': '# Commands\n\nAll commands with their arguments, as `--help` prints them.\n',
    'zh_cn': '# 命令\n\n全部命令及其参数，与 `--help` 的输出相同（英文）。\n',
}


def command_page(language: str) -> str:
    """Text of the page: the help of each command, under its name."""
    os.environ['COLUMNS'] = '100'  # argparse wraps to it
    parts = [INTRODUCTIONS[language]]
    for names, module in walk():
        name = ' '.join(('mmaction', *names))
        parts.append(f'## {name}\n\n```text\n{build_parser(load_command(module), name).format_help()}```\n')
    return '\n'.join(parts)
