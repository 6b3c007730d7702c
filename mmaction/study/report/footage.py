"""Footage in a report: thumbnails inside the page, links to the videos, and short clips beside it."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np

from mmaction.study.report.markup import Html, join, tag
from mmaction.video import VideoDecodeError, open_video
from mmaction.video.cut import cut_video, resize_short_side
from mmaction.video.writer import available_encoding

__all__ = ['Footage', 'plays_in_browsers']

_CONTAINERS = ('.mp4', '.m4v', '.mov', '.webm')
_CODECS = ('h264', 'vp8', 'vp9', 'av1')
_THUMBNAIL = 84  # pixels of the shorter side
_QUALITY = 70  # of JPEG
_CLIP_SIDE = 240  # pixels of the shorter side of a clip
_CLIP_SEC = 20.0  # longest clip


def plays_in_browsers(path: str | os.PathLike[str]) -> bool:
    """True for a container and codec that all of today's browsers play."""
    import av  # loads FFmpeg

    if Path(path).suffix.lower() not in _CONTAINERS:
        return False
    try:
        with av.open(os.fspath(path)) as container:
            # A decoder may be named after its library.
            names = [stream.codec_context.codec.canonical_name for stream in container.streams.video]
    except (OSError, av.error.FFmpegError):
        return False
    return bool(names) and names[0] in _CODECS


@dataclass
class Footage:
    """Makes links and thumbnails, and counts the bytes of the latter.

    Args:
        page: file of the report; links are relative to it.
        max_bytes: limit of all thumbnails.
        clips: folder for clips of segments; None writes none.
    """

    page: Path
    max_bytes: int = 2 << 20
    clips: Path | None = None
    used_bytes: int = 0
    _playable: dict[str, bool] = field(default_factory=dict)

    def link(self, path: str) -> str:
        """Relative URL of a video; empty where there is no file, or browsers cannot play it."""
        if not path:
            return ''
        if path not in self._playable:
            self._playable[path] = plays_in_browsers(path)
        return self._url(Path(path)) if self._playable[path] else ''

    def _url(self, path: Path) -> str:
        target, base = path.absolute(), self.page.absolute().parent
        try:
            return quote(Path(os.path.relpath(target, base)).as_posix())
        except ValueError:  # on another drive of Windows
            return target.as_uri()

    def segment_link(self, path: str, start_sec: float, end_sec: float) -> str:
        """URL that plays a segment: of a clip if these are requested, else of the video with the times.

        Empty where there is neither.
        """
        if self.clips is not None and path:
            return self._clip(path, start_sec, end_sec)
        url = self.link(path)
        return f'{url}#t={start_sec:.2f},{end_sec:.2f}' if url else ''

    def _clip(self, path: str, start_sec: float, end_sec: float) -> str:
        assert self.clips is not None
        # FFmpeg may lack the encoder of H.264, whose replacement in mp4 browsers cannot play.
        suffix = '.mp4' if available_encoding('.mp4').codec == 'libx264' else '.webm'
        end = min(end_sec, start_sec + _CLIP_SEC)
        target = self.clips / f'{Path(path).stem}-{start_sec:.2f}-{end:.2f}{suffix}'
        try:
            cut_video(path, target, start_sec, end, short_side=_CLIP_SIDE)
        except (ValueError, VideoDecodeError):  # no frame decodes there
            return ''
        return self._url(target)

    def strip(self, path: str, start_sec: float, end_sec: float, text: str) -> Html:
        """Three frames of a segment: at its start, in the middle and at its end; none after the limit of bytes.

        Args:
            path: video; empty for none.
            start_sec, end_sec: segment.
            text: description for those who do not see them.
        """
        if not path or self.used_bytes >= self.max_bytes:
            return Html('')
        times = np.linspace(start_sec, end_sec, 7)[[1, 3, 5]]
        images = []
        for number, data in enumerate(_jpegs(path, times)):
            if self.used_bytes + len(data) > self.max_bytes:
                break
            self.used_bytes += len(data)
            # One description is enough for three images.
            images.append(tag('img', src=f'data:image/jpeg;base64,{data}', alt='' if number else text))
        return join(images)


def _jpegs(path: str, times: Sequence[float] | np.ndarray) -> list[str]:
    """Frames at times in seconds as JPEG in base 64; none where the video does not decode."""
    try:
        with open_video(path) as reader:
            last = reader.num_frames - 1
            indices = np.clip(np.round(np.asarray(times) * (reader.avg_fps or 1.0)), 0, last).astype(int)
            frames = reader.get_frames(np.unique(indices))
    except (OSError, ValueError, VideoDecodeError):
        return []
    data = []
    for frame in frames:
        small = cv2.cvtColor(resize_short_side(frame, _THUMBNAIL), cv2.COLOR_RGB2BGR)
        _, encoded = cv2.imencode('.jpg', small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        data.append(base64.b64encode(encoded.tobytes()).decode('ascii'))
    return data
