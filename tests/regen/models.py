"""Record the outputs of kind ``own`` in ``tests/golden`` again, by running their tests in recording mode."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run every test module that uses a golden file; one process, since they write to shared files."""
    users = [path for path in sorted(TESTS.rglob('test_*.py')) if 'golden' in path.read_text(encoding='utf-8').lower()]
    chosen = [str(path) for path in users if path.is_relative_to(TESTS / 'models')]
    command = [sys.executable, '-m', 'pytest', '-q', '-n', '0', '-k', 'golden or recorded or own', *chosen]
    return subprocess.run(command, env={**os.environ, 'MMACTION_RECORD_GOLDENS': '1'}, check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
