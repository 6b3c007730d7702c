"""A folder of videos as the layouts see it, and the clips that they find in it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from mmaction.video import VIDEO_SUFFIXES, natural_key

Split = Literal['train', 'val', 'test']

# Names of folders, files and table entries that stand for a split.
SPLITS: dict[str, Split] = {
    **dict.fromkeys(('train', 'training', 'trn'), 'train'),
    **dict.fromkeys(('val', 'valid', 'validation', 'validate', 'dev'), 'val'),
    **dict.fromkeys(('test', 'testing', 'tst', 'eval'), 'test'),
}


@dataclass(frozen=True)
class Clip:
    """A video with its class.

    Attributes:
        path: relative to the scanned folder, with forward slashes.
        label: class name; or class index as text, for the layouts that have only these.
        split: the split that the layout puts it in; None where it has no splits.
        group: videos of one group must not be in two splits; '' where names carry no group.
    """

    path: str
    label: str
    split: Split | None = None
    group: str = ''


@dataclass
class Found:
    """What a layout recognized.

    Attributes:
        layout: name of the layout.
        reason: what it was recognized by, as a clause.
        clips: the videos.
        classes: class names by index, where the layout states an order.
        notes: what was left out, or assumed.
    """

    layout: str
    reason: str
    clips: list[Clip]
    classes: list[str] | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Tree:
    """The files below a folder.

    Attributes:
        root: the folder.
        videos: paths of the videos, relative to it with forward slashes, in natural order.
        texts: the same of tables and other files of annotations.
        others: numbers of all other files, by suffix.
    """

    root: str
    videos: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _by_name: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def absolute(self, path: str) -> str:
        """The path of a file below the folder."""
        return os.path.join(self.root, path)

    def find(self, name: str, beside: str = '', split: str | None = None) -> str | None:
        """The video that a table names: by its path, or by its file name with or without suffix.

        Args:
            name: as written in the table.
            beside: folder of the table, relative to the root.
            split: of several videos of that name, the one below a folder of this split is chosen.
        """
        name = name.strip().replace('\\', '/')
        if os.path.isabs(name):
            name = os.path.relpath(name, os.path.abspath(self.root)).replace(os.sep, '/')
        wanted = PurePosixPath(name)
        candidates = self._by_name.get(wanted.name, [])
        places = [str(wanted), str(PurePosixPath(beside, name))]
        exact = next((path for place in places for path in candidates if _is_at(path, place)), None)
        if exact is not None or len(candidates) < 2:
            return exact or next(iter(candidates), None)
        ends = [path for path in candidates if path.endswith(f'/{wanted}')] or candidates
        if split is not None:
            ends = [path for path in ends if SPLITS.get(path.split('/')[0].lower()) == split] or ends
        return ends[0] if len(ends) == 1 else None


def _is_at(path: str, place: str) -> bool:
    return place in (path, os.path.splitext(path)[0])


def walk(root: str, leave_out: Sequence[str] = ()) -> Tree:
    """List the files below a folder; hidden ones, and the files and folders ``leave_out``, are ignored.

    Raises:
        NotADirectoryError: there is no such folder.
        ValueError: there are no videos in it.
    """
    if not os.path.isdir(root):
        raise NotADirectoryError(f'There is no folder {root}.')
    skipped = {os.path.abspath(path) for path in leave_out}
    tree = Tree(root)
    for path in _files(root, skipped):
        suffix = os.path.splitext(path)[1].lower()
        if suffix in VIDEO_SUFFIXES:
            tree.videos.append(path)
        elif suffix in ('.csv', '.tsv', '.txt', '.json'):
            tree.texts.append(path)
        else:
            tree.others[suffix or 'no suffix'] += 1
    tree.videos.sort(key=natural_key)
    tree.texts.sort(key=natural_key)
    if not tree.videos:
        kinds = ', '.join(f'{count} of {suffix}' for suffix, count in tree.others.items())
        raise ValueError(
            f'There are no videos ({" ".join(VIDEO_SUFFIXES)}) below {root}{kinds and f"; there are {kinds}"}. '
            'Give the folder that holds the videos.'
        )
    for path in tree.videos:
        name = path.rsplit('/', 1)[-1]
        tree._by_name[name].append(path)
        tree._by_name[os.path.splitext(name)[0]].append(path)
    return tree


def _files(root: str, skipped: set[str]) -> Iterator[str]:
    for folder, folders, names in os.walk(os.path.abspath(root), followlinks=True):
        folders[:] = [name for name in sorted(folders) if _counts(folder, name, skipped)]
        for name in sorted(names):
            if _counts(folder, name, skipped):
                yield os.path.relpath(os.path.join(folder, name), root).replace(os.sep, '/')


def _counts(folder: str, name: str, skipped: set[str]) -> bool:
    return not name.startswith('.') and os.path.join(folder, name) not in skipped
