"""Scan the packets of a video before anything is decoded: number of frames, times, keyframes and signs of damage."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from mmaction.video.source import Source

__all__ = ['Scan', 'forget', 'recall', 'remember', 'scan_packets']

Times = npt.NDArray[np.int64]

# Containers whose index other decoders use correctly, and containers without an index (or raw streams).
_INDEXED = ('mov,mp4,m4a,3gp,3g2,mj2', 'matroska,webm')
# Codecs in which a frame without reference is known from its header: H.264 (nal_ref_idc), MPEG-2 and 4 (B-frames). HEVC
# is none of them: a frame that its own sub-layer does not refer to may serve a higher one.
_SKIPPABLE = ('h264', 'mpeg2video', 'mpeg4')
_STREAMED = ('mpegts', 'mpeg', 'mpegvideo', 'h264', 'hevc', 'm4v', 'obu', 'ivf', 'mjpeg', 'hls', 'dash')


@dataclass(frozen=True, eq=False)
class Scan:
    """The frames of a video stream, as its packets announce them.

    Attributes:
        num_frames: frames that decode; 0 until they are counted by decoding.
        avg_fps: average frames per second, 0 where unknown.
        time_base: seconds per unit of ``pts``.
        pts: (num_frames,) presentation times, ascending; None where frames cannot be addressed by time.
        keys: indices of the keyframes, ascending, the first of them 0.
        doubt: reason why packets do not stand for frames; empty where they do.
        open_gop: frames that follow a keyframe in the file are shown before it, so they need the frames before it.
        indexed: the container is MP4 or Matroska, in which decoders other than PyAV seek correctly, too.
        interlaced: frames consist of two fields.
        skippable: packets tell whether other frames are predicted from theirs, so that the decoder may skip those from
            which none is.
    """

    num_frames: int
    avg_fps: float
    time_base: float
    pts: Times | None
    keys: Times
    doubt: str = ''
    open_gop: bool = False
    indexed: bool = False
    interlaced: bool = False
    skippable: bool = False

    def start_times(self) -> npt.NDArray[np.float64]:
        """When each frame starts, and when the last one ends, in seconds from the first: (num_frames + 1,)."""
        frame_sec = 1 / (self.avg_fps or 1.0)
        if self.pts is None:
            return np.arange(self.num_frames + 1, dtype=np.float64) * frame_sec
        starts = (self.pts - self.pts[0]) * self.time_base
        return np.append(starts, starts[-1] + frame_sec).astype(np.float64)


def scan_packets(container: Any, stream: Any) -> Scan:
    """Read every packet of a video stream once, without decoding.

    The number in the header cannot be relied on: cut files keep that of the whole file. Reading packets costs about
    as much as copying the file.

    Args:
        container: an ``av`` input container at its start; is at its end afterwards.
        stream: its video stream.
    """
    codec = stream.codec_context
    name = container.format.name
    damage = _damage_check(codec)
    is_hidden = _is_hidden_vp8 if codec.name in ('vp8', 'libvpx') else None
    pts: list[int] = []
    key_pts: list[int] = []
    total = 0
    doubts: list[str] = []  # only the first one is kept; later checks go on for the sake of the counts
    open_gop = False
    for packet in _packets(container, stream):
        if not packet.size:
            continue
        total += 1
        if total == 1 and not packet.is_keyframe:
            doubts.append('it starts between keyframes')
        if packet.is_corrupt:
            doubts.append('a packet is corrupt')
        if damage is not None and not doubts:
            reason = damage(packet)
            if reason:
                doubts.append(reason)
        if packet.is_discard or (is_hidden is not None and is_hidden(packet)):
            continue
        if packet.pts is None:
            doubts.append('packets carry no presentation time')
            continue
        pts.append(packet.pts)
        if packet.is_keyframe:
            key_pts.append(packet.pts)
        elif key_pts and packet.pts < key_pts[-1]:
            open_gop = True
    times = np.unique(np.asarray(pts, np.int64))
    if stream.frames > total:
        doubts.append(f'its header counts {stream.frames} frames, there are {total}')
    if name in _STREAMED:
        doubts.append('its container has no index of frames')
    if name == 'avi' and codec.has_b_frames:
        doubts.append('AVI does not store the order of B-frames')
    if len(times) < len(pts):
        doubts.append('presentation times repeat')
    if not len(times):
        doubts.append('there are no packets')
    interlaced = int(getattr(codec, 'field_order', 0) or 0) > 1  # 0 unknown, 1 progressive
    fps = _average_fps(stream, times)
    time_base = float(stream.time_base or 0)
    if doubts:
        return Scan(0, fps, time_base, None, np.empty(0, np.int64), doubts[0], interlaced=interlaced)
    # The first frame counts as a keyframe: decoding starts there anyway, even where its packet is not marked.
    keys = np.searchsorted(times, np.unique(np.asarray([times[0], *key_pts], np.int64)))
    indexed = name in _INDEXED
    skippable = codec.name in _SKIPPABLE and not interlaced
    return Scan(len(times), fps, time_base, times, keys, '', open_gop, indexed, interlaced, skippable)


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets up to the first reading error: no decoder can reach what follows it."""
    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.FFmpegError):
            return


