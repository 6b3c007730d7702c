"""The contract of a command module, and what all commands share: parsing, error messages and exit codes.

A command module states ``HELP`` (one line), ``add_arguments(parser)`` and ``run(args)``. It imports torch and all that
takes as long inside ``run``, so that ``--help`` and a wrong argument are answered at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol, cast

from mmaction.cli.errors import UsageError, readable_errors


class Command(Protocol):
    """A command module."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, args: argparse.Namespace) -> None:
        """Do the work; raise UsageError for arguments that do not fit together."""


def load_command(module: str) -> Command:
    """Import a command module."""
    return cast(Command, import_module(module))


def build_parser(command: Command, program: str | None = None) -> argparse.ArgumentParser:
    """Build the parser of a command; ``program`` defaults to the name of the running script."""
    parser = argparse.ArgumentParser(prog=program, description=command.HELP)
    command.add_arguments(parser)
    return parser


def run_command(module: str, argv: Sequence[str] | None = None, program: str | None = None) -> None:
    """Parse the arguments of a command and run it.

    Args:
        module: its module.
        argv: arguments, by default those of the process.
        program: name in ``--help`` and in messages about arguments.

    Raises:
        SystemExit: 2 for wrong arguments, 1 for other errors that the user can fix.
    """
    command = load_command(module)
    parser = build_parser(command, program)
    args = parser.parse_args(argv)
    with readable_errors():
        try:
            command.run(args)
        except UsageError as error:
            parser.error(str(error))


def entry_points(
    module: str,
) -> tuple[Callable[[Sequence[str] | None], argparse.Namespace], Callable[[Sequence[str] | None], None]]:
    """Make ``parse_args(argv)`` and ``main(argv)`` of a command module, for scripts that call them."""

    def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
        """Parse the arguments of the command."""
        return build_parser(load_command(module)).parse_args(argv)

    def main(argv: Sequence[str] | None = None) -> None:
        """Run the command."""
        run_command(module, argv)

    return parse_args, main
