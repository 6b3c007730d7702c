"""NTU RGB+D's raw skeletons as annotation pickles: ``python tools/data/skeleton/gen_ntu_rgbd_raw.py``.

Writes ``OUT_FOLDER/ntu60_3d.pkl`` (or ``ntu120_3d.pkl``) with the splits xsub_train, xsub_val, xview_train, xview_val
(xset_* for NTU 120), which the configs under ``configs/skeleton`` read. With ``--per-benchmark`` also a plain list for
each split, as MMAction2's script did: ``OUT_FOLDER/xsub/train.pkl``, ``xsub/val.pkl``, ...
"""

from __future__ import annotations

import argparse
import os
import os.path as osp
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mmaction.cli.command import entry_points
from mmaction.cli.files import write_pickle
from mmaction.utils.parallel import map_parallel

if TYPE_CHECKING:
    from mmaction.datasets.ntu_skeletons import Task

HELP = "Convert NTU RGB+D's raw skeletons to annotation pickles"
_IGNORED = 'NTU_RGBD_samples_with_missing_skeletons.txt'
_LISTS = {
    'ntu60': (_IGNORED, 302),
    'ntu120': ('NTU_RGBD120_samples_with_missing_skeletons.txt', 535),
}
_SOURCE = 'https://github.com/shahroudy/NTURGB-D/tree/master/Matlab'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/skeleton/gen_ntu_rgbd_raw.py``."""
    parser.add_argument(
        '--data-path', default='../../../data/ntu60/nturgb+d_skeletons/', help='folder of the *.skeleton files'
    )
    parser.add_argument(
        '--ignored-sample-path',
        default=_IGNORED,
        help="the authors' list of samples with missing skeletons, which are left out; looked up here and beside "
        '--data-path; "" for none, as --keep-incomplete',
    )
    parser.add_argument('--keep-incomplete', action='store_true', help='use the samples with missing skeletons, too')
    parser.add_argument('--out-folder', default='../../../data/skeleton/', help='folder to write to')
    parser.add_argument('--task', default='ntu60', choices=['ntu120', 'ntu60'], help='the benchmark')
    parser.add_argument('--per-benchmark', action='store_true', help='also write a plain list for each split')
    parser.add_argument('--num-workers', type=int, default=0, help='processes that read; 0: this one alone')


def run(args: argparse.Namespace) -> None:
    """Convert."""
    from mmaction.datasets.ntu_skeletons import annotation_of, with_splits
    from mmaction.utils.progress import track

    ignored = find_ignored(args)
    files = find_files(args.data_path, args.task, ignored)
    results = map_parallel(annotation_of, files, args.num_workers, chunk=64)
    read = list(track(results, 'Reading skeletons', total=len(files)))
    samples = [sample for sample in read if sample is not None]
    if not samples:
        raise ValueError(f'Nobody is in any of the {len(files)} skeleton files in {args.data_path}.')
    content = with_splits(samples, args.task)
    for path, part in _files(content, args.out_folder, args.task, args.per_benchmark):
        write_pickle(part, path)
        print(f'Wrote {path}')
    empty = len(read) - len(samples)
    left_out = f', {empty} without a body left out' if empty else ''
    splits = ', '.join(f'{split} {len(names)}' for split, names in content['split'].items())
    print(f'{len(samples)} samples{left_out}: {splits}')


def find_ignored(args: argparse.Namespace) -> set[str]:
    """Read the names of the samples to leave out.

    Raises:
        FileNotFoundError: there is no list of them; the message tells where to get it, or how to do without.
    """
    path = args.ignored_sample_path
    if args.keep_incomplete or not path:
        return set()
    name, count = _LISTS[args.task]
    places = [path]
    if path == _IGNORED:
        # The list of NTU 120 has a name of its own; MMAction2's default is that of NTU 60 for both.
        folder = osp.dirname(osp.normpath(args.data_path))
        places = [name, osp.join(args.data_path, name), osp.join(folder, name)]
    found = next((place for place in places if osp.isfile(place)), None)
    if found is None:
        raise FileNotFoundError(
            f'There is no list of samples to leave out at {" nor at ".join(places)}. The authors list {count} samples '
            f'of {args.task} with missing skeletons: get {name} from {_SOURCE} and name it with --ignored-sample-path, '
            'or pass --keep-incomplete to use them, too.'
        )
    return read_ignored(found)


def read_ignored(path: str) -> set[str]:
    """Read the names of samples in a list, one per line, among other text."""
    with open(path, encoding='utf-8-sig') as file:
        names = {osp.splitext(line.strip())[0] for line in file}
    found = {name for name in names if re.fullmatch(r'S\d{3}C\d{3}P\d{3}R\d{3}A\d{3}', name)}
    if not found:
        raise ValueError(f'{path} names no sample of NTU RGB+D, such as S001C002P005R002A008.')
    return found


def find_files(folder: str, task: Task, ignored: set[str]) -> list[str]:
    """Find the skeleton files of a task, sorted by name.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it has no skeleton file of the task.
    """
    from mmaction.datasets.ntu_skeletons import NUM_CLASSES, SampleName

    if not osp.isdir(folder):
        raise FileNotFoundError(f'There is no folder {folder} (absolute: {osp.abspath(folder)}); correct --data-path.')
    names = sorted(name for name in os.listdir(folder) if name.endswith('.skeleton'))
    kept = []
    for name in names:
        if osp.splitext(name)[0] not in ignored and SampleName.parse(name).action <= NUM_CLASSES[task]:
            kept.append(osp.join(folder, name))
    if not kept:
        raise ValueError(f'{folder} has no *.skeleton file of {task} ({len(names)} skeleton files in all).')
    return kept


def _files(content: Mapping[str, Any], folder: str, task: str, per_benchmark: bool) -> Iterator[tuple[str, Any]]:
    """Yield the path and the content of each file to write."""
    yield osp.join(folder, f'{task}_3d.pkl'), content
    if per_benchmark:
        samples = {sample['frame_dir']: sample for sample in content['annotations']}
        for split, names in content['split'].items():
            benchmark, part = split.split('_')
            yield osp.join(folder, benchmark, f'{part}.pkl'), [samples[name] for name in names]


parse_args, main = entry_points(__name__)
