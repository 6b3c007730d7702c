"""Projects of BORIS: JSON with an ethogram, subjects and observations."""

from __future__ import annotations

from mmaction.annotations.base import SEGMENTS, Format, Reading, Writing
from mmaction.annotations.boris_read import parse_project
from mmaction.annotations.boris_write import add_to_project, new_project
from mmaction.annotations.record import Project


class Boris(Format):
    """A project of BORIS."""

    name = 'boris'
    title = 'BORIS project'
    suffixes = ('.boris',)
    holds = (SEGMENTS - {'self_overlaps'}) | {'fps', 'durations', 'empty_videos', 'declared_labels'}
    limits = (
        'It has no boxes and no labels of whole videos. Modifiers and comments are not read; the comment of a '
        'predicted event has its model and score, and the modifier the model.'
    )

    def recognizes(self, head: str) -> bool:
        return head.lstrip().startswith('{') and ('"behaviors_conf"' in head or '"project_format_version"' in head)

    def parse(self, text: str, reading: Reading) -> Project:
        return parse_project(text, reading)

    def render(self, project: Project, writing: Writing, existing: str | None = None) -> str:
        if existing is None:
            return new_project(project)
        return add_to_project(existing, project, writing.findings)
