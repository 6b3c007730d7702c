"""Videos whose file names carry the class, as those of some well-known data sets do."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from mmaction.datasets.scan.clips import SPLITS, Clip, Found, Split, Tree
from mmaction.datasets.scan.lists import settle_labels
from mmaction.utils.check import shorten

# All names must have the pattern: a folder of one's own may hold a few such names by chance.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ('UCF101: v_CLASS_gNN_cNN', r'v_(?P<label>\w+)_g\d+_c\d+'),
    ('KTH: personNN_CLASS_dN', r'person\d+_(?P<label>[a-z]+)_d\d(?:_uncomp)?'),
    ('NTU: SsssCcccPpppRrrrAaaa', r'S\d{3}C\d{3}P\d{3}R\d{3}A(?P<label>\d{3})(?:_rgb)?'),
    # 20 sequences of at most 60 actions of 6 classes: dates and other numbers do not pass.
    ('UT-Interaction: N_SEQUENCE_CLASS', r'[1-5]?\d_(?:[1-9]|1\d|20)_(?P<label>[0-5])'),
)


def class_in_names(tree: Tree, number: int) -> Found | None:
    """File names of a well-known pattern with the class; a folder ``train``, ``val`` or ``test`` is the split."""
    for description, text in _PATTERNS:
        pattern = re.compile(text, re.IGNORECASE)
        matches = [pattern.fullmatch(PurePosixPath(path).stem) for path in tree.videos]
        labels = [match['label'] for match in matches if match]
        if len(labels) < len(matches) or len({*labels}) < 2:
            continue
        clips = [Clip(path, label, _split_of(path)) for path, label in zip(tree.videos, labels)]
        notes = []
        unused = [path for path in tree.texts if path.lower().endswith(('.csv', '.tsv'))]
        if unused:
            notes.append(f'no row of {shorten(unused)} names a video and its label')
        classes, clips = settle_labels(tree, clips, notes)
        return Found('classes in file names', description, clips, classes, notes)
    return None


def _split_of(path: str) -> Split | None:
    folders = PurePosixPath(path.lower()).parts[:-1]
    return next((SPLITS[folder] for folder in folders if folder in SPLITS), None)
