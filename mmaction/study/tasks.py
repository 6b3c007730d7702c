"""The videos of an import, their splits, and the task that their annotations state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mmaction.annotations import Project, Segment, Video, read_annotations
from mmaction.annotations.split import split_project
from mmaction.annotations.targets import BACKGROUND
from mmaction.study.run import Task, existing_file

__all__ = ['FEW_EXAMPLES', 'Study', 'choose_task', 'load_study', 'span_of', 'video_label']

FEW_EXAMPLES = 5  # segments, or videos, below which a class is hardly learned

_WHOLE = 0.9  # a segment that covers this ratio of its video labels all of it
_DENSE = 0.4  # segments that cover this ratio of the videos label their frames
_OVERLAP = 0.05  # ratio of the labeled time that may have two labels, by inaccurate borders
_FEWEST_VIDEOS = 2


@dataclass(frozen=True)
class Study:
    """The annotated videos to learn from and to validate on.

    Attributes:
        folder: of the import.
        train: videos.
        val: videos.
        task: how they are learned.
        reason: of the task, a sentence.
        classes: class names in the order of the scores.
        background: those of them that stand for no segment.
        warnings: sentences.
        test: videos that neither train nor choose anything, for figures of new videos.
    """

    folder: Path
    train: tuple[Video, ...]
    val: tuple[Video, ...]
    task: Task
    reason: str
    classes: tuple[str, ...]
    background: tuple[str, ...]
    warnings: tuple[str, ...]
    test: tuple[Video, ...] = ()

    @property
    def step_classes(self) -> tuple[str, ...]:
        """Classes of the labels per step: where segments are sparse, the background is one more."""
        if self.task == 'events' and BACKGROUND not in self.classes:
            return (*self.classes, BACKGROUND)
        return self.classes

    @property
    def step_background(self) -> tuple[str, ...]:
        """Those of them that stand for no segment."""
        return tuple(name for name in self.step_classes if name == BACKGROUND and self.task != 'clips')

    @property
    def splits(self) -> dict[str, tuple[Video, ...]]:
        """Videos by the name of their split; without ``test`` where there are none to test on."""
        named = dict(train=self.train, val=self.val, test=self.test)
        return {name: videos for name, videos in named.items() if videos or name != 'test'}

    @property
    def videos(self) -> Iterator[Video]:
        """All videos, those to learn from first."""
        yield from self.train
        yield from self.val
        yield from self.test


def load_study(folder: str | Path, task: Task | None = None, seed: int = 0) -> Study:
    """Read the folder of an import.

    Args:
        folder: that ``mmaction data import`` wrote, or its ``annotations.json``.
        task: None chooses it.
        seed: of the split, where the import has none.

    Raises:
        FileNotFoundError: there is no such folder, it is no import, or a video is gone.
        ValueError: there is nothing to learn, or the task does not fit the annotations.
    """
    folder = Path(folder)
    path = folder if folder.is_file() else folder / 'annotations.json'
    if not path.is_file():
        absent = 'is no folder of an import: it has no annotations.json' if folder.is_dir() else 'does not exist'
        raise FileNotFoundError(
            f'{folder} {absent} (absolute: {folder.absolute()}). Make one with mmaction data import ANNOTATIONS '
            f'--videos FOLDER --out {folder}.'
        )
    project = read_annotations(path, 'json')
    annotated = [video for video in project.videos if video.segments or video.labels or video.tracks]
    if len(annotated) < _FEWEST_VIDEOS:
        raise ValueError(
            f'{path} has {len(annotated)} annotated videos, and at least {_FEWEST_VIDEOS} are needed: one to learn '
            'from and one to validate. Annotate more, or cut a long video in parts.'
        )
    project = replace(project, videos=tuple(annotated))
    chosen, reason = choose_task(project)
    if task is not None and task != chosen:
        chosen, reason = task, f'It was requested; by the annotations it would be {chosen}. {reason}'
    elif task is not None:
        reason = f'It was requested. {reason}'
    if chosen == 'boxes':
        raise ValueError(
            f'The annotations of {path} are boxes, which mmaction fit does not learn. Prepare them with mmaction data '
            'detection from-boxes BOXES OUT --videos FOLDER, and train with the config that it writes: mmaction train '
            'OUT/config.py.'
        )
    train, val, test, warnings = _splits(project, seed)
    missing = _missing(train + val + test)
    if missing:
        raise FileNotFoundError(missing)
    classes, background = _classes(chosen, train + val + test, project)
    warnings += _few(chosen, train, [name for name in classes if name not in background])
    study = Study(path.parent, train, val, chosen, reason, classes, background, tuple(warnings), test)
    _check(study, path)
    return study


# -------------------------------------------------------------------------------------------------------------- task
def choose_task(project: Project) -> tuple[Task, str]:
    """Choose how to learn the annotations of a project; returns the task, and why, in a sentence.

    ``clips``: each video has one label. ``frames``: segments cover much of the videos, one at a time. ``events``: they
    are sparse, or overlap. ``boxes``: there are tracks of boxes alone.
    """
    videos = project.videos
    labeled = sum(video_label(video) is not None for video in videos)
    if labeled == len(videos):
        return 'clips', f'Each of the {labeled} videos has one label for its whole length.'
    segments = sum(len(video.segments) for video in videos)
    boxes = sum(len(video.tracks) for video in videos)
    if not segments and boxes:
        return 'boxes', f'There are {boxes} tracks of boxes, and no segments.'
    if not segments:
        several = next(video.name for video in videos if video_label(video) is None)
        return 'clips', f'There are no segments, but labels of whole videos; {several} has several.'
    union = sum(_union(video) for video in videos)
    total = sum(_length(segment) for video in videos for segment in video.segments)
    duration = sum(span_of(video) for video in videos)
    coverage = f'{segments} segments cover {union / duration:.0%} of the {duration / 60:.3g} minutes'
    if total > union * (1 + _OVERLAP):
        return 'events', f'The {coverage}, and overlap for {total - union:.3g} s.'
    if union >= _DENSE * duration:
        return 'frames', f'The {coverage}, one at a time: each moment has one label, or none.'
    return 'events', f'The {coverage}, and are sparse.'


def video_label(video: Video) -> str | None:
    """The one label of a whole video; None where it has several, or segments within it."""
    if len(video.labels) == 1 and not video.segments:
        return video.labels[0]
    if len(video.segments) == 1 and not video.labels and _length(video.segments[0]) >= _WHOLE * span_of(video):
        return video.segments[0].label
    return None


def span_of(video: Video) -> float:
    """Duration of a video in seconds; to the end of its last segment where it is unknown."""
    last = max((segment.end_sec for segment in video.segments), default=0.0)
    return video.duration_sec or last or 1.0


def _length(segment: Segment) -> float:
    return segment.end_sec - segment.start_sec


def _union(video: Video) -> float:
    """Seconds that have a label."""
    covered = end = 0.0
    for segment in sorted(video.segments, key=lambda segment: segment.start_sec):
        covered += max(segment.end_sec - max(segment.start_sec, end), 0.0)
        end = max(end, segment.end_sec)
    return covered


# ------------------------------------------------------------------------------------------------------------ splits
def _splits(project: Project, seed: int) -> tuple[tuple[Video, ...], tuple[Video, ...], tuple[Video, ...], list[str]]:
    """Videos to train, validate and test, and warnings."""
    warnings = []
    names = {video.split for video in project.videos}
    val = 'val'
    if 'val' not in names and 'test' in names and len(names) > 1:
        val = 'test'
        warnings.append('The import has no videos of the split val; those of the split test take their place.')
    elif 'val' not in names or names == {'val'}:
        project = replace(project, videos=tuple(replace(video, split='') for video in project.videos))
        project = split_project(project, 0.2, 'video', seed)
        count = sum(video.split == 'val' for video in project.videos)
        warnings.append(
            f'The import has no split into train and val: {count} of {len(project.videos)} videos validate.'
        )
    validate = tuple(video for video in project.videos if video.split == val)
    train = tuple(video for video in project.videos if video.split not in ('val', 'test'))
    if not train or not validate:
        raise ValueError(
            f'The splits {sorted(names)} leave {len(train)} videos to learn from and {len(validate)} to validate. '
            'Import again, with another --val or --split-by.'
        )
    test = tuple(video for video in project.videos if video.split == 'test' and val != 'test')
    return train, validate, test, warnings


def _missing(videos: Sequence[Video]) -> str:
    """Words for the files that are gone; empty if all are there."""
    reasons = []
    for video in videos:
        try:
            existing_file(video)
        except FileNotFoundError as error:
            reasons.append(str(error))
    if len(reasons) < 2:
        return ''.join(reasons)
    return f'{len(reasons)} of {len(videos)} videos are gone. The first one: {reasons[0]}'


# ----------------------------------------------------------------------------------------------------------- classes
def _classes(task: Task, videos: Sequence[Video], project: Project) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Class names, and those of them that stand for no segment."""
    used = Counter(label for video in videos for label in labels_of(task, video))
    names = [name for name in project.all_labels() if name in used]
    if task != 'frames':
        return tuple(names), ()
    has_gaps = any(_union(video) < 0.99 * span_of(video) for video in videos)
    if BACKGROUND not in names and has_gaps:
        names.insert(0, BACKGROUND)
    return tuple(names), tuple(name for name in names if name == BACKGROUND)


