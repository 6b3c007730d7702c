"""What the commands that turn one folder of media into another share."""

from __future__ import annotations

import os
import os.path as osp
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

MAX_NAMED = 5  # files that did not work, named at the end


@dataclass(frozen=True)
class Job:
    """A file and what is to be made of it."""

    source: str
    target: str


def find_jobs(root: str, target_root: str, level: int, ext: str, target_ext: str) -> list[Job]:
    """The files ``level - 1`` folders below ``root``, in order; targets lie below ``target_root`` alike.

    Raises:
        FileNotFoundError: there is no such folder, or no such file in it; names a level that has some.
    """
    if not osp.isdir(root):
        raise FileNotFoundError(f'There is no folder {root}.')
    suffix = f'.{ext.lstrip(".")}'
    base = Path(root)

    def at(depth: int) -> list[Path]:
        return sorted(
            path
            for path in base.glob('*/' * (depth - 1) + '*')
            if path.suffix == suffix and not path.stem.endswith('.part')
        )

    found = at(level)
    if not found:
        elsewhere = [depth for depth in (1, 2, 3) if depth != level and at(depth)]
        hint = f' There are some at level {elsewhere[0]}.' if elsewhere else ''
        raise FileNotFoundError(f'There is no *{suffix} at level {level} of {root}.{hint}')
    return [Job(str(path), str(Path(target_root, path.relative_to(base)).with_suffix(target_ext))) for path in found]


def take_part(jobs: Sequence[Job], part: str) -> list[Job]:
    """The ``i``-th of ``n`` shares of the jobs, given as ``'i/n'`` with i from 1.

    Raises:
        ValueError: the text is of another form, or i is out of 1..n.
    """
    number, slash, count = part.partition('/')
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise ValueError(f"part ({part!r}) must be 'i/n' with i in 1..n, as '1/4'.")
    return list(jobs[int(number) - 1 :: int(count)])


@contextmanager
def complete_or_absent(path: str) -> Iterator[str]:
    """A name beside ``path`` to write to, which takes its place when all went well."""
    os.makedirs(osp.dirname(path) or '.', exist_ok=True)
    stem, suffix = osp.splitext(path)
    unfinished = f'{stem}.{os.getpid()}.part{suffix}'
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        if osp.exists(unfinished):
            os.unlink(unfinished)


def _attempt(work: Callable[[Job], None], job: Job) -> tuple[Job, str | None]:
    """Do a job; the reason where the file is not what it should be."""
    from mmaction.video import VideoDecodeError

    try:
        work(job)
    except (VideoDecodeError, OSError, ValueError) as error:
        return job, f'{type(error).__name__}: {error}'
    return job, None


def do_jobs(jobs: Sequence[Job], work: Callable[[Job], None], num_workers: int, description: str) -> int:
    """Do the jobs whose target is not there yet, and tell what became of them.

    Args:
        jobs: what to do.
        work: makes the target; what it raises for a bad file is counted and told, and the others go on.
        num_workers: processes; 1 or less works in this one.
        description: of the progress bar.

    Returns:
        How many targets are there in the end.
    """
    from mmaction.utils.progress import track

    todo = [job for job in jobs if not osp.exists(job.target)]
    attempt = partial(_attempt, work)
    if num_workers > 1:
        with ProcessPoolExecutor(num_workers) as pool:
            done = list(track(pool.map(attempt, todo), description, total=len(todo)))
    else:
        done = [attempt(job) for job in track(todo, description)]
    failed = [(job, reason) for job, reason in done if reason]
    written = len(todo) - len(failed)
    print(f'{written} written, {len(jobs) - len(todo)} were there already, {len(failed)} without result.')
    for job, reason in failed[:MAX_NAMED]:
        print(f'  {job.source}: {reason}')
    if len(failed) > MAX_NAMED:
        print(f'  and {len(failed) - MAX_NAMED} more')
    return len(jobs) - len(failed)
