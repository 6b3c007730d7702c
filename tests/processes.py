"""Scripts in processes of their own that do not import the package again.

Starting Python and importing torch, mmengine and the package takes longer than most scripts of the tests run. A server
imports them once per pytest process, and each script is forked from it: it has arguments, a working folder, an
environment, a session and output files of its own, and starts as ``__main__``. Scripts that are started by shell
scripts or by torchrun, and tests of what an import does, start Python themselves.
"""

from __future__ import annotations

import os
import random
import runpy
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess

_FORKS = get_context('forkserver')
_FORKS.set_forkserver_preload(
    [f'mmaction.{name}' for name in ('models', 'datasets', 'evaluation', 'visualization', 'engine', 'apis', 'cli.main')]
)


class Script:
    """A script that runs in a process of its own, with one thread.

    Args:
        command: what follows ``python`` on a command line: a path, or ``-m`` and a module, and arguments.
        cwd: its working folder.
        env: its environment; None for that of this process.
    """

    def __init__(self, *command: str, cwd: Path | str, env: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._outputs = [Path(self._folder.name, name) for name in ('out', 'err')]
        self.command = command
        environment = {**(os.environ if env is None else env), 'OMP_NUM_THREADS': '1', 'MPLBACKEND': 'Agg'}
        arguments = (command, str(cwd), environment, [str(path) for path in self._outputs])
        self.process = _FORKS.Process(target=_become, args=arguments)
        self.process.start()

    @property
    def ended(self) -> bool:
        """Whether the script is over."""
        return self.process.exitcode is not None

    def printed(self) -> list[str]:
        """Its standard output and its standard error, up to now."""
        return [path.read_text() if path.exists() else '' for path in self._outputs]

    def kill(self) -> None:
        """End the script and its workers at once, and wait for it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join()

    def wait(self, timeout: float = 400) -> CompletedProcess[str]:
        """Wait for the end of the script, which is killed after ``timeout`` seconds."""
        self.process.join(timeout)
        if not self.ended:
            self.kill()
        printed = self.printed()
        self._folder.cleanup()
        return CompletedProcess(self.command, self.process.exitcode, *printed)


def run_script(*command: str, cwd: Path | str, check: bool = True) -> CompletedProcess[str]:
    """Run a script to its end; its output ends up in the assertion where it fails."""
    done = Script(*command, cwd=cwd).wait()
    assert not check or done.returncode == 0, f'{command} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}'
    return done


def run_ranks(count: int, *command: str, cwd: Path | str) -> list[CompletedProcess[str]]:
    """Run a script in ``count`` processes, with the variables that torchrun sets; returns them by rank."""
    group = dict(WORLD_SIZE=str(count), MASTER_ADDR='127.0.0.1', MASTER_PORT=str(free_port()))
    ranks = (dict(RANK=str(rank), LOCAL_RANK=str(rank)) for rank in range(count))
    scripts = [Script(*command, cwd=cwd, env={**os.environ, **group, **rank}) for rank in ranks]
    runs = [script.wait() for script in scripts]
    assert not any(done.returncode for done in runs), '\n'.join(done.stderr[-3000:] for done in runs)
    return runs


def free_port() -> int:
    """A port of this machine that no server has."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


def _become(command: tuple[str, ...], cwd: str, env: dict[str, str], outputs: list[str]) -> None:
    """Turn this process into what ``python *command`` would be."""
    import numpy as np
    import torch

    os.setsid()
    for descriptor, path in enumerate(outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), descriptor)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    torch.set_num_threads(1)
    random.seed()
    np.random.seed()
    tests = str(Path(__file__).parent)
    paths = [path for path in env.get('PYTHONPATH', '').split(os.pathsep) if path]
    sys.path[:] = paths + [path for path in sys.path if path not in paths and not path.startswith(tests)]
    sys.argv = list(command)
    if command[0] == '-m':
        sys.path.insert(0, cwd)
        sys.argv = list(command[1:])
        runpy.run_module(command[1], run_name='__main__', alter_sys=True)
    else:
        sys.path.insert(0, str(Path(command[0]).parent))
        runpy.run_path(command[0], run_name='__main__')