def labels_of(task: Task, video: Video) -> list[str]:
    """The label of each example in a video."""
    if task == 'clips':
        label = video_label(video)
        return [] if label is None else [label]
    return [segment.label for segment in video.segments]


def _few(task: Task, train: Sequence[Video], classes: Sequence[str]) -> list[str]:
    counts = Counter(label for video in train for label in labels_of(task, video))
    what = 'videos' if task == 'clips' else 'segments'
    warnings = []
    for name in classes:
        if not counts[name]:
            warnings.append(f'{name!r} occurs in no video to learn from, and cannot be learned.')
        elif counts[name] < FEW_EXAMPLES:
            warnings.append(f'{name!r} has {counts[name]} {what} to learn from, fewer than {FEW_EXAMPLES}.')
    return warnings


def _check(study: Study, path: Path) -> None:
    if study.task == 'clips':
        several = [video.name for video in study.videos if video_label(video) is None]
        if several:
            raise ValueError(
                f'{len(several)} videos do not have exactly one label for their whole length, the first one '
                f'{several[0]}; the task clips needs it. Take --task frames or --task events, or correct the labels.'
            )
    if len(study.classes) < 2 and study.task != 'events':
        raise ValueError(
            f'{path} has one class, {", ".join(study.classes)!r}, for all of the time: there is nothing to tell it '
            'from. Annotate a second class, or videos with times at which it does not occur.'
        )
    if study.task == 'clips':
        return
    points = sum(segment.end_sec <= segment.start_sec for video in study.videos for segment in video.segments)
    total = sum(len(video.segments) for video in study.videos)
    if points == total:
        raise ValueError(
            f'None of the {total} segments of {path} has a length, and no moment can be learned from points. Annotate '
            'states with start and end; in BORIS, as state events.'
        )


def default_step_sec(videos: Sequence[Video]) -> float:
    """Seconds from one step of the features to the next: two dozen to the median segment, in [0.125, 1]."""
    lengths = []
    for video in videos:
        lengths += [_length(segment) for segment in video.segments if _length(segment) > 0] or [span_of(video)]
    return float(np.clip(np.median(lengths) / 24, 0.125, 1.0))
