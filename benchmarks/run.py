"""All benchmarks, and the page of figures in the documents: ``make bench [PEER=PYTHON:ROOT] [WORK="NAME ..."]``.

    python benchmarks/run.py [--peer PYTHON:ROOT] [--work NAME ...] [--minutes 20] [--note TEXT]

- Workloads (``workloads.py``): the same work through the public API in MMAction2 1.2.0, the peer, and in this package.
  Fresh processes of the two alternate; the figure is the median of the ratios of neighboring runs, above 1 where this
  package is faster. Every workload is run once before any is run twice, until the minutes are used up. ``PYTHON`` is an
  interpreter that imports the peer, ``ROOT`` the folder with its ``configs``. Without a peer, times are recorded alone.
- Parts: the other scripts of this folder. ``memory``, ``models``, ``training`` and ``gpu`` take long, and run only when
  they are named.

Results are merged into ``results/<machine>.json``: a run of some names leaves the figures of the others as they are. A
workload that fails is recorded with its error, and the others go on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import page
from workloads import WORK

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / 'benchmarks' / 'results'
PARTS = ('limits', 'preprocess', 'pipelines', 'video_decode', 'inference', 'pose')
ON_REQUEST = ('memory', 'models', 'training', 'gpu')
_LONGEST_SEC = 900  # of a workload
_LONGEST_PART_SEC = 3600
_LARGEST_PAIRS = 5

Result = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """An interpreter, and the folder with the configs of its package."""

    name: str
    python: str
    root: str

    def run(self, work: str, files: Mapping[str, str], threads: int) -> Result:
        """Run a workload in a new process; the result has ``error`` if it failed."""
        command = [self.python, '-W', 'ignore', str(ROOT / 'benchmarks' / 'workloads.py')]
        command += [self.root, work, json.dumps(files), str(threads)]
        # The peer must not find this package by the path of the checkout.
        env = dict(os.environ, OMP_NUM_THREADS=str(threads), PYTHONPATH=self.root)
        return run_script(command, env)


def run_script(command: Sequence[str], env: Mapping[str, str] | None = None) -> Result:
    """Run a script whose last line of output is JSON."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=_LONGEST_SEC, cwd=ROOT)
        return json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {'error': f'took more than {_LONGEST_SEC} s'}
    except (ValueError, IndexError):
        return {'error': (done.stderr.strip().splitlines() or ['printed no result'])[-1][:200]}


# --- pairs ------------------------------------------------------------------------------------------------------------
def run_pairs(
    names: Sequence[str], sides: Sequence[Side], run: Callable[[Side, str], Result], minutes: float
) -> dict[str, Result]:
    """Run each workload on all sides, in turns, once and then again as long as the time allows.

    Args:
        names: workloads.
        sides: the peer, if there is one, and this package, in this order.
        run: runs a workload on a side.
        minutes: no run is begun that would end later, as measured by the one before; each has one at least.

    Returns:
        Figures by name, see :func:`summarize`.
    """
    end = time.monotonic() + 60 * minutes
    runs: dict[str, list[list[Result]]] = {name: [] for name in names}
    costs: dict[str, float] = dict.fromkeys(names, 0.0)
    for number in range(_LARGEST_PAIRS):
        for name in names:
            failed = any('error' in result for pair in runs[name] for result in pair)
            if failed or (number and time.monotonic() + costs[name] > end):
                continue
            start = time.monotonic()
            pair = [run(side, name) for side in sides]
            costs[name] = time.monotonic() - start
            runs[name].append(pair)
            print(f'{name}, run {number + 1}: {json.dumps(pair)}', file=sys.stderr, flush=True)
    return {name: summarize([side.name for side in sides], pairs) for name, pairs in runs.items()}


