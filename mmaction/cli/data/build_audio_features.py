"""Log-mel spectrograms of audio files: ``python tools/data/build_audio_features.py AUDIO FEATURES --level 2``."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from mmaction.cli.args import check_at_least_one
from mmaction.cli.command import entry_points
from mmaction.cli.data._jobs import add_job_arguments, run_jobs
from mmaction.distributed.jobs import Job, complete_or_absent, find_jobs

if TYPE_CHECKING:
    from mmaction.datasets.transforms.audio import LogMel

HELP = 'Write log-mel spectrograms of audio files'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/build_audio_features.py``."""
    parser.description = 'Write the log-mel spectrograms of audio files, as .npy of (time, mel band)'
    parser.add_argument('audio_home_path', help='folder of the audio files')
    parser.add_argument('spectrogram_save_path', help='folder to write to, with the sub-folders of the audio files')
    parser.add_argument('--level', type=int, default=1, help='1: HOME/clip.m4a; 2: HOME/class/clip.m4a; ...')
    parser.add_argument('--ext', default='m4a', help='of the audio files; videos, such as mp4, work too')
    add_job_arguments(parser, num_workers=4)
    parser.add_argument('--window', type=int, default=512, help='samples per window, at 16 kHz')
    parser.add_argument('--hop', type=int, default=256, help='samples from one window to the next')
    parser.add_argument('--fft-size', type=int, default=1024, help='points of the Fourier transform')


def run(args: argparse.Namespace) -> None:
    """Compute the spectrograms of all files."""
    from mmaction.datasets.transforms.audio import LogMel

    check_at_least_one(args, 'level')
    settings = LogMel(window=args.window, hop=args.hop, fft_size=args.fft_size)
    jobs = find_jobs(args.audio_home_path, args.spectrogram_save_path, args.level, args.ext, '.npy')
    run_jobs(args, jobs, partial(_work, settings=settings), 'Building features')


def _work(job: Job, settings: LogMel) -> None:
    import numpy as np

    from mmaction.datasets.transforms.audio import decode_sound, log_mel

    feature = log_mel(decode_sound(job.source, settings.sample_rate), settings)
    with complete_or_absent(job.target) as unfinished:
        np.save(unfinished, feature)


parse_args, main = entry_points(__name__)
