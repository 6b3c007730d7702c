"""Pages of the documentation and the code blocks in them.

Comments before a fence say what is to be done with a block; readers do not see them:

- ``<!-- run -->``: run the commands, too, instead of only parsing them.
- ``<!-- not run: REASON -->``: neither run nor parse the block.
- ``<!-- appended to: CONFIG -->``: the block is the end of that config file.

A block with a title (```` ```python title="configs/mine.py" ````) is written to that file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ('en', 'zh_cn')
_BLOCK = re.compile(
    r'(?P<marks>(?:^[ ]*<!--[^>]*-->\n+)*)^(?P<indent>[ ]*)```(?P<info>[^\n`]*)\n(?P<code>.*?)^[ ]*```[ ]*$',
    flags=re.S | re.M,
)
_MARK = re.compile(r'<!--\s*(run|not run|appended to)(?::\s*(.*?))?\s*-->', flags=re.S)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block: where it starts, its language and title ('' for none), its text and its marks."""

    page: Path
    line: int
    language: str
    title: str
    code: str
    marks: dict[str, str]

    def __str__(self) -> str:
        return f'{self.page.relative_to(ROOT)}:{self.line}'


def read_blocks(page: Path) -> list[Block]:
    """Blocks of a page, in order."""
    text = page.read_text(encoding='utf-8')
    blocks = []
    for match in _BLOCK.finditer(text):
        words = match['info'].split()
        title = _TITLE.search(match['info'])
        blocks.append(
            Block(
                page=page,
                line=text.count('\n', 0, match.start('info')) + 1,
                language=words[0].lower() if words else '',
                title=title[1] if title else '',
                code=re.sub(rf'^{match["indent"]}', '', match['code'], flags=re.M),
                marks=dict(_MARK.findall(match['marks'])),
            )
        )
    return blocks


def site_pages(language: str) -> list[Path]:
    """Pages below ``docs/LANGUAGE``."""
    return sorted((ROOT / 'docs' / language).rglob('*.md'))


def other_pages() -> list[Path]:
    """READMEs and the like."""
    folders = [ROOT / 'configs', ROOT / 'tools', ROOT / 'demo', ROOT / 'benchmarks']
    nested = [page for folder in folders for page in folder.rglob('*.md')]
    return sorted([*ROOT.glob('README*.md'), ROOT / 'CONTRIBUTING.md', *nested])


def all_pages() -> list[Path]:
    """All pages with code for readers."""
    return [*(page for language in LANGUAGES for page in site_pages(language)), *other_pages()]


def without_comments(code: str) -> str:
    """Code without comments and docstrings, which are translated."""
    code = re.sub(r'(?m)^\s*"""(?:[^"]|"(?!""))*"""\n', '', code)
    code = re.sub(r'(?m)[ ]*(?<![\'"\w&])#[ ].*$', '', code)
    return '\n'.join(line.rstrip() for line in code.splitlines() if line.strip())
