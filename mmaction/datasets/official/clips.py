"""Lists of clips of YouTube videos, as Kinetics and HVU release them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

_TIMES = ('youtube_id', 'time_start', 'time_end')


@dataclass(frozen=True)
class Clip:
    """Seconds [start_sec, end_sec) of a YouTube video, and the text of its label column."""

    youtube_id: str
    start_sec: int
    end_sec: int
    label: str = ''

    def name(self, trim_format: str = '%06d') -> str:
        """Make the name of its file, without suffix."""
        return f'{self.youtube_id}_{trim_format % self.start_sec}_{trim_format % self.end_sec}'

    @property
    def key(self) -> tuple[str, int, int]:
        """Identity of the clip."""
        return self.youtube_id, self.start_sec, self.end_sec

    @property
    def tags(self) -> tuple[str, ...]:
        """Labels that ``|`` separates."""
        return tuple(tag.strip() for tag in self.label.split('|') if tag.strip())


def read_clips(path: str, label_column: str, optional: bool = False) -> list[Clip]:
    """Read a csv file with the columns youtube_id, time_start, time_end and the labels.

    Args:
        path: the file.
        label_column: name of the column of the labels.
        optional: accept a file without labels, as those for testing are.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks a column, or a time is not a number; the message names the line.
    """
    needed = _TIMES if optional else (label_column, *_TIMES)
    with open(path, newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f'{path} lacks the columns {missing}; it has {reader.fieldnames}. Is it an official csv?')
        clips = []
        for row in reader:
            try:
                start, end = (int(float(row[name])) for name in ('time_start', 'time_end'))
            except (TypeError, ValueError):
                raise ValueError(
                    f'{path}, line {reader.line_num}: time_start ({row["time_start"]}) and time_end '
                    f'({row["time_end"]}) must be seconds.'
                ) from None
            clips.append(Clip(row['youtube_id'], start, end, (row.get(label_column) or '').strip()))
    return clips


def write_clips(clips: Iterable[Clip], path: str, label_column: str) -> None:
    """Write a csv file that :func:`read_clips` reads."""
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow([label_column, *_TIMES])
        writer.writerows([clip.label, clip.youtube_id, clip.start_sec, clip.end_sec] for clip in clips)


def key_of_name(stem: str) -> tuple[str, int, int] | None:
    """Parse the :attr:`Clip.key` in a file name, with any padding of the times; None if there is none."""
    match = re.fullmatch(r'(.+)_(\d+)_(\d+)', stem)
    if match is None:
        return None
    return match[1], int(match[2]), int(match[3])
