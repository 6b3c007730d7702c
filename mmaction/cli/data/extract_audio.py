"""Audio tracks of videos: ``python tools/data/extract_audio.py VIDEOS AUDIO --level 2 --ext mp4``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Final

from mmaction.cli.command import entry_points
from mmaction.cli.data._jobs import add_job_arguments, run_jobs
from mmaction.distributed.jobs import Job, complete_or_absent, find_jobs

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer

HELP = 'Write the audio tracks of videos, as .m4a'

# Codec and container of .m4a, as FFmpeg names them.
_CODEC: Final = 'aac'
_FORMAT = 'ipod'
_BIT_RATE = 128_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/extract_audio.py``."""
    parser.add_argument('root', help='folder of the videos')
    parser.add_argument('dst_root', help='folder to write to, with the sub-folders of the videos')
    parser.add_argument('--level', type=int, choices=[1, 2], default=2, help='1: ROOT/clip.mp4; 2: ROOT/class/clip.mp4')
    parser.add_argument('--ext', default='mp4', choices=['avi', 'mp4', 'webm'], help='of the videos')
    add_job_arguments(parser)


def run(args: argparse.Namespace) -> None:
    """Extract the audio of all videos."""
    jobs = find_jobs(args.root, args.dst_root, args.level, args.ext, '.m4a')
    run_jobs(args, jobs, _work, 'Extracting audio')


def _work(job: Job) -> None:
    extract_sound(job.source, job.target)


def extract_sound(video: str | os.PathLike, target: str | os.PathLike) -> None:
    """Write the first audio track of a video as ``.m4a``: AAC is copied, other codecs are encoded again.

    Raises:
        NoSoundError: the video has no audio.
        VideoDecodeError: the video is unreadable.
    """
    import av

    from mmaction.datasets.transforms.audio import NoSoundError
    from mmaction.video import VideoDecodeError

    video = os.fspath(video)
    try:
        with av.open(video) as source:
            if not source.streams.audio:
                raise NoSoundError(video, 'pyav', 'it has no audio track.')
            track = source.streams.audio[0]
            write = _copy if track.codec_context.name == _CODEC else _encode
            with complete_or_absent(os.fspath(target)) as unfinished, av.open(unfinished, 'w', format=_FORMAT) as out:
                write(source, track, out)
    except av.FFmpegError as error:
        raise VideoDecodeError(video, 'pyav', f'{error}') from error


def _copy(source: InputContainer, track: AudioStream, out: OutputContainer) -> None:
    stream = out.add_stream_from_template(track)
    for packet in source.demux(track):
        if packet.dts is not None:  # the last packet is empty: it flushes decoders
            packet.stream = stream
            out.mux(packet)


def _encode(source: InputContainer, track: AudioStream, out: OutputContainer) -> None:
    stream = out.add_stream(_CODEC, rate=track.rate, layout=track.layout.name)
    stream.bit_rate = _BIT_RATE
    for frame in source.decode(track):
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


parse_args, main = entry_points(__name__)
