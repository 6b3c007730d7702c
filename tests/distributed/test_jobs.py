"""Jobs: found, split between processes and machines, done once, and reported."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmaction.distributed.jobs import (
    Job,
    complete_or_absent,
    device_of_rank,
    do_jobs,
    find_folder_jobs,
    find_jobs,
    share_of_work,
    take_part,
)


@given(st.integers(0, 30), st.integers(1, 7))
def test_parts_are_all_of_it(count, parts):
    jobs = list(range(count))
    shares = [take_part(jobs, f'{i + 1}/{parts}') for i in range(parts)]
    assert sorted(job for share in shares for job in share) == jobs
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize('part', ['0/2', '3/2', '1', 'a/b'])
def test_parts_are_checked(part):
    with pytest.raises(ValueError, match=rf"part \('{part}'\) must be 'i/n'"):
        take_part([1], part)


@pytest.mark.parametrize(
    ('launcher', 'names'),
    [
        ('pytorch', ('RANK', 'WORLD_SIZE')),
        ('slurm', ('SLURM_PROCID', 'SLURM_NTASKS')),
        ('mpi', ('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE')),
    ],
)
def test_launchers_tell_rank_and_world(monkeypatch, launcher, names):
    assert share_of_work('none') == (0, 1)
    for name in names:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match=f'--launcher {launcher} needs {names[0]} in the environment'):
        share_of_work(launcher)
    for name, value in zip(names, '24'):
        monkeypatch.setenv(name, value)
    assert share_of_work(launcher) == (2, 4)


def test_device_follows_the_local_rank(monkeypatch):
    monkeypatch.setattr('torch.cuda.is_available', lambda: True)
    monkeypatch.setattr('torch.cuda.device_count', lambda: 4)
    for name in ('LOCAL_RANK', 'SLURM_LOCALID'):
        monkeypatch.delenv(name, raising=False)
    assert device_of_rank(6) == 'cuda:2'
    monkeypatch.setenv('SLURM_LOCALID', '3')
    assert device_of_rank(6) == 'cuda:3'
    monkeypatch.setattr('torch.cuda.is_available', lambda: False)
    assert device_of_rank(6) == 'cpu'


def test_jobs_keep_the_folders_and_name_the_level_that_has_files(tmp_path):
    for name in ('b/2.txt', 'a/1.txt', 'a/1.99.part.txt', 'a/3.csv'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    jobs = find_jobs(str(tmp_path), 'out', 2, 'txt', '.npy')
    assert [(Path(job.source).name, job.target) for job in jobs] == [('1.txt', 'out/a/1.npy'), ('2.txt', 'out/b/2.npy')]
    with pytest.raises(FileNotFoundError, match=r'no \*\.txt at level 1 of .*There are some at level 2\.'):
        find_jobs(str(tmp_path), 'out', 1, '.txt', '.npy')
    with pytest.raises(FileNotFoundError, match='There is no folder none'):
        find_jobs('none', 'out', 1, 'txt', '.npy')


def test_files_are_found_in_any_case_and_others_are_named(tmp_path):
    for name in ('a b.MP4', 'ü.avi', 'c.mkv', 'd.mkv', 'notes'):
        (tmp_path / name).touch()
    root = str(tmp_path)
    assert [Path(job.target).name for job in find_jobs(root, 'out', 1, ['avi', 'mp4'], '')] == ['a b', 'ü']
    assert [Path(job.target).name for job in find_jobs(root, 'out', 1, 'mp4', None)] == ['a b.MP4']
    with pytest.raises(FileNotFoundError, match=r'no \*\.webm at level 1 of .* It has 2 \*\.mkv, 1 \*\.'):
        find_jobs(root, 'out', 1, 'webm', '')
    with pytest.raises(FileNotFoundError, match=r'no \*\.webm at level 2 of .* It has no files there\.'):
        find_jobs(root, 'out', 2, 'webm', '')


def test_results_are_no_sources_of_the_next_run(tmp_path):
    (tmp_path / 'a.mp4').touch()
    (tmp_path / 'v').mkdir()
    (tmp_path / 'v.1.part').mkdir()
    root = str(tmp_path)
    for target in (root, str(tmp_path / 'v')):
        with pytest.raises(ValueError, match=r'The output folder .* is the input folder .* or lies in it'):
            find_jobs(root, target, 1, 'mp4', '.mp4')
    with pytest.raises(ValueError, match='Choose one outside of it'):
        find_folder_jobs(root, root, 1, '.mp4')
    assert find_jobs(root, root, 1, 'mp4', '.m4a') == [Job(f'{root}/a.mp4', f'{root}/a.m4a')]
    assert find_folder_jobs(root, root, 1, in_place=True) == [Job(f'{root}/v', f'{root}/v')]
    assert find_folder_jobs(root, 'out', 1, '.mp4') == [Job(f'{root}/v', 'out/v.mp4')]
    with pytest.raises(FileNotFoundError, match='There is no folder at level 2'):
        find_folder_jobs(root, 'out', 2)


def test_two_sources_of_one_target(tmp_path):
    for name in ('a.mp4', 'a.avi'):
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match=r'a\.avi and .*a\.mp4 would both become out/a\. Rename one of them\.'):
        find_jobs(str(tmp_path), 'out', 1, ['mp4', 'avi'], '')


def test_a_file_is_complete_or_absent(tmp_path):
    target = tmp_path / 'new' / 'a.txt'
    with pytest.raises(KeyError), complete_or_absent(str(target)) as unfinished:
        Path(unfinished).write_text('half')
        assert unfinished.endswith('.txt') and not target.exists()
        raise KeyError
    assert os.listdir(target.parent) == []
    with complete_or_absent(str(target)) as unfinished:
        Path(unfinished).write_text('whole')
    assert target.read_text() == 'whole' and os.listdir(target.parent) == ['a.txt']


def copy_number(job: Job) -> None:
    number = int(Path(job.source).read_text())
    with complete_or_absent(job.target) as unfinished:
        Path(unfinished).write_text(str(2 * number))


@pytest.mark.parametrize('num_workers', [0, 2])
def test_failed_jobs_are_counted_and_named_and_done_ones_skipped(tmp_path, capsys, num_workers):
    jobs = []
    for i in range(9):
        (tmp_path / f'{i}.in').write_text(str(i) if i < 3 else 'x')
        jobs.append(Job(str(tmp_path / f'{i}.in'), str(tmp_path / f'{i}.out')))
    (tmp_path / '0.out').write_text('kept')
    assert do_jobs(jobs, copy_number, num_workers, 'Doubling') == 3
    assert [(tmp_path / f'{i}.out').read_text() for i in range(3)] == ['kept', '2', '4']
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '2 written, 1 existed already, 6 failed.'
    assert '3.in: ValueError: invalid literal' in lines[1] and lines[-1] == '  and 1 more' and len(lines) == 7


def copy_or_die(job: Job) -> None:
    if Path(job.source).stem in ('2', '5'):
        os.kill(os.getpid(), 9)
    copy_number(job)


def test_a_job_that_kills_its_process_fails_and_the_others_go_on(tmp_path, capsys):
    jobs = []
    for i in range(7):
        (tmp_path / f'{i}.in').write_text(str(i) if i else 'x')
        jobs.append(Job(str(tmp_path / f'{i}.in'), str(tmp_path / f'{i}.out')))
    (tmp_path / '6.99.part.out').write_text('left by a killed run')
    report_file = str(tmp_path / 'report.txt')
    assert do_jobs(jobs, copy_or_die, 2, 'Doubling', report_file=report_file) == 4
    assert sorted(path.name for path in tmp_path.glob('*.out')) == ['1.out', '3.out', '4.out', '6.out']
    out = capsys.readouterr().out
    assert '4 written, 0 existed already, 3 failed.' in out and '2.in: the process that worked on it died' in out
    lines = Path(report_file).read_text().splitlines()
    assert lines[1] == jobs[1].source and len(lines) == 7
    assert lines[0].split('\t')[1].startswith('ValueError: invalid literal')
    assert lines[5].split('\t') == [
        jobs[5].source,
        ('the process that worked on it died (a crash of the decoder, or not enough memory).'),
    ]


def fill_the_disk(job: Job) -> None:
    raise OSError(errno.ENOSPC, 'No space left on device', job.target)


def test_a_full_disk_and_a_folder_without_rights_end_all_jobs(tmp_path, monkeypatch):
    with pytest.raises(OSError, match='No space left on device'):
        do_jobs([Job('a', str(tmp_path / 'a'))], fill_the_disk, 0, '')
    monkeypatch.setattr(os, 'access', lambda *args: False)  # root may write anywhere
    with pytest.raises(PermissionError, match=r'The folder .*new cannot be written\. Choose another one'):
        do_jobs([Job('a', str(tmp_path / 'new' / 'a'))], fill_the_disk, 0, '')


def test_faults_of_the_code_end_the_jobs(tmp_path):
    with pytest.raises(ZeroDivisionError):
        do_jobs([Job('a', str(tmp_path / 'a'))], lambda job: 1 / 0, 0, '')
