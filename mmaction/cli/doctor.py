"""Faults of a data set, and of the installation: ``mmaction doctor CONFIG | LIST ...``."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mmaction.cli.args import add_config_options, check_at_least_one, read_config
from mmaction.cli.command import entry_points
from mmaction.cli.errors import UsageError, one_line
from mmaction.utils.labels import read_labels

if TYPE_CHECKING:
    from mmaction.doctor import Diagnosis, Subject

HELP = 'Examine a data set, or the installation'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``mmaction doctor``."""
    parser.add_argument('inputs', nargs='*', metavar='CONFIG|LIST', help='a config, or annotation lists, one per split')
    parser.add_argument('--install', action='store_true', help='examine the installation instead')
    parser.add_argument('--data-root', help='folder of the media of lists')
    parser.add_argument('--classes', help='file of class names; default: classes.txt beside the list')
    parser.add_argument('--num-classes', type=int, help='number of classes; default: that of the names')
    parser.add_argument('--group', metavar='REGEX', help='finds the group of a video in its path; see data scan')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1, help='processes; default: one per core')
    parser.add_argument(
        '--json', nargs='?', const='-', metavar='FILE', help='write the report as json; default: stdout'
    )
    parser.add_argument('--clean', metavar='OUT', help='folder for lists without the faulty samples')
    parser.add_argument('--resume', action='store_true', help='go on where an interrupted run stopped')
    parser.add_argument(
        '--samples', type=int, default=16, help='training samples of a config to measure the loading with; 0: none'
    )
    parser.add_argument('--limit', type=int, default=10, help='findings of each kind to list; 0: all')
    add_config_options(parser)


def run(args: argparse.Namespace) -> None:
    """Examine and print; the exit code is 0 without findings, 1 with some, 2 for wrong arguments."""
    if args.install == bool(args.inputs):
        raise UsageError('give a config, or annotation lists, or --install')
    if args.install:
        _examine_installation()
    from mmaction.datasets.scan import group_by
    from mmaction.doctor import examine, write_clean_lists

    check_at_least_one(args, 'jobs', 'num_classes')
    try:
        if args.group is not None:
            group_by(args.group)  # a wrong pattern is reported before hours of decoding
        subject = _read(args)
    except (OSError, ValueError, KeyError, ImportError) as error:
        print(f'error: {one_line(error)}', file=sys.stderr)
        raise SystemExit(2) from error  # 1 stands for findings
    diagnosis = examine(
        subject, jobs=args.jobs, record_file=_record_file(args.inputs), resume=args.resume, group=args.group
    )
    report = diagnosis.to_json()
    if args.json != '-':
        _print(diagnosis, args.limit)
    if subject.cfg is not None and args.samples:
        report['loading'] = _measure(diagnosis, subject.cfg, args)
    if args.clean:
        for sentence in write_clean_lists(diagnosis, args.clean):
            print(f'clean: {sentence}')
    if args.json == '-':
        print(json.dumps(report, indent=2, ensure_ascii=False))
    elif args.json:
        from mmaction.cli.files import write_json

        write_json(report, args.json, indent=2)
    raise SystemExit(1 if diagnosis.findings else 0)


def _examine_installation() -> None:
    from mmaction.doctor.install import examine_installation

    checks = examine_installation()
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(f'{check.status:6}  {check.name:{width}}  {check.detail}')
    faults = sum(check.status == 'fault' for check in checks)
    print(f'{faults} faults.' if faults else 'No faults.')
    raise SystemExit(1 if faults else 0)


def _measure(diagnosis: Diagnosis, cfg: Mapping[str, Any], args: argparse.Namespace) -> dict[str, Any] | None:
    """Measure the loading of training samples, print, and return it for the report."""
    from mmaction.doctor.loading import measure_loading, recommend

    if not cfg.get('train_dataloader'):
        return None
    sound = [report for report in diagnosis.reports.values() if report.is_usable]
    try:
        loading = measure_loading(cfg, args.samples, with_step='model' in cfg)
    except (ValueError, OSError, KeyError, ImportError, RuntimeError) as error:
        print(f'note: loading cannot be measured: {error}', file=sys.stderr)
        return None
    advice = [*recommend(loading, cfg, sound)]
    if args.json != '-':
        print('\n'.join([*loading.lines(), *(f'recommended: {sentence}' for sentence in advice)]))
    ms = {part: round(value, 2) for part, value in loading.ms.items()}
    measured = {'ms_per_sample': ms, 'bottleneck': loading.bottleneck, 'recommended': advice}
    return measured if loading.step_ms is None else {**measured, 'ms_per_step': round(loading.step_ms, 1)}


def _read(args: argparse.Namespace) -> Subject:
    from mmaction.doctor import from_config, from_lists

    if not args.inputs[0].endswith('.py'):
        return from_lists(args.inputs, args.data_root, args.classes, args.num_classes)
    if len(args.inputs) > 1 or args.data_root:
        raise ValueError('A config stands alone, and states the folders of the media itself (--cfg-options).')
    subject = from_config(read_config(args.inputs[0], args.cfg_options))
    if args.classes:
        subject.classes = read_labels(args.classes)
    subject.num_classes = args.num_classes or subject.num_classes
    return subject


def _record_file(inputs: list[str]) -> str:
    """A file for each set of inputs, which ``--resume`` finds again."""
    names = [os.path.abspath(path) for path in inputs]
    digest = hashlib.sha1('\n'.join(names).encode()).hexdigest()[:8]
    stem = os.path.splitext(os.path.basename(names[0]))[0]
    return os.path.join('work_dirs', 'doctor', f'{stem}-{digest}.jsonl')


def _print(diagnosis: Diagnosis, limit: int) -> None:
    for source in diagnosis.subject.sources:
        print(f'{source.split}: {len(source.entries)} samples of {source.ann_file}')
    print('\n'.join(_histogram(diagnosis)))
    for note in diagnosis.notes:
        print(f'note: {note}')
    counts = Counter(finding.kind for finding in diagnosis.findings)
    shown: Counter[str] = Counter()
    for finding in diagnosis.findings:
        shown[finding.kind] += 1
        if limit and shown[finding.kind] > limit:
            continue
        line = f', line {finding.line}' if finding.line else ''
        print(f'{finding.kind}: {finding.where}: {finding.detail} ({finding.ann_file}{line})')
    hidden = {kind: count - limit for kind, count in counts.items() if limit and count > limit}
    for kind, count in hidden.items():
        print(f'{kind}: and {count} more; --limit 0 lists all')
    if not counts:
        print('No findings.')
    else:
        print(f'{counts.total()} findings: {", ".join(f"{count} {kind}" for kind, count in counts.items())}')


def _histogram(diagnosis: Diagnosis) -> list[str]:
    """Table of the number of samples of each class and split."""
    splits = [*diagnosis.histogram]
    labels = sorted({label for counts in diagnosis.histogram.values() for label in counts})
    classes = diagnosis.subject.classes or []
    names = [classes[label] if 0 <= label < len(classes) else '' for label in labels]
    width = max(len('class'), *map(len, names)) if names else 0
    columns = {split: max(8, len(split) + 2) for split in splits}
    lines = [f'{"index":>5}  {"class":{width}}' + ''.join(f'{split:>{columns[split]}}' for split in splits)]
    for label, name in zip(labels, names):
        counts = ''.join(f'{diagnosis.histogram[split][label]:{columns[split]}}' for split in splits)
        lines.append(f'{label:5}  {name:{width}}{counts}')
    return lines if labels else []


parse_args, main = entry_points(__name__)
