"""Random names, thread numbers and folders in memory: small helpers of scripts."""

from __future__ import annotations

import inspect
import os
import random
import string
import tempfile
import threading
from importlib import import_module
from typing import Any

__all__ = ['get_random_string', 'get_shm_dir', 'get_str_type', 'get_thread_id']


def __getattr__(name: str) -> Any:
    """``VideoWriter`` and ``frame_extract``, under their former path. Not an import: the utilities know no videos."""
    if name in ('VideoWriter', 'frame_extract'):
        return getattr(import_module('mmaction.video'), name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')


def get_random_string(length: int = 15) -> str:
    """Draw letters and digits from the system's source of randomness: seeds do not repeat them."""
    return ''.join(random.SystemRandom().choices(string.ascii_letters + string.digits, k=length))


def get_thread_id() -> int:
    """Number of the current thread in the operating system."""
    return threading.get_native_id()


def get_shm_dir() -> str:
    """Folder in memory, ``/dev/shm``; on systems without it the folder of temporary files."""
    if os.path.isdir('/dev/shm'):
        return '/dev/shm'
    return tempfile.gettempdir()


def get_str_type(module: Any) -> str | None:
    """Name of a class or function, as the ``type`` of a config has it; strings are returned, all else gives None."""
    if isinstance(module, str):
        return module
    if inspect.isclass(module) or inspect.isfunction(module):
        return module.__name__
    return None
