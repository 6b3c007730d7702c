"""From a recognized layout to splits, class indices and what to know about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mmaction.datasets.scan.clips import Clip, Found, Split, walk
from mmaction.datasets.scan.groups import group_by, guess_groups
from mmaction.datasets.scan.layouts import recognize
from mmaction.datasets.scan.splits import split_off
from mmaction.utils.check import shorten
from mmaction.video import natural_key

FEW_CLIPS = 10  # of a class in training


@dataclass
class Plan:
    """A data set ready to be written.

    Attributes:
        root: folder of the videos.
        found: the layout.
        clips: all clips, with splits.
        classes: class names by index.
        grouping: what the groups are; '' for none.
        notes: what was left out or assumed.
        warnings: what is likely to harm training.
    """

    root: str
    found: Found
    clips: list[Clip]
    classes: list[str]
    grouping: str
    notes: list[str]
    warnings: list[str]

    @property
    def splits(self) -> list[Split]:
        """The splits that have clips."""
        present = {clip.split for clip in self.clips}
        order: tuple[Split, ...] = ('train', 'val', 'test')
        return [split for split in order if split in present]

    def of(self, split: Split) -> list[Clip]:
        """Clips of a split."""
        return [clip for clip in self.clips if clip.split == split]

    def check_splits(self) -> None:
        """Check that there is something to train on, and to validate on.

        Raises:
            ValueError: one of the two splits is empty.
        """
        if not self.of('train'):
            raise ValueError(
                f'All {len(self.clips)} videos below {self.root} are in {" and ".join(self.splits)}, and none is left '
                'to train on. Scan the folder that holds the training videos as well.'
            )
        if not self.of('val'):
            counts = Counter(clip.label for clip in self.clips)
            few = shorten([f'{name} ({counts[name]})' for name in self.classes])
            raise ValueError(
                f'None of the {len(self.clips)} videos can be kept for validation: a class needs two of them, in two '
                f'groups if they have groups, and --val-ratio must be above 0. Number of videos: {few}.'
            )

    def table(self) -> list[str]:
        """Number of clips of each class in each split, as lines of text."""
        counts = {split: Counter(clip.label for clip in self.of(split)) for split in self.splits}
        width = max(len('class'), *map(len, self.classes))
        lines = [f'{"index":>5}  {"class":{width}}' + ''.join(f'{split:>8}' for split in self.splits)]
        for index, name in enumerate(self.classes):
            numbers = ''.join(f'{counts[split][name]:8}' for split in self.splits)
            lines.append(f'{index:5}  {name:{width}}{numbers}')
        totals = ''.join(f'{counts[split].total():8}' for split in self.splits)
        return [*lines, f'{"":5}  {"total":{width}}{totals}']


def make_plan(
    root: str,
    *,
    group: str | None = None,
    val_ratio: float = 0.2,
    test_ratio: float = 0.0,
    seed: int = 0,
    number: int = 1,
    leave_out: Sequence[str] = (),
) -> Plan:
    """Recognize a folder of videos and split it.

    Args:
        root: the folder.
        group: regular expression that finds the group of a video in its path; None: by well-known names.
        val_ratio: proportion of each class for validation, where the layout has no split for it.
        test_ratio: the same for testing.
        seed: of the split.
        number: the official split, of data sets that have several.
        leave_out: folders below ``root`` to ignore.

    Raises:
        NotADirectoryError, ValueError: see :func:`walk` and :func:`recognize`; or all videos are of one class.
    """
    tree = walk(root, leave_out)
    found = recognize(tree, number)
    notes = list(found.notes)
    clips = _writable(found.clips, notes)
    if group is not None:
        group_of, grouping = group_by(group), f'what {group!r} finds in the path'
        without = [clip.path for clip in clips if not group_of(clip.path)]
        if without:
            notes.append(f'{group!r} finds no group in {len(without)} paths: {shorten(without)}')
    else:
        group_of, grouping = guess_groups([clip.path for clip in clips])
        if any(clip.group for clip in clips):
            grouping = 'the column of groups'
    clips = [replace(clip, group=clip.group or group_of(clip.path)) for clip in clips]
    clips = _split(clips, val_ratio, test_ratio, seed)
    classes = found.classes or sorted({clip.label for clip in clips}, key=natural_key)
    if len(classes) < 2:
        raise ValueError(f'All videos are of one class ({classes[0]}); recognition needs at least two.')
    plan = Plan(root, found, clips, classes, grouping, notes, [])
    plan.warnings += _warnings(plan)
    return plan


def _writable(clips: Sequence[Clip], notes: list[str]) -> list[Clip]:
    """Leave out clips that a list cannot name, and repeated ones."""
    kept: dict[str, Clip] = {}
    odd = []
    for clip in clips:
        if clip.path != clip.path.strip() or not clip.path.isprintable():
            odd.append(repr(clip.path))
        else:
            kept.setdefault(clip.path, clip)
    if odd:
        notes.append(f'{len(odd)} names begin with blanks or have line breaks and are left out; rename: {shorten(odd)}')
    repeated = len(clips) - len(odd) - len(kept)
    if repeated:
        notes.append(f'{repeated} videos are listed more than once; the first entry counts')
    labels = {clip.path: clip.label for clip in reversed(clips)}
    disputed = [f'{clip.path} ({labels[clip.path]}, {clip.label})' for clip in clips if clip.label != labels[clip.path]]
    if disputed:
        notes.append(f'{len(disputed)} of them with another label: {shorten(disputed)}')
    return list(kept.values())


def _split(clips: list[Clip], val_ratio: float, test_ratio: float, seed: int) -> list[Clip]:
    present = {clip.split for clip in clips}
    if 'test' not in present and present <= {None, 'train'} and test_ratio:
        clips = split_off(clips, 'test', test_ratio, seed)
        val_ratio = val_ratio / (1 - test_ratio)  # of what remains
    if 'val' not in present:
        clips = split_off(clips, 'val', val_ratio, seed)
    return [replace(clip, split=clip.split or 'train') for clip in clips]


def _warnings(plan: Plan) -> list[str]:
    warnings = []
    spellings: dict[str, list[str]] = {}
    for name in plan.classes:
        spellings.setdefault(' '.join(name.casefold().split()), []).append(name)
    alike = [' and '.join(names) for names in spellings.values() if len(names) > 1]
    if alike:
        warnings.append(f'classes that differ in upper case or blanks only: {shorten(alike)}. Write one name alike.')
    train = Counter(clip.label for clip in plan.of('train'))
    few = [f'{name} ({train[name]})' for name in plan.classes if train[name] < FEW_CLIPS]
    if few:
        warnings.append(
            f'{len(few)} classes have fewer than {FEW_CLIPS} clips to train on: {shorten(few, 8)}. Add clips, or merge '
            'classes.'
        )
    for split in plan.splits[1:]:
        absent = [name for name in plan.classes if name not in {clip.label for clip in plan.of(split)}]
        if absent:
            warnings.append(f'{split} has no clip of {shorten(absent, 8)}, so that nothing is known about them.')
    if train and max(train.values()) > 10 * max(1, min(train[name] for name in plan.classes)):
        name, count = train.most_common(1)[0]
        warnings.append(
            f'{name} has {count} clips, more than ten times as many as the smallest class. ClassBalancedDataset draws '
            'classes evenly.'
        )
    shared = _shared_groups(plan)
    if shared:
        warnings.append(f'{len(shared)} groups are in several splits, as the layout has it: {shorten(shared)}.')
    return warnings


def _shared_groups(plan: Plan) -> list[str]:
    splits: dict[str, set[Split | None]] = {}
    for clip in plan.clips:
        if clip.group:
            splits.setdefault(clip.group, set()).add(clip.split)
    return sorted(name for name, found in splits.items() if len(found) > 1)
