"""Persons in clips of AVA-Kinetics, as proposals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmaction.datasets.preparation.ava_kinetics import FRAME_NAME, frame_number, proposal_key
from mmaction.inference.detect.persons import PersonDetector
from mmaction.video import FrameNaming, open_video

__all__ = ['find_proposals']


def find_proposals(detector: PersonDetector, folder: str, seconds: Sequence[int]) -> dict[str, np.ndarray]:
    """Find the persons at some seconds of a clip.

    Args:
        detector: of persons.
        folder: of frames, called ``ID_START_END``.
        seconds: of the video that the clip is part of.

    Returns:
        By key of the second in a proposal file, (n, 5): box xyxy in 0..1, and score. Seconds after the last frame, and
        those without persons, are left out.
    """
    name = Path(folder).name
    found = {}
    with open_video(folder, naming=FrameNaming(filename_tmpl=FRAME_NAME)) as reader:
        height, width = reader.size
        for second in seconds:
            index = frame_number(name, second) - 1
            if index >= reader.num_frames:
                continue
            persons = detector(reader.get_frames([index])[0], index)
            boxes = np.asarray(persons.boxes, np.float64).reshape(-1, 4) / [width, height, width, height]
            if len(boxes):
                found[proposal_key(name, second)] = np.column_stack([boxes.clip(0, 1), persons.scores])
    return found
