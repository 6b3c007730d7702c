from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmaction.utils import download
from mmaction.utils.download import download_file

CONTENT = os.urandom(3 << 20)


@contextmanager
def answering(answer: bytes | None) -> Iterator[str]:
    """A server that sends ``answer`` to one request and closes, or for None keeps the connection and says nothing."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        done = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                if answer is None:
                    done.wait(20)
                else:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f'http://127.0.0.1:{server.getsockname()[1]}/net.pth'
        done.set()
        thread.join(20)


def response(body: bytes, length: int) -> bytes:
    return b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n' % length + body


def test_content_hash_and_progress(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()[:8]
    with answering(response(CONTENT, len(CONTENT))) as url:
        download_file(url, str(tmp_path / 'net.pth'), digest, show_progress=True)
    assert (tmp_path / 'net.pth').read_bytes() == CONTENT
    assert 'Downloading net.pth' in capsys.readouterr().err


def test_a_silent_server_ends_in_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, 'TIMEOUT_SEC', 0.2)
    with answering(None) as url, pytest.raises(TimeoutError):
        download_file(url, str(tmp_path / 'net.pth'))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_half_a_file_or_a_wrong_one(tmp_path: Path) -> None:
    with (
        answering(response(CONTENT[:1000], len(CONTENT))) as url,
        pytest.raises(OSError, match=f'ended after 1000 of {len(CONTENT)} bytes'),
    ):
        download_file(url, str(tmp_path / 'net.pth'))
    with answering(response(b'other', 5)) as url, pytest.raises(ValueError, match='d9298a10 instead of 00000000'):
        download_file(url, str(tmp_path / 'net.pth'), '00000000')
    assert list(tmp_path.iterdir()) == []
