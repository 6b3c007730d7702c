"""The page of a report: sections in a template, in one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from mmaction.study.report.markup import Html, join, tag

__all__ = ['Section', 'render']


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes:
        id: anchor.
        title: heading.
        content: below it.
    """

    id: str
    title: str
    content: Html


def render(title: str, sections: Sequence[Section], colors: str) -> str:
    """Put sections in the template, with its style and script.

    Args:
        title: of the page.
        sections: in their order.
        colors: further style.
    """
    links = [tag('a', section.title, href=f'#{section.id}') for section in sections]
    blocks = []
    for section in sections:
        heading = tag('h2', section.title, id=f'{section.id}-title')
        blocks.append(tag('section', heading, section.content, id=section.id, aria_labelledby=f'{section.id}-title'))
    return Template(_read('page.html')).substitute(
        title=join([title]),
        style=_read('page.css'),
        colors=colors,
        links=join(links),
        sections=join(blocks, '\n'),
        script=_read('page.js'),
    )


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding='utf-8')
