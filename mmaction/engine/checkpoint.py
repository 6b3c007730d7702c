"""Reading checkpoints: plain data only, from a file or an address, with errors that say what to do."""

from __future__ import annotations

import argparse
import difflib
import os
import pickle
import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import urlparse

import numpy as np
import torch
from mmengine.dist import get_dist_info
from mmengine.logging import HistoryBuffer
from torch import Tensor

MapLocation = str | torch.device | Callable | None


class UnsafeCheckpointError(pickle.UnpicklingError):
    """The file asks for something that is not plain data; it was not loaded and none of its code ran."""


class BrokenCheckpointError(RuntimeError):
    """The file is no checkpoint, is cut short, or holds code in place of weights."""


class WeightsNotAvailable(RuntimeError):
    """Weights could not be fetched; the message says where to put the file by hand."""


# --- what a checkpoint may contain ----------------------------------------------------------------------------------
def _history_method(owner: type, name: str) -> Callable:
    """Stands in for the ``getattr`` with which a pickled HistoryBuffer names its own four statistics."""
    if owner is HistoryBuffer and name in ('min', 'max', 'current', 'mean'):
        return vars(HistoryBuffer)[name]
    raise UnsafeCheckpointError(f'getattr({owner!r}, {name!r})')


@cache
def allowed_globals() -> tuple[Any, ...]:
    """Classes and functions, beside torch's own, that mmengine's checkpoints are made of."""
    multiarray = np._core.multiarray if hasattr(np, '_core') else np.core.multiarray  # numpy 2 | 1
    reconstruct, scalar = multiarray._reconstruct, multiarray.scalar
    named: list[Any] = []
    for prefix in ('numpy.core', 'numpy._core'):  # as written under numpy 1 and numpy 2
        named += [(reconstruct, f'{prefix}.multiarray._reconstruct'), (scalar, f'{prefix}.multiarray.scalar')]
    dtypes = [getattr(np.dtypes, name) for name in np.dtypes.__all__ if name != 'ObjectDType']
    return (
        HistoryBuffer,
        (_history_method, 'builtins.getattr'),
        *named,
        np.ndarray,
        np.dtype,
        *dtypes,
        argparse.Namespace,  # the command line, in checkpoints of other codebases
    )


def load_file(file: str | BinaryIO, map_location: MapLocation = 'cpu', name: str | None = None) -> Any:
    """``torch.load`` that accepts what mmengine writes and refuses what would run code.

    Args:
        file: path or binary file object.
        map_location: as of ``torch.load``.
        name: what to call the file in an error. Default: its path.

    Raises:
        UnsafeCheckpointError: the pickle asks for a class or function that is not plain data. Nothing of it ran.
        BrokenCheckpointError: the file is cut short or is no checkpoint.
    """
    name = name or (file if isinstance(file, str) else 'the checkpoint')
    try:
        with torch.serialization.safe_globals(list(allowed_globals())):
            return torch.load(file, map_location=map_location, weights_only=True)
    except pickle.UnpicklingError as error:
        if isinstance(file, str) and not _looks_pickled(file):
            raise _no_checkpoint(name) from error
        found = re.search(r'GLOBAL ([\w.]+)', str(error)) or re.search(r'(getattr\(.*\))', str(error))
        what = f'it asks for {found[1]}' if found else 'its pickle is not plain data'
        raise UnsafeCheckpointError(
            f'{name} was refused and none of its code was run: {what}. Only tensors, numbers, strings and containers '
            "are loaded. If you trust its maker, load it where it was written and save torch.save({'state_dict': "
            'model.state_dict()}, path) from there.'
        ) from None
    except OSError:
        raise
    except Exception as error:  # torch answers broken files with whatever breaks first
        if isinstance(file, str) and not _looks_pickled(file):
            raise _no_checkpoint(name) from error
        if 'TorchScript' in str(error):
            raise BrokenCheckpointError(
                f'{name} is a TorchScript archive, which holds code beside its weights; none of it was run. If you '
                "trust its maker, as with the files of OpenAI's CLIP, write the weights alone with "
                "torch.save({'state_dict': torch.jit.load(path, 'cpu').state_dict()}, other_path)."
            ) from None
        raise BrokenCheckpointError(
            f'{name} cannot be read as a checkpoint; it may be cut short ({type(error).__name__}: {error}).'
        ) from error


def _no_checkpoint(name: str) -> BrokenCheckpointError:
    return BrokenCheckpointError(f'{name} is not a checkpoint: it holds neither a zip archive nor a pickle.')


def _looks_pickled(path: str) -> bool:
    with open(path, 'rb') as file:
        head = file.read(2)
    return head in (b'PK', b'\x80\x02', b'\x80\x03', b'\x80\x04', b'\x80\x05')


