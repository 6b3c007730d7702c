"""Boxes of a person detector, as proposals for actions."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence

import numpy as np
from mmengine.logging import print_log

from mmaction.datasets.transforms.results import BOX_TOLERANCE, BoxUnit
from mmaction.utils.ava_files import make_image_key
from mmaction.utils.check import shorten
from mmaction.utils.plain_pickle import load_plain_pickle

_REMEDY = "A proposal file is a pickle of {'VIDEO,0902': array (n, 4 or 5)}: x1, y1, x2, y2 and the person's score."


def read_proposals(path: str, unit: BoxUnit) -> dict[str, np.ndarray]:
    """Read a proposal file.

    Returns:
        by key of the frame (n, 4), xyxy, or (n, 5) with the score.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file has another form, or a box is outside of its frame; the message has the key.
    """
    data = load_plain_pickle(path)
    if not isinstance(data, Mapping):
        raise ValueError(f'{path} (proposal_file) must hold a dict, found {type(data).__name__}. {_REMEDY}')
    proposals = {}
    for key, boxes in data.items():
        array = np.asarray(boxes)
        if array.size == 0:
            array = np.zeros((0, 5))
        if array.ndim != 2 or array.shape[1] not in (4, 5):
            raise ValueError(
                f'{path}, key {key!r}: proposals must be (n, 4) or (n, 5), found shape {array.shape}. {_REMEDY}'
            )
        tolerance = BOX_TOLERANCE[unit]
        high = 1 + tolerance if unit == 'relative' else np.inf
        corners = array[:, :4]
        outside = ~((corners >= -tolerance) & (corners <= high)).all(axis=1)
        if outside.any():
            raise ValueError(
                f'{path}, key {key!r}: the proposal {corners[outside.argmax()].tolist()} is outside of the frame. '
                f'Proposals must be {unit}, as box_unit of the dataset says; relative ones are in [0, 1].'
            )
        proposals[key] = array
    return proposals


def check_proposal_keys(path: str, proposals: Mapping[str, np.ndarray], keys: Sequence[str]) -> None:
    """Check that proposals name frames as the annotation does.

    Proposals of other frames and videos are no fault: published files cover frames without annotation.

    Args:
        path: proposal file, for messages.
        proposals: by key.
        keys: keys of the annotated frames, as the proposals should name them.

    Raises:
        ValueError: a key differs from that of an annotated frame in spelling alone, or no key matches.
    """
    annotated = set(keys)
    missing = [key for key in keys if key not in proposals]
    unmatched = [str(key) for key in proposals if key not in annotated]
    _check_spelling(path, unmatched, missing)
    if len(missing) == len(keys):
        example = next(iter(proposals), None)
        raise ValueError(
            f'{path}: none of the {len(proposals)} keys matches an annotated frame. It has e.g. {example!r}, the '
            f'annotation {keys[0]!r}. {_REMEDY}'
        )
    videos = {key.rpartition(',')[0] for key in annotated}
    stray = [key for key in unmatched if key.rpartition(',')[0] not in videos]
    if missing:
        print_log(
            f'{path} has no proposals for {len(missing)} of {len(keys)} annotated frames ({shorten(missing, 3)}): the '
            'whole frame is used.',
            logger='current',
            level=logging.WARNING,
        )
    if stray:
        print_log(
            f'{path} has {len(stray)} keys of videos without annotation, which match nothing ({shorten(stray, 3)}).',
            logger='current',
            level=logging.WARNING,
        )


def _check_spelling(path: str, unmatched: Sequence[str], missing: Sequence[str]) -> None:
    """Raise ValueError for a key without a frame that is spelled like the key of a frame without proposals."""
    by_name: dict[str, list[str]] = {}
    for key in missing:
        by_name.setdefault(_split_key(key)[1], []).append(key)
    for key in unmatched:
        folder, name = _split_key(key)
        for meant in by_name.get(name, ()):
            other = _split_key(meant)[0]
            if folder == other or not folder or not other:
                raise ValueError(
                    f'{path}: the key {key!r} matches no annotated frame, but {meant!r} would. Write the video as in '
                    'the annotation, a comma, and the timestamp with four digits.'
                )


def _split_key(key: str) -> tuple[str, str]:
    """Folder of the video, and the key without it, without a suffix of the video and with four digits."""
    video, _, timestamp = key.rpartition(',')
    folder, _, name = video.strip().replace('\\', '/').rpartition('/')
    name = re.sub(r'\.[A-Za-z][A-Za-z0-9]{1,4}$', '', name)
    if re.fullmatch(r'\s*\d+(\.0+)?\s*', timestamp, re.ASCII):
        return folder, make_image_key(name, int(float(timestamp)))
    return folder, f'{name},{timestamp}'


def choose_proposals(
    proposals: np.ndarray | None, score_thr: float, limit: int, whole_frame: Sequence[float]
) -> dict[str, np.ndarray]:
    """Choose the proposals of a frame.

    Args:
        proposals: (n, 4) or (n, 5) with scores; None or empty gives the whole frame.
        score_thr: smallest score; where no box has it, the best ones are kept.
        limit: largest number of proposals.
        whole_frame: xyxy of the frame.

    Returns:
        ``proposals`` (n, 4) and, unless they have none, ``scores`` (n,).
    """
    if proposals is None or not len(proposals):
        return dict(proposals=np.array([whole_frame], np.float64), scores=np.array([1.0]))
    if proposals.shape[1] == 4:
        return dict(proposals=proposals[:limit])
    scores = proposals[:, 4]
    kept = proposals[scores >= min(score_thr, scores.max())][:limit]
    return dict(proposals=kept[:, :4], scores=kept[:, 4])
