"""The summary of a study in plain sentences, and its figures beside those of the baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from mmaction.study.report.evidence import Evidence
from mmaction.study.report.markup import Html, join, table, tag
from mmaction.study.run import RunRecord

__all__ = ['sentences', 'summary']

_TASKS = {
    'clips': 'one label per clip',
    'frames': 'a label for every moment of a video',
    'events': 'sparse events in long videos',
    'boxes': 'actions of people in boxes',
}
_METRICS = {
    'acc': '{noun} with the right label',
    'mean_acc': '{noun} with the right label, mean over the classes',
    'edit': 'order of the segments',
    'F1@10': 'segments, overlap of 10 %',
    'F1@25': 'segments, overlap of 25 %',
    'F1@50': 'segments, overlap of 50 %',
    'mAP@0.3': 'average precision of events, overlap of 30 %',
    'mAP@0.5': 'average precision of events, overlap of 50 %',
    'mAP@0.7': 'average precision of events, overlap of 70 %',
}
_BASELINES = {'majority': 'majority class', 'linear': 'linear probe'}


def summary(record: RunRecord, evidence: Evidence) -> Html:
    """The first section of the page."""
    paragraphs = [tag('p', sentence) for sentence in sentences(record, evidence)]
    if record.warnings:
        paragraphs.append(tag('ul', *(tag('li', warning) for warning in record.warnings), class_='warn'))
    tables = [_comparison(record, 'val', 'Percent, on the validation videos')]
    if record.test:
        tables.append(_comparison(record, 'test', 'Percent, on the test videos'))
    return join([*paragraphs, *tables])


def sentences(record: RunRecord, evidence: Evidence) -> list[str]:
    """Task, data, model and result, a paragraph each."""
    reason = record.reason.strip().rstrip('.')
    reason = reason[:1].upper() + reason[1:]
    found = [f'The task is {_TASKS[record.task]} ({record.task}). {reason}.', _data(record, evidence), _model(record)]
    result = _result(record)
    return [*found, result, _selection(record)] if result else found


def _data(record: RunRecord, evidence: Evidence) -> str:
    videos = {split: len(names) for split, names in record.videos.items()}
    counts = ', '.join(f'{count} for {_split(name)}' for name, count in videos.items())
    segments = sum(len(outcome.truth.segments) for outcome in evidence.outcomes)
    hours = sum(outcome.duration_sec for outcome in evidence.outcomes) / 60
    text = f'The data have {_count(sum(videos.values()), "video")} ({counts}) and {len(evidence.foreground)} classes.'
    text += f' Unless stated otherwise, figures are on {_count(len(evidence.outcomes), "validation video")}'
    if record.task == 'clips':
        return f'{text}.'
    return f'{text}: {hours:.1f} minutes with {_count(segments, "annotated segment")}.'


def _split(name: str) -> str:
    return {'train': 'training', 'val': 'validation', 'test': 'testing'}.get(name, name)


def _count(number: int, noun: str) -> str:
    return f'{number} {noun}{"" if number == 1 else "s"}'


def _model(record: RunRecord) -> str:
    encoder = record.encoder
    text = f'The model is {record.model} on frozen features of the encoder {encoder.name} ({encoder.channels} channels'
    text += f', a step every {record.step_sec:g} s). ' if record.step_sec and record.task != 'clips' else '). '
    if encoder.license:
        text += f'The license of the encoder’s weights: {encoder.license}.'
    else:
        text += 'The encoder’s weights state no license: find out before you publish or sell what builds on them.'
    return text


def _result(record: RunRecord) -> str:
    """The first metric in words, against the baselines."""
    names = _overall(record)
    if not names:
        return ''
    name = names[0]
    text = f'On the validation videos, {_title(record, name)}: {record.metrics[name]:.1f} %'
    against = []
    for baseline, figures in record.baselines.items():
        if name in figures:
            against.append(f'{figures[name]:.1f} % for the {_BASELINES.get(baseline, baseline)}')
    return f'{text}, against {" and ".join(against)}.' if against else f'{text}.'


def _selection(record: RunRecord) -> str:
    """The reason why figures of new videos may differ."""
    chosen = 'The best epoch and the temperature of the scores were chosen on the validation videos'
    if not record.test:
        return f'{chosen}, and there are no test videos: figures may be lower, and scores less reliable, on new ones.'
    own = record.test[record.model]
    return (
        f'{chosen}. On the test videos, which chose nothing, the temperature changes the log loss of the scores from '
        f'{own["log_loss_uncalibrated"]:.3f} to {own["log_loss"]:.3f}.'
    )


def _title(record: RunRecord, name: str) -> str:
    """A metric in words."""
    return _METRICS.get(name, name).format(noun='videos' if record.task == 'clips' else 'moments')


def _overall(record: RunRecord) -> list[str]:
    """Names of the metrics that are not of one class."""
    suffixes = tuple(f'_{name}' for name in record.classes)
    return [name for name in record.metrics if not name.endswith(suffixes)]


def _comparison(record: RunRecord, split: Literal['val', 'test'], caption: str) -> Html:
    names = _overall(record)
    if not names:
        return Html('')
    figures = record.figures(split)
    columns: dict[str, Mapping[str, float]] = {record.model: figures[record.model]}
    columns |= {_BASELINES.get(name, name): own for name, own in figures.items() if name != record.model}
    rows: list[Sequence[str]] = []
    for name in names:
        values = [own.get(name) for own in columns.values()]
        cells = ['–' if value is None or value != value else f'{value:.1f}' for value in values]
        title = _title(record, name)
        rows.append([title if title == name else f'{title} ({name})', *cells])
    return table(caption, ['measure', *columns], rows, 'figures')