def summarize(sides: Sequence[str], pairs: Sequence[Sequence[Result]]) -> Result:
    """Figures of a workload from its runs.

    Args:
        sides: names, this package last.
        pairs: one result per side.

    Returns:
        ``seconds`` and ``mib`` of each side (medians) and ``pairs``, their number; of two sides also ``ratio``, the
        median of the first by the last, and ``spread``, its smallest and largest value, and of ``values`` the largest
        ``difference``. With ``error`` alone if no run of all sides succeeded.
    """
    good = [pair for pair in pairs if not any('error' in result for result in pair)]
    errors = [f'{side}: {part["error"]}' for pair in pairs for side, part in zip(sides, pair) if 'error' in part]
    if not good:
        return {'error': errors[0] if errors else 'not run'}
    figures: Result = {'pairs': len(good)}
    for key, digits in (('seconds', 4), ('mib', 0)):
        columns = {side: [pair[i][key] for pair in good] for i, side in enumerate(sides)}
        figures[key] = {side: round(statistics.median(values), digits) for side, values in columns.items()}
    if len(sides) == 2:
        ratios = sorted(first['seconds'] / last['seconds'] for first, last in good)
        figures['ratio'] = round(statistics.median(ratios), 3)
        figures['spread'] = [round(ratios[0], 3), round(ratios[-1], 3)]
        values = [(first['values'], last['values']) for first, last in good if 'values' in first]
        if values:
            figures['difference'] = max(abs(a[key] - b[key]) for a, b in values for key in a)
    return figures


def merge(old: Mapping[str, Any], new: Mapping[str, Any]) -> Result:
    """Results with those of a new run: entries of the same workload or part are replaced, others stay."""
    merged = {**old, **new}
    for table in ('work', 'parts'):
        merged[table] = {**old.get(table, {}), **new.get(table, {})}
    return merged


def write(path: Path, new: Mapping[str, Any]) -> Result:
    """Merge results into a file, and return what it now holds."""
    path.parent.mkdir(exist_ok=True)
    old = json.loads(path.read_text(encoding='utf-8')) if path.is_file() else {}
    merged = merge(old, new)
    path.write_text(json.dumps(merged, indent=1) + '\n', encoding='utf-8')
    return merged


# --- machine and files ------------------------------------------------------------------------------------------------
def machine() -> Result:
    """Name and facts of the machine."""
    import torch

    cpu = platform.processor() or platform.machine()
    if os.path.isfile('/proc/cpuinfo'):
        found = re.search(r'^model name\s*: (.*)$', Path('/proc/cpuinfo').read_text(encoding='utf-8'), re.M)
        cpu = found[1].strip() if found else cpu
    facts = {'cpu': cpu, 'cores': os.cpu_count(), 'system': platform.system()}
    if hasattr(os, 'sysconf'):
        facts['memory_gib'] = round(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30)
    return {**facts, 'python': platform.python_version(), 'torch': torch.__version__}


def slug(facts: Mapping[str, Any]) -> str:
    """Name of the file of a machine's results."""
    cpu = re.sub(r'\((?:R|TM)\)|\b(?:CPU|Processor)\b', ' ', facts['cpu'])
    return re.sub(r'[^a-z0-9.]+', '-', f'{cpu} {facts["cores"]} cores'.lower()).strip('-')


def make_files(folder: Path) -> dict[str, str]:
    """Make what the workloads read: videos of several lengths, a checkpoint of TSN and a list of two videos."""
    import torch
    from workloads import TSN, read

    from mmaction.registry import MODELS
    from mmaction.testing import moving_texture
    from mmaction.utils import register_all_modules
    from mmaction.video import write_video

    short = folder / 'video_10s.mp4'
    write_video(short, moving_texture(250, 240, 320), gop=50)
    for name, times in (('video_10min', 60), ('video_2h', 720)):
        repeat_video(short, folder / f'{name}.mp4', times)
    register_all_modules()
    os.chdir(ROOT)
    checkpoint = folder / 'tsn.pth'
    torch.save({'state_dict': MODELS.build(read(TSN).model).state_dict(), 'meta': {}}, checkpoint)
    (folder / 'list.txt').write_text('video_10s.mp4 0\nvideo_10s.mp4 1\n')
    videos = {path.stem: str(path) for path in folder.glob('*.mp4')}
    return {**videos, 'checkpoint': str(checkpoint), 'ann_file': str(folder / 'list.txt'), 'folder': str(folder)}


