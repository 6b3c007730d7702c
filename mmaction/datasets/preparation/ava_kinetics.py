"""AVA-Kinetics: clips of Kinetics-700 around the annotated seconds, their frames, boxes and annotation.

A clip is called ``ID_START_END``, with its first and last second on six digits. It has 30 frames a second; the first,
``img_00001.jpg``, shows START.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

import numpy as np

from mmaction.datasets.ava_dataset import KINETICS_CLIP
from mmaction.utils.ava_files import make_image_key, read_text
from mmaction.utils.files import complete_or_absent
from mmaction.video import VideoWriter, open_video, write_image

__all__ = [
    'FPS',
    'FRAMES',
    'FRAME_NAME',
    'LABELS',
    'Cut',
    'KineticsBox',
    'annotation_lines',
    'cut_clip',
    'find_cuts',
    'frame_number',
    'link_ava',
    'merge_lines',
    'merge_proposals',
    'moments_of',
    'proposal_key',
    'read_kinetics_boxes',
    'write_frame_folder',
]

FPS = 30
FRAMES = 'rawframes'
LABELS = 'annotations'
FRAME_NAME = 'img_{:05}.jpg'
_MARGIN_SEC = 2  # around the annotated seconds
_MISSING_SEC = 0.75  # a video that is shorter than its name says by more is another one
_CHUNK = 32


@dataclass(frozen=True)
class KineticsBox:
    """A line of ``kinetics_train_v1.0.csv``: an action in a box xyxy, in 0..1, at a second of a YouTube video."""

    youtube_id: str
    second: float
    box: tuple[float, ...]
    label: int


@dataclass(frozen=True)
class Cut:
    """Seconds ``[start_sec, end_sec)`` of a video, to cut out of the file of a clip that begins at ``offset_sec``."""

    source: str
    youtube_id: str
    offset_sec: int
    start_sec: int
    end_sec: int

    @property
    def name(self) -> str:
        """Name of the clip, without suffix."""
        return f'{self.youtube_id}_{self.start_sec:06d}_{self.end_sec:06d}'


def read_kinetics_boxes(path: str) -> list[KineticsBox]:
    """Read ``kinetics_train_v1.0.csv`` or its siblings. Lines of six fields are seconds without annotation.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is malformed; the message has its number.
    """
    boxes = []
    for number, line in enumerate(read_text(path, 'the annotation of Kinetics'), 1):
        fields = line.strip().split(',')
        if len(fields) == 6 or not line.strip():
            continue
        try:
            youtube_id, second, x1, y1, x2, y2, label = fields
            corners = (float(x1), float(y1), float(x2), float(y2))
            boxes.append(KineticsBox(youtube_id, float(second), corners, int(label)))
        except ValueError:
            raise ValueError(
                f'{path}, line {number}: expected ID,second,x1,y1,x2,y2,label, found {line.strip()!r}. Is it '
                'kinetics_train_v1.0.csv?'
            ) from None
    return boxes


def _seconds_by_id(boxes: Iterable[KineticsBox]) -> dict[str, list[float]]:
    seconds: dict[str, set[float]] = defaultdict(set)
    for box in boxes:
        seconds[box.youtube_id].add(box.second)
    return {youtube_id: sorted(found) for youtube_id, found in seconds.items()}


def find_cuts(boxes: Iterable[KineticsBox], videos: Iterable[str]) -> list[Cut]:
    """Find what to cut out of the clips of Kinetics-700: the annotated seconds inside them, and two more on each side.

    Args:
        boxes: annotation.
        videos: paths of the clips, called ``ID_START_END``; others are ignored.

    Returns:
        The cuts, without those that lie inside another one of the same video.
    """
    seconds = _seconds_by_id(boxes)
    cuts: dict[str, list[Cut]] = defaultdict(list)
    for path in videos:
        clip = KINETICS_CLIP.fullmatch(Path(path).stem)
        if clip is None:
            continue
        start, end = int(clip['start']), int(clip['end'])
        inside = [second for second in seconds.get(clip['id'], ()) if start < second < end]
        if not inside:
            continue
        first = max(start, floor(inside[0]) - _MARGIN_SEC)
        last = min(end, ceil(inside[-1]) + _MARGIN_SEC)
        cuts[clip['id']].append(Cut(path, clip['id'], start, first, last))
    return [cut for found in cuts.values() for cut in _largest(found)]


def _largest(cuts: Sequence[Cut]) -> list[Cut]:
    kept: list[Cut] = []
    for cut in sorted(cuts, key=lambda cut: (cut.start_sec - cut.end_sec, cut.start_sec, cut.source)):
        if not any(other.start_sec <= cut.start_sec and cut.end_sec <= other.end_sec for other in kept):
            kept.append(cut)
    return sorted(kept, key=lambda cut: cut.start_sec)


def cut_clip(cut: Cut, target: str) -> None:
    """Write the seconds of a cut as a video of 30 frames per second, without audio.

    Raises:
        VideoDecodeError: the file is unreadable.
        ValueError: it ends more than 0.75 s before the cut does, so that it is not what its name says.
    """
    with open_video(cut.source) as reader:
        length = reader.num_frames / reader.avg_fps
        begin = cut.start_sec - cut.offset_sec
        if length < cut.end_sec - cut.offset_sec - _MISSING_SEC:
            raise ValueError(
                f'{cut.source} has {length:.2f} s, but its name announces at least {cut.end_sec - cut.offset_sec} s. '
                'Get another copy.'
            )
        times = begin + np.arange((cut.end_sec - cut.start_sec) * FPS) / FPS
        frames = (times * reader.avg_fps).round().astype(np.int64).clip(0, reader.num_frames - 1)
        with complete_or_absent(target) as unfinished, VideoWriter(unfinished, FPS) as writer:
            for place in range(0, len(frames), _CHUNK):
                for frame in reader.get_frames(frames[place : place + _CHUNK]):
                    writer.write_frame(frame[..., ::-1])


def write_frame_folder(video: str, folder: str) -> None:
    """Write the frames of a video as ``img_00001.jpg`` and so on; the folder is complete or absent."""
    with complete_or_absent(folder) as unfinished, open_video(video) as reader:
        os.makedirs(unfinished, exist_ok=True)
        for number, frame in enumerate(reader.iter_frames(_CHUNK), 1):
            write_image(Path(unfinished, FRAME_NAME.format(number)), frame)


def annotation_lines(boxes: Iterable[KineticsBox], folders: Iterable[str]) -> list[str]:
    """Make lines of AVA's csv for the clips that there are frames of.

    Args:
        boxes: annotation.
        folders: names of the folders of frames.

    Returns:
        ``folder,second,x1,y1,x2,y2,label,-1``, for the seconds that lie strictly inside of a clip.
    """
    clips: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for folder in sorted(folders):
        clip = KINETICS_CLIP.fullmatch(folder)
        if clip is not None:
            clips[clip['id']].append((folder, int(clip['start']), int(clip['end'])))
    lines = []
    for box in boxes:
        for folder, start, end in clips.get(box.youtube_id, ()):
            if start < box.second < end:
                corners = ','.join(f'{value:.3f}' for value in box.box)
                lines.append(f'{folder},{int(box.second):04d},{corners},{box.label},-1')
    return lines


def moments_of(lines: Iterable[str]) -> dict[str, list[int]]:
    """Seconds to find persons at, by folder of frames: the annotated ones and their neighbors inside of the clip."""
    moments: dict[str, set[int]] = defaultdict(set)
    for line in lines:
        folder, second = line.split(',')[:2]
        clip = KINETICS_CLIP.fullmatch(folder)
        if clip is None:
            continue
        for near in range(int(second) - 1, int(second) + 2):
            if int(clip['start']) <= near < int(clip['end']):
                moments[folder].add(near)
    return {folder: sorted(seconds) for folder, seconds in moments.items()}


def frame_number(folder: str, second: int) -> int:
    """Number, from 1, of the frame that shows a second of a clip."""
    clip = KINETICS_CLIP.fullmatch(folder)
    assert clip is not None
    return (second - int(clip['start'])) * FPS + 1


def proposal_key(folder: str, second: int) -> str:
    """Key of a second in a proposal file: that of the YouTube video, and not of the clip."""
    clip = KINETICS_CLIP.fullmatch(folder)
    assert clip is not None
    return make_image_key(clip['id'], second)


def merge_lines(kinetics: Iterable[str], ava: Iterable[str]) -> list[str]:
    """Put the lines of Kinetics before those of AVA, and leave out lines of Kinetics from an earlier merge."""
    own = [line for line in ava if not KINETICS_CLIP.fullmatch(line.split(',', 1)[0])]
    return [*kinetics, *own]


def merge_proposals(kinetics: Mapping[str, np.ndarray], ava: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Merge proposals by key; those of AVA replace those of Kinetics."""
    return {**kinetics, **ava}


def link_ava(ava_root: str, root: str) -> int:
    """Link the frames and annotation files of AVA into the folders of AVA-Kinetics.

    Args:
        ava_root: folder with ``rawframes`` and ``annotations``.
        root: folder of AVA-Kinetics; files and links in it are kept.

    Returns:
        Number of new links.

    Raises:
        FileNotFoundError: one of the folders of AVA does not exist.
    """
    made = 0
    for part in (FRAMES, LABELS):
        folder = Path(ava_root, part)
        if not folder.is_dir():
            raise FileNotFoundError(f'There is no folder {folder}. Prepare AVA first, or give it with --ava_root.')
        target = Path(root, part)
        target.mkdir(parents=True, exist_ok=True)
        for entry in sorted(folder.iterdir()):
            link = target / entry.name
            if not link.exists() and not link.is_symlink():
                link.symlink_to(os.path.abspath(entry))
                made += 1
    return made
