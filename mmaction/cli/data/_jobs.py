"""Arguments and the run of commands that make one file of another."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from mmaction.distributed.jobs import Job, do_jobs, take_part


def add_job_arguments(parser: argparse.ArgumentParser, num_workers: int = 8, report_file: str | None = None) -> None:
    """Add the arguments of :func:`run_jobs`."""
    parser.add_argument(
        '--num-worker',
        '--num-workers',
        dest='num_workers',
        type=int,
        default=num_workers,
        help=f'processes; 0 works in this one; default: {num_workers}',
    )
    parser.add_argument('--part', default='1/1', help='part of the sources: 1/4, 2/4, ... on four machines')
    parser.add_argument(
        '--report-file',
        default=report_file,
        help='file to write: each finished source, and each failed one with the reason; '
        f'default: {report_file or "none"}',
    )


def run_jobs(
    args: argparse.Namespace,
    jobs: Sequence[Job],
    work: Callable[[Job], None],
    description: str,
    is_done: Callable[[Job], bool] | None = None,
) -> None:
    """Do the jobs, see :func:`mmaction.distributed.jobs.do_jobs`.

    Raises:
        SystemExit: 1 if some of them failed.
    """
    options = {} if is_done is None else {'is_done': is_done}
    part = take_part(jobs, args.part)
    done = do_jobs(part, work, args.num_workers, description, report_file=args.report_file, **options)
    if done < len(part):
        raise SystemExit(1)


def never(job: Job) -> bool:
    """Without --resume, targets are written again."""
    return False
