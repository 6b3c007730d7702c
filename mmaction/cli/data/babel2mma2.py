"""Turn BABEL's input of 2s-AGCN into an annotation of ``PoseDataset``: ``python tools/data/skeleton/babel2mma2.py``.

BABEL (Punnakkal et al. 2021) gives ``train_ntu_sk_120.npy``, skeletons of NTU's 25 joints (N, 3, T, 25, 1), and
``train_label_120.pkl``: names, and the labels with three more numbers a sample.
"""

from __future__ import annotations

import argparse
import os.path as osp
import pickle
from collections.abc import Sequence

import numpy as np

from mmaction.cli.command import entry_points
from mmaction.distributed.jobs import complete_or_absent
from mmaction.utils.plain_pickle import load_plain_pickle

HELP = "BABEL's features to an annotation of PoseDataset"


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
    with complete_or_absent(args.out) as unfinished, open(unfinished, 'wb') as file:
        pickle.dump(samples, file, protocol=4)
    print(f'Wrote {args.out}: {len(samples)} samples')


def convert(skeletons: np.ndarray, labels: Sequence) -> list[dict]:
    """The samples.

    Args:
        skeletons: (N, C, T, V, M).
        labels: names (N,), and four lists (N,): label, segment, chunk, and whether it is of a frame.

    Raises:
        ValueError: the two do not fit.
    """
    names, numbers = labels
    if skeletons.ndim != 5 or len(skeletons) != len(names) or len(numbers) != 4:
        raise ValueError(
            f'skeletons (N, C, T, V, M) of shape {skeletons.shape} do not go with {len(names)} names and '
            f'{len(numbers)} lists of labels; N names and 4 lists are expected.'
        )
    return [
        dict(
            frame_dir='_'.join(map(str, (name, *others))),
            label=int(label),
            total_frames=one.shape[1],
            keypoint=np.array(one.transpose(3, 1, 2, 0), dtype=np.float16),  # in memory: a memmap cannot be stored
        )
        for one, name, label, *others in zip(skeletons, names, *numbers)
    ]


parse_args, main = entry_points(__name__)
