"""Data sets of spatio-temporal detection from people's own annotation: files in AVA's format, and a config."""

from __future__ import annotations

import csv
import os.path as osp
import pickle
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from mmaction.annotations.ava import write_label_map
from mmaction.annotations.media import Media, MediaFacts
from mmaction.datasets.preparation.box_actions import NO_ACTION, BoxAction, on_even_frames, to_relative
from mmaction.datasets.preparation.box_csv import BoxSheet, read_box_csv
from mmaction.datasets.preparation.box_key_frames import KeyFrame, key_frames
from mmaction.datasets.preparation.box_tracks import read_box_tracks
from mmaction.datasets.preparation.own_detection_config import Size, config_text
from mmaction.datasets.scan.clips import Clip
from mmaction.datasets.scan.groups import group_by, guess_groups
from mmaction.datasets.scan.splits import split_off
from mmaction.utils.ava_files import make_image_key
from mmaction.utils.check import at_least, pick, positive, shorten, within
from mmaction.utils.files import complete_or_absent

__all__ = ['Choices', 'Summary', 'prepare_detection', 'read_sheets']

Side = Literal['train', 'val']


@dataclass(frozen=True)
class Choices:
    """Choices of :func:`prepare_detection`.

    Args:
        step_sec: time from one key frame to the next.
        val_ratio: part of the videos to validate on.
        val_videos: names of those to validate on, in place of ``val_ratio``.
        group_by: regular expression that finds the group of a video in its path, which stays together; None: by
            well-known names.
        seed: of the split.
        classes: class names, in the order of their labels; persons who do something else get no class. None: all,
            sorted.
        size: of the model of the config.
    """

    step_sec: float = 0.5
    val_ratio: float = 0.2
    val_videos: Sequence[str] | None = None
    group_by: str | None = None
    seed: int = 0
    classes: Sequence[str] | None = None
    size: Size = 'r50'


@dataclass
class Summary:
    """Contents of a data set.

    Args:
        config: path of the config.
        classes: class names, by label from 1.
        videos: number of videos, by side of the split.
        frames: number of key frames, without excluded ones.
        excluded: number of excluded key frames.
        persons: number of persons with a class, by side and class name.
    """

    config: str
    classes: list[str]
    videos: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    persons: dict[str, Counter[str]] = field(default_factory=lambda: {side: Counter() for side in get_args(Side)})


def read_sheets(
    paths: Iterable[str], media: Media, unit: str | None, max_gap_sec: float, attribute: str
) -> list[BoxSheet]:
    """Read annotation files: tables by their suffix (csv, tsv, txt), all others as files of annotation tools.

    Args:
        paths: the files.
        media: the videos.
        unit: of the boxes of tables, see :func:`read_box_csv`.
        max_gap_sec: see there.
        attribute: see :func:`read_box_tracks`.
    """
    at_least(0, max_gap_sec, 'max_gap')
    sheets = []
    for path in paths:
        if path.lower().endswith(('.csv', '.tsv', '.txt')):
            sheets.append(read_box_csv(path, unit, max_gap_sec))
        else:
            sheets.append(BoxSheet(read_box_tracks(path, media, attribute), 'relative', counts_frames=True))
    return sheets


def prepare_detection(sheets: Iterable[BoxSheet], media: Media, out_dir: str, choices: Choices = Choices()) -> Summary:
    """Write the files that a detector is trained on, for plain video files.

    They are ``train.csv`` and ``val.csv``, whose timestamps are numbers of frames, ``label_map.pbtxt``,
    ``proposals_{train,val}.pkl`` (the annotated boxes, also of persons without a class),
    ``{train,val}_excluded_timestamps.csv`` (frames with a person whose action is not annotated) and ``config.py``.

    Args:
        sheets: annotation.
        media: the videos, in a folder.
        out_dir: folder to write to.
        choices: see there.

    Returns:
        The contents.

    Raises:
        FileNotFoundError: a video does not exist.
        ValueError: the annotation contradicts itself or a video; the message names file and row.
    """
    positive(choices.step_sec, 'step')
    within(0.01, 0.9, choices.val_ratio, 'val_ratio')
    pick(get_args(Size), choices.size, 'model')
    by_video, facts = _read_videos(sheets, media)
    classes = _choose_classes(by_video, choices.classes)
    frames = {
        video: key_frames(_among(actions, classes), facts[video], choices.step_sec)
        for video, actions in by_video.items()
    }
    frames = {video: found for video, found in frames.items() if found}
    if not frames:
        raise ValueError(f'No row has one of the classes {classes}.')
    chosen = _choose_validation(frames, choices)
    summary = Summary(osp.join(out_dir, 'config.py'), list(classes))
    sides: dict[Side, list[str]] = {
        'train': [video for video in frames if video not in chosen],
        'val': [video for video in frames if video in chosen],
    }
    for side, videos in sides.items():
        _write_side(side, {video: frames[video] for video in videos}, classes, out_dir, summary)
    write_label_map(Path(out_dir, 'label_map.pbtxt'), classes)
    fps = float(np.median([facts[video].fps for video in frames]))
    with complete_or_absent(summary.config) as unfinished, open(unfinished, 'w', encoding='utf-8') as file:
        file.write(config_text(choices.size, osp.abspath(media.folder or '.'), osp.abspath(out_dir), classes, fps))
    return summary


