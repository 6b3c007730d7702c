"""Pickles of arrays and plain Python data, read without running code."""

from __future__ import annotations

import io
import os.path as osp
import pickle
from os import PathLike
from typing import Any

from mmengine import fileio

# The only classes and functions that a pickle may name; calling any other could run its author's code.
_NAMES_OF = {
    'builtins': ('set', 'frozenset', 'slice', 'range', 'complex', 'bytearray'),
    'collections': ('OrderedDict', 'defaultdict'),
    'numpy': ('ndarray', 'dtype'),
    'numpy.core.multiarray': ('_reconstruct', 'scalar'),
    'numpy._core.multiarray': ('_reconstruct', 'scalar'),
    'numpy.core.numeric': ('_frombuffer',),
    'numpy._core.numeric': ('_frombuffer',),
    '_codecs': ('encode',),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        is_dtype = module == 'numpy.dtypes' and name.endswith('DType')
        if not is_dtype and name not in _NAMES_OF.get(module, ()):
            raise pickle.UnpicklingError(
                f'it holds an object of type {module}.{name}. Only numbers, strings, lists, dicts and NumPy arrays are '
                'read, since other objects could run code; convert it and write the file again'
            )
        # NumPy 2 renamed numpy.core; files of older versions still name it.
        return super().find_class(module.replace('numpy.core', 'numpy._core'), name)


def load_plain_pickle(path: str | PathLike) -> Any:
    """Read a pickle of numbers, strings, lists, dicts and NumPy arrays, from disk or a file backend of mmengine.

    Raises:
        FileNotFoundError: ``path`` does not exist.
        ValueError: the file is no pickle, is truncated, or holds other objects.
    """
    path = str(path)
    if not fileio.exists(path):
        raise FileNotFoundError(f'There is no file {path} (absolute: {osp.abspath(path)}).')
    try:
        return _Unpickler(io.BytesIO(fileio.get(path))).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError) as error:
        raise ValueError(f'{path} cannot be read as a pickle: {error or type(error).__name__}.') from None