# --- where it comes from --------------------------------------------------------------------------------------------
@cache
def torchvision_addresses() -> dict[str, str]:
    """Name after ``torchvision://`` -> address, without torchvision.

    The names of torchvision 0.12 mean the weights they meant then; ``<name>.imagenet1k_v2`` are the newer recipes.
    """
    import mmengine

    table = dict(mmengine.load(os.path.join(mmengine.__path__[0], 'hub', 'torchvision_0.12.json')))
    table.update({f'{name}.imagenet1k_v1': url for name, url in table.items()})
    base = 'https://download.pytorch.org/models/'
    newer = {
        'mobilenet_v2': 'mobilenet_v2-7ebf99e0.pth',
        'resnet50': 'resnet50-11ad3fa6.pth',
        'resnet101': 'resnet101-cd907fc2.pth',
        'resnet152': 'resnet152-f82ba261.pth',
        'resnext50_32x4d': 'resnext50_32x4d-1a0047aa.pth',
        'resnext101_32x8d': 'resnext101_32x8d-110c445d.pth',
        'wide_resnet50_2': 'wide_resnet50_2-9ba9bcbe.pth',
        'wide_resnet101_2': 'wide_resnet101_2-d733dc28.pth',
    }
    table.update({f'{name}.imagenet1k_v2': base + file for name, file in newer.items()})
    kinetics = {
        'mc3_18': 'mc3_18-a90a0ba3.pth',
        'mvit_v1_b': 'mvit_v1_b-dbeb1030.pth',
        'mvit_v2_s': 'mvit_v2_s-ae3be167.pth',
        'r2plus1d_18': 'r2plus1d_18-91a641e6.pth',
        'r3d_18': 'r3d_18-b3b3357e.pth',
        's3d': 's3d-d76dad2f.pth',
        'swin3d_b': 'swin3d_b_1k-24f7c7c6.pth',
        'swin3d_s': 'swin3d_s-da41c237.pth',
        'swin3d_t': 'swin3d_t-7615ae03.pth',
    }
    table.update({name: base + file for name, file in kinetics.items()})
    return table


def fetch_weights(url: str) -> str:
    """Local path of the weights behind an http(s) address, fetched once into torch hub's ``checkpoints`` folder.

    A hash in the file name (``name-0123abcd.pth``), or one that is the name of its folder, is checked.

    Raises:
        WeightsNotAvailable: they could not be fetched. Says where to put the file by hand.
    """
    name = os.path.basename(urlparse(url).path)
    folder = os.path.join(torch.hub.get_dir(), 'checkpoints')
    path = os.path.join(folder, name)
    rank, world_size = get_dist_info()
    if rank == 0 and not os.path.isfile(path):
        os.makedirs(folder, exist_ok=True)
        digest = re.search(r'-([a-f0-9]{8,})\.\w+$|/([a-f0-9]{64})/[^/]+$', urlparse(url).path)
        try:
            torch.hub.download_url_to_file(url, path, digest and (digest[1] or digest[2]), progress=os.isatty(2))
        except Exception as error:  # URLError, timeouts, a wrong hash: all end in the same advice
            raise WeightsNotAvailable(
                f'The weights {url} could not be fetched ({type(error).__name__}: {error}). Download the file '
                f'elsewhere and put it at {path}, or name a local file in place of the address.'
            ) from error
    if world_size > 1:
        torch.distributed.barrier()
    return path


def load_from_local(filename: str, map_location: MapLocation = None) -> Any:
    """Load a checkpoint file."""
    path = os.path.expanduser(filename)
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no checkpoint at {filename}.')
    return load_file(path, map_location, filename)


def load_from_http(filename: str, map_location: MapLocation = None, **_: Any) -> Any:
    """Load a checkpoint from an address, through the cache."""
    return load_file(fetch_weights(filename), map_location, filename)


def load_from_torchvision(filename: str, map_location: MapLocation = None) -> Any:
    """Load ``torchvision://<name>``."""
    table = torchvision_addresses()
    name = filename.split('://', 1)[1].lower().replace('_weights.', '.')
    if name not in table:
        close = difflib.get_close_matches(name, table, n=3)
        hint = f' Did you mean {" or ".join(close)}?' if close else ''
        raise ValueError(f'No weights are known as {filename}.{hint}')
    return load_from_http(table[name], map_location)


def load_from_ceph(filename: str, map_location: MapLocation = None, backend: str = 'petrel') -> Any:
    """Load a checkpoint from an object store through mmengine's file backend."""
    from mmengine.fileio import get_file_backend

    data = get_file_backend(filename, backend_args={'backend': backend}).get(filename)
    return load_file(BytesIO(data), map_location, filename)


def load_weights(source: str, map_location: MapLocation = 'cpu') -> dict[str, Tensor]:
    """The state dict behind a path, an address or ``torchvision://<name>``.

    Takes the entry that holds it (``state_dict``, ``model_state_dict``, ``model_state``, ``model``, ``module``) and
    drops the ``module.`` of a wrapped model.

    Raises:
        FileNotFoundError, WeightsNotAvailable, UnsafeCheckpointError, RuntimeError: with the source and the remedy.
        ValueError: the file holds no state dict.
    """
    from mmengine.runner.checkpoint import CheckpointLoader

    return state_dict_in(CheckpointLoader.load_checkpoint(source, map_location, logger='silent'), source)


def state_dict_in(loaded: Any, source: str) -> dict[str, Tensor]:
    """The state dict in what a file holds; see :func:`load_weights`."""
    for key in ('state_dict', 'model_state_dict', 'model_state', 'model', 'module'):
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
            break
    if not isinstance(loaded, dict) or not any(isinstance(v, Tensor) for v in loaded.values()):
        raise ValueError(f'{source} holds no state dict: a dict of tensors, possibly under "state_dict", is needed.')
    return {k.removeprefix('module.'): v for k, v in loaded.items() if isinstance(v, Tensor)}
