"""Scripts in processes of their own that do not import the package again.

Starting Python and importing torch, mmengine and the package takes longer than most scripts of the tests run. A server
imports them once per pytest process, and each script is forked from it: it has arguments, a working folder, an
environment, a session and output files of its own, and starts as ``__main__``. Shell scripts and torchrun get a command
``python`` that has the server fork what they run (:func:`forking_python`). Tests of what an import does start Python
themselves.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import runpy
import shlex
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from subprocess import CompletedProcess

_FORKS = get_context('forkserver')
_PARTS = ('models', 'datasets', 'evaluation', 'visualization', 'engine', 'apis', 'cli.main')
# What a training imports only as it runs: the first optimizer loads dynamo, the first visualizer matplotlib.
_LATER = ['torch._dynamo', 'matplotlib.backends.backend_agg', 'matplotlib.figure', 'distutils.errors']
_FORKS.set_forkserver_preload([*(f'mmaction.{name}' for name in _PARTS), *_LATER])
_LOCK = threading.Lock()  # starting a process looks after all others, whose exit codes can be read once


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
        with self._outputs[0].open('w') as out, self._outputs[1].open('w') as err:
            self.process = _fork(command, str(cwd), environment, [out.fileno(), err.fileno()])

    @property
    def ended(self) -> bool:
        """Whether the script is over."""
        return _exit_code(self.process, 0) is not None

    def printed(self) -> list[str]:
        """Its standard output and its standard error, up to now."""
        return [path.read_text() for path in self._outputs]

    def kill(self) -> None:
        """End the script and its workers at once, and wait for it."""
        _kill(self.process, signal.SIGKILL)
        _exit_code(self.process)

    def wait(self, timeout: float = 400) -> CompletedProcess[str]:
        """Wait for the end of the script, which is killed after ``timeout`` seconds."""
        if _exit_code(self.process, timeout) is None:
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


# What runs in place of Python: it has the request served, passes signals on and ends as the forked process does.
_CLIENT = """
import json, os, signal, socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect({address!r})
socket.send_fds(link, [b'!'], [1, 2])
request = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
link.sendall(b'%d\\n%b' % (len(request), request))
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda number, _: link.sendall(bytes([number])))
code = int(link.makefile().readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@cache
def forking_python() -> Path:
    """A command ``python`` for scripts and ``-m`` modules, which are forked from the server; its folder can be on PATH.

    For shell scripts and torchrun (``PYTHON_EXEC``): starting Python and the imports take longer than what they run.
    """
    folder = Path(tempfile.mkdtemp(prefix='python-'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = str(folder / 'socket')
    (folder / 'client.py').write_text(_CLIENT.format(address=address))
    command = folder / 'python'
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS {shlex.quote(str(folder))}/client.py "$@"\n')
    command.chmod(0o755)
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen()
    threading.Thread(target=_serve, args=(server,), daemon=True).start()
    return command


def _serve(server: socket.socket) -> None:
    while True:
        threading.Thread(target=_answer, args=(server.accept()[0],), daemon=True).start()


def _answer(link: socket.socket) -> None:
    """Run what one client asks for. A client that is killed takes its process with it."""
    with link, link.makefile('rb') as reader:
        _, outputs, *_ = socket.recv_fds(link, 1, 2)
        command, cwd, env = json.loads(reader.read(int(reader.readline())))
        process = _fork(command, cwd, env, outputs)
        for descriptor in outputs:
            os.close(descriptor)
        while _exit_code(process, also=link) is None:
            signals = link.recv(1)
            _kill(process, signals[0] if signals else signal.SIGKILL)
            if not signals:
                return
        with suppress(BrokenPipeError):
            link.sendall(b'%d\n' % process.exitcode)


def _fork(command: Sequence[str], cwd: str, env: Mapping[str, str], outputs: Sequence[int]) -> BaseProcess:
    """Start a process that writes to the given file descriptors."""
    copies = [Connection(os.dup(descriptor)) for descriptor in outputs]
    process = _FORKS.Process(target=_become, args=(command, cwd, env, copies))
    with _LOCK:
        process.start()
    for copy in copies:
        copy.close()
    return process


def _exit_code(process: BaseProcess, timeout: float | None = None, also: socket.socket | None = None) -> int | None:
    """Wait for the end of a process, or for input from ``also``; returns the exit code, None while it runs."""
    wait([process.sentinel] if also is None else [process.sentinel, also], timeout)
    with _LOCK:
        return process.exitcode


def _kill(process: BaseProcess, number: int) -> None:
    """Send a signal to a process and its workers."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:  # it has not made a group yet, or is over
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _become(command: Sequence[str], cwd: str, env: Mapping[str, str], outputs: Sequence[Connection]) -> None:
    """Turn this process into what ``python *command`` would be."""
    import numpy as np
    import torch

    os.setsid()
    for descriptor, output in enumerate(outputs, 1):
        os.dup2(output.fileno(), descriptor)
        output.close()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    torch.set_num_threads(1)
    random.seed()
    np.random.seed()
    tests = str(Path(__file__).parent)
    paths = [path for path in env.get('PYTHONPATH', '').split(os.pathsep) if path]
    sys.path[:] = paths + [path for path in sys.path if path not in paths and not path.startswith(tests)]
    if command[0] == '-u':
        command = command[1:]
    sys.argv = list(command)
    if command[0] == '-m':
        sys.path.insert(0, cwd)
        sys.argv = list(command[1:])
        runpy.run_module(command[1], run_name='__main__', alter_sys=True)
    else:
        sys.path.insert(0, str(Path(command[0]).parent))
        runpy.run_path(command[0], run_name='__main__')
