"""The clips that HVU's csv files list."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

_COLUMNS = ('Tags', 'youtube_id', 'time_start', 'time_end')


@dataclass(frozen=True)
class Clip:
    """Seconds [start_sec, end_sec) of a YouTube video, and its tags."""

    youtube_id: str
    start_sec: int
    end_sec: int
    tags: tuple[str, ...]

    def name(self, trim_format: str = '%06d') -> str:
        """Make the name of its file, without suffix."""
        return f'{self.youtube_id}_{trim_format % self.start_sec}_{trim_format % self.end_sec}'

    @property
    def key(self) -> tuple[str, int, int]:
        """Identity of the clip."""
        return self.youtube_id, self.start_sec, self.end_sec


def read_clips(path: str) -> list[Clip]:
    """Read a csv file with the columns Tags (separated by ``|``), youtube_id, time_start and time_end.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks a column, or a time is not a number; the message names the line.
    """
    with open(path, newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f'{path} lacks the columns {missing}; it has {reader.fieldnames}. Is it a csv of HVU?')
        clips = []
        for row in reader:
            try:
                start, end = (int(float(row[name])) for name in ('time_start', 'time_end'))
            except (TypeError, ValueError):
                raise ValueError(
                    f'{path}, line {reader.line_num}: time_start ({row["time_start"]}) and time_end '
                    f'({row["time_end"]}) must be seconds.'
                ) from None
            tags = tuple(tag.strip() for tag in row['Tags'].split('|') if tag.strip())
            clips.append(Clip(row['youtube_id'], start, end, tags))
    return clips


def key_of_name(stem: str) -> tuple[str, int, int] | None:
    """Parse the :attr:`Clip.key` in a file name, with any padding of the times; None if there is none."""
    match = re.fullmatch(r'(.+)_(\d+)_(\d+)', stem)
    if match is None:
        return None
    return match[1], int(match[2]), int(match[3])
