"""The person detector that a user asks for."""

from __future__ import annotations

import logging
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from mmengine.logging import print_log

from mmaction.inference.detect.files import SUFFIXES, check_frames, load_boxes
from mmaction.inference.detect.moving import MovingObjectDetector
from mmaction.inference.detect.networks import (
    INSTALL,
    MMDET_SCORE_THR,
    RTMLIB_SCORE_THR,
    MMDetDetector,
    RTMLibDetector,
    is_installed,
    onnx_file,
)
from mmaction.inference.detect.persons import PersonDetector
from mmaction.utils.check import pick, positive
from mmaction.video import FrameReader, input_name

DetectorName = Literal['moving', 'rtmlib', 'mmdet']


@dataclass(frozen=True)
class PersonSource:
    """Where the boxes of persons come from.

    Attributes:
        boxes: file of precomputed boxes, or a folder with one per video, named as the video; no detector is needed.
        boxes_name: name of the video in a file of many. Default: that of the video file.
        boxes_start: timestamp of the first frame of the video, for AVA's files.
        boxes_fps: frames per unit of the timestamps in AVA's files; 1 if these are numbers of frames. Default: those
            per second of the video.
        detector: ``'moving'``, ``'rtmlib'`` or ``'mmdet'``. Default: MMDetection if it is installed, else rtmlib, else
            moving objects.
        config: of a detector of MMDetection.
        checkpoint: its weights, or an ``.onnx`` for rtmlib.
        asks_for_network: config or checkpoint are the user's own choice, so that moving objects are no substitute.
        score_thr: smallest score of a person. Default: 0.9 with MMDetection, 0.5 with rtmlib, else 0.
        category: index of persons among the classes of a detector of MMDetection.
        device: of the network.
    """

    boxes: str | os.PathLike | None = None
    boxes_name: str | None = None
    boxes_start: float = 0
    boxes_fps: float | None = None
    detector: DetectorName | None = None
    config: Any = None
    checkpoint: str | None = None
    asks_for_network: bool = False
    score_thr: float | None = None
    category: int = 0
    device: str = 'cpu'

    def __post_init__(self) -> None:
        if self.detector is not None:
            pick(get_args(DetectorName), self.detector, 'detector')
        if self.boxes_fps is not None:
            positive(self.boxes_fps, 'boxes_fps')
        if not math.isfinite(self.boxes_start):
            raise ValueError(f'boxes_start ({self.boxes_start}) must be a finite number of seconds.')

    def open(self, reader: FrameReader | None, name: str | None = None, fps: float | None = None) -> PersonDetector:
        """Make the detector for a video.

        Args:
            reader: of the video; None for a stream, which has no precomputed boxes.
            name: of the video. Default: that of its file.
            fps: frames per second of the video. Default: those of its file.

        Raises:
            FileNotFoundError: there is no such file of boxes, or no such config.
            ImportError: the detector is not installed.
            ValueError: the boxes belong to another video, or nothing can find persons.
        """
        if self.boxes is None:
            return self._network()
        if reader is None:
            raise ValueError(f'boxes ({os.fspath(self.boxes)}) are of a video; a stream needs a detector.')
        name = name or input_name(reader.name) or reader.name
        path = self._file_of(name)
        rate = self.boxes_fps or fps or reader.avg_fps
        boxes = load_boxes(
            path,
            self.boxes_name or name,
            fps=rate,
            timestamp_start=self.boxes_start,
            exact_name=self.boxes_name is not None,
        )
        check_frames(boxes, len(reader), path, reader.size)
        return boxes

    def _file_of(self, name: str) -> str:
        path = os.fspath(self.boxes or '')
        if not os.path.isdir(path):
            return path
        files = [Path(path, name + suffix) for suffix in SUFFIXES]
        found = next((file for file in files if file.is_file()), None)
        if found is None:
            raise FileNotFoundError(
                f'There are no boxes of {name} in {path}: expected one of {name}{{{",".join(SUFFIXES)}}}.'
            )
        return str(found)

    def _network(self) -> PersonDetector:
        kind = self.detector or self._installed()
        if kind == 'moving':
            return MovingObjectDetector()
        if kind == 'rtmlib':
            threshold = RTMLIB_SCORE_THR if self.score_thr is None else self.score_thr
            return RTMLibDetector(threshold, self.device, self.checkpoint)
        if not is_installed('mmdet'):
            raise ImportError(
                f'The detector mmdet needs MMDetection, which is not installed. Install it, or {INSTALL} and choose '
                'the detector rtmlib, or give the boxes of the persons (--boxes).'
            )
        if isinstance(self.config, str) and not os.path.isfile(self.config):
            raise FileNotFoundError(
                f'There is no config at {self.config}. Give one of MMDetection with --det-config, and its weights with '
                '--det-checkpoint.'
            )
        threshold = MMDET_SCORE_THR if self.score_thr is None else self.score_thr
        return MMDetDetector(self.config, self.checkpoint, threshold, self.category, self.device)

    def _installed(self) -> DetectorName:
        if is_installed('mmdet'):
            return 'mmdet'
        if is_installed('rtmlib') or onnx_file(self.checkpoint):
            return 'rtmlib'
        remedy = (
            f'Give the boxes of the persons with --boxes (json, npz, pkl, csv or MOT text); or {INSTALL}, whose person '
            'detector is then used'
        )
        if self.asks_for_network:
            raise ValueError(
                f'The detector {self.config} ({self.checkpoint}) is one of MMDetection, which is not installed. '
                f'{remedy}; or --detector moving, for a camera that does not move.'
            )
        print_log(
            'No person detector is installed: moving objects count as persons, which needs a camera that does not '
            f'move. {remedy}.',
            logger='current',
            level=logging.WARNING,
        )
        return 'moving'
