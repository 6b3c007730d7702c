"""HTML elements from Python: text is escaped, elements are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ['Html', 'join', 'table', 'tag']

_VOID = ('img',)
_SHAPES = ('rect', 'path')  # of SVG, whose elements close themselves


class Html(str):
    """Finished markup, which is not escaped again."""

    __slots__ = ()


def join(parts: Iterable[str], separator: str = '') -> Html:
    """Put text and elements in a row."""
    return Html(separator.join(part if isinstance(part, Html) else escape(part, quote=False) for part in parts))


def tag(name: str, *content: str, **attributes: object) -> Html:
    """Make an element.

    Args:
        name: of the element.
        content: text, which is escaped, and elements.
        attributes: an underscore at the end is dropped, others become hyphens; None and False leave one out, True
            gives it no value.
    """
    words = [name]
    for key, value in attributes.items():
        attribute = key.rstrip('_').replace('_', '-')
        if value is True:
            words.append(attribute)
        elif value is not None and value is not False:
            words.append(f'{attribute}="{escape(str(value))}"')
    start = f'<{" ".join(words)}>'
    if name in _VOID:
        return Html(start)
    if name in _SHAPES and not content:
        return Html(f'{start[:-1]}/>')
    return Html(f'{start}{join(content)}</{name}>')


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], class_: str = '') -> Html:
    """Make a table in a box that scrolls, below its caption; the first cell of a row is its head.

    Args:
        caption: of the table. It is no part of the box, where it would be as wide as the table.
        head: cells of the first row.
        rows: cells of the others; an element ``td`` or ``th`` is taken as it is.
        class_: of the table.
    """
    lines = []
    for row in rows:
        cells = [_cell(cell, is_head=number == 0) for number, cell in enumerate(row)]
        lines.append(tag('tr', *cells))
    titles = tag('thead', tag('tr', *(tag('th', cell, scope='col') for cell in head)))
    content = tag('table', titles, tag('tbody', *lines), class_=class_ or None, aria_label=caption)
    box = tag('div', content, class_='scroll', role='region', aria_label=caption, tabindex=0)
    return join([tag('p', caption, class_='note', aria_hidden='true'), box])


def _cell(cell: str, is_head: bool) -> Html:
    if isinstance(cell, Html) and cell.startswith(('<td', '<th')):
        return cell
    return tag('th', cell, scope='row') if is_head else tag('td', cell)
