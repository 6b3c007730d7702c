"""Reading and writing checkpoint files: plain data only, and errors that state the remedy."""

from __future__ import annotations

import argparse
import os
import pickle
import pickletools
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, BinaryIO, NoReturn

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from safetensors import SafetensorError, safe_open
from safetensors import torch as safetensors_torch
from torch import Tensor
from torch.torch_version import TorchVersion

from mmaction.weights.torchscript import is_torchscript, read_torchscript

MapLocation = str | torch.device | Callable | None


class UnsafeCheckpointError(pickle.UnpicklingError):
    """The file holds more than plain data. It was not loaded and none of its code ran."""


class BrokenCheckpointError(RuntimeError):
    """The file is not a checkpoint, is truncated, or holds code instead of weights."""


# --- allowed content --------------------------------------------------------------------------------------------------
def _history_method(owner: type, name: str) -> Callable:
    """Replace the ``getattr`` with which a pickled HistoryBuffer refers to its own four statistics."""
    if owner is HistoryBuffer and name in ('min', 'max', 'current', 'mean'):
        method: Callable = vars(HistoryBuffer)[name]
        return method
    raise UnsafeCheckpointError(f'getattr({owner!r}, {name!r})')


@cache
def allowed_globals() -> tuple[Any, ...]:
    """Classes and functions, besides those of torch, that mmengine's checkpoints consist of."""
    # The module is renamed in NumPy 2, and a pickle holds the name under which it was written.
    multiarray = import_module('numpy._core.multiarray')  # private, so absent from the type stubs
    named: list[Any] = []
    for module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
        named.append((multiarray._reconstruct, f'{module}._reconstruct'))
        named.append((multiarray.scalar, f'{module}.scalar'))
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


# torch before 2.10 has a memory error in its weights-only unpickler that a crafted file can use to run code
# (CVE-2026-24747). There, only pickles that consist of these globals are passed to it.
_FIXED_TORCH = TorchVersion('2.10')
_TENSOR_GLOBALS = re.compile(
    r'collections OrderedDict|torch (Size|device|\w+Storage|\w*(float|int|bool|complex)\w*)'
    r'|torch\._utils (_rebuild_tensor|_rebuild_tensor_v2|_rebuild_parameter)|torch\.storage \w+Storage'
)


def _check_tensors_only(file: str | BinaryIO, name: str) -> None:
    """Reject a pickle that refers to anything but tensors, or whose globals cannot be listed."""
    found = 'a format from before torch 1.6'
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            pickles = [entry for entry in archive.namelist() if entry.endswith('.pkl')]
            names = _globals_of(b''.join(archive.read(entry) for entry in pickles))
        found = next((each for each in names if not _TENSOR_GLOBALS.fullmatch(each)), '')
    if not isinstance(file, str):
        file.seek(0)
    if found:
        raise UnsafeCheckpointError(
            f'{name} was refused: torch {torch.__version__} can be made to run code by a pickle that holds more than '
            f'tensors ({found}; CVE-2026-24747). Install torch>=2.10, or convert the file to safetensors.'
        )


def _globals_of(data: bytes) -> list[str]:
    """List the ``module name`` pairs that a pickle refers to; those only known at run time as ``STACK_GLOBAL``."""
    names = []
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in ('GLOBAL', 'INST'):
            names.append(str(argument))
        elif opcode.name in ('STACK_GLOBAL', 'EXT1', 'EXT2', 'EXT4'):
            names.append(opcode.name)
    return names


# --- reading ----------------------------------------------------------------------------------------------------------
def load_file(file: str | BinaryIO, map_location: MapLocation = 'cpu', name: str | None = None) -> Any:
    """Read a ``.pth`` or ``.safetensors`` file; the content decides, not the suffix.

    A ``.pth`` may hold what mmengine writes; anything that would run code is refused. A ``.safetensors`` comes back
    as a checkpoint: its tensors under ``state_dict``, its metadata, which is text, under ``meta``. So does a
    TorchScript archive, of which the tensors alone are read.

    Args:
        file: path or binary file object.
        map_location: as for ``torch.load``.
        name: how errors refer to the file. Default: its path.

    Raises:
        UnsafeCheckpointError: the pickle asks for a class or function that is not plain data. None of it ran.
        BrokenCheckpointError: the file is truncated or is not a checkpoint.
    """
    name = name or (file if isinstance(file, str) else 'the checkpoint')
    head = _head(file)
    if head[8:9] == b'{' and not _is_pickled(head):
        return _load_safetensors(file, map_location, name)
    try:
        if head[:2] == b'PK' and is_torchscript(file):
            return dict(state_dict=_placed(read_torchscript(file), map_location), meta={})
        if TorchVersion(torch.__version__) < _FIXED_TORCH:
            _check_tensors_only(file, name)
        with torch.serialization.safe_globals(list(allowed_globals())):
            return torch.load(file, map_location=map_location, weights_only=True)
    except (OSError, UnsafeCheckpointError):
        raise
    except Exception as error:  # torch raises whatever breaks first in a damaged file
        _explain(error, name, is_pickled=_is_pickled(head))


