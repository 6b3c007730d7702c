"""Folders of extracted frames: how their files are named, and how many there are."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass

PICTURES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')


@dataclass(frozen=True)
class FrameFolder:
    """Frames ``start_index`` to ``start_index + total_frames - 1`` of a folder, named by ``filename_tmpl``."""

    filename_tmpl: str
    start_index: int
    total_frames: int


def scan_frames(
    folder: str, filename_tmpl: str | None = None, modality: str = 'RGB', start_index: int | None = None
) -> FrameFolder:
    """Find the frames of a folder.

    Args:
        folder: the folder.
        filename_tmpl: how the files are probably named, as ``'img_{:05}.jpg'``, or ``'{}_{:05d}.jpg'`` for flow. RGB
            frames that are named otherwise are found as well.
        modality: ``'RGB'`` or ``'Flow'``.
        start_index: number of the first frame. Default: the lowest there is.

    Raises:
        FileNotFoundError: there are no frames, or one between the first and the last is missing.
    """
    template, numbers = filename_tmpl, []
    if filename_tmpl is not None:
        numbers = _numbers(folder, filename_tmpl, modality)
    if not numbers and modality == 'RGB':
        template, numbers = _guess(os.listdir(folder))
    if start_index is not None:
        numbers = [number for number in numbers if number >= start_index]
    if not numbers or template is None:
        named = f' named like {filename_tmpl!r}' if filename_tmpl is not None and modality != 'RGB' else ''
        start = '' if start_index is None else f', from number {start_index} on'
        raise FileNotFoundError(
            f'The folder {folder} holds no {"flow" if modality == "Flow" else "numbered"} pictures{named}{start} '
            f'({", ".join(PICTURES)}). Give a folder of frames of one video, as img_00001.jpg, img_00002.jpg, ...'
        )
    first = numbers[0] if start_index is None else start_index
    missing = sorted({*range(first, numbers[-1] + 1)} - {*numbers})
    if missing:
        values = ('x', missing[0]) if modality == 'Flow' else (missing[0],)
        raise FileNotFoundError(
            f'The folder {folder} has frames {numbers[0]} to {numbers[-1]} but lacks {template.format(*values)}'
            + (f' and {len(missing) - 1} more.' if len(missing) > 1 else '.')
        )
    return FrameFolder(template, first, len(numbers))


def _numbers(folder: str, template: str, modality: str) -> list[int]:
    """Numbers of the files that a template names (of flow: the x files), ascending."""
    filled = template.replace('{}', 'x', 1) if modality == 'Flow' else template
    below, filled = os.path.split(filled)  # flow may lie in folders x and y
    before, _, rest = filled.partition('{')
    pattern = re.compile(rf'{re.escape(before)}(\d+){re.escape(rest.partition("}")[2])}')
    directory = os.path.join(folder, below)
    names = os.listdir(directory) if os.path.isdir(directory) else ()
    found = (int(match[1]) for name in names if (match := pattern.fullmatch(name)))
    present = {*names}
    return sorted(number for number in found if filled.format(number) in present)


def _guess(names: list[str]) -> tuple[str | None, list[int]]:
    """Template and numbers of the largest set of pictures that differ in one number before their suffix."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        match = re.fullmatch(r'(.*?)(\d+)(\.\w+)', name)
        if match and match[3].lower() in PICTURES:
            groups[match[1], match[3]].append(match[2])
    if not groups:
        return None, []
    (before, after), digits = max(groups.items(), key=lambda item: (len(item[1]), item[0]))
    padded = {len(text) for text in digits if text.startswith('0') and len(text) > 1}
    spec = f'{{:0{min(padded)}d}}' if padded else '{}'
    before, after = (text.replace('{', '{{').replace('}', '}}') for text in (before, after))
    present, template = {*names}, before + spec + after
    return template, sorted(n for n in {int(text) for text in digits} if template.format(n) in present)
