"""ELAN: XML with tiers of annotations, in milliseconds.

Source: https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element

from mmaction.annotations.base import SEGMENTS, Format, Reading, Writing, video_key
from mmaction.annotations.findings import Findings, malformed
from mmaction.annotations.record import Project, Segment, Video, additions
from mmaction.annotations.xml_text import element, insert_before, parse_xml

_MODEL = 'model:'  # in front of the name of a model, as the annotator of a tier
_TIER = 'default'  # the tier of annotations without a subject
_TYPE = 'default-lt'
_DATE = '2000-01-01T00:00:00+00:00'
_SCHEMA = {
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    'xsi:noNamespaceSchemaLocation': 'http://www.mpi.nl/tools/elan/EAFv3.0.xsd',
}


class Elan(Format):
    """A file of ELAN: a tier is a subject, the value of an annotation its label."""

    name = 'elan'
    title = 'ELAN'
    suffixes = ('.eaf',)
    holds = (SEGMENTS - {'points', 'scores'}) | {'empty_videos'}
    grid = 'milliseconds'
    per_video = True
    limits = (
        'It has no boxes, scores, labels of whole videos and annotations without a length; times are whole '
        'milliseconds. A subject is the participant of a tier, or its name; a model is its annotator. Annotations that '
        'overlap are on further tiers of the subject.'
    )

    def recognizes(self, head: str) -> bool:
        return '<ANNOTATION_DOCUMENT' in head

    def parse(self, text: str, reading: Reading) -> Project:
        root = parse_xml(text, 'ANNOTATION_DOCUMENT', reading, self.title)
        name, origin_ms = _media(root, reading)
        document = _Document(root)
        segments: list[Segment] = []
        for tier in document.tiers.values():
            segments += _segments(tier, document, origin_ms, reading.findings)
        return Project((Video(name, segments=tuple(segments)),))

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        (video,) = project.videos
        text = _new_document(video) if existing is None else existing
        root = parse_xml(text, 'ANNOTATION_DOCUMENT', Reading(), self.title)
        present = None if existing is None else self.parse(existing, Reading()).videos[0]
        return _add(text, root, additions(video, present).segments)


@dataclass
class _Interval:
    """An annotation with its times in milliseconds; None where they are not known."""

    number: str
    start: float | None
    end: float | None
    value: str


class _Document:
    """Tiers and time slots of a file."""

    def __init__(self, root: Element) -> None:
        self.tiers = {tier.get('TIER_ID', ''): tier for tier in root.iter('TIER')}
        self.slots: dict[str, float | None] = {}
        for slot in root.iter('TIME_SLOT'):
            value = slot.get('TIME_VALUE')
            self.slots[slot.get('TIME_SLOT_ID', '')] = None if value is None else float(value)
        self._intervals: dict[str, list[_Interval]] = {}

    def intervals(self, name: str) -> list[_Interval]:
        """The annotations of a tier; one that refers to others takes their times."""
        if name not in self._intervals:
            self._intervals[name] = []  # a tier that refers to itself ends here
            tier = self.tiers[name]
            self._intervals[name] = [*self._alignable(tier), *self._references(tier)]
        return self._intervals[name]

    def _alignable(self, tier: Element) -> list[_Interval]:
        annotations = tier.findall('ANNOTATION/ALIGNABLE_ANNOTATION')
        chain: list[str] = []
        for annotation in annotations:
            for key in ('TIME_SLOT_REF1', 'TIME_SLOT_REF2'):
                slot = annotation.get(key, '')
                if not chain or chain[-1] != slot:
                    chain.append(slot)
        times = self.slots | _interpolate(chain, self.slots)
        found = []
        for annotation in annotations:
            start, end = (times.get(annotation.get(key, '')) for key in ('TIME_SLOT_REF1', 'TIME_SLOT_REF2'))
            found.append(_Interval(annotation.get('ANNOTATION_ID', '?'), start, end, _value(annotation)))
        return found

    def _references(self, tier: Element) -> list[_Interval]:
        parent = tier.get('PARENT_REF', '')
        annotations = tier.findall('ANNOTATION/REF_ANNOTATION')
        if not annotations or parent not in self.tiers:
            return []
        owners = {interval.number: interval for interval in self.intervals(parent)}
        siblings: dict[str, list[Element]] = {}
        for annotation in annotations:
            siblings.setdefault(annotation.get('ANNOTATION_REF', ''), []).append(annotation)
        found = []
        for owner, parts in siblings.items():
            interval = owners.get(owner, _Interval(owner, None, None, ''))
            for index, annotation in enumerate(parts):
                # Several annotations of one subdivide it into equal parts.
                start, end = (_between(interval, (index + i) / len(parts)) for i in (0, 1))
                found.append(_Interval(annotation.get('ANNOTATION_ID', '?'), start, end, _value(annotation)))
        return found


def _between(interval: _Interval, ratio: float) -> float | None:
    if interval.start is None or interval.end is None:
        return None
    return interval.start + (interval.end - interval.start) * ratio


def _value(annotation: Element) -> str:
    return (annotation.findtext('ANNOTATION_VALUE') or '').strip()


def _interpolate(chain: Sequence[str], slots: Mapping[str, float | None]) -> dict[str, float]:
    """Times of the slots without one, spread evenly between their neighbours in the tier."""
    times: dict[str, float] = {}
    known = [i for i, slot in enumerate(chain) if slots.get(slot) is not None]
    for first, last in pairwise(known):
        start, end = slots[chain[first]], slots[chain[last]]
        if start is None or end is None:
            continue
        for i in range(first + 1, last):
            times[chain[i]] = start + (end - start) * (i - first) / (last - first)
    return times


def _media(root: Element, reading: Reading) -> tuple[str, float]:
    """Name of the video, and the time in it at which the annotation begins, ms. The first of several views counts."""
    descriptors = root.findall('HEADER/MEDIA_DESCRIPTOR')
    videos = [item for item in descriptors if not (item.get('MIME_TYPE') or '').startswith('audio')] or descriptors
    if not videos:
        raise malformed(reading.findings.file, '', 'it has no MEDIA_DESCRIPTOR', 'Link the video in ELAN, and save.')
    first = videos[0]
    # The absolute URL is that of the computer on which it was made.
    url = first.get('RELATIVE_MEDIA_URL') or first.get('MEDIA_URL') or ''
    name = unquote(url).removeprefix('file://').removeprefix('./')
    if len(videos) > 1:
        views = ', '.join(video_key(unquote(item.get('MEDIA_URL', ''))) for item in videos[1:])
        reading.findings.warn(
            '', f'it has {len(videos)} videos; the annotations are read for {name}', f'The other views are {views}.'
        )
    return name, float(first.get('TIME_ORIGIN') or 0)


def _segments(tier: Element, document: _Document, origin_ms: float, findings: Findings) -> Iterator[Segment]:
    name = tier.get('TIER_ID', '')
    subject = tier.get('PARTICIPANT')
    if subject is None:
        subject = '' if name == _TIER else name
    annotator = tier.get('ANNOTATOR', '')
    model = annotator[len(_MODEL) :] if annotator.startswith(_MODEL) else ''
    for interval in document.intervals(name):
        where = f'tier {name!r}, annotation {interval.number}'
        if not interval.value:
            findings.error(where, 'the annotation is empty', 'Write its label, or delete it.')
        elif interval.start is None or interval.end is None:
            findings.error(where, 'it has no time, nor have its neighbours', 'Align it with the video in ELAN.')
        elif interval.end < interval.start:
            findings.error(where, 'it ends before it starts', 'Correct it in ELAN.')
        else:
            start, end = ((time + origin_ms) / 1000 for time in (interval.start, interval.end))
            yield Segment(start, end, interval.value, subject, None, model, where)


def _new_document(video: Video) -> str:
    url = quote(video.name)
    media = {'MEDIA_URL': url, 'MIME_TYPE': f'video/{Path(video_key(video.name)).suffix[1:] or "mp4"}'}
    media['RELATIVE_MEDIA_URL'] = f'./{url}'
    header = element('HEADER', {'MEDIA_FILE': '', 'TIME_UNITS': 'milliseconds'}, [element('MEDIA_DESCRIPTOR', media)])
    kind = {'GRAPHIC_REFERENCES': 'false', 'LINGUISTIC_TYPE_ID': _TYPE, 'TIME_ALIGNABLE': 'true'}
    content = [header, '<TIME_ORDER>\n</TIME_ORDER>', element('LINGUISTIC_TYPE', kind)]
    root = {'AUTHOR': '', 'DATE': _DATE, 'FORMAT': '3.0', 'VERSION': '3.0', **_SCHEMA}
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{element("ANNOTATION_DOCUMENT", root, content)}\n'


def _add(text: str, root: Element, segments: Sequence[Segment]) -> str:
    """Add tiers with segments to the text of a document."""
    taken = {tier.get('TIER_ID', '') for tier in root.iter('TIER')}
    kinds = {kind.get('LINGUISTIC_TYPE_ID', ''): kind for kind in root.iter('LINGUISTIC_TYPE')}
    kind = next((name for name, item in kinds.items() if _is_plain(item)), None)
    if kind is None:
        kind = _TYPE
        plain = {'GRAPHIC_REFERENCES': 'false', 'LINGUISTIC_TYPE_ID': kind, 'TIME_ALIGNABLE': 'true'}
        mark = '<LINGUISTIC_TYPE ' if kinds else '</ANNOTATION_DOCUMENT>'
        text = insert_before(text, mark, element('LINGUISTIC_TYPE', plain), first=bool(kinds))
    slot = _first_free(item.get('TIME_SLOT_ID', '') for item in root.iter('TIME_SLOT'))
    number = _first_free(item.get('ANNOTATION_ID', '') for item in root.iter() if item.get('ANNOTATION_ID'))
    slots: list[str] = []
    tiers: list[str] = []
    for attributes, members in _tiers(segments, taken):
        annotations = []
        for segment in members:
            for time_sec in (segment.start_sec, segment.end_sec):
                slots.append(element('TIME_SLOT', {'TIME_SLOT_ID': f'ts{slot}', 'TIME_VALUE': round(time_sec * 1000)}))
                slot += 1
            references = {'ANNOTATION_ID': f'a{number}'}
            references |= {'TIME_SLOT_REF1': f'ts{slot - 2}', 'TIME_SLOT_REF2': f'ts{slot - 1}'}
            number += 1
            value = element('ANNOTATION_VALUE', {}, segment.label)
            annotations.append(element('ANNOTATION', {}, [element('ALIGNABLE_ANNOTATION', references, [value])]))
        tiers.append(element('TIER', {'LINGUISTIC_TYPE_REF': kind, **attributes}, annotations))
    if slots:
        text = insert_before(_opened(text, 'TIME_ORDER'), '</TIME_ORDER>', '\n'.join(slots), '        ')
    if tiers:
        # The schema has the tiers before their types.
        text = insert_before(text, '<LINGUISTIC_TYPE ', '\n'.join(tiers), first=True)
    return _count_on(text, number - 1)


def _is_plain(kind: Element) -> bool:
    """True for the type of tiers that are aligned with the video and have no parent."""
    return kind.get('TIME_ALIGNABLE') != 'false' and not kind.get('CONSTRAINTS')


def _tiers(segments: Sequence[Segment], taken: set[str]) -> Iterator[tuple[dict[str, str], list[Segment]]]:
    """Yield attributes and segments of each new tier; segments of a tier do not overlap."""
    groups: dict[tuple[str, str], list[Segment]] = {}
    for segment in sorted(segments, key=lambda s: (s.start_sec, s.end_sec)):
        groups.setdefault((segment.subject, segment.model), []).append(segment)
    names = set(taken)
    for (subject, model), members in groups.items():
        layers: list[list[Segment]] = []
        for segment in members:
            layer = next((layer for layer in layers if layer[-1].end_sec <= segment.start_sec), None)
            if layer is None:
                layer = []
                layers.append(layer)
            layer.append(segment)
        base = f'{subject or _TIER} [{model}]' if model else subject or _TIER
        for layer in layers:
            name = base
            number = 1
            while name in names:
                number += 1
                name = f'{base} {number}'
            names.add(name)
            attributes = {'PARTICIPANT': subject, 'TIER_ID': name}
            if model:
                attributes['ANNOTATOR'] = f'{_MODEL}{model}'
            yield attributes, layer


def _first_free(names: Iterable[str]) -> int:
    """The number after the highest at the end of names such as ``ts12``."""
    numbers = [int(match[0]) for match in (re.search(r'\d+$', name) for name in names) if match]
    return max(numbers, default=0) + 1


def _opened(text: str, tag: str) -> str:
    """Give an empty element an end tag."""
    return re.sub(rf'<{tag}\s*/>', f'<{tag}></{tag}>', text, count=1)


def _count_on(text: str, last: int) -> str:
    """Raise ELAN's counter of annotations, which would else give a number twice."""
    return re.sub(
        r'(<PROPERTY NAME="lastUsedAnnotationId">)(\d+)(</PROPERTY>)',
        lambda match: f'{match[1]}{max(last, int(match[2]))}{match[3]}',
        text,
        count=1,
    )
