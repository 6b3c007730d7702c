"""The CSV form of VIA 3: comments, one of which names the columns, then a row with JSON cells per segment or box."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from mmaction.annotations.findings import Findings, malformed

_HEADER = '# CSV_HEADER'
_COLUMNS = ('file_list', 'temporal_coordinates', 'spatial_coordinates', 'metadata')


def is_csv(text: str) -> bool:
    """True for a text in this form."""
    return text.lstrip().startswith('#') and _HEADER in text


def project_of_csv(text: str, findings: Findings) -> dict[str, Any]:
    """Make a project, as VIA saves it, of its CSV form; faulty rows are findings.

    Raises:
        AnnotationError: the comment with the columns lacks one that is needed.
    """
    lines = text.splitlines()
    header = next(line for line in lines if line.startswith(_HEADER))
    names = [name.strip() for name in header.partition('=')[2].split(',')]
    lacking = [name for name in _COLUMNS if name not in names]
    if lacking:
        raise malformed(findings.file, header, f'it has no column {", ".join(lacking)}', 'Export it again from VIA 3.')
    project: dict[str, Any] = {'attribute': {}, 'file': {}, 'view': {}, 'metadata': {}}
    blank = ['' if line.startswith('#') else line for line in lines]  # rows keep their numbers
    for number, row in enumerate(csv.reader(io.StringIO('\n'.join(blank))), 1):
        if not row:
            continue
        cells = dict(zip(names, row))
        try:
            files, times, box, values = (json.loads(cells[name] or '[]') for name in _COLUMNS)
            name = files[0]
        except (KeyError, IndexError, ValueError):
            findings.error(f'row {number}', 'its cells are not those of VIA', 'Export it again from VIA 3.')
            continue
        project['file'][name] = {'fname': name}
        project['view'][name] = {'fid_list': [name]}
        for attribute in values or {}:
            project['attribute'][attribute] = {'aname': attribute}
        project['metadata'][f'row {number}'] = {'vid': name, 'z': times, 'xy': box, 'av': values or {}}
    return project