def _read_videos(sheets: Iterable[BoxSheet], media: Media) -> tuple[dict[str, list[BoxAction]], dict[str, MediaFacts]]:
    """Actions with relative boxes, and facts, by path of the video below the folder."""
    names: dict[str, str] = {}
    facts: dict[str, MediaFacts] = {}
    by_video: dict[str, list[BoxAction]] = defaultdict(list)
    for sheet in sheets:
        for action in sheet.actions:
            if action.video not in names:
                path = _find_video(action, media)
                name = names[action.video] = path.relative_to(media.folder or '.').as_posix()
                facts[name] = media.facts(path)
                if not facts[name].fps > 0:
                    raise ValueError(f'{path} has no frame rate, which the times need. Encode it again.')
            name = names[action.video]
            action = to_relative(action, facts[name], sheet.unit == 'pixels')
            by_video[name].append(action if sheet.counts_frames else on_even_frames(action, facts[name]))
    return dict(by_video), facts


def _find_video(action: BoxAction, media: Media) -> Path:
    found = media.candidates(action.video)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f'{action.where}: {len(found)} files below {media.folder} are called {action.video!r} '
            f'({shorten(found)}). Write the path below the folder, with its suffix.'
        )
    raise FileNotFoundError(
        f'{action.where}: there is no video {action.video!r} below {media.folder}. Correct the name, or give the '
        'folder of the videos with --videos.'
    )


def _choose_classes(by_video: Mapping[str, Sequence[BoxAction]], wanted: Sequence[str] | None) -> list[str]:
    found = {action.label for actions in by_video.values() for action in actions} - {'', NO_ACTION}
    if not found:
        raise ValueError('No row has a label. Fill in the column label (or the attribute of the tracks).')
    if wanted is None:
        return sorted(found)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ValueError(f'No row has the class {shorten(map(repr, missing))}. The annotation has {sorted(found)}.')
    return list(dict.fromkeys(wanted))


def _among(actions: Iterable[BoxAction], classes: Collection[str]) -> list[BoxAction]:
    """The actions, with those that are no class as :data:`NO_ACTION`."""
    known = {*classes, ''}
    return [action if action.label in known else replace(action, label=NO_ACTION) for action in actions]


def _choose_validation(frames: Mapping[str, Sequence[KeyFrame]], choices: Choices) -> set[str]:
    if choices.val_videos is None:
        return _split(frames, choices)
    stems = {osp.splitext(video)[0]: video for video in frames}
    chosen = set()
    for name in choices.val_videos:
        video = name if name in frames else stems.get(name)
        if video is None:
            raise ValueError(
                f'--val-videos names {name!r}, which has no annotated frame. The annotation has {shorten(frames)}.'
            )
        chosen.add(video)
    if not chosen or len(chosen) == len(frames):
        raise ValueError(
            f'--val-videos takes {len(chosen)} of {len(frames)} videos; both training and validation need one.'
        )
    return chosen


def _split(frames: Mapping[str, Sequence[KeyFrame]], choices: Choices) -> set[str]:
    """Choose validation videos by class and group; see :func:`split_off`."""
    group_of = guess_groups(list(frames))[0] if choices.group_by is None else group_by(choices.group_by)
    # One entry per person and label: the split then balances their numbers.
    clips = []
    for video, found in frames.items():
        labels = [label for frame in found for person in frame.persons for label in person.labels]
        clips += [Clip(video, label, group=group_of(video)) for label in labels]
    chosen = {clip.path for clip in split_off(clips, 'val', choices.val_ratio, choices.seed) if clip.split == 'val'}
    if not chosen:
        raise ValueError(
            f'No video can be split off for validation: each of {shorten(frames)} is, with its group, the only one of '
            'a class. Annotate more videos, cut them, or choose --val-videos.'
        )
    return chosen


def _write_side(
    side: Side, frames: Mapping[str, Sequence[KeyFrame]], classes: Sequence[str], out_dir: str, summary: Summary
) -> None:
    """Write annotation, exclusions and proposals of one side of the split, and count."""
    number = {name: label for label, name in enumerate(classes, 1)}
    rows: list[list] = []
    excluded = []
    proposals = {}
    for video, found in frames.items():
        for frame in found:
            timestamp = f'{frame.frame:04d}'
            if frame.excluded:
                excluded.append([video, timestamp])
            boxes = np.array([person.box for person in frame.persons])
            proposals[make_image_key(video, frame.frame)] = np.column_stack([boxes, np.ones(len(boxes))])
            for person in frame.persons:
                box = [f'{value:.4f}' for value in person.box]
                rows += [[video, timestamp, *box, number[label], person.entity_id] for label in person.labels]
                if not frame.excluded:
                    summary.persons[side].update(person.labels)
    summary.videos[side] = len(frames)
    summary.frames[side] = len(proposals) - len(excluded)
    summary.excluded[side] = len(excluded)
    _write_csv(rows, osp.join(out_dir, f'{side}.csv'))
    _write_csv(excluded, osp.join(out_dir, f'{side}_excluded_timestamps.csv'))
    with complete_or_absent(osp.join(out_dir, f'proposals_{side}.pkl')) as unfinished, open(unfinished, 'wb') as file:
        pickle.dump(proposals, file, protocol=4)


def _write_csv(rows: Iterable[Sequence[object]], path: str) -> None:
    with complete_or_absent(path) as unfinished, open(unfinished, 'w', newline='', encoding='utf-8') as file:
        csv.writer(file, lineterminator='\n').writerows(rows)
