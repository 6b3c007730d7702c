"""Contents of files in which others store poses and boxes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from mmaction.utils.check import shorten
from mmaction.utils.files import read_as_utf8
from mmaction.utils.plain_pickle import load_plain_pickle
from mmaction.video import natural_key


def read_contents(path: str | os.PathLike, suffixes: Collection[str], what: str) -> Any:
    """Read a file in the format of its suffix: ``.json``, ``.npz`` (a dict of arrays), ``.pkl`` (plain data), text.

    Args:
        path: the file.
        suffixes: those that are accepted.
        what: content of the file, for messages.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it has another suffix, or is malformed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'There is no file of {what} at {path}.')
    suffix = path.suffix.lower()
    if suffix not in suffixes:
        raise ValueError(f'{path} must end in one of {", ".join(suffixes)}.')
    return _READERS[suffix](path)


def _from_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from error


def _from_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}
    except (ValueError, AttributeError, BadZipFile) as error:
        raise ValueError(f'{path}: {error}') from error


def _from_text(path: Path) -> list[str]:
    with read_as_utf8(path):
        return path.read_text(encoding='utf-8-sig').splitlines()


_READERS: dict[str, Callable[[Path], Any]] = {
    '.json': _from_json,
    '.npz': _from_npz,
    '.pkl': load_plain_pickle,
    '.pickle': load_plain_pickle,
    '.txt': _from_text,
}


def frame_size(value: Any) -> tuple[int, int] | None:
    """Height and width of frames; None where they are not stated.

    Raises:
        ValueError: they are not positive.
    """
    if value is None:
        return None
    sizes = np.reshape(value, -1).tolist()
    if len(sizes) < 2 or not all(isinstance(size, int | float) and size >= 1 for size in sizes[:2]):
        raise ValueError(f'img_shape ({", ".join(map(str, sizes))}) must be height and width, in pixels.')
    return int(sizes[0]), int(sizes[1])


def entry_of(entry: Any, key: str, where: str) -> Any:
    """The value of a key in a file; ``where`` is the place, for messages.

    Raises:
        ValueError: ``entry`` is no dict, or does not have the key.
    """
    if not isinstance(entry, Mapping):
        raise ValueError(f'{where}: expected a dict with {key!r}, found {type(entry).__name__}.')
    if key not in entry:
        raise ValueError(f'{where}: there is no {key!r}, only {shorten(map(repr, entry)) or "an empty dict"}.')
    return entry[key]


def whole_number(value: Any, name: str) -> int:
    """Check and return a whole number, which may be text.

    Raises:
        ValueError: it is none.
    """
    try:
        number = float(value)
        if number.is_integer():
            return int(number)
    except (TypeError, ValueError):
        pass
    raise ValueError(f'{name} ({value!r}) must be a whole number.')


# --- COCO -----------------------------------------------------------------------------------------------------------
def coco_frames(contents: Mapping | Sequence[Mapping]) -> tuple[list[int], int, tuple[int, int] | None]:
    """Place the entries of a file in COCO's format in time.

    The images of annotations are frames in the order of their names. Results, which have no images, are numbered from
    0, or from 1 if there is no 0; an ``image_id`` such as "12.jpg" has a number, too.

    Returns:
        frame of each entry, the number of frames, and the size (height, width) of the frames if it is stated.

    Raises:
        ValueError: an entry belongs to no image, or its ``image_id`` has no number.
    """
    entries = contents['annotations'] if isinstance(contents, Mapping) else contents
    images = contents.get('images', ()) if isinstance(contents, Mapping) else ()
    ids = [entry_of(entry, 'image_id', f'entry {place}') for place, entry in enumerate(entries)]
    if not images:
        numbers = [_number(image_id) for image_id in ids]
        first = 0 if 0 in numbers else 1
        return [number - first for number in numbers], max(numbers, default=0) - first + 1, None
    images = sorted(images, key=lambda image: natural_key(str(image.get('file_name', image['id']))))
    place = {image['id']: i for i, image in enumerate(images)}
    unknown = sorted({*ids} - {*place}, key=str)
    if unknown:
        raise ValueError(f'annotations are of image_id {unknown[:4]}, which images does not have.')
    size = (images[0].get('height'), images[0].get('width'))
    return [place[image_id] for image_id in ids], len(images), frame_size(size if all(size) else None)


def xywh_to_xyxy(boxes: Any) -> np.ndarray:
    """Boxes as two corners, of corner and size: (N, 4) -> float32 (N, 4)."""
    array = np.asarray(boxes, np.float32).reshape(-1, 4)
    return np.concatenate([array[:, :2], array[:, :2] + array[:, 2:]], axis=1)


def _number(image_id: Any) -> int:
    digits = re.findall(r'\d+', str(image_id))
    if not digits:
        raise ValueError(f'image_id ({image_id!r}) has no number, which would identify the frame.')
    return int(digits[-1])
