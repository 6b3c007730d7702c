"""Check one folder of frames: its number of frames, and each image; and check a video of either form."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from mmaction.video.check import NUM_THUMBNAILS, THUMBNAIL_SIZE, FaultKind, VideoFault, VideoReport, check_video
from mmaction.video.folder import Modality, frame_paths, scan_frames

__all__ = ['Medium', 'check_frames', 'check_medium']


@dataclass(frozen=True)
class Medium:
    """A video file, or a folder of frames.

    Attributes:
        path: of it.
        filename_tmpl: names of the frames; '' for a video file.
        total_frames: number of frames that the annotation states; 0: it states none.
        first: number of the first frame; None: the lowest one.
        modality: ``'RGB'`` or ``'Flow'``.
    """

    path: str
    filename_tmpl: str = ''
    total_frames: int = 0
    first: int | None = None
    modality: Modality = 'RGB'

    def identity(self) -> list[Any]:
        """The fields, and size and time of the last change of what is at the path."""
        try:
            stat = os.stat(self.path)
        except OSError:
            return [*vars(self).values()]
        return [*vars(self).values(), stat.st_size, stat.st_mtime_ns]


def check_medium(medium: Medium) -> VideoReport:
    """Check a video file or a folder of frames."""
    if not medium.filename_tmpl:
        return check_video(medium.path)
    report = check_frames(medium.path, medium.total_frames, medium.filename_tmpl, medium.first, medium.modality)
    if medium.total_frames:
        return report
    return replace(report, faults=tuple(fault for fault in report.faults if fault.kind != 'frame count'))


def check_frames(
    folder: str,
    total_frames: int,
    filename_tmpl: str = 'img_{:05}.jpg',
    first: int | None = None,
    modality: Modality = 'RGB',
) -> VideoReport:
    """Decode all frames of a folder and report its faults.

    Args:
        folder: the folder.
        total_frames: number of frames that the annotation states.
        filename_tmpl: names of the frames.
        first: number of the first frame; None: the lowest one.
        modality: ``'RGB'`` or ``'Flow'``.
    """
    if not os.path.isdir(folder):
        return VideoReport(folder, (VideoFault('missing', f'There is no folder {folder}.'),))
    try:
        found = scan_frames(folder, filename_tmpl, modality, first)
    except FileNotFoundError as error:
        kind: FaultKind = 'frame count' if os.listdir(folder) else 'empty'
        return VideoReport(folder, (VideoFault(kind, str(error)),))
    faults = []
    if found.total_frames != total_frames:
        faults.append(VideoFault('frame count', f'{total_frames} are stated, there are {found.total_frames}'))
    corrupt = []
    small: list[npt.NDArray[np.uint8]] = []
    height = width = 0
    for number in range(found.start_index, found.start_index + found.total_frames):
        for path in frame_paths(folder, found.filename_tmpl, number, modality):
            gray = _read_gray(path)
            if gray is None:
                corrupt.append(os.path.basename(path))
                continue
            height, width = gray.shape
            small.append(
                cv2.resize(gray, (THUMBNAIL_SIZE, THUMBNAIL_SIZE), interpolation=cv2.INTER_AREA).astype(np.uint8)
            )
    if corrupt:
        faults.append(VideoFault('corrupt', f'{len(corrupt)} images do not decode, such as {corrupt[0]}'))
    thumbnails = None
    if small:
        places = ((np.arange(NUM_THUMBNAILS) + 0.5) * len(small) / NUM_THUMBNAILS).astype(int)
        thumbnails = np.stack([small[place] for place in places])
    return VideoReport(folder, tuple(faults), found.total_frames, 0.0, height, width, 'images', thumbnails)


def _read_gray(path: str) -> npt.NDArray[np.uint8] | None:
    with open(path, 'rb') as file:
        data = file.read()
    # OpenCV fills in what a cut JPEG lacks; its end marker may be followed by bytes that pad the file.
    is_cut = data[:2] == b'\xff\xd8' and b'\xff\xd9' not in data[-64:]
    if is_cut or not data:
        return None
    gray = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return None if gray is None else gray.astype(np.uint8, copy=False)
