"""Files from http(s) URLs."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable
from functools import partial
from http.client import HTTPResponse
from urllib.request import Request, urlopen

from mmaction.utils.files import complete_or_absent
from mmaction.utils.progress import track

TIMEOUT_SEC = 30
_CHUNK_BYTES = 1 << 20


def open_url(url: str) -> HTTPResponse:
    """Open a URL for reading. A server that is silent for :data:`TIMEOUT_SEC` raises ``TimeoutError``."""
    # Some hosts refuse the name that urllib gives by default.
    response: HTTPResponse = urlopen(Request(url, headers={'User-Agent': 'mmaction'}), timeout=TIMEOUT_SEC)
    return response


def download_file(url: str, path: str, sha256: str | None = None, show_progress: bool = False) -> None:
    """Write the file at a URL to ``path``, which exists either completely or not at all.

    torch hub's function of this kind waits forever for a server that accepts the connection and then says nothing.

    Args:
        url: http(s) URL.
        path: file to write, in an existing folder.
        sha256: first hexadecimal digits of the hash that the content must have.
        show_progress: show a progress bar on stderr.

    Raises:
        OSError: the file cannot be fetched or written, in time; ``urllib.error.URLError`` is one.
        ValueError: the content has another hash.
    """
    digest = hashlib.sha256()
    with complete_or_absent(path) as unfinished:
        with open_url(url) as response, open(unfinished, 'wb') as file:
            expected = int(response.headers.get('Content-Length') or 0)
            chunks: Iterable[bytes] = iter(partial(response.read, _CHUNK_BYTES), b'')
            if show_progress:
                total = math.ceil(expected / _CHUNK_BYTES) if expected else None
                chunks = track(chunks, f'Downloading {os.path.basename(path)}', total)
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
            received = file.tell()
        if expected and received < expected:
            raise OSError(f'the connection ended after {received} of {expected} bytes')
        if sha256 and not digest.hexdigest().startswith(sha256):
            raise ValueError(f'the hash of the content is {digest.hexdigest()[: len(sha256)]} instead of {sha256}')
