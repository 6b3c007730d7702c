"""Legible text: fonts with glyphs for the given characters, and lines that fit a width."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

# Families with Chinese, Japanese and Korean glyphs, by their file names on Linux, macOS and Windows.
_WIDE_FAMILIES = (
    'notosanscjk', 'notosanssc', 'sourcehansans', 'wqy', 'wenquanyi', 'droidsansfallback', 'simhei', 'msyh', 'simsun',
    'pingfang', 'hiragino', 'stheiti', 'arialunicode', 'unifont', 'ukai', 'uming', 'malgun', 'nanum',
)  # fmt: skip


@lru_cache(maxsize=8)
def _charmap(path: str) -> frozenset[int]:
    """Code points that a font file has glyphs for."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(path).get_charmap())


@lru_cache(maxsize=1)
def _default_font() -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path(), 'fonts', 'ttf', 'DejaVuSans.ttf'))


@lru_cache(maxsize=1)
def _wide_fonts() -> tuple[str, ...]:
    """Installed fonts with CJK glyphs, in the order of ``_WIDE_FAMILIES``."""
    from matplotlib.font_manager import findSystemFonts

    found = []
    for path in findSystemFonts():
        stem = Path(path).stem.lower().replace('-', '').replace('_', '').replace(' ', '')
        rank = next((i for i, family in enumerate(_WIDE_FAMILIES) if family in stem), None)
        if rank is not None:
            found.append((rank, 'regular' not in stem, path))
    return tuple(path for _, _, path in sorted(found))


@lru_cache(maxsize=64)
def _cover(chars: frozenset[int], first: str) -> str:
    """Path of the first font with glyphs for all characters; ``first`` if there is none."""
    if chars <= _charmap(first):
        return first
    for path in _wide_fonts():
        try:
            if chars <= _charmap(path):
                return path
        except RuntimeError:  # FreeType cannot open the file
            continue
    return first


def clean(text: str) -> str:
    """Put text on one line: collapse white space and drop control characters."""
    kept = [c for c in text if c.isspace() or unicodedata.category(c) not in ('Cc', 'Cf', 'Cs')]
    return ' '.join(''.join(kept).split())


def escape_missing(text: str, known: frozenset[int] | set[int]) -> str:
    r"""Replace each character outside ``known`` by its escape, e.g. ``\u62f3``, so that nothing is lost."""
    return ''.join(c if ord(c) in known else c.encode('unicode_escape').decode() for c in text)


@lru_cache(maxsize=32)
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def family_path(family: str) -> str:
    """Path of a font family (``'monospace'``, ``'Noto Sans CJK SC'``); the path of a font file is returned as it is."""
    if Path(family).is_file():
        return family
    from matplotlib.font_manager import findfont

    return findfont(family)


class Typeface:
    """Font of one size with glyphs for the given texts.

    Args:
        texts: what will be drawn.
        size: height of the font, px.
        family: font family or path of a font file. Default: the DejaVu Sans that comes with matplotlib. Where it has
            no glyph for a character, an installed CJK font is looked for; where there is none, the character is shown
            as its escape.
    """

    def __init__(self, texts: Iterable[str], size: int, family: str | None = None) -> None:
        chars = frozenset(ord(c) for text in texts for c in clean(text)) | {ord('…')}
        path = _cover(chars, family_path(family) if family else _default_font())
        self.path = path
        self.font = _load(path, size)
        ascent, descent = self.font.getmetrics()
        self.line_height = ascent + descent
        self._known = _charmap(path)

    def show(self, text: str) -> str:
        """Text as it will be drawn."""
        return escape_missing(clean(text), self._known)

    def width(self, text: str) -> int:
        """Width of the text in pixels, rounded up."""
        return -int(-self.font.getlength(text) // 1)


def shorten(text: str, width: float, measure: Callable[[str], float]) -> str:
    """Truncate text so that it fits with an ellipsis; '' if not even the ellipsis fits."""
    if measure(text) <= width:
        return text
    if measure('…') > width:
        return ''
    end = _longest_head(text, width, lambda head: measure(head.rstrip() + '…'))
    return text[:end].rstrip() + '…'


def wrap(text: str, width: float, measure: Callable[[str], float], max_lines: int = 1) -> list[str]:
    """Break text into lines no wider than ``width``; the last line is shortened if text is left over.

    Lines break at spaces, or anywhere in words wider than a line.
    """
    if max_lines < 1:
        raise ValueError(f'max_lines ({max_lines}) must be at least 1.')
    lines: list[str] = []
    rest = text.strip()
    while rest and len(lines) < max_lines - 1 and measure(rest) > width:
        end = _longest_head(rest, width, measure)
        if end == 0:
            break
        space = rest.rfind(' ', 0, end + 1)
        end = space if space > 0 else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    last = shorten(rest, width, measure)
    return [*lines, last] if last or not lines else lines


def _longest_head(text: str, width: float, measure: Callable[[str], float]) -> int:
    """Length of the longest head that fits, at least 0: widths grow with the length, so bisection finds it."""
    lengths = range(1, len(text) + 1)
    return bisect_right(lengths, width, key=lambda length: measure(text[:length]))
