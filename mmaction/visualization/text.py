"""Text that can be read: fonts that hold the characters asked for, and lines that fit a width."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

# Families with Chinese, Japanese and Korean characters, as they are named on the usual systems.
_WIDE_FAMILIES = (
    'notosanscjk', 'notosanssc', 'sourcehansans', 'wqy', 'wenquanyi', 'droidsansfallback', 'simhei', 'msyh', 'simsun',
    'pingfang', 'hiragino', 'stheiti', 'arialunicode', 'unifont', 'ukai', 'uming', 'malgun', 'nanum',
)  # fmt: skip


@lru_cache(maxsize=8)
def _charmap(path: str) -> frozenset[int]:
    """Code points for which a font file has a glyph."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(path).get_charmap())


@lru_cache(maxsize=1)
def _default_font() -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path(), 'fonts', 'ttf', 'DejaVuSans.ttf'))


@lru_cache(maxsize=1)
def _wide_fonts() -> tuple[str, ...]:
    """Installed fonts that may hold CJK characters, best known first."""
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
    """The first font that holds all characters, or ``first`` where none does."""
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
    """The text on one line: every run of white space is one space, control characters are gone."""
    return ' '.join(
        ''.join(c if c.isspace() or unicodedata.category(c) not in ('Cc', 'Cf', 'Cs') else '' for c in text).split()
    )


def escape_missing(text: str, known: frozenset[int] | set[int]) -> str:
    r"""Write each character outside ``known`` as its escape, e.g. ``\u62f3``, so that nothing is lost."""
    return ''.join(c if ord(c) in known else c.encode('unicode_escape').decode() for c in text)


@lru_cache(maxsize=32)
def _load(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def family_path(family: str) -> str:
    """The file of a font family (``'monospace'``, ``'Noto Sans CJK SC'``) or the path itself where it is a file."""
    if Path(family).is_file():
        return family
    from matplotlib.font_manager import findfont

    return findfont(family)


class Typeface:
    """A font of one size that can show the given texts.

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
        """The text as it will be drawn."""
        return escape_missing(clean(text), self._known)

    def width(self, text: str) -> int:
        """Width of the text, px, rounded up."""
        return -int(-self.font.getlength(text) // 1)


def shorten(text: str, width: float, measure: Callable[[str], float]) -> str:
    """Cut the end off so that the text and an ellipsis fit; '' where not even the ellipsis does."""
    if measure(text) <= width:
        return text
    low, high = -1, len(text)  # the longest head that fits is in [low, high)
    while high - low > 1:
        middle = (low + high) // 2
        if measure(text[:middle].rstrip() + '…') <= width:
            low = middle
        else:
            high = middle
    return '' if low < 0 else text[:low].rstrip() + '…'


def wrap(text: str, width: float, measure: Callable[[str], float], max_lines: int = 1) -> list[str]:
    """Break the text into lines no wider than ``width``; the last one is shortened where there is more.

    Lines end at spaces where there are any, else anywhere.
    """
    if max_lines < 1:
        raise ValueError(f'max_lines ({max_lines}) must be at least 1.')
    lines = []
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
    low, high = 0, len(text) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if measure(text[:middle]) <= width:
            low = middle
        else:
            high = middle
    return low