def _average_fps(stream: Any, pts: Times) -> float:
    rate = stream.average_rate or stream.guessed_rate
    if rate:
        return float(rate)
    if len(pts) < 2 or not stream.time_base:
        return 0.0
    span_sec = float((pts[-1] - pts[0]) * stream.time_base)
    return (len(pts) - 1) / span_sec


def _damage_check(codec: Any) -> Callable[[Any], str] | None:
    """The check of a codec's packets: packet -> reason for doubt, or ''. None where the codec has no check."""
    extra = bytes(codec.extradata or b'')
    # Byte 4 of avcC and byte 21 of hvcC (ISO/IEC 14496-15) hold the size of the unit lengths, minus one.
    if codec.name == 'h264' and len(extra) > 6 and extra[0] == 1:
        return _LengthCheck((extra[4] & 3) + 1)
    if codec.name == 'hevc' and len(extra) > 22 and extra[0] == 1:
        return _LengthCheck((extra[21] & 3) + 1)
    if codec.name == 'mpeg4':
        return _check_mpeg4
    return None


def _check_mpeg4(packet: Any) -> str:
    # A packet of a few bytes stands for a frame that came in the packet before ("packed bitstream") or was dropped.
    if packet.size <= 8:
        return 'it has packed B-frames or dropped frames'
    return ''


class _LengthCheck:
    """Check of H.264 and HEVC in MP4 and Matroska: units follow their lengths, and fill the packet exactly."""

    def __init__(self, length_bytes: int) -> None:
        self.length_bytes = length_bytes

    def __call__(self, packet: Any) -> str:
        data = memoryview(packet)
        end = len(data)
        step = self.length_bytes
        position = 0
        while position + step <= end:
            position += step + int.from_bytes(data[position : position + step], 'big')
        if position == end:
            return ''
        return 'a packet is corrupt'


def _is_hidden_vp8(packet: Any) -> bool:
    """True if a VP8 packet is a reference frame that is never shown (RFC 6386, 9.1: show_frame)."""
    return not (memoryview(packet)[0] >> 4) & 1


# Scans of this process, least recently added first. Epochs open the same files again and again.
_REMEMBERED: OrderedDict[tuple[str, int, int], Scan] = OrderedDict()
_MAX_SCANS = 4096
_MAX_FRAMES = 4_000_000  # 32 MB of presentation times


def recall(source: Source) -> Scan | None:
    """The scan of an unchanged file that this process has seen before."""
    identity = source.identity()
    if identity is None:
        return None
    return _REMEMBERED.get(identity)


def remember(source: Source, scan: Scan) -> None:
    """Keep a scan for the next epoch; the oldest are dropped first."""
    identity = source.identity()
    if identity is None:
        return
    _REMEMBERED[identity] = scan
    while len(_REMEMBERED) > _MAX_SCANS or sum(map(_num_times, _REMEMBERED.values())) > _MAX_FRAMES:
        _REMEMBERED.popitem(last=False)


def forget() -> None:
    """Drop all scans, so that files are scanned again."""
    _REMEMBERED.clear()


def _num_times(scan: Scan) -> int:
    return 0 if scan.pts is None else len(scan.pts)
