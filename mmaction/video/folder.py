"""Folders of extracted frames: naming scheme and number of frames."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmaction.utils.check import pick
from mmaction.video.suffixes import IMAGE_SUFFIXES, natural_key

__all__ = ['FrameFolder', 'Modality', 'frame_paths', 'list_images', 'scan_frames']

Modality = Literal['RGB', 'Flow']


@dataclass(frozen=True)
class FrameFolder:
    """Frames ``start_index`` to ``start_index + total_frames - 1`` of a folder, named by ``filename_tmpl``."""

    filename_tmpl: str
    start_index: int
    total_frames: int


def scan_frames(
    folder: str, filename_tmpl: str | None = None, modality: Modality = 'RGB', start_index: int | None = None
) -> FrameFolder:
    """Find the frames in a folder.

    Args:
        folder: the folder.
        filename_tmpl: expected naming scheme, e.g. ``'img_{:05}.jpg'``, or ``'{}_{:05d}.jpg'`` for flow. RGB frames
            with another name are found as well.
        modality: ``'RGB'`` or ``'Flow'``.
        start_index: number of the first frame. Default: the lowest number in the folder.

    Raises:
        FileNotFoundError: there are no frames, or one between the first and the last is missing.
    """
    template = filename_tmpl
    numbers: list[int] = []
    if filename_tmpl is not None:
        numbers = _numbers(folder, filename_tmpl, modality)
    if not numbers and modality == 'RGB':
        template, numbers = _guess(os.listdir(folder))
    if start_index is not None:
        numbers = [number for number in numbers if number >= start_index]
    if not numbers or template is None:
        raise _no_frames(folder, filename_tmpl, modality, start_index)
    first = numbers[0] if start_index is None else start_index
    _check_gaps(folder, template, modality, range(first, numbers[-1] + 1), numbers)
    return FrameFolder(template, first, len(numbers))


def list_images(folder: str | os.PathLike[str]) -> list[Path]:
    """All images of a folder, in natural order of their names, which need not be numbered.

    Raises:
        FileNotFoundError: there are no images; or they are numbered, and one between the first and the last is
            missing.
    """
    paths = [path for path in Path(folder).iterdir() if path.suffix.lower() in IMAGE_SUFFIXES]
    if not paths:
        raise FileNotFoundError(f'The folder {os.fspath(folder)} holds no images ({", ".join(IMAGE_SUFFIXES)}).')
    template, numbers = _guess([path.name for path in paths])
    if template is not None and len(numbers) == len(paths):  # one series: the frames of a video
        _check_gaps(os.fspath(folder), template, 'RGB', range(numbers[0], numbers[-1] + 1), numbers)
    return sorted(paths, key=lambda path: natural_key(path.name))


def frame_paths(directory: str | os.PathLike[str], filename_tmpl: str, number: int, modality: Modality) -> list[str]:
    """The image of an RGB frame, or the x and the y image of a flow frame.

    Args:
        directory: the folder of the video.
        filename_tmpl: ``'img_{:05}.jpg'``; for flow the direction comes first, ``'flow_{}_{:05d}.jpg'`` or
            ``'{}/img_{:05d}.jpg'``.
        number: number in the file name.
        modality: ``'RGB'`` or ``'Flow'``.

    Raises:
        ValueError: unknown modality, or the template does not fit it.
    """
    pick(('RGB', 'Flow'), modality, 'modality')
    try:
        if modality == 'Flow':
            names = [filename_tmpl.format(direction, number) for direction in 'xy']
        else:
            names = [filename_tmpl.format(number)]
    except (IndexError, ValueError, KeyError) as error:
        raise ValueError(f'filename_tmpl {filename_tmpl!r} does not fit modality {modality!r}: {error}') from error
    return [os.path.join(os.fspath(directory), name) for name in names]


def _check_gaps(folder: str, template: str, modality: Modality, expected: range, numbers: Sequence[int]) -> None:
    """Reject a folder with a missing frame.

    Reading on over the gap would shift all later frames in time, and stopping at it would shorten the video: both
    change scores without a word.
    """
    missing = sorted({*expected} - {*numbers})
    if not missing:
        return
    first = os.path.relpath(frame_paths(folder, template, missing[0], modality)[0], folder)
    more = f' and {len(missing) - 1} more' if len(missing) > 1 else ''
    raise FileNotFoundError(f'The folder {folder} has frames {numbers[0]} to {numbers[-1]} but lacks {first}{more}.')


def _no_frames(
    folder: str, filename_tmpl: str | None, modality: Modality, start_index: int | None
) -> FileNotFoundError:
    kind = 'numbered'
    named = ''
    start = ''
    if modality == 'Flow':
        kind = 'flow'
        named = f' named like {filename_tmpl!r}'
    if start_index is not None:
        start = f', from number {start_index} on'
    return FileNotFoundError(
        f'The folder {folder} holds no {kind} images{named}{start} ({", ".join(IMAGE_SUFFIXES)}). '
        'Give a folder of frames of one video, as img_00001.jpg, img_00002.jpg, ...'
    )


def _numbers(folder: str, template: str, modality: Modality) -> list[int]:
    """Numbers of the files that a template names (of flow: the x files), ascending."""
    if modality == 'Flow':
        template = template.replace('{}', 'x', 1)
    subfolder, name = os.path.split(template)  # flow may lie in the folders x and y
    before, _, rest = name.partition('{')
    after = rest.partition('}')[2]
    pattern = re.compile(rf'{re.escape(before)}(\d+){re.escape(after)}')
    directory = os.path.join(folder, subfolder)
    if not os.path.isdir(directory):
        return []
    present = {*os.listdir(directory)}
    matches = [match for match in map(pattern.fullmatch, present) if match]
    numbers = {int(match[1]) for match in matches}
    # img_7.jpg also matches the pattern of 'img_{:05}.jpg', which does not produce it.
    return sorted(number for number in numbers if name.format(number) in present)


def _guess(names: Sequence[str]) -> tuple[str | None, list[int]]:
    """Template and numbers of the largest set of images that differ in one number before their suffix."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        match = re.fullmatch(r'(.*?)(\d+)(\.\w+)', name)
        if match and match[3].lower() in IMAGE_SUFFIXES:
            groups[match[1], match[3]].append(match[2])
    if not groups:
        return None, []
    (before, after), digits = max(groups.items(), key=lambda item: (len(item[1]), item[0]))
    padded = {len(text) for text in digits if text.startswith('0') and len(text) > 1}
    spec = f'{{:0{min(padded)}d}}' if padded else '{}'
    template = _escape(before) + spec + _escape(after)
    present = {*names}
    numbers = {int(text) for text in digits}
    return template, sorted(number for number in numbers if template.format(number) in present)


def _escape(text: str) -> str:
    return text.replace('{', '{{').replace('}', '}}')
