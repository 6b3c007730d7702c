"""Jobs that make one file of another, split between processes and machines."""

from __future__ import annotations

import os
import os.path as osp
from collections.abc import Callable, Sequence
from functools import partial

from mmaction.distributed.find import Job as Job
from mmaction.distributed.find import find_folder_jobs as find_folder_jobs
from mmaction.distributed.find import find_jobs as find_jobs
from mmaction.utils.files import DISK_FULL, remove_unfinished
from mmaction.utils.files import complete_or_absent as complete_or_absent
from mmaction.utils.parallel import map_parallel as map_parallel
from mmaction.utils.parallel import map_surviving

MAX_NAMED = 5  # failed files that a summary names


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
    """Do a job; returns the reason if its file is unusable.

    Raises:
        OSError: no further job can succeed, as the disk is full.
    """
    import cv2  # here, as above

    try:
        work(job)
    except (OSError, ValueError, MemoryError, EOFError, cv2.error) as error:  # VideoDecodeError is a ValueError
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise
        return f'{job.source}: {type(error).__name__}: {" ".join(str(error).split())}'
    return None


def _died(job: Job) -> str:
    return f'{job.source}: the process that worked on it died (a crash of the decoder, or not enough memory).'


def do_jobs(
    jobs: Sequence[Job],
    work: Callable[[Job], None],
    num_workers: int,
    description: str,
    is_done: Callable[[Job], bool] = lambda job: osp.exists(job.target),
    report_file: str | None = None,
) -> int:
    """Do the jobs whose target does not exist, and print a summary.

    What killed runs left of the targets is removed first.

    Args:
        jobs: source and target of each.
        work: makes the target. An error about the file is counted and reported, and the other jobs go on, as they do
            when their process dies.
        num_workers: processes; 0 works in this one.
        description: of the progress.
        is_done: tells jobs with nothing left to do.
        report_file: file to write, with the source of each finished job, and after a tab the reason of each failed one.

    Returns:
        Number of targets that exist in the end.

    Raises:
        OSError: the disk is full, or a folder of the targets cannot be written.
    """
    from mmaction.utils.progress import track

    for folder in sorted({osp.dirname(job.target) or '.' for job in jobs}):
        os.makedirs(folder, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(f'The folder {folder} cannot be written. Choose another one, or change its rights.')
    remove_unfinished(job.target for job in jobs)
    todo = [job for job in jobs if not is_done(job)]
    results = map_surviving(partial(attempt, work), todo, num_workers, _died)
    reasons = {job: reason for job, reason in track(results, description, total=len(todo)) if reason}
    failures = [reasons[job] for job in jobs if job in reasons]
    if report_file is not None:
        with complete_or_absent(report_file) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
            for job in jobs:
                failure = f'\t{reasons[job].removeprefix(f"{job.source}: ")}' if job in reasons else ''
                file.write(f'{job.source}{failure}\n')
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
