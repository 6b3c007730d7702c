"""Scripts for the runs from end to end."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import CompletedProcess

import pytest
from processes import run_script


@pytest.fixture(scope='session')
def run() -> Callable[..., CompletedProcess]:
    """Run a script of the checkout in a folder."""
    return run_script
