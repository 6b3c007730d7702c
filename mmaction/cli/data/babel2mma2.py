"""BABEL's input of 2s-AGCN as an annotation file of ``PoseDataset``: ``python tools/data/skeleton/babel2mma2.py``.

BABEL (Punnakkal et al. 2021) comes as ``train_ntu_sk_120.npy``, skeletons of NTU's 25 joints (N, 3, T, 25, 1), and
``train_label_120.pkl``: names, and the label with three more numbers per sample.
"""

from __future__ import annotations

import argparse
import os.path as osp
from collections.abc import Sequence

import numpy as np

from mmaction.cli.command import entry_points
from mmaction.cli.files import write_pickle
from mmaction.utils.plain_pickle import load_plain_pickle

HELP = "Convert BABEL's features for PoseDataset"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``tools/data/skeleton/babel2mma2.py``."""
    parser.add_argument('--skeletons', default='train_ntu_sk_120.npy', help='(N, 3, T, 25, M)')
    parser.add_argument('--labels', default='train_label_120.pkl', help='names, (labels, three more numbers)')
    parser.add_argument('--out', default='babel120_train.pkl', help='pickle to write')


def run(args: argparse.Namespace) -> None:
    """Convert."""
    if not osp.isfile(args.skeletons):
        raise FileNotFoundError(f'There are no skeletons at {args.skeletons} (--skeletons).')
    samples = convert(np.load(args.skeletons, mmap_mode='r'), load_plain_pickle(args.labels))
    write_pickle(samples, args.out)
    print(f'Wrote {args.out}: {len(samples)} samples')


def convert(skeletons: np.ndarray, labels: Sequence) -> list[dict]:
    """Make the samples of an annotation file.

    Args:
        skeletons: (N, C, T, V, M)
        labels: names (N,), and four lists (N,): label, segment, chunk, and whether it belongs to a single frame.

    Raises:
        ValueError: the two have different lengths.
    """
    names, numbers = labels
    if skeletons.ndim != 5 or len(skeletons) != len(names) or len(numbers) != 4:
        raise ValueError(
            f'skeletons (N, C, T, V, M) of shape {skeletons.shape} do not match {len(names)} names and '
            f'{len(numbers)} lists of labels; N names and 4 lists are expected.'
        )
    samples = []
    for skeleton, name, label, *others in zip(skeletons, names, *numbers):
        # np.array reads the values into memory; astype would keep the class of memory-mapped arrays.
        keypoint = np.array(skeleton.transpose(3, 1, 2, 0), dtype=np.float16)  # (C, T, V, M) -> (M, T, V, C)
        samples.append(
            dict(
                frame_dir='_'.join(map(str, (name, *others))),
                label=int(label),
                total_frames=skeleton.shape[1],
                keypoint=keypoint,
            )
        )
    return samples


parse_args, main = entry_points(__name__)
