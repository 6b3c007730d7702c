"""XML as text: parsing with an error that has the line, and additions that leave every other byte as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from mmaction.annotations.base import Reading
from mmaction.annotations.findings import malformed

__all__ = ['element', 'insert_before', 'parse_xml']


def parse_xml(text: str, root: str, reading: Reading, title: str) -> ElementTree.Element:
    """Parse XML with a certain root.

    Raises:
        AnnotationError: it is malformed, or has another root.
    """
    try:
        tree = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise malformed(
            reading.findings.file, f'line {error.position[0]}', f'it is no XML ({error})', f'Export {title} again.'
        ) from None
    if tree.tag != root:
        raise malformed(
            reading.findings.file, '', f'the root is <{tree.tag}>, not <{root}>', f'Give a file of {title}.'
        )
    return tree


# As they are, a parser would turn them into line feeds, and the indentation would reach them.
_KEPT = {'\n': '&#10;', '\r': '&#13;'}


def element(name: str, attributes: Mapping[str, object], content: str | Sequence[str] | None = None) -> str:
    """Make an element; ``content`` is text, or the lines of its children, which are indented."""
    start = ''.join(f' {key}={quoteattr(str(value))}' for key, value in attributes.items())
    if content is None:
        return f'<{name}{start}/>'
    if isinstance(content, str):
        return f'<{name}{start}>{escape(content, _KEPT)}</{name}>'
    inner = '\n'.join(content)
    indented = '\n'.join(f'    {line}' for line in inner.split('\n')) if inner else ''
    return f'<{name}{start}>\n{indented}\n</{name}>' if inner else f'<{name}{start}></{name}>'


def insert_before(text: str, mark: str, addition: str, indent: str = '    ', first: bool = False) -> str:
    """Insert lines before the last (or first) ``mark``, such as an end tag."""
    position = text.index(mark) if first else text.rindex(mark)
    line = text.rfind('\n', 0, position) + 1
    if text[line:position].strip():  # the tag does not begin its line
        return f'{text[:position]}{addition}{text[position:]}'
    lines = '\n'.join(f'{indent}{part}' for part in addition.split('\n'))
    return f'{text[:line]}{lines}\n{text[line:]}'
