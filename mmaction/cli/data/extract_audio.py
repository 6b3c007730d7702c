"""Take the sound out of videos: ``python tools/data/extract_audio.py VIDEOS SOUNDS --level 2 --ext mp4``."""

from __future__ import annotations

import argparse
import os

from mmaction.cli.command import entry_points
from mmaction.distributed.jobs import Job, complete_or_absent, do_jobs, find_jobs

_CODEC, _FORMAT, _BIT_RATE = 'aac', 'ipod', 128_000  # what .m4a holds


HELP = 'Take the sound out of videos, as .m4a'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/extract_audio.py``."""
    parser.add_argument('root', help='folder of the videos')
    parser.add_argument('dst_root', help='folder to write to, with the folders of the videos')
    parser.add_argument('--level', type=int, choices=[1, 2], default=2, help='1: ROOT/clip.mp4; 2: ROOT/class/clip.mp4')
    parser.add_argument('--ext', default='mp4', choices=['avi', 'mp4', 'webm'], help='of the videos')
    parser.add_argument('--num-workers', '--num-worker', type=int, default=8, help='processes')


def run(args: argparse.Namespace) -> None:
    """Extract."""
    jobs = find_jobs(args.root, args.dst_root, args.level, args.ext, '.m4a')
    do_jobs(jobs, _work, args.num_workers, 'Extracting sounds')


def _work(job: Job) -> None:
    extract_sound(job.source, job.target)


def extract_sound(video: str | os.PathLike, target: str | os.PathLike) -> None:
    """Write the first stream of sound of a video as ``.m4a``: AAC as it is, anything else encoded anew.

    Raises:
        NoSoundError: the video has no sound.
        VideoDecodeError: it cannot be read.
    """
    import av

    from mmaction.datasets.transforms.audio import NoSoundError
    from mmaction.video import VideoDecodeError

    video, target = os.fspath(video), os.fspath(target)
    try:
        with av.open(video) as source:
            if not source.streams.audio:
                raise NoSoundError(video, 'pyav', 'it has no stream of sound.')
            sound = source.streams.audio[0]
            copy = sound.codec_context.name == _CODEC
            with complete_or_absent(target) as unfinished, av.open(unfinished, 'w', format=_FORMAT) as out:
                (_copy if copy else _encode)(source, sound, out)
    except av.FFmpegError as error:
        raise VideoDecodeError(video, 'pyav', f'{error}') from error


def _copy(source, sound, out) -> None:
    stream = out.add_stream_from_template(sound)
    for packet in source.demux(sound):
        if packet.dts is not None:  # the last one is empty
            packet.stream = stream
            out.mux(packet)


def _encode(source, sound, out) -> None:
    stream = out.add_stream(_CODEC, rate=sound.rate, layout=sound.layout.name)
    stream.bit_rate = _BIT_RATE
    for frame in source.decode(sound):
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


parse_args, main = entry_points(__name__)
