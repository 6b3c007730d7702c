"""Video files of a project: found by the names in the annotation file, and opened once for their frame rate."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from mmaction.annotations.base import video_key
from mmaction.annotations.findings import Findings
from mmaction.annotations.record import Project, Video

if TYPE_CHECKING:
    import numpy as np

__all__ = ['Media', 'MediaFacts']


@dataclass(frozen=True)
class MediaFacts:
    """Facts of a video file.

    Attributes:
        fps: frames per second.
        num_frames: number of frames that decode.
        size: (width, height) in pixels, upright.
        starts: when frames start, of a video whose frame rate varies; see :func:`uneven_starts`.
    """

    fps: float
    num_frames: int
    size: tuple[int, int]
    starts: np.ndarray | None = None


@dataclass
class Media:
    """The videos below a folder.

    Args:
        folder: where the videos lie; None takes the paths in the annotation file as they are.
        fps: frames per second of all videos, in place of what their files state.
    """

    folder: Path | None = None
    fps: float | None = None
    _facts: dict[Path, MediaFacts] = field(default_factory=dict)

    @cached_property
    def _files(self) -> dict[str, list[Path]]:
        """Files by name, by name in lower case without suffix, and by path relative to the folder."""
        found: dict[str, list[Path]] = {}
        if self.folder is None:
            return found
        if not self.folder.is_dir():
            raise FileNotFoundError(f'There is no folder of videos {self.folder} (absolute: {self.folder.absolute()}).')
        for file in sorted(self.folder.rglob('*')):
            if file.is_file():
                for key in {file.relative_to(self.folder).as_posix(), file.name, file.stem.lower()}:
                    found.setdefault(key, []).append(file)
        return found

    def candidates(self, name: str) -> list[Path]:
        """The files that a name may stand for: by path, by name and, last, by name without suffix."""
        if self.folder is None:
            return [Path(name)] if Path(name).is_file() else []
        path = name.replace('\\', '/')
        if urlparse(path).scheme in ('file', 'http', 'https'):
            path = unquote(urlparse(path).path)
        for key in (path, video_key(path), Path(video_key(path)).stem.lower()):
            # A prefix of folders may be that of another computer.
            if key in self._files:
                return self._files[key]
        return []

    def find(self, name: str) -> Path | None:
        """The file of a video; None without exactly one."""
        found = self.candidates(name)
        return found[0] if len(found) == 1 else None

    def facts(self, path: Path) -> MediaFacts:
        """Open a video, once.

        Raises:
            VideoDecodeError: no frame of it decodes.
        """
        # Reading annotations needs no decoder.
        from mmaction.video import open_video
        from mmaction.video.times import uneven_starts

        if path not in self._facts:
            with open_video(path) as reader:
                height, width = reader.size
                starts = uneven_starts(reader)
                self._facts[path] = MediaFacts(reader.avg_fps, reader.num_frames, (width, height), starts)
        return self._facts[path]

    def fps_of(self, name: str) -> float | None:
        """Frames per second of a video; None where it is not found."""
        if self.fps:
            return self.fps
        path = self.find(name)
        return self.facts(path).fps if path else None

    def attach(self, project: Project, findings: Findings) -> Project:
        """Fill in the path of each video, and its facts; a video that is not found is left out, with an error."""
        videos = [self._attach(video, findings) for video in project.videos]
        return replace(project, videos=tuple(video for video in videos if video))

    def _attach(self, video: Video, findings: Findings) -> Video | None:
        found = self.candidates(video.name)
        where = f'video {video.name!r}'
        if not found:
            place = f'in {self.folder}' if self.folder else 'at this path'
            remedy = f'Add or rename the file.{self._similar(video.name)}'
            if self.folder is None:
                remedy = 'Give the folder of the videos with --videos.'
            findings.error(where, f'there is no such file {place}', remedy)
            return None
        if len(found) > 1:
            names = ', '.join(str(path) for path in found[:3])
            findings.error(where, f'{len(found)} files have this name ({names})', 'Rename all but one.')
            return None
        facts = self.facts(found[0])
        fps = self.fps or facts.fps
        return replace(
            video,
            path=os.path.abspath(found[0]),
            fps=fps,
            duration_sec=facts.num_frames / fps,
            num_frames=facts.num_frames,
            size=facts.size,
        )

    def _similar(self, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(video_key(name), self._files, n=1)
        return f' Is it {close[0]}?' if close else ''
