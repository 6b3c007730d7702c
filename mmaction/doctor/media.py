"""Check the media of all samples: in several processes, and resumable after an interruption."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from mmaction.datasets import RawframeDataset
from mmaction.doctor.sources import Entry, Subject
from mmaction.utils.parallel import map_surviving
from mmaction.utils.progress import track
from mmaction.video import VideoFault, VideoReport
from mmaction.video.check import NUM_THUMBNAILS, THUMBNAIL_SIZE
from mmaction.video.check_frames import Medium, check_medium
from mmaction.video.folder import Modality

Reports = dict[str, VideoReport]


def check_media(subject: Subject, jobs: int, record_file: str, resume: bool = False) -> Reports:
    """Check the media of all samples, each once.

    Args:
        subject: the samples.
        jobs: number of processes.
        record_file: where each report is written as soon as it is there, one per line.
        resume: take the reports in ``record_file`` of files that have not changed since.

    Returns:
        The report of each path.
    """
    entries = [entry for entry in subject.entries if entry.medium != 'none']
    media = {entry.path: _medium(subject, entry) for entry in entries}
    known = _read_records(record_file) if resume else {}
    keys = {path: json.dumps(medium.identity()) for path, medium in media.items()}
    reports = {path: known[keys[path]] for path in media if keys[path] in known}
    todo = [medium for path, medium in media.items() if path not in reports]
    os.makedirs(os.path.dirname(record_file) or '.', exist_ok=True)
    with open(record_file, 'a' if resume else 'w', encoding='utf-8') as file:
        # A function of a module without torch: the processes start at once.
        results = map_surviving(check_medium, todo, jobs if jobs > 1 else 0, _killer)
        for medium, report in track(results, 'Checking', total=len(todo)):
            reports[medium.path] = report
            # The line break comes first: a killed run leaves half a line.
            file.write('\n' + json.dumps({'key': keys[medium.path], **_to_json(report)}))
            file.flush()
    return reports


def _medium(subject: Subject, entry: Entry) -> Medium:
    dataset = subject.sources[entry.source].dataset
    if not isinstance(dataset, RawframeDataset):
        return Medium(entry.path)
    # With offsets a folder holds several samples, so that its number of frames is that of none of them.
    total = 0 if dataset.with_offset else int(entry.record['total_frames'])
    first = None if dataset.with_offset else dataset.start_index
    modality: Modality = 'Flow' if dataset.modality == 'Flow' else 'RGB'
    return Medium(entry.path, dataset.filename_tmpl, total, first, modality)


def _killer(medium: Medium) -> VideoReport:
    return VideoReport(medium.path, (VideoFault('corrupt', 'decoding it ends the process'),))


def _to_json(report: VideoReport) -> dict[str, Any]:
    content = dict(vars(report))
    content['faults'] = [[fault.kind, fault.detail] for fault in report.faults]
    if report.thumbnails is not None:
        content['thumbnails'] = base64.b64encode(np.ascontiguousarray(report.thumbnails).tobytes()).decode()
    return content


def _from_json(content: Mapping[str, Any]) -> VideoReport:
    fields = {name: value for name, value in content.items() if name != 'key'}
    fields['faults'] = tuple(VideoFault(kind, detail) for kind, detail in content['faults'])
    if content['thumbnails'] is not None:
        data = base64.b64decode(content['thumbnails'])
        fields['thumbnails'] = np.frombuffer(data, np.uint8).reshape(NUM_THUMBNAILS, THUMBNAIL_SIZE, THUMBNAIL_SIZE)
    return VideoReport(**fields)


def _read_records(path: str) -> dict[str, VideoReport]:
    if not os.path.exists(path):
        return {}
    known = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            try:
                content = json.loads(line)
                known[content['key']] = _from_json(content)
            except (ValueError, KeyError, TypeError):
                continue  # the line at which a run was killed
    return known
