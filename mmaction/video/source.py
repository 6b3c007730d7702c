"""Sources of encoded videos and images: paths, URLs, bytes and the file backends of mmengine."""

from __future__ import annotations

import glob
import inspect
import io
import os
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.error import URLError

from mmengine.fileio import FileClient
from mmengine.fileio.backends.registry_utils import backends

from mmaction.utils.check import pick
from mmaction.utils.download import open_url
from mmaction.video.errors import VideoDecodeError

__all__ = ['FileLoader', 'Source', 'is_remote', 'is_url', 'resolve_source']

_LOCAL = ('disk', 'local')


@dataclass(frozen=True)
class Source:
    """A video as a path on this machine or as bytes in memory."""

    name: str
    path: str | None = None
    data: bytes | None = field(default=None, repr=False)

    def open(self) -> str | BinaryIO:
        """The argument of a library's open function: the path, or a new file object over the bytes."""
        if self.path is not None:
            return self.path
        return io.BytesIO(self.data or b'')

    def identity(self) -> tuple[str, int, int] | None:
        """(path, modification time, size) of a file; None for bytes."""
        if self.path is None:
            return None
        stat = os.stat(self.path)
        return os.path.abspath(self.path), stat.st_mtime_ns, stat.st_size


class FileLoader:
    """Reads files through one of mmengine's file backends, or directly from disk or an http(s) URL.

    Args:
        io_backend: ``'disk'`` or ``'local'``, or the name of a backend of mmengine (``'http'``, ``'petrel'``, ...).
        kwargs: arguments of that backend, e.g. ``path_mapping`` for petrel. The client is created on first use.

    Raises:
        ValueError: unknown ``io_backend``.
        TypeError: an argument that the backend does not accept.
    """

    def __init__(self, io_backend: str = 'disk', **kwargs: Any) -> None:
        self.io_backend = io_backend
        self.kwargs = kwargs
        self._client: Any = None
        factory = _backend_class(io_backend)
        # Checked now, although the client is created later: a typo in a config must not wait for the first sample.
        try:
            inspect.signature(factory).bind(**kwargs)
        except TypeError as error:
            raise TypeError(f'io_backend {io_backend!r} cannot take {sorted(kwargs)}: {error}') from None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), '_client': None}  # a client holds connections; each process makes its own

    def read(self, filename: str | os.PathLike[str]) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: a local file is missing.
            VideoDecodeError: a URL cannot be fetched.
        """
        name = os.fspath(filename)
        if is_url(name) and self.io_backend in (*_LOCAL, 'http'):
            return _download(name)
        if self.io_backend in _LOCAL:
            with open(name, 'rb') as file:
                return file.read()
        if self._client is None:
            self._client = _backend_class(self.io_backend)(**self.kwargs)
        return bytes(self._client.get(name))

    def source(self, filename: str | os.PathLike[str]) -> Source:
        """A video file: local ones by path, so that decoders can seek in them; others as bytes."""
        name = os.fspath(filename)
        if self.io_backend in _LOCAL and not is_url(name):
            return resolve_source(name)
        return resolve_source(self.read(name), name=name)


def is_url(name: str) -> bool:
    """True for an http(s) URL."""
    return name.startswith(('http://', 'https://'))


def is_remote(name: str) -> bool:
    """True for a name with a scheme, as ``s3://bucket/clip.mp4``: a URL, or a file of another file backend."""
    return '://' in name


def resolve_source(source: str | os.PathLike[str] | bytes | BinaryIO | Source, name: str | None = None) -> Source:
    """Check a source where it enters, and wrap it.

    Raises:
        FileNotFoundError: no such file.
        VideoDecodeError: a folder, something that is not a regular file, or an empty file.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        return _not_empty(Source(name or f'<{len(data)} bytes>', data=data), len(data))
    if not isinstance(source, str | os.PathLike):
        return resolve_source(source.read(), name or getattr(source, 'name', None))
    path = os.fspath(source)
    if is_url(path):
        return resolve_source(_download(path), name=path)
    if not os.path.exists(path):
        path = _with_suffix(path)
    if os.path.isdir(path):
        raise VideoDecodeError(path, None, 'it is a folder; RawFrameDecode reads folders of frames')
    if not os.path.isfile(path):
        raise VideoDecodeError(path, None, 'it is not a regular file')
    return _not_empty(Source(name or path, path=path), os.path.getsize(path))


def _with_suffix(path: str) -> str:
    """The .mp4 file of a name without a suffix, as annotation lists of the 0.x and 1.x lines have it."""
    if os.path.isfile(f'{path}.mp4'):
        return f'{path}.mp4'
    text = f'There is no video {path}. Check data_prefix and the names in the annotation file.'
    similar = sorted(glob.glob(f'{glob.escape(os.path.splitext(path)[0])}.*'))
    if similar:
        text += f' There is {similar[0]}.'
    raise FileNotFoundError(text)


def _not_empty(source: Source, size: int) -> Source:
    if not size:
        raise VideoDecodeError(source.name, None, 'it is empty (0 bytes)')
    return source


def _download(url: str) -> bytes:
    try:
        with open_url(url) as response:
            return bytes(response.read())
    except (URLError, OSError) as error:
        raise VideoDecodeError(url, None, f'it cannot be fetched ({error})') from error


def _backend_class(name: str) -> type[Any]:
    # mmengine keeps backends in two tables, of which users still extend the older one.
    table: dict[str, type[Any]] = {**FileClient._backends, **backends}
    table['disk'] = table['local']
    return pick(table, name, 'io_backend')