def repeat_video(source: Path, target: Path, times: int) -> None:
    """Repeat the packets of a video: hours of it in a second, without encoding."""
    import av

    with av.open(str(source)) as inputs, av.open(str(target), 'w') as output:
        stream = inputs.streams.video[0]
        copy = output.add_stream_from_template(stream)
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in inputs.demux(stream) if p.dts is not None]
        length = stream.duration
        for number in range(times):
            for data, pts, dts, is_keyframe in packets:
                packet = av.Packet(data)
                packet.stream = copy
                packet.time_base = stream.time_base
                packet.pts = pts + number * length
                packet.dts = dts + number * length
                packet.is_keyframe = is_keyframe
                output.mux(packet)


def run_part(name: str, threads: int, limit: float) -> Result:
    """Run another script of this folder."""
    script = ROOT / 'benchmarks' / f'{name}.py'
    if not script.is_file():
        return {'error': f'there is no {script.name}'}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, 'out.json')
        env = dict(os.environ, OMP_NUM_THREADS=str(threads), PYTHONPATH=str(ROOT))
        try:
            command = [sys.executable, '-W', 'ignore', str(script), '--out', str(out)]
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=limit, cwd=ROOT)
        except subprocess.TimeoutExpired:
            return {'error': f'took more than {limit} s'}
        if out.is_file():
            return json.loads(out.read_text())
        return {'error': (done.stderr.strip().splitlines() or ['wrote no result'])[-1][:200]}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--peer', metavar='PYTHON:ROOT', help='MMAction2 1.2.0; default: none')
    known = [*WORK, *PARTS, *ON_REQUEST]
    parser.add_argument('--work', nargs='*', metavar='NAME', default=[], help=f'default: all of {", ".join(known)}')
    parser.add_argument('--minutes', type=float, default=23, help='after which no run is begun; default: 23')
    parser.add_argument('--threads', type=int, default=os.cpu_count() or 1, help='threads of torch')
    parser.add_argument('--video', default=str(ROOT / 'demo' / 'demo.mp4'), help='default: demo/demo.mp4')
    parser.add_argument('--note', default='', help='what else the machine did; shown with the figures')
    args = parser.parse_args(argv)
    unknown = sorted(set(args.work) - set(known))
    if unknown:
        parser.error(f'there is no benchmark {", ".join(unknown)}; choose of {", ".join(known)}')
    if args.peer and args.peer.count(':') != 1:
        parser.error(f'--peer ({args.peer}) must be PYTHON:ROOT')
    chosen = args.work or [*WORK, *PARTS]
    sides = [Side('ours', sys.executable, str(ROOT))]
    if args.peer:
        sides.insert(0, Side('peer', *args.peer.split(':')))

    start = time.monotonic()
    facts = machine()
    path = RESULTS / f'{slug(facts)}.json'
    new: Result = {'machine': facts, 'date': date.today().isoformat(), 'threads': args.threads, 'note': args.note}
    new['parts'] = {}
    for name in chosen:
        if name not in WORK:
            new['parts'][name] = run_part(name, args.threads, _LONGEST_PART_SEC)
            write(path, new)
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in chosen if name in WORK]
        files = {'video': os.path.abspath(args.video)}
        if names:
            files |= make_files(Path(folder))
        left = args.minutes - (time.monotonic() - start) / 60
        new['work'] = run_pairs(names, sides, lambda side, name: side.run(name, files, args.threads), left)
    merged = write(path, new)
    page.update_all(ROOT)
    print(page.summary(merged))
    print(f'The figures are in {path.relative_to(ROOT)} and docs/*/speed.md.')


if __name__ == '__main__':
    main()
