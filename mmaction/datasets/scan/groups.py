"""Groups of videos, by their names: of one person, film or recording, which must not be in two splits."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

_NUMBERED = 'person|subject|subj|sub|actor|participant|patient|player|group|grp|session|sess|recording|rec|seq|sequence'

# Names of videos that carry a group, as folder/stem, and what the group is.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ('UCF101: v_CLASS_gNN_cNN, group gNN of a class', r'[^/]*/(?P<group>v_.+_g\d+)_c\d+'),
    (
        'HMDB51: CLASS/FILM_CLASS_BODY_CAMERA_PERSONS_VIEW_QUALITY_N, clips of one film',
        r'(?P<label>[^/]+)/(?P<group>.+)_(?P=label)_[fhlu]_(?:cm|nm)_np\d_(?:ba|fr|le|ri)_(?:bad|med|goo)_\d+',
    ),
    ('Kinetics: ID_START_END, clips of one video', r'[^/]*/(?P<group>[\w-]{11})_\d{6}_\d{6}'),
    ('NTU: SsssCcccPpppRrrrAaaa, clips of one person', r'[^/]*/S\d{3}C\d{3}(?P<group>P\d{3})R\d{3}A\d{3}.*'),
    ('UT-Interaction: N_SEQUENCE_CLASS, clips of one sequence', r'[^/]*/\d+_(?P<group>\d+)_\d+'),
    (
        'the number of a person, group, session, recording or video',
        rf'[^/]*/(?:.*[^A-Za-z])?(?P<group>(?:{_NUMBERED}|video|vid)[-_ ]?\d+)(?:\D.*)?',
    ),
)

GroupOf = Callable[[str], str]


def group_by(pattern: str) -> GroupOf:
    """Make the function that finds the group in a path: the first parenthesis of a pattern, or all that it matches.

    Raises:
        ValueError: the pattern is no regular expression.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f'group ({pattern!r}) is no regular expression: {error}.') from error

    def group_of(path: str) -> str:
        match = compiled.search(path)
        if match is None:
            return ''
        return match[1] if compiled.groups else match[0]

    return group_of


def guess_groups(paths: list[str]) -> tuple[GroupOf, str]:
    """Find the pattern that nearly all names have, and that names fewer groups than videos.

    Returns:
        The function from a path to its group ('' for none), and a description; the latter is '' if no pattern fits.
    """
    names = [_short(path) for path in paths]
    for description, text in _PATTERNS:
        pattern = re.compile(text, re.IGNORECASE)
        matches = [match for match in map(pattern.fullmatch, names) if match]
        groups = {match['group'].lower() for match in matches}
        # Two groups leave no choice of a split, and one group per video says nothing.
        if len(matches) > 0.9 * len(names) and 2 < len(groups) < len(matches):
            return _by_name(pattern), description
    return lambda path: '', ''


def _short(path: str) -> str:
    """Folder and stem of a path."""
    parts = PurePosixPath(path)
    return f'{parts.parent.name}/{parts.stem}'


def _by_name(pattern: re.Pattern[str]) -> GroupOf:
    def group_of(path: str) -> str:
        match = pattern.fullmatch(_short(path))
        return match['group'].lower() if match else ''

    return group_of
