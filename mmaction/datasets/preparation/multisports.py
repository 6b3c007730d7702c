"""MultiSports: annotation files in AVA's format, from its pickle of tubes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from mmaction.utils.ava_files import make_image_key
from mmaction.utils.tube_files import TubeAnnotation

__all__ = ['VIDEO_EXT', 'box_lines', 'box_proposals']

VIDEO_EXT = '.mp4'


def _boxes(annotation: TubeAnnotation, video: str) -> Iterable[tuple[int, np.ndarray, int, int]]:
    """Yield frame, box in 0..1, class and number of the tube, for each box of a video."""
    height, width = annotation.resolution[video]
    size = np.array([width, height, width, height])
    entity = 0
    for label, tubes in annotation.tubes.get(video, {}).items():
        for tube in tubes:
            for frame, *box in np.asarray(tube, np.float64):
                # Annotated boxes reach over the frame by a pixel.
                yield int(frame), (np.array(box) / size).clip(0, 1), label, entity
            entity += 1


def box_lines(annotation: TubeAnnotation, videos: Iterable[str]) -> list[str]:
    """Make the lines ``video.mp4,frame,x1,y1,x2,y2,label,entity``, with boxes in 0..1.

    Args:
        annotation: ground truth.
        videos: names of the videos.
    """
    lines = []
    for video in videos:
        for frame, box, label, entity in _boxes(annotation, video):
            corners = ','.join(f'{value:.3f}' for value in box)
            lines.append(f'{video}{VIDEO_EXT},{frame},{corners},{label},{entity}')
    return lines


def box_proposals(annotation: TubeAnnotation, videos: Iterable[str]) -> dict[str, np.ndarray]:
    """Take the annotated boxes as proposals: by ``video.mp4,0001``, (n, 5) with the score 1."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for video in videos:
        for frame, box, _, _ in _boxes(annotation, video):
            found[make_image_key(f'{video}{VIDEO_EXT}', frame)].append(np.append(box, 1.0))
    return {key: np.stack(boxes) for key, boxes in found.items()}
