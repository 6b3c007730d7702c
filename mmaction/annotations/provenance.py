"""Model and score of a predicted segment as text, for formats that have only a comment."""

from __future__ import annotations

import re

from mmaction.annotations.record import Segment

__all__ = ['parse_comment', 'render_comment']

_COMMENT = re.compile(r'predicted(?: by (?P<model>.*?))?(?:, score (?P<score>[-+.\deE]+))?', re.DOTALL)


def render_comment(segment: Segment) -> str:
    """Text such as ``predicted by tsn_r50, score 0.91``; empty for the annotation of a person."""
    if not segment.model and segment.score is None:
        return ''
    text = 'predicted'
    if segment.model:
        text += f' by {segment.model}'
    if segment.score is not None:
        text += f', score {segment.score!r}'
    return text


def parse_comment(text: str) -> tuple[str, float | None]:
    """Model and score in the text of :func:`render_comment`; no model and no score in any other."""
    match = _COMMENT.fullmatch(text.strip())
    if match is None:
        return '', None
    try:
        score = float(match['score']) if match['score'] else None
    except ValueError:
        return '', None
    return match['model'] or '', score
