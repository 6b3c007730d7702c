"""Jobs that make one file of another, split between processes and machines."""

from __future__ import annotations

import os
import os.path as osp
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mmaction.utils.files import complete_or_absent as complete_or_absent
from mmaction.utils.parallel import map_parallel as map_parallel

MAX_NAMED = 5  # failed files that a summary names


@dataclass(frozen=True)
class Job:
    """A source file (or what stands for it, such as the ID of a video), and the file to make of it."""

    source: str
    target: str


def find_jobs(root: str, target_root: str, level: int, ext: str, target_ext: str) -> list[Job]:
    """Find the files ``level - 1`` folders below ``root``; targets have the same folders below ``target_root``.

    Returns:
        Jobs, sorted by source.

    Raises:
        FileNotFoundError: there is no such folder, or no such file in it; names a level that has some.
    """
    if not osp.isdir(root):
        raise FileNotFoundError(f'There is no folder {root}.')
    suffix = f'.{ext.lstrip(".")}'
    base = Path(root)
    found = _files_at(base, level, suffix)
    if not found:
        others = [depth for depth in (1, 2, 3) if depth != level and _files_at(base, depth, suffix)]
        hint = f' There are some at level {others[0]}.' if others else ''
        raise FileNotFoundError(f'There is no *{suffix} at level {level} of {root}.{hint}')
    return [Job(str(path), str(Path(target_root, path.relative_to(base)).with_suffix(target_ext))) for path in found]


def _files_at(base: Path, level: int, suffix: str) -> list[Path]:
    paths = base.glob('*/' * (level - 1) + '*')
    # Files of interrupted runs, see complete_or_absent, are no sources.
    return sorted(path for path in paths if path.suffix == suffix and not path.stem.endswith('.part'))


def take_part(jobs: Sequence[Job], part: str) -> list[Job]:
    """Take the ``i``-th of ``n`` parts of the jobs, given as ``'i/n'`` with i from 1.

    Raises:
        ValueError: the text has another form, or i is not in 1..n.
    """
    number, slash, count = part.partition('/')
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise ValueError(f"part ({part!r}) must be 'i/n' with i in 1..n, such as '1/4'.")
    # Every n-th job instead of a contiguous block: neighbors are often of one size.
    return list(jobs[int(number) - 1 :: int(count)])


# Where each launcher writes the rank of a process and the number of processes.
_RANK_AND_WORLD = {
    'pytorch': ('RANK', 'WORLD_SIZE'),
    'slurm': ('SLURM_PROCID', 'SLURM_NTASKS'),
    'mpi': ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'),
}
_STARTED_BY = {
    'pytorch': 'torchrun or tools/dist_train.sh',
    'slurm': 'srun or tools/slurm_train.sh',
    'mpi': 'mpirun',
}
_LOCAL_RANK = ('LOCAL_RANK', 'SLURM_LOCALID')


def check_launcher(launcher: str) -> None:
    """Check that this process was started by its launcher.

    Raises:
        ValueError: the launcher has not set its environment variables.
    """
    if launcher == 'none':
        return
    missing = [name for name in _RANK_AND_WORLD[launcher] if name not in os.environ]
    if missing:
        raise ValueError(
            f'--launcher {launcher} needs {missing[0]} in the environment, which its launcher sets: start the command '
            f'with {_STARTED_BY[launcher]}, or leave --launcher out to run one process.'
        )


def share_of_work(launcher: str) -> tuple[int, int]:
    """Get the rank of this process and the number of processes.

    Jobs are independent, so that the processes split them by rank without a process group.

    Raises:
        ValueError: the launcher has not set its environment variables.
    """
    if launcher == 'none':
        return 0, 1
    check_launcher(launcher)
    names = _RANK_AND_WORLD[launcher]
    return int(os.environ[names[0]]), int(os.environ[names[1]])


def device_of_rank(rank: int) -> str:
    """Choose the GPU of a process: by its local rank, else by its rank; the CPU without CUDA."""
    import torch  # here, as commands import this module for --help

    if not torch.cuda.is_available():
        return 'cpu'
    local = next((os.environ[name] for name in _LOCAL_RANK if name in os.environ), rank)
    return f'cuda:{int(local) % torch.cuda.device_count()}'


def attempt(work: Callable[[Job], None], job: Job) -> str | None:
    """Do a job; returns the reason if its file is unusable."""
    from mmaction.video import VideoDecodeError  # here, as above

    try:
        work(job)
    except (VideoDecodeError, OSError, ValueError) as error:
        return f'{job.source}: {type(error).__name__}: {error}'
    return None


def do_jobs(jobs: Sequence[Job], work: Callable[[Job], None], num_workers: int, description: str) -> int:
    """Do the jobs whose target does not exist, and print a summary.

    Args:
        jobs: source and target of each.
        work: makes the target. An error about the file is counted and reported, and the other jobs go on.
        num_workers: processes; 1 or less works in this one.
        description: of the progress bar.

    Returns:
        Number of targets that exist in the end.
    """
    from mmaction.utils.progress import track

    todo = [job for job in jobs if not osp.exists(job.target)]
    results = map_parallel(partial(attempt, work), todo, num_workers)
    failures = [reason for reason in track(results, description, total=len(todo)) if reason]
    return report(jobs, todo, failures)


def report(jobs: Sequence[Job], todo: Sequence[Job], failures: Sequence[str]) -> int:
    """Print how many targets were written and existed before, and the first failures.

    Returns:
        Number of targets that exist.
    """
    written = len(todo) - len(failures)
    print(f'{written} written, {len(jobs) - len(todo)} existed already, {len(failures)} failed.')
    for reason in failures[:MAX_NAMED]:
        print(f'  {reason}')
    if len(failures) > MAX_NAMED:
        print(f'  and {len(failures) - MAX_NAMED} more')
    return len(jobs) - len(failures)
