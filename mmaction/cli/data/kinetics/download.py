"""Clips of Kinetics: ``python tools/data/kinetics/download.py CSV VIDEOS``."""

from __future__ import annotations

import argparse
import os
import os.path as osp
from functools import partial

from mmaction.cli.command import entry_points
from mmaction.distributed.jobs import Job, complete_or_absent, do_jobs

HELP = 'Download the clips of Kinetics from the CVDF mirror'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/kinetics/download.py``."""
    parser.description = (
        'Download the archives of a split from the CVDF mirror, put the clips of a csv into folders of their classes, '
        'and list those that are in no archive'
    )
    parser.add_argument('input_csv', help='official csv: label,youtube_id,time_start,time_end,split')
    parser.add_argument('output_dir', help='folder of the split, as data/kinetics400/videos_train')
    parser.add_argument('-f', '--trim-format', default='%06d', help='format of the times in the names')
    parser.add_argument('-n', '--num-jobs', type=int, default=24, help='archives at a time')
    parser.add_argument('-t', '--tmp-dir', default='/tmp/kinetics', help='folder of an archive until it is unpacked')
    parser.add_argument(
        '--dataset', choices=['kinetics400', 'kinetics600', 'kinetics700'], help='default: the one in the paths'
    )
    parser.add_argument('--split', choices=['train', 'val', 'test'], help='default: the one in the name of the csv')
    parser.add_argument('--mirror', help='URL of another copy of https://s3.amazonaws.com/kinetics')


def run(args: argparse.Namespace) -> None:
    """Download what is missing, and list what the mirror lacks."""
    from mmaction.datasets.official import kinetics
    from mmaction.datasets.official.clips import read_clips, write_clips
    from mmaction.datasets.official.missing import missing_report

    clips = read_clips(args.input_csv, 'label', optional=True)
    targets = {clip.key: osp.join(args.output_dir, kinetics.file_of(clip, args.trim_format)) for clip in clips}
    if not all(map(osp.exists, targets.values())):
        paths = f'{args.input_csv} {args.output_dir}'
        dataset = args.dataset or kinetics.guess_release(paths, kinetics.RELEASES, '--dataset')
        split = args.split or kinetics.guess_release(osp.basename(args.input_csv), kinetics.SPLITS, '--split')
        urls = kinetics.archive_urls(dataset, split, args.mirror or kinetics.MIRROR)
        # A marker per archive lets an interrupted download go on with the next one.
        markers = osp.join(args.output_dir, '.archives')
        jobs = [Job(url, osp.join(markers, f'{osp.basename(url)}.done')) for url in urls]
        work = partial(_work, tmp_dir=args.tmp_dir, targets=targets)
        do_jobs(jobs, work, args.num_jobs, 'Fetching archives')
    missing = [clip for clip in clips if not osp.exists(targets[clip.key])]
    path = f'{osp.normpath(args.output_dir)}_missing.csv'
    if missing:
        os.makedirs(osp.dirname(path) or '.', exist_ok=True)
        write_clips(missing, path, 'label')
    source = (
        'Get them from the authors or from a colleague, as CLASS/ID_START_END.mp4; lists of files leave them out. '
        'This command may be run again, with that csv.'
    )
    names = [clip.name(args.trim_format) for clip in missing]
    print(missing_report(names, len(clips), args.output_dir, path, source))


def _work(job: Job, tmp_dir: str, targets: dict[tuple[str, int, int], str]) -> None:
    from mmaction.datasets.official.kinetics import fetch_archive

    with complete_or_absent(job.target) as marker, open(marker, 'w', encoding='utf-8') as file:
        placed, others = fetch_archive(job.source, tmp_dir, targets)
        file.write(f'{placed} clips, {others} not in the csv\n')


parse_args, main = entry_points(__name__)
