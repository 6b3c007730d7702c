"""Pickles of arrays, tensors and plain Python data, read without running code."""

from __future__ import annotations

import io
import os.path as osp
import pathlib
import pickle
from os import PathLike
from typing import Any

# The only classes and functions that a pickle may name; calling any other could run its author's code.
_NAMES_OF = {
    'builtins': (
        *('set', 'frozenset', 'slice', 'range', 'complex', 'bytearray'),
        *('list', 'dict', 'tuple', 'int', 'float', 'str', 'bool'),  # what a defaultdict makes
    ),
    'collections': ('OrderedDict', 'defaultdict', 'Counter', 'deque'),
    'datetime': ('date', 'datetime', 'time', 'timedelta', 'timezone'),
    'decimal': ('Decimal',),
    'fractions': ('Fraction',),
    'numpy': ('ndarray', 'dtype'),
    'numpy.core.multiarray': ('_reconstruct', 'scalar'),
    'numpy._core.multiarray': ('_reconstruct', 'scalar'),
    'numpy.core.numeric': ('_frombuffer',),
    'numpy._core.numeric': ('_frombuffer',),
    'torch': ('Size',),
    'torch._utils': ('_rebuild_tensor_v2',),
    'uuid': ('UUID',),
    '_codecs': ('encode',),
}

_PATHS = ('PosixPath', 'PurePosixPath', 'WindowsPath', 'PureWindowsPath')


def _load_storage(data: bytes) -> Any:
    """Load the values of a tensor; torch's own function for this would run any code that they name."""
    import torch

    return torch.load(io.BytesIO(data), map_location='cpu', weights_only=True)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ('torch.storage', '_load_from_bytes'):
            return _load_storage
        if module in ('pathlib', 'pathlib._local') and name in _PATHS:
            # Python makes no path of another operating system but a pure one, which cannot touch files.
            return getattr(pathlib, f'Pure{name.removeprefix("Pure")}')
        is_dtype = module == 'numpy.dtypes' and name.endswith('DType')
        if not is_dtype and name not in _NAMES_OF.get(module, ()):
            raise pickle.UnpicklingError(
                f'it holds an object of type {module}.{name}. Only numbers, strings, lists, dicts, paths, dates, NumPy '
                'arrays and tensors are read, since other objects could run code; convert it and write the file again'
            )
        # NumPy 2 renamed numpy.core; files of older versions still name it.
        return super().find_class(module.replace('numpy.core', 'numpy._core'), name)


def load_plain_pickle(path: str | PathLike) -> Any:
    """Read a pickle of plain data, arrays and tensors, from disk or a file backend of mmengine.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file is no pickle, is truncated, or holds other objects.
    """
    from mmengine import fileio

    path = str(path)
    if not fileio.exists(path):
        raise FileNotFoundError(f'There is no file {path} (absolute: {osp.abspath(path)}).')
    try:
        # latin1 is how arrays of Python 2 are read, as in the ground truth of UCF101-24 and JHMDB.
        return _Unpickler(io.BytesIO(fileio.get(path)), encoding='latin1').load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError) as error:
        raise ValueError(f'{path} cannot be read as a pickle: {error or type(error).__name__}.') from None
