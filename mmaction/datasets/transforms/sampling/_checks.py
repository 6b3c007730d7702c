"""Checks that the samplers share."""

from __future__ import annotations


def at_least_one(hint: str = '', **values: int) -> None:
    """Raise ValueError for the first of ``values`` that is below 1."""
    for name, value in values.items():
        if value < 1:
            raise ValueError(f'{name} ({value}) must be at least 1.{hint}')


def total_frames(results: dict) -> int:
    """The length of the video in frames."""
    total = results['total_frames']
    if total < 1:
        where = results.get('filename') or results.get('frame_dir') or 'the sample'
        raise ValueError(f'total_frames ({total}) of {where} must be at least 1; check the file or its annotation.')
    return int(total)
