"""Preparation that is killed at random and resumed ends as one that was left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mmaction.testing import moving_texture
from mmaction.utils.files import is_unfinished
from mmaction.video import write_video

COMMANDS = {
    'build_rawframes.py': ('--task', 'both', '--flow-type', 'dis', '--new-short', '48'),
    'resize_videos.py': ('--to-mp4', '--scale', '64', '--dense'),
}


def make_clips(folder: Path, count: int) -> None:
    for number in range(count):
        path = folder / f'class {number % 3}' / f'clip {number}.mp4'
        path.parent.mkdir(parents=True, exist_ok=True)
        write_video(path, moving_texture(12 + number % 5, 72, 96, (1, 0), number))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def finished(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of each file that has its final name, with all of its parents."""
    found = {}
    for path in folder.rglob('*'):
        name = path.relative_to(folder)
        if path.is_file() and not any(map(is_unfinished, name.parts)):
            found[str(name)] = (path.stat().st_ino, path.stat().st_mtime_ns)
    return found


def count_finished(folder: Path) -> int:
    """Number of these files while others come and go: os.walk passes over a folder that has just been renamed."""
    count = 0
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_unfinished(name)]
        count += sum(not is_unfinished(name) for name in files)
    return count


def kill_and_resume(command: list[str], out: Path, whole: dict[str, bytes], kills: int) -> list[int]:
    """Run a command, kill it ``kills`` times at random, and let it end; returns the finished files at each kill.

    The moment is a number of files, not of seconds, so that it does not depend on the load of the machine.
    """
    rng = random.Random(0)
    counts = []
    before: dict[str, tuple[int, int]] = {}
    for _ in range(kills):
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wanted = len(before) + rng.randint(1, len(whole) // (2 * kills))
        while process.poll() is None and count_finished(out) < wanted:
            time.sleep(0.01)
        assert process.poll() is None, 'the command ended before it could be killed'
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.2)  # its workers are reaped by another process
        after = finished(out)
        counts.append(len(after))
        assert before.items() <= after.items()  # nothing twice
        assert all((out / name).read_bytes() == whole[name] for name in after)  # nothing half-written
        before = after
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    assert before.items() <= finished(out).items()
    return counts


@pytest.mark.parametrize('script', COMMANDS)
def test_killed_and_resumed(tmp_path: Path, root: Path, script: str) -> None:
    make_clips(tmp_path / 'videos', 36)
    report = ('--report-file', str(tmp_path / 'report.txt'))
    command = [sys.executable, str(root / 'tools' / 'data' / script), str(tmp_path / 'videos')]
    options = [*COMMANDS[script], '--ext', 'mp4', '--num-worker', '2', *report]
    subprocess.run([*command, str(tmp_path / 'whole'), *options], check=True, timeout=120, capture_output=True)
    whole = contents(tmp_path / 'whole')
    again = [*command, str(tmp_path / 'out'), *options, '--resume']
    first, second = kill_and_resume(again, tmp_path / 'out', whole, 2)
    assert 0 < first < second < len(whole)
    assert contents(tmp_path / 'out') == whole
    assert len((tmp_path / 'report.txt').read_text().splitlines()) == 36
