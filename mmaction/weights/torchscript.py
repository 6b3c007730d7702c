"""The weights in a TorchScript archive, such as the files of CLIP's authors, without running the code in it.

The archive is a zip file: ``data.pkl`` lists the modules with their attributes, and each storage is a file of its own.
The pickle is read by an unpickler whose only results are plain objects of this file: it imports nothing, and makes
tensors, whose bounds PyTorch checks, when it is done.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

import torch
from torch import Tensor

_STORAGES = {
    'BFloat16Storage': torch.bfloat16,
    'BoolStorage': torch.bool,
    'ByteStorage': torch.uint8,
    'CharStorage': torch.int8,
    'DoubleStorage': torch.float64,
    'FloatStorage': torch.float32,
    'HalfStorage': torch.float16,
    'IntStorage': torch.int32,
    'LongStorage': torch.int64,
    'ShortStorage': torch.int16,
}


def is_torchscript(file: str | BinaryIO) -> bool:
    """True for a zip file with a module and the constants of its code; a file object is at its start afterwards."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    finally:
        if not isinstance(file, str):
            file.seek(0)
    parts = {name.rpartition('/')[2] for name in names if name.count('/') == 1}
    return parts >= {'data.pkl', 'constants.pkl'}


def read_torchscript(file: str | BinaryIO) -> dict[str, Tensor]:
    """The tensors among the attributes of a module and of the modules in it, by the paths of the attributes.

    Besides parameters and buffers, which are the state dict of the module, these are the tensors in plain attributes.

    Raises:
        pickle.UnpicklingError: the pickle asks for a class or function that is none of a module with tensors.
    """
    with zipfile.ZipFile(file) as archive:
        pickled = next(name for name in archive.namelist() if name.endswith('/data.pkl') and name.count('/') == 1)
        module = _Reader(BytesIO(archive.read(pickled))).load()
        views = dict(_views(module, ''))
        folder = f'{pickled.removesuffix(".pkl")}/'
        needed = {view.storage for view in views.values()}
        storages = {storage: _values(storage, archive.read(folder + storage.key)) for storage in needed}
    return {
        path: storages[view.storage].as_strided(view.size, view.stride, view.offset) for path, view in views.items()
    }


class _Storage(NamedTuple):
    kind: str
    key: str


class _View(NamedTuple):
    """A tensor that is not made yet."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class _Module:
    """Attributes of a module; there are none where its state is no dict."""

    attributes: Mapping[str, Any] = MappingProxyType({})

    def __setstate__(self, state: Any) -> None:
        self.attributes = state if isinstance(state, dict) else {}


class _Reader(pickle.Unpickler):
    """Makes modules and views of a pickle.

    The names in it stand for bound methods, builtin types and a class of this reader alone, so that no opcode changes
    an object that outlives it.
    """

    def __init__(self, stream: BytesIO) -> None:
        super().__init__(stream)
        self._module = type('Module', (_Module,), {})
        self._known: dict[str, Any] = {
            'collections.OrderedDict': dict,  # of hooks, which are empty
            'torch._utils._rebuild_tensor_v2': self._view,
            'torch.jit._pickle.build_boollist': self._first,
            'torch.jit._pickle.build_doublelist': self._first,
            'torch.jit._pickle.build_intlist': self._first,
            'torch.jit._pickle.build_tensorlist': self._first,
            'torch.jit._pickle.restore_type_tag': self._first,
        }

    def find_class(self, module: str, name: str) -> Any:
        if module.partition('.')[0] == '__torch__':
            return self._module
        if module == 'torch' and name in _STORAGES:
            return name
        if f'{module}.{name}' not in self._known:
            raise pickle.UnpicklingError(f'GLOBAL {module}.{name}')
        return self._known[f'{module}.{name}']

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, *_ = pid
        return _Storage(kind, key)

    def _view(self, storage: _Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> _View:
        return _View(storage, offset, size, stride)

    def _first(self, value: Any, *_: Any) -> Any:
        return value


def _views(value: Any, path: str) -> Iterator[tuple[str, _View]]:
    """The views below a module with the paths of their attributes."""
    if isinstance(value, _View):
        yield path, value
    if isinstance(value, _Module):
        for name, attribute in value.attributes.items():
            yield from _views(attribute, f'{path}.{name}' if path else str(name))


def _values(storage: _Storage, data: bytes) -> Tensor:
    dtype = _STORAGES[storage.kind]
    return torch.frombuffer(bytearray(data), dtype=dtype) if data else torch.empty(0, dtype=dtype)
