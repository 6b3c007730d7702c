"""Survey of the labels of a dataset: their range, and the samples that have unusual ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from mmaction.datasets.errors import OddRecords

_BEYOND = 'with a label out of'


@dataclass
class LabelFacts:
    """Facts about the labels of a dataset.

    Attributes:
        lowest: smallest class index; None if there is none.
        highest: largest class index.
        unlabelled: number of samples without a class index: without a label, or with -1.
        odd: number of samples of each unusual kind.
        examples: the first sample of each unusual kind.
    """

    lowest: int | None = None
    highest: int | None = None
    unlabelled: int = 0
    odd: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def report(self, odd: OddRecords, multi_class: bool) -> None:
        """Report the unusual labels.

        Raises:
            ValueError: labels of ``multi_class`` are beyond the number of classes: their vector has no place for them.
        """
        for kind, count in self.odd.items():
            if multi_class and kind.startswith(_BEYOND):
                raise ValueError(
                    f'{odd.source}: {count} samples {kind} ({self.examples[kind]}). Correct the labels, or num_classes '
                    'of the dataset.'
                )
            odd.add(kind, self.examples[kind], count)
        odd.report()

    def _add(self, index: int) -> None:
        self.lowest = index if self.lowest is None else min(self.lowest, index)
        self.highest = index if self.highest is None else max(self.highest, index)

    def _note(self, kind: str, name: str, label: Any) -> None:
        self.odd[kind] += 1
        self.examples.setdefault(kind, f'{name}: label {label!r}')


def survey_labels(
    records: Iterable[Mapping[str, Any]],
    num_classes: int | None,
    unlabelled: bool,
    name_of: Callable[[dict], str],
) -> LabelFacts:
    """Survey the ``label`` of records; dicts of labels, one per category, are left out.

    Args:
        records: the records. A missing label is counted and not unusual: those of temporal localization have none.
        num_classes: number of classes; None leaves the upper limit open.
        unlabelled: -1 marks an unlabelled sample and is not unusual.
        name_of: name of a record, for the examples.
    """
    facts = LabelFacts()
    limit = float('inf') if num_classes is None else num_classes
    known: set[int] = set()
    for record in records:
        label = record.get('label')
        if label is None:
            facts.unlabelled += 1
            continue
        if isinstance(label, dict):
            continue
        if type(label) is int:  # most labels, of which there may be 100,000s
            if label in known:
                continue
            if 0 <= label < limit:
                facts._add(label)
                known.add(label)
                continue
        for kind in sorted({*_kinds(label, limit, unlabelled, facts)}):
            facts._note(kind, name_of(dict(record)), label)
    return facts


def _kinds(label: Any, limit: float, unlabelled: bool, facts: LabelFacts) -> Iterator[str]:
    """Add the class indices of a label to the facts; yield in which ways it is unusual."""
    indices = class_indices(label)
    if indices is None:
        yield 'with a label that is no class index'
        return
    if indices in ([], [-1]):
        facts.unlabelled += 1
        if not unlabelled:
            yield 'without a label' if not indices else 'with the label -1 (unlabelled)'
        return
    for index in indices:
        facts._add(index)
        if index < 0:
            yield 'with a negative label'
        elif index >= limit:
            yield f'{_BEYOND} [0, {limit})'


def class_indices(label: Any) -> list[int] | None:
    """Class indices in a label; None for anything else, such as a name, a real number or soft labels."""
    if isinstance(label, torch.Tensor):
        label = label.numpy()
    if isinstance(label, str):
        return None
    array = np.asarray(label)
    if array.dtype.kind not in 'iub' and array.size:
        return None
    return [int(index) for index in array.reshape(-1)]
