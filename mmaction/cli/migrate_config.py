"""A config of the 0.x line in the form of 1.x: ``mmaction config migrate OLD.py NEW.py``."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmaction.cli.errors import UsageError

HELP = 'Convert a config of MMAction2 0.x to the form of 1.x'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction config migrate``."""
    # The names are those of MMAction2's tools/convert/convert_recognizer.py.
    parser.add_argument('config', metavar='OLD', help='config of MMAction2 0.x')
    parser.add_argument('output_config', metavar='NEW', help='file to write, .py')
    parser.add_argument('--force', action='store_true', help='write over an existing file')


def run(args: argparse.Namespace) -> None:
    """Convert, and print what changed or could not be converted."""
    from mmengine.config import Config

    from mmaction.compat.detect import old_keys
    from mmaction.compat.read import convert
    from mmaction.compat.write import config_text

    old, new = Path(args.config), Path(args.output_config)
    if new.suffix != '.py':
        raise UsageError(f'NEW ({new}) must end in .py')
    if new.exists() and not args.force:
        raise UsageError(f'{new} exists; --force writes over it')
    if not old.is_file():
        raise FileNotFoundError(f'There is no config at {old}.')
    cfg = Config.fromfile(old)
    if not old_keys(cfg):
        raise ValueError(f'{old} has no settings of MMAction2 0.x; there is nothing to convert.')
    converted, report = convert(cfg)
    new.parent.mkdir(parents=True, exist_ok=True)
    new.write_text(config_text(converted.to_dict(), report, old.name), encoding='utf-8')
    for line in report.lines():
        print(line)
    print(f'The config is at {new}.')
