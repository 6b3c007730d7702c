"""The clips that HVU's csv files list."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass

_COLUMNS = ('Tags', 'youtube_id', 'time_start', 'time_end')


@dataclass(frozen=True)
class Clip:
    """Seconds [start_sec, end_sec) of a video of YouTube, and its tags."""

    youtube_id: str
    start_sec: int
    end_sec: int
    tags: tuple[str, ...]

    def name(self, trim_format: str = '%06d') -> str:
        """Name of its file, without ending."""
        return f'{self.youtube_id}_{trim_format % self.start_sec}_{trim_format % self.end_sec}'

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from others."""
        return self.youtube_id, self.start_sec, self.end_sec


def read_clips(path: str) -> list[Clip]:
    """The clips of a csv file with the columns Tags (separated by ``|``), youtube_id, time_start and time_end.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it lacks a column, or a time is no number; the message has the line.
    """
    with open(path, newline='', encoding='utf-8') as file:
        reader = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f'{path} lacks the columns {missing}; it has {reader.fieldnames}. Is it a csv of HVU?')
        clips = []
        for row in reader:
            try:
                times = [int(float(row[name])) for name in ('time_start', 'time_end')]
            except (TypeError, ValueError):
                raise ValueError(
                    f'{path}, line {reader.line_num}: time_start ({row["time_start"]}) and time_end '
                    f'({row["time_end"]}) must be seconds.'
                ) from None
            tags = tuple(tag.strip() for tag in row['Tags'].split('|') if tag.strip())
            clips.append(Clip(row['youtube_id'], *times, tags))
    return clips


def key_of_name(stem: str) -> tuple[str, int, int] | None:
    """The :attr:`Clip.key` in the name of a file, however its times are padded; None where it has none."""
    match = re.fullmatch(r'(.+)_(\d+)_(\d+)', stem)
    return (match[1], int(match[2]), int(match[3])) if match else None
