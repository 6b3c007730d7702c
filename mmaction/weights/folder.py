"""Folders of models of Hugging Face: weights beside their configs."""

from __future__ import annotations

import json
import os
from typing import Any

_FILES = ('model.safetensors', 'pytorch_model.bin')


def weights_in(source: str) -> str:
    """The file of weights in a folder; anything that is no folder is returned as it is.

    Raises:
        FileNotFoundError: the folder has none.
    """
    if not os.path.isdir(source):
        return source
    for name in _FILES:
        file = os.path.join(source, name)
        if os.path.isfile(file):
            return file
    raise FileNotFoundError(f'The folder {source} has no weights: {" or ".join(_FILES)}.')


def config_beside(file: str, name: str = 'config.json') -> dict[str, Any] | None:
    """The content of a config in the folder of a file of weights; None without one.

    Raises:
        ValueError: it is malformed.
    """
    path = os.path.join(os.path.dirname(file), name)
    if not os.path.isfile(path):
        return None
    with open(path, encoding='utf-8') as stream:
        try:
            config: dict[str, Any] = json.load(stream)
        except ValueError as error:
            raise ValueError(f'{path} cannot be read: {error}.') from error
    return config
