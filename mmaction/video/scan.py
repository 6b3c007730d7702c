"""What the packets of a video tell before anything is decoded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmaction.video.source import Source

__all__ = ['Scan', 'forget', 'recall', 'remember', 'scan_packets']


_INDEXED = ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm')
_STREAMED = ('mpegts', 'mpeg', 'mpegvideo', 'h264', 'hevc', 'm4v', 'obu', 'ivf', 'mjpeg', 'hls', 'dash')


@dataclass(frozen=True, eq=False)
class Scan:
    """The frames of a video stream.

    Args:
        num_frames: frames that decode; None until they are counted by decoding.
        avg_fps: frames a second, 0 where unknown.
        time_base: seconds a unit of ``pts``.
        pts: (num_frames,) presentation times, ascending; None where frames cannot be addressed by time.
        keys: indices of the frames that decoding can start at, ascending, the first of them 0.
        doubt: why packets cannot be taken for frames; empty where they can.
        open_gop: frames after a key frame in the file are shown before it, so they need the frames before it.
        indexed: the container is MP4 or Matroska, where other decoders than PyAV find a frame again, too.
        interlaced: frames are of two fields.
    """

    num_frames: int | None
    avg_fps: float
    time_base: float
    pts: np.ndarray | None
    keys: np.ndarray
    doubt: str = ''
    open_gop: bool = False
    indexed: bool = False
    interlaced: bool = False


def scan_packets(container: Any, stream: Any) -> Scan:
    """Read every packet of a video stream once, without decoding.

    Args:
        container: an ``av`` input container at its start; is at its end afterwards.
        stream: its video stream.
    """
    codec = stream.codec_context
    check = _damage_check(codec)
    hidden = _is_hidden_vp8 if codec.name in ('vp8', 'libvpx') else None
    pts: list[int] = []
    key_pts: list[int] = []
    total = 0
    doubt = ''
    open_gop = False
    for packet in _packets(container, stream):
        if not packet.size:
            continue
        total += 1
        if total == 1 and not packet.is_keyframe:
            doubt = doubt or 'it starts between key frames'
        if packet.is_corrupt:
            doubt = doubt or 'a packet is damaged'
        if check is not None and not doubt:
            doubt = check(packet)
        if packet.is_discard or (hidden is not None and hidden(packet)):
            continue
        if packet.pts is None:
            doubt = doubt or 'packets carry no presentation time'
            continue
        pts.append(packet.pts)
        if packet.is_keyframe:
            key_pts.append(packet.pts)
        elif key_pts and packet.pts < key_pts[-1]:
            open_gop = True
    if stream.frames > total:
        doubt = doubt or f'its header counts {stream.frames} frames, there are {total}'
    name = container.format.name
    if name in _STREAMED:
        doubt = doubt or 'its container has no index of frames'
    if name == 'avi' and codec.has_b_frames:
        doubt = doubt or 'AVI does not tell the order of B-frames'
    times = np.unique(np.asarray(pts, np.int64))
    if len(times) < len(pts):
        doubt = doubt or 'presentation times repeat'
    if not len(times):
        doubt = doubt or 'there are no packets'
    interlaced = int(getattr(codec, 'field_order', 0) or 0) > 1  # 0 unknown, 1 progressive
    rate, base = _rate(stream, times), float(stream.time_base or 0)
    if doubt:
        return Scan(None, rate, base, None, np.empty(0, np.int64), doubt, interlaced=interlaced)
    keys = np.searchsorted(times, np.unique(np.asarray([times[0], *key_pts], np.int64)))
    return Scan(len(times), rate, base, times, keys, open_gop=open_gop, indexed=name in _INDEXED, interlaced=interlaced)


def _packets(container: Any, stream: Any) -> Any:
    """Packets up to the first reading error: what follows cannot be reached by any decoder."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.FFmpegError):
            return


def _rate(stream: Any, pts: np.ndarray) -> float:
    rate = stream.average_rate or stream.guessed_rate
    if rate:
        return float(rate)
    span = float((pts[-1] - pts[0]) * stream.time_base) if len(pts) > 1 and stream.time_base else 0.0
    return (len(pts) - 1) / span if span else 0.0


def _damage_check(codec: Any) -> Any:
    """The check of a codec's packets: packet -> what is wrong, or ''. None where there is none."""
    extra = bytes(codec.extradata or b'')
    if codec.name == 'h264' and len(extra) > 6 and extra[0] == 1:
        return _LengthCheck((extra[4] & 3) + 1)
    if codec.name == 'hevc' and len(extra) > 22 and extra[0] == 1:
        return _LengthCheck((extra[21] & 3) + 1)
    if codec.name == 'mpeg4':
        return lambda packet: 'it has packed B-frames or dropped frames' if packet.size <= 8 else ''
    return None


class _LengthCheck:
    """H.264 and HEVC in MP4 and Matroska: each unit follows its length, and they fill the packet exactly."""

    def __init__(self, length_bytes: int) -> None:
        self.length_bytes = length_bytes

    def __call__(self, packet: Any) -> str:
        data, position, step = memoryview(packet), 0, self.length_bytes
        end = len(data)
        while position + step <= end:
            position += step + int.from_bytes(data[position : position + step], 'big')
        return '' if position == end else 'a packet is damaged'


def _is_hidden_vp8(packet: Any) -> bool:
    """VP8 stores frames that are only referred to as packets of their own (RFC 6386, 9.1: show_frame)."""
    return not (memoryview(packet)[0] >> 4) & 1


_REMEMBERED: OrderedDict[tuple, Scan] = OrderedDict()
_MOST_SCANS = 4096
_MOST_FRAMES = 4_000_000  # 32 MB of presentation times in a process


def recall(source: Source) -> Scan | None:
    """The scan of an unchanged file that this process has seen before."""
    identity = source.identity()
    return None if identity is None else _REMEMBERED.get(identity)


def remember(source: Source, scan: Scan) -> None:
    """Keep a scan for the next epoch; the oldest go first."""
    identity = source.identity()
    if identity is None:
        return
    _REMEMBERED[identity] = scan
    while len(_REMEMBERED) > _MOST_SCANS or sum(map(_weight, _REMEMBERED.values())) > _MOST_FRAMES:
        _REMEMBERED.popitem(last=False)


def forget() -> None:
    """Drop all scans, so that files are scanned again."""
    _REMEMBERED.clear()


def _weight(scan: Scan) -> int:
    return 0 if scan.pts is None else len(scan.pts)
