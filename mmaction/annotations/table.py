"""Tables of segments: CSV and TSV of any tool, and the aggregated events of BORIS."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from mmaction.annotations.base import SEGMENTS, Format, Reading, Writing, video_key
from mmaction.annotations.collect import Collector
from mmaction.annotations.findings import malformed
from mmaction.annotations.provenance import parse_comment, render_comment
from mmaction.annotations.record import Project, Segment, Video, additions

_DELIMITERS = ',;\t|'

# Headers by column, in lower case, without blanks, underscores and what stands in brackets.
_HEADERS: Mapping[str, tuple[str, ...]] = {
    'video': (
        'video', 'videoname', 'videofile', 'videoid', 'file', 'filename', 'media', 'mediafile', 'mediafilename', 'path',
        'youtubeid', 'name', 'clip',
    ),
    'label': ('label', 'labels', 'behavior', 'behaviour', 'action', 'class', 'event', 'annotation', 'activity', 'code'),
    'start': ('start', 'starttime', 'startsec', 'startseconds', 'timestart', 'begin', 'begintime', 'onset', 'from'),
    'end': ('end', 'endtime', 'endsec', 'endseconds', 'timeend', 'stop', 'stoptime', 'offset', 'to'),
    'subject': ('subject', 'person', 'animal', 'individual', 'actor', 'participant', 'tier'),
    'score': ('score', 'confidence', 'probability'),
    'model': ('model',),
    'split': ('split', 'subset'),
}  # fmt: skip


def _plain(header: str) -> str:
    return re.sub(r'\(.*?\)|\[.*?\]|[\s_\-]', '', header).lower()


def parse_time(text: str) -> float:
    """Seconds of ``12.5``, ``12,5``, ``1:02:03.5`` or ``02:03,5``.

    Raises:
        ValueError: the text is no time.
    """
    text = text.strip().removesuffix('s').strip()
    if text.count(',') == 1:
        text = text.replace(',', '.')
    seconds = 0.0
    for part in text.split(':'):
        seconds = seconds * 60 + float(part)
    if not math.isfinite(seconds):
        raise ValueError(text)
    return seconds


def choose_delimiter(header: str) -> str:
    """The delimiter that occurs most often in a header."""
    return max(_DELIMITERS, key=header.count)


class Table(Format):
    """Rows ``video,label,start,end[,subject,score,model]`` in seconds or H:M:S."""

    name = 'csv'
    title = 'CSV/TSV'
    suffixes: ClassVar[tuple[str, ...]] = ('.csv', '.tsv', '.txt')
    holds = SEGMENTS | {'video_labels', 'splits'}
    limits = (
        'It has no boxes, no videos without a row and no class names without one. Blank start and end label the whole '
        'video.'
    )
    headers: ClassVar[Mapping[str, str]] = {
        name: name for name in ('video', 'label', 'start', 'end', 'subject', 'score', 'model', 'split')
    }
    optional: ClassVar[Sequence[str]] = ('subject', 'score', 'model', 'split')

    def recognizes(self, head: str) -> bool:
        _, header = next(_rows(head.rsplit('\n', 1)[0]), (0, []))
        return {'video', 'label'} <= self.columns(header).keys()

    def columns(self, header: Sequence[str]) -> dict[str, int]:
        """Index of each column that a header names."""
        plain = [_plain(cell) for cell in header]
        found = {}
        for column, names in _HEADERS.items():
            index = next((plain.index(name) for name in names if name in plain), None)
            if index is not None:
                found[column] = index
        return found

    def parse(self, text: str, reading: Reading) -> Project:
        rows = _rows(text, reading.findings.file)
        _, header = next(rows, (0, []))
        columns = self.columns(header)
        lacking = [name for name in ('video', 'label') if name not in columns]
        if lacking or ('start' in columns) != ('end' in columns):
            lacking = lacking or [name for name in ('start', 'end') if name not in columns]
            raise malformed(
                reading.findings.file,
                'row 1',
                f'the header {", ".join(header)!r} has no column {" and ".join(lacking)}',
                'The columns are video, label, start, end (seconds) and, optionally, subject, score, model and split.',
            )
        collector = Collector()
        for number, row in rows:
            self._add(row, f'row {number}', columns, len(header), collector, reading)
        return collector.project()

    def _add(
        self,
        row: Sequence[str],
        where: str,
        columns: Mapping[str, int],
        width: int,
        collector: Collector,
        reading: Reading,
    ) -> None:
        cells = {name: row[index].strip() if index < len(row) else '' for name, index in columns.items()}
        if any(cell.strip() for cell in row[width:]):
            reading.findings.error(
                where,
                f'{len(row)} cells where the header has {width}',
                'Are there decimal commas? Export with a semicolon or tab between the cells.',
            )
            return
        video = cells['video']
        label = cells['label']
        if cells.get('kind') == 'POINT' and cells.get('end') in ('', 'NA'):
            cells['end'] = cells['start']
        if not video or not label:
            empty = 'video' if not video else 'label'
            reading.findings.error(where, f'{empty} is empty', 'Fill it in, or delete the row.')
            return
        if cells.get('split'):
            collector.fact(video, split=cells['split'])
        if not cells.get('start') and not cells.get('end'):
            collector.label(video, label)
            return
        start = self._time(cells, 'start', where, reading)
        end = self._time(cells, 'end', where, reading)
        if start is None or end is None:
            return
        if end < start:
            reading.findings.error(
                where, f'end ({end:g}) is before start ({start:g})', 'Correct the row; the two may be exchanged.'
            )
            return
        score = self._score(cells, where, reading)
        segment = Segment(start, end, label, cells.get('subject', ''), score, cells.get('model', ''), where)
        collector.segment(video, self.complete(segment, cells))

    def complete(self, segment: Segment, cells: Mapping[str, str]) -> Segment:
        """Fill in what a table states in columns of its own."""
        return segment

    @staticmethod
    def _time(cells: Mapping[str, str], name: str, where: str, reading: Reading) -> float | None:
        try:
            return parse_time(cells[name])
        except ValueError:
            problem = f'{name} ({cells[name]!r}) is no time'
            reading.findings.error(where, problem, 'Write seconds, such as 12.5, or hours:minutes:seconds.')
            return None

    @staticmethod
    def _score(cells: Mapping[str, str], where: str, reading: Reading) -> float | None:
        text = cells.get('score', '')
        if not text:
            return None
        try:
            return float(text.replace(',', '.'))
        except ValueError:
            reading.findings.warn(where, f'score ({text!r}) is no number, and not used', 'Correct the row.')
            return None

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        if existing is not None:
            return self._append(project, existing)
        rows = list(self.rows(project))
        columns = [name for name in self.headers if name not in self.optional or any(row[name] for row in rows)]
        header = [self.headers[name] for name in columns]
        return _render_rows([header, *([row[name] for name in columns] for row in rows)], ',', '\n')

    def _append(self, project: Project, existing: str) -> str:
        """Add rows with the columns and the delimiter of a table; those that are there already are left out."""
        number, header = next(_rows(existing), (0, []))
        first = next(line for line in existing.splitlines() if line.strip())
        delimiter = choose_delimiter(first)
        columns = self.columns(header)
        known = {video.name: video for video in self.parse(existing, Reading()).videos}
        rows = []
        for row in self.rows(project, known):
            cells = [''] * len(header)
            for name, index in columns.items():
                cells[index] = row.get(name, '')
            rows.append(cells)
        line_end = '\r\n' if '\r\n' in existing else '\n'
        between = '' if existing.endswith(('\n', '\r')) else line_end
        return f'{existing}{between}{_render_rows(rows, delimiter, line_end)}'

    def rows(self, project: Project, known: Mapping[str, Video] | None = None) -> Iterator[dict[str, str]]:
        """Yield the cells of each annotation by column, but for those of ``known`` videos."""
        for video in project.videos:
            added = additions(video, (known or {}).get(video.name))
            of_video = {'video': video.name, 'observation': Path(video_key(video.name)).stem, 'split': video.split}
            blank = dict.fromkeys(self.headers, '') | of_video
            for label in added.labels:
                yield {**blank, 'label': label}
            for segment in added.segments:
                yield {**blank, **self.cells(segment)}

    def cells(self, segment: Segment) -> dict[str, str]:
        """Cells of a segment by column."""
        return {
            'label': segment.label,
            'start': _number(segment.start_sec),
            'end': _number(segment.end_sec),
            'subject': segment.subject,
            'score': '' if segment.score is None else _number(segment.score),
            'model': segment.model,
        }


class BorisEvents(Table):
    """Aggregated events of BORIS: one row per event, exported as csv or tsv."""

    name = 'boris-events'
    title = 'aggregated events of BORIS'
    suffixes = ('.tsv', '.csv')
    holds = SEGMENTS
    limits = (
        'It has no boxes, no labels of whole videos, no videos and no behaviors without an event. Model and score of '
        'predictions are in the comment.'
    )
    headers = {
        'observation': 'Observation id',
        'video': 'Media file name',
        'subject': 'Subject',
        'label': 'Behavior',
        'kind': 'Behavior type',
        'start': 'Start (s)',
        'end': 'Stop (s)',
        'duration': 'Duration (s)',
        'comment': 'Comment start',
    }
    optional = ()

    def recognizes(self, head: str) -> bool:
        first = head.split('\n', 1)[0]
        return 'Observation id' in first and 'Start (s)' in first and 'Behavior' in first

    def columns(self, header: Sequence[str]) -> dict[str, int]:
        """Index of each column, found by name, as variables of the observation may stand between them."""
        plain = [cell.strip().lower() for cell in header]
        names = {name: title.lower() for name, title in self.headers.items()}
        found = {name: plain.index(title) for name, title in names.items() if title in plain}
        if 'end' not in found and 'start' in found:
            found |= {'end': found['start']}
        if 'video' not in found:
            other = next((i for i, title in enumerate(plain) if title in ('media file', 'media')), None)
            if other is not None:
                found['video'] = other
        return found

    def complete(self, segment: Segment, cells: Mapping[str, str]) -> Segment:
        model, score = parse_comment(cells.get('comment', ''))
        subject = '' if segment.subject == _NO_FOCAL_SUBJECT else segment.subject
        return replace(segment, subject=subject, model=model, score=score)

    def cells(self, segment: Segment) -> dict[str, str]:
        is_point = segment.start_sec == segment.end_sec
        return {
            **super().cells(segment),
            'subject': segment.subject or _NO_FOCAL_SUBJECT,
            'kind': 'POINT' if is_point else 'STATE',
            'duration': 'NA' if is_point else _number(segment.end_sec - segment.start_sec),
            'comment': render_comment(segment),
        }


_NO_FOCAL_SUBJECT = 'No focal subject'


def _number(value: float) -> str:
    return repr(float(value)).removesuffix('.0')


def _rows(text: str, file: str = '') -> Iterator[tuple[int, list[str]]]:
    """Yield number, from 1, and cells of each row that is not blank; the first is the header."""
    skipped = 0
    first = next((line for line in text.splitlines() if line.strip()), '')
    delimiter = choose_delimiter(first)
    if first.lower().startswith('sep='):  # Excel's way to name the delimiter
        delimiter = first[4:5] or ','
        text = text.split('\n', 1)[-1]
        skipped = 1
    reader = csv.reader(io.StringIO(text, newline=''), delimiter=delimiter)
    number = skipped
    try:
        for row in reader:
            number += 1
            if any(cell.strip() for cell in row):
                yield number, row
    except csv.Error as error:
        raise malformed(file, f'row {number + 1}', f'it is no table ({error})', 'Export it again.') from None


def _render_rows(rows: Sequence[Sequence[str]], delimiter: str, line_end: str) -> str:
    buffer = io.StringIO(newline='')
    csv.writer(buffer, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return buffer.getvalue()
