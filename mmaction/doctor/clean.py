"""Annotation lists without the samples that are at fault."""

from __future__ import annotations

import os

from mmaction.datasets import VideoDataset
from mmaction.datasets.annotation import read_annotation_lines, split_trailing_integers
from mmaction.doctor.examine import Diagnosis
from mmaction.doctor.findings import HARMLESS
from mmaction.doctor.sources import Source
from mmaction.utils.files import complete_or_absent


def write_clean_lists(diagnosis: Diagnosis, out: str) -> list[str]:
    """Write each annotation list again, without its faulty lines, and with labels that count from 0.

    Samples that are only stored in an unusual way (rotated, variable frame rate) stay. Of content in two splits the
    evaluated sample stays, and of a group in two splits all samples stay: which to move is a choice of its own.

    Args:
        diagnosis: of the lists.
        out: folder of the new lists, which have the names of the old ones.

    Returns:
        A sentence per list.

    Raises:
        ValueError: a list would replace itself, or two lists have the same name.
    """
    lists = {source.ann_file: (number, source) for number, source in enumerate(diagnosis.subject.sources)}
    targets = {ann_file: os.path.join(out, os.path.basename(ann_file)) for ann_file in lists}
    if len({*targets.values()}) < len(targets):
        raise ValueError(f'The lists {", ".join(lists)} have the same name and cannot be written to one folder {out}.')
    written = []
    for ann_file, (number, source) in lists.items():
        if os.path.abspath(targets[ann_file]) == os.path.abspath(ann_file):
            raise ValueError(f'{ann_file} would be replaced; give --clean another folder.')
        if source.entries and not source.entries[0].line:
            written.append(f'{ann_file} is no list of lines and is not cleaned')
            continue
        written.append(_write(diagnosis, source, targets[ann_file], diagnosis.shifts.get(number, 0)))
    return written


def _write(diagnosis: Diagnosis, source: Source, target: str, shift: int) -> str:
    kinds = (*HARMLESS, 'leakage')
    faulty = {
        finding.line
        for finding in diagnosis.findings
        if finding.ann_file == source.ann_file and finding.kind not in kinds
    }
    lines = [*read_annotation_lines(source.ann_file)]
    kept = [line for number, line in lines if number not in faulty]
    if shift and isinstance(source.dataset, VideoDataset):
        kept = [_subtract(line, source.dataset.delimiter, shift) for line in kept]
    with complete_or_absent(target) as unfinished, open(unfinished, 'w', encoding='utf-8', newline='\n') as file:
        file.writelines(f'{line}\n' for line in kept)
    corrected = f', labels changed by {-shift}' if shift else ''
    empty = '' if kept else '; every line is at fault, so nothing is left to train or test on'
    return f'{target}: {len(kept)} of {len(lines)} lines{corrected}{empty}'


def _subtract(line: str, delimiter: str, shift: int) -> str:
    path, labels = split_trailing_integers(line, delimiter)
    return delimiter.join([path, *(str(label - shift) for label in labels)])
