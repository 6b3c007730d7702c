"""The sections of a report as HTML, each of finished figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mmaction.study.report.errors import Mistake
from mmaction.study.report.evidence import NOTHING, Evidence, Outcome
from mmaction.study.report.figures import FEW, IOU, ClassFigures, Confusion, Estimate
from mmaction.study.report.footage import Footage
from mmaction.study.report.label_next import UNSURE, Candidate, unsure_spans
from mmaction.study.report.markup import Html, join, table, tag
from mmaction.study.report.timeline import clock, draw, rows_of
from mmaction.study.run import RunRecord

__all__ = ['by_class', 'confusions', 'mistakes', 'record_of', 'timelines', 'to_label']

_MAX_ROWS = 80  # of all timelines; more videos are not shown
_MAX_ELEMENTS = 24_000  # of all timelines, about 200 bytes each
_MAX_LISTED = 200  # in the table of the segments of a video
_WIDE = 12  # classes from which on the columns of the confusion matrix are numbered


def _percent(value: float) -> str:
    return '–' if math.isnan(value) else f'{100 * value:.0f}'


def _estimate(estimate: Estimate) -> Html:
    """A value in percent, its interval, and both as a bar."""
    if math.isnan(estimate.value):
        return tag('td', '–', class_='num')
    low, high = 100 * estimate.low, 100 * estimate.high
    band = tag('i', style=f'left:{low:.0f}%;width:{max(high - low, 1):.0f}%')
    point = tag('b', style=f'left:{100 * estimate.value:.0f}%')
    bar = tag('span', band, point, class_='bar', aria_hidden='true')
    return tag('td', _percent(estimate.value), tag('small', f' {low:.0f}–{high:.0f}'), bar, class_='num')


def by_class(caption: str, figures: Sequence[ClassFigures], noun: str) -> Html:
    """Table of precision, recall and F1."""
    rows = []
    for item in figures:
        counts = tag('small', f'{item.annotated} annotated, {item.predicted} predicted {noun}')
        warning = tag('em', 'too few examples', class_='few') if item.is_few else ''
        estimates = [_estimate(value) for value in (item.f1, item.precision, item.recall)]
        rows.append([tag('th', item.label, counts, warning, scope='row'), *estimates])
    return table(caption, ['class', 'F1', 'precision', 'recall'], rows, 'classes')


def few_examples(figures: Sequence[ClassFigures], noun: str) -> Html:
    """The warning about classes with too few examples."""
    few = [f'{item.label} ({item.annotated})' for item in figures if item.is_few]
    if not few:
        return Html('')
    text = f'Too few examples (fewer than {FEW} {noun} to test on): {", ".join(few)}. '
    return tag('p', tag('strong', text), 'Their figures may be chance; the intervals show by how much.', class_='warn')


def intervals(figures: Sequence[ClassFigures]) -> Html:
    """How the intervals were made."""
    by_bootstrap = [item.label for item in figures if item.by_bootstrap]
    text = 'Values in percent, with 95 % intervals: Wilson’s for precision and recall; '
    if not by_bootstrap:
        text += 'for F1 Wilson’s by way of TP/(TP+FP+FN), as a bootstrap needs 10 videos of the class that differ.'
    elif len(by_bootstrap) == len(figures):
        text += 'for F1 a bootstrap over the videos.'
    else:
        text += (
            f'for F1 a bootstrap over the videos ({", ".join(by_bootstrap)}), and for classes in fewer than 10 videos, '
            'or without an error, Wilson’s by way of TP/(TP+FP+FN).'
        )
    return tag('p', text, class_='note')


def confusions(found: Confusion) -> Html:
    """The matrix, and its largest entries in words."""
    largest = found.largest(8)
    items = []
    for true, predicted, amount, ratio in largest:
        text = f': {_amount(amount, found.unit)}, {_percent(ratio)} % of it'
        if true == NOTHING:
            text = f': {_amount(amount, found.unit)}'
        items.append(tag('li', _mistaken(true, predicted), text))
    intro = tag('ol', *items) if items else tag('p', 'There is no confusion.')
    return join([intro, _matrix(found)])


def _mistaken(true: str, predicted: str) -> Html:
    """A confusion in words."""
    if true == NOTHING:
        return join([tag('b', predicted), ' where nothing is annotated'])
    if predicted == NOTHING:
        return join([tag('b', true), ' missed'])
    return join([tag('b', true), ' taken for ', tag('b', predicted)])


def _amount(amount: float, unit: str) -> str:
    return f'{amount:.1f} s' if unit == 'seconds' else f'{amount:.0f} {unit}'


def _matrix(found: Confusion) -> Html:
    is_wide = len(found.names) > _WIDE
    head = [tag('span', name, class_='up') for name in found.names]
    if is_wide:
        head = [tag('abbr', str(number), title=name) for number, name in enumerate(found.names, 1)]
    rows = []
    totals = found.amounts.sum(axis=1)
    for number, (name, row, total) in enumerate(zip(found.names, found.amounts, totals), 1):
        cells: list[str] = [f'{number} {name}' if is_wide else name]
        for place, (other, amount) in enumerate(zip(found.names, row.tolist()), 1):
            ratio = amount / total if total else 0.0
            cells.append(_matrix_cell(amount, ratio, found.unit, f'{name} → {other}', is_right=place == number))
        cells.append(tag('td', f'{total:.0f}', class_='num'))
        rows.append(cells)
    unit = {'seconds': 'seconds', 'clips': 'clips', 'segments': f'segments with an IoU of {IOU:g} or more'}[found.unit]
    caption = f'Rows: annotated; columns: predicted. Percent of the row, and {unit}.'
    return table(caption, ['annotated', *head, 'all'], rows, 'matrix wide' if is_wide else 'matrix')


def _matrix_cell(amount: float, ratio: float, unit: str, title: str, is_right: bool) -> Html:
    if not amount:
        return tag('td')
    count = f'{amount:.1f}' if unit == 'seconds' and amount < 100 else f'{amount:.0f}'
    return tag(
        'td',
        _percent(ratio),
        tag('small', count),
        class_='right' if is_right else 'wrong',
        style=f'--share:{100 * ratio:.0f}%',
        title=f'{title}: {_percent(ratio)} %, {_amount(amount, unit)}',
    )


def timelines(evidence: Evidence, footage: Footage) -> Html:
    """Annotated and predicted segments of each video, those with the most errors first."""
    colors = {name: number for number, name in enumerate(evidence.foreground)}
    ranked = sorted(evidence.outcomes, key=lambda outcome: _accuracy(evidence, outcome))
    rows = np.cumsum([rows_of(outcome.duration_sec) for outcome in ranked])
    shown = ranked[: max(int((rows <= _MAX_ROWS).sum()), 1)]
    parts = [_legend(evidence, colors)]
    # A row has two lanes.
    columns = int(np.clip(_MAX_ELEMENTS / max(min(rows[-1:].sum(), _MAX_ROWS), 1) / 2, 100, 1200))
    for outcome in shown:
        parts.append(_timeline(evidence, outcome, colors, columns, footage))
    if len(ranked) > len(shown):
        parts.append(tag('p', f'{len(ranked) - len(shown)} more videos, with fewer errors, are not shown.'))
    return join(parts)


def _accuracy(evidence: Evidence, outcome: Outcome) -> float:
    predicted, true = evidence.steps(outcome)
    known = true >= 0
    return float((predicted == true)[known].mean()) if known.any() else 1.0


def _legend(evidence: Evidence, colors: Mapping[str, int]) -> Html:
    items = [tag('li', tag('i', class_=f's c{number}'), name) for name, number in colors.items()]
    items.append(tag('li', tag('i', class_='unsure'), f'unsure: the two best labels are less than {UNSURE:g} apart'))
    return tag('ul', *items, class_='legend')


def _timeline(evidence: Evidence, outcome: Outcome, colors: dict[str, int], columns: int, footage: Footage) -> Html:
    truth = [segment for segment in outcome.truth.segments if segment.label in colors]
    predicted = [segment for segment in outcome.predicted.segments if segment.label in colors]
    spans = unsure_spans(evidence, outcome)
    title = f'Timeline of {outcome.name}'
    drawing = draw(truth, predicted, spans, outcome.duration_sec, colors, columns, title)
    facts = f'{clock(outcome.duration_sec)}, {len(truth)} annotated and {len(predicted)} predicted segments'
    if evidence.task == 'frames':
        facts += f', {_percent(_accuracy(evidence, outcome))} % of the time is right'
    notes = [facts]
    if drawing.hidden:
        notes.append(f'{drawing.hidden} segments are too short to be drawn')
    link = footage.link(outcome.path)
    if not outcome.path:
        notes.append('the file of the video is not found')
    elif not link:
        notes.append('browsers cannot play this file')
    rows = []
    both = [('annotated', segment) for segment in truth] + [('predicted', segment) for segment in predicted]
    for kind, segment in sorted(both, key=lambda pair: (pair[1].start_sec, pair[0]))[:_MAX_LISTED]:
        score = '' if segment.score is None else f'{segment.score:.2f}'
        times = f'{clock(segment.start_sec)}–{clock(segment.end_sec)}'
        rows.append([segment.label, kind, _player_link(link, segment.start_sec, segment.end_sec, times), score])
    caption = 'Segments' if len(both) <= _MAX_LISTED else f'The first {_MAX_LISTED} of {len(both)} segments'
    details = tag('details', tag('summary', 'as a table'), table(caption, ['label', 'by', 'time', 'score'], rows))
    lanes = tag('p', tag('span', 'annotated'), tag('span', 'predicted'), class_='lanes', aria_hidden='true')
    return tag(
        'article',
        tag('h3', outcome.name),
        tag('p', '; '.join(notes), '.', class_='note'),
        tag('div', lanes, tag('div', drawing.markup, class_='rows'), class_='timeline', data_video=link or None),
        details,
    )


def _player_link(link: str, start_sec: float, end_sec: float, text: str) -> str:
    if not link:
        return text
    return tag('a', text, href=f'{link}#t={start_sec:.2f},{end_sec:.2f}', class_='play')


def mistakes(found: Sequence[Mistake], footage: Footage) -> Html:
    """The worst errors as cards."""
    if not found:
        return tag('p', 'There is no error on the validation videos.')
    cards = []
    for item in found:
        times = f'{clock(item.start_sec)}–{clock(item.end_sec)}'
        images = footage.strip(item.path, item.start_sec, item.end_sec, f'Frames of {item.video}, {times}')
        link = footage.segment_link(item.path, item.start_sec, item.end_sec)
        score = f', score {item.score:.2f}' if item.predicted != NOTHING else ''
        caption = f'{item.true} → {item.predicted}, {item.video}, {times}'
        picture = (
            tag('div', images, class_='strip') if images else tag('div', _no_images(item, footage), class_='strip')
        )
        if link:
            picture = tag('a', picture, tag('span', 'play', class_='hint'), href=link, class_='play', title=caption)
        elif images:
            picture = join([picture, tag('p', 'Browsers cannot play this file; --clips writes a clip.', class_='note')])
        words = tag('p', _mistaken(item.true, item.predicted), score)
        place = tag('p', f'{item.video}, {times} ({item.end_sec - item.start_sec:.1f} s)', class_='note')
        cards.append(tag('li', picture, words, place))
    return tag('ol', *cards, class_='cards')


def _no_images(item: Mistake, footage: Footage) -> str:
    if not item.path:
        return 'The file of the video is not found.'
    if footage.used_bytes >= footage.max_bytes * 0.95:
        return 'No thumbnail: the page has its limit of them.'
    return 'The video does not decode here.'


def to_label(chosen: Sequence[Candidate], footage: Footage, exported: str) -> Html:
    """Table of what to label next."""
    if not chosen:
        return tag('p', 'There is nothing to choose from.')
    rows = []
    for item in chosen:
        times = f'{clock(item.start_sec)}–{clock(item.end_sec)}'
        link = footage.segment_link(item.path, item.start_sec, item.end_sec)
        place = tag('a', times, href=link, class_='play', title=f'{item.video}, {times}') if link else times
        other = item.second or '–'
        cells = [item.video, place, f'{item.label} {item.score:.2f}', other, f'{item.margin:.2f}']
        rows.append(cells)
    end = f'They were written to {exported}.' if exported else 'Write them for your tool with --to FORMAT --next FILE.'
    head = ['video', 'time', 'best label', 'second', 'margin']
    return join([table('The least certain first', head, rows), tag('p', end, class_='note')])


def record_of(record: RunRecord) -> Html:
    """Facts to repeat the run by."""
    rows = [
        ['data', record.data],
        ['model', f'{record.model}, {record.model_config}, {record.checkpoint}'],
        ['encoder', f'{record.encoder.name}, {record.encoder.identity}'],
        ['seed', str(record.seed)],
        ['calibration', f'temperature {record.temperature:.2f}'],
        ['seconds', ', '.join(f'{name} {value:.0f}' for name, value in record.seconds.items())],
        ['versions', ', '.join(f'{name} {value}' for name, value in record.versions.items())],
    ]
    return table('The run', ['fact', 'value'], rows)
