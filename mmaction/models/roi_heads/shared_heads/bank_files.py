"""Files of long-term feature banks."""

from __future__ import annotations

import os.path as osp
import pickle
from collections.abc import Iterable

import torch
from torch import Tensor

from mmaction.utils.files import complete_or_absent

Bank = dict[str, dict[int, list[Tensor]]]  # video -> second -> one feature per box


def bank_file(folder: str, mode: str) -> str:
    """Path of the bank of one part of a data set."""
    return osp.join(folder, f'lfb_{mode}.pkl')


def part_file(folder: str, mode: str, rank: int) -> str:
    """Path of the part of a bank that one process writes."""
    return osp.join(folder, f'_lfb_{mode}_{rank}.pkl')


def read_bank(path: str) -> Bank:
    """Read a bank as plain data; its features stay in the file until they are used.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no bank.
    """
    if not osp.exists(path):
        raise FileNotFoundError(
            f'The feature bank has no file {path}. Test a config of configs/detection/lfb with LFBInferHead and the '
            'dataset_mode in its name; it writes the file.'
        )
    try:
        bank: Bank = torch.load(path, map_location='cpu', weights_only=True, mmap=_is_zip(path))
    except (pickle.UnpicklingError, RuntimeError, EOFError, IndexError, KeyError) as error:
        raise ValueError(
            f'{path} is no feature bank, a dict of videos, seconds and lists of tensors: {error}'
        ) from error
    return bank


def _is_zip(path: str) -> bool:
    """Whether a file has torch's format of today, which can be mapped."""
    with open(path, 'rb') as file:
        return file.read(2) == b'PK'


def write_bank(bank: Bank, path: str) -> None:
    """Write a bank, whole or not at all."""
    with complete_or_absent(path) as unfinished:
        torch.save(bank, unfinished)


def merge_banks(paths: Iterable[str]) -> Bank:
    """One bank of several; a second that two of them have, as of a sample that two processes saw, is taken once."""
    merged: Bank = {}
    for path in paths:
        for video, seconds in read_bank(path).items():
            merged.setdefault(video, {}).update(seconds)
    return merged