def _head(file: str | BinaryIO) -> bytes:
    if isinstance(file, str):
        with open(file, 'rb') as stream:
            return stream.read(9)
    head = file.read(9)
    file.seek(0)
    return head


def _is_pickled(head: bytes) -> bool:
    return head[:2] in (b'PK', b'\x80\x02', b'\x80\x03', b'\x80\x04', b'\x80\x05')


def _load_safetensors(file: str | BinaryIO, map_location: MapLocation, name: str) -> dict[str, Any]:
    try:
        if isinstance(file, str):
            with safe_open(file, framework='pt') as opened:
                metadata = dict(opened.metadata() or {})
                state = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118 (no mapping)
        else:
            metadata, state = {}, safetensors_torch.load(file.read())
    except SafetensorError as error:
        raise BrokenCheckpointError(
            f'{name} cannot be read as safetensors; it may be truncated ({error}). Fetch it again.'
        ) from error
    return dict(state_dict=_placed(state, map_location), meta=metadata)


def _placed(state: dict[str, Tensor], map_location: MapLocation) -> dict[str, Tensor]:
    if isinstance(map_location, str | torch.device):  # callables place torch's untyped storages, which are absent here
        return {key: value.to(map_location) for key, value in state.items()}
    return state


def _explain(error: Exception, name: str, is_pickled: bool) -> NoReturn:
    """Raise the error of ours that says what is wrong with the file."""
    if not is_pickled:
        raise BrokenCheckpointError(
            f'{name} is not a checkpoint: it holds no zip archive, pickle or safetensors.'
        ) from error
    if isinstance(error, pickle.UnpicklingError):
        found = re.search(r'GLOBAL ([\w.]+)', str(error)) or re.search(r'(getattr\(.*\))', str(error))
        reason = f'it asks for {found[1]}' if found else 'its pickle is not plain data'
        raise UnsafeCheckpointError(
            f'{name} was refused and none of its code was run: {reason}. Only tensors, numbers, strings and containers '
            "are loaded. If you trust its author, load it where it was written and save torch.save({'state_dict': "
            'model.state_dict()}, path) from there.'
        ) from None
    raise BrokenCheckpointError(
        f'{name} cannot be read as a checkpoint; it may be truncated ({type(error).__name__}: {error}).'
    ) from error


# Of V-JEPA 2, the last two are the averaged encoder, beside the one that trained and a predictor.
_STATE_KEYS = ('state_dict', 'model_state_dict', 'model_state', 'model', 'module', 'ema_encoder', 'target_encoder')


def state_dict_in(loaded: Any, source: str) -> dict[str, Tensor]:
    """The state dict in the content of a file; see :func:`~mmaction.weights.sources.load_weights`."""
    for key in _STATE_KEYS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(key), Mapping):
            loaded = loaded[key]
            break
    if not isinstance(loaded, Mapping) or not any(isinstance(value, Tensor) for value in loaded.values()):
        raise ValueError(f'{source} holds no state dict: a dict of tensors, possibly under "state_dict", is needed.')
    return {key.removeprefix('module.'): value for key, value in loaded.items() if isinstance(value, Tensor)}


# --- writing ----------------------------------------------------------------------------------------------------------
def save_checkpoint_file(checkpoint: Mapping[str, Any], path: str) -> None:
    """Write a checkpoint; the file exists under its final name only once it is complete.

    Args:
        checkpoint: as from :func:`load_file`. In ``.safetensors``, only the tensors of ``state_dict`` and the text in
            ``meta`` are kept: the format holds nothing else.
        path: ``.safetensors``, or any other suffix for torch's format.
    """
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    partial = f'{path}.partial'
    if path.endswith('.safetensors'):
        # Copies: entries that share memory (tied weights) are an error there, and views must be contiguous.
        state = {key: value.clone().contiguous() for key, value in state_dict_in(checkpoint, path).items()}
        meta = {key: value for key, value in (checkpoint.get('meta') or {}).items() if isinstance(value, str)}
        safetensors_torch.save_file(state, partial, metadata=meta)
    else:
        torch.save(checkpoint, partial)
    os.replace(partial, path)
