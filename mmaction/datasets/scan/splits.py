"""Split videos for training and evaluation: by class, by group, and the same in each run."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from mmaction.datasets.scan.clips import Clip, Split
from mmaction.utils.check import within


def split_off(clips: Sequence[Clip], split: Split, ratio: float, seed: int = 0) -> list[Clip]:
    """Move a part of the training clips to another split.

    Groups stay together. The number of each class comes as close to its ratio as they allow; at least one group of a
    class stays in training, and one is moved where there are two.

    Args:
        clips: the clips; only those whose split is None or ``'train'`` are moved.
        split: where they are moved.
        ratio: proportion of each class to move.
        seed: other seeds move other groups. The order is that of a hash of the names: it is the same on every machine,
            and does not depend on which other clips there are.

    Returns:
        All clips, in the same order, with splits.

    Raises:
        ValueError: the ratio is not in [0, 0.9].
    """
    within(0, 0.9, ratio, f'ratio of {split}')
    groups: dict[str, list[int]] = defaultdict(list)
    for index, clip in enumerate(clips):
        if clip.split in (None, 'train'):
            groups[clip.group or f'{clip.path}/'].append(index)
    counts = {name: Counter(clips[index].label for index in members) for name, members in groups.items()}
    moved = {index for name in _choose(counts, ratio, seed) for index in groups[name]}
    done = []
    for index, clip in enumerate(clips):
        done.append(replace(clip, split=split if index in moved else clip.split or 'train'))
    return done


def _choose(counts: dict[str, Counter[str]], ratio: float, seed: int) -> list[str]:
    """Choose groups, given the number of clips of each class in each group."""
    if not ratio:
        return []
    totals: Counter[str] = sum(counts.values(), Counter())
    remaining = Counter(label for group in counts.values() for label in group)  # groups of a class that stay
    moved: Counter[str] = Counter()
    chosen: list[str] = []

    def move(name: str) -> None:
        chosen.append(name)
        moved.update(counts[name])
        remaining.subtract(set(counts[name]))

    def gain(name: str) -> float:
        """Decrease of the squared distance to the wanted numbers."""
        return sum(n * (2 * (ratio * totals[label] - moved[label]) - n) for label, n in counts[name].items())

    def may_move(name: str) -> bool:
        return all(remaining[label] > 1 for label in counts[name])

    def order(name: str) -> tuple[int, str]:
        # Large groups first: the small ones then fill what is left.
        return -counts[name].total(), hashlib.sha1(f'{seed}/{name}'.encode()).hexdigest()

    ordered = sorted(counts, key=order)
    for name in ordered:
        if gain(name) > 0 and may_move(name):
            move(name)
    for label in sorted(totals):
        if moved[label]:
            continue
        candidates = [name for name in ordered if label in counts[name] and may_move(name)]
        if candidates:
            move(candidates[-1])  # the smallest
    return chosen
