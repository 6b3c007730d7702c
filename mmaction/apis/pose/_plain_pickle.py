"""Read pickles that hold arrays and plain Python data, and nothing that runs code."""

from __future__ import annotations

import pickle
from os import PathLike
from typing import Any

import numpy as np

_ALLOWED = {
    ('builtins', name): value
    for name, value in dict(
        bytearray=bytearray, complex=complex, dict=dict, frozenset=frozenset, list=list, set=set, slice=slice
    ).items()
}


def _numpy_parts() -> dict[tuple[str, str], Any]:
    """What NumPy 1 and 2 name in the pickle of an array or a number."""
    from codecs import encode
    from collections import OrderedDict

    reconstruct = np.ndarray(0).__reduce__()[0]
    scalar = np.float32(0).__reduce__()[0]
    from_buffer = np.ndarray(1).__reduce_ex__(5)[0]
    parts: dict[tuple[str, str], Any] = {
        ('numpy', 'ndarray'): np.ndarray,
        ('numpy', 'dtype'): np.dtype,
        ('_codecs', 'encode'): encode,
        ('collections', 'OrderedDict'): OrderedDict,
    }
    for core in ('numpy.core', 'numpy._core'):
        parts[f'{core}.multiarray', '_reconstruct'] = reconstruct
        parts[f'{core}.multiarray', 'scalar'] = scalar
        parts[f'{core}.numeric', '_frombuffer'] = from_buffer
    return parts


_ALLOWED |= _numpy_parts()


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise ValueError(
                f'The pickle names {module}.{name}; only arrays and plain Python data are read. Save the poses anew '
                'as such, or as json or npz.'
            ) from None


def load_plain_pickle(path: str | PathLike) -> Any:
    """Contents of a pickle of arrays, numbers, strings, lists, tuples, dicts and sets.

    Raises:
        ValueError: it holds something else, or is no pickle.
    """
    with open(path, 'rb') as file:
        try:
            return _PlainUnpickler(file).load()
        except (pickle.UnpicklingError, EOFError, AttributeError, IndexError) as error:
            raise ValueError(f'{path} is not a pickle that can be read ({error}).') from error
