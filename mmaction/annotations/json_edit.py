"""JSON as text: additions that leave every other byte as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

__all__ = ['JsonText']

_BLANK = re.compile(r'[ \t\n\r]*')
_DECODER = json.JSONDecoder()


class _Child(NamedTuple):
    """A member of an object or array: positions in the text."""

    key: str | int
    start: int
    value: int
    end: int


class JsonText:
    """The text of a JSON file.

    Args:
        text: it must be valid JSON.

    Attributes:
        text: with the additions so far.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def append(self, path: Iterable[str | int], items: Iterable[Any]) -> None:
        """Append items to the array at ``path``, a sequence of keys and indices."""
        self.insert(path, [(None, item) for item in items])

    def add(self, path: Iterable[str | int], members: Iterable[tuple[str, Any]]) -> None:
        """Add members with new keys at the end of the object at ``path``."""
        self.insert(path, [*members])

    def insert(self, path: Iterable[str | int], items: Sequence[tuple[int | str | None, Any]]) -> None:
        """Insert items into the array or object at ``path``.

        Args:
            path: keys and indices that lead to it.
            items: each with its place: the index of the item before which it goes, None for the end; or its new key.
        """
        if not items:
            return
        start = self._find([*path])
        children = _children(self.text, start)
        before: dict[int, list[str]] = {}
        for place, item in items:
            rendered = json.dumps(item, ensure_ascii=False)
            if isinstance(place, str):
                rendered = f'{json.dumps(place, ensure_ascii=False)}: {rendered}'
            index = place if isinstance(place, int) else len(children)
            before.setdefault(min(index, len(children)), []).append(rendered)
        gap = self._gap(start, children)
        pieces = []
        position = 0
        for index in sorted(before):
            separator = f',{gap}'
            joined = separator.join(before[index])
            if index < len(children):
                place_in_text = children[index].start
                joined += separator
            elif children:
                place_in_text = children[-1].end
                joined = separator + joined
            else:
                place_in_text = start + 1
            pieces += [self.text[position:place_in_text], joined]
            position = place_in_text
        self.text = ''.join([*pieces, self.text[position:]])

    def _gap(self, start: int, children: Sequence[_Child]) -> str:
        """The blanks between two members."""
        if len(children) > 1:
            return self.text[children[0].end : children[1].start].replace(',', '', 1)
        if children:
            return self.text[start + 1 : children[0].start]
        return ' '

    def _find(self, path: Sequence[str | int]) -> int:
        position = _skip(self.text, 0)
        for key in path:
            child = next((child for child in _children(self.text, position) if child.key == key), None)
            if child is None:
                raise KeyError(f'The JSON has no {key!r} at {path!r}.')
            position = child.value
        return position


def _skip(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _children(text: str, start: int) -> list[_Child]:
    """Members of the object or array that begins at ``start``."""
    is_object = text[start] == '{'
    children: list[_Child] = []
    position = _skip(text, start + 1)
    while text[position] not in '}]':
        first = position
        key: str | int = len(children)
        if is_object:
            key, position = _DECODER.raw_decode(text, position)
            position = _skip(text, _skip(text, position) + 1)  # the colon
        _, end = _DECODER.raw_decode(text, position)
        children.append(_Child(key, first, position, end))
        position = _skip(text, end)
        if text[position] == ',':
            position = _skip(text, position + 1)
    return children
