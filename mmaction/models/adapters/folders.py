"""Folders of models in the layout of the Hugging Face hub: configs, safetensors and the model card."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import yaml
from torch import Tensor

from mmaction.utils import require
from mmaction.weights import WeightsNotAvailable, load_file

# Weights in other files are pickles, which may hold code.
_FETCHED = ('*.json', '*.safetensors', '*.txt', 'README.md')
_PICKLED = ('.bin', '.pt', '.pth')


@runtime_checkable
class LicensedWeights(Protocol):
    """A network that knows the license of its weights.

    Attributes:
        weights_license: as the model card states it; None where it does not, or where the weights are random.
    """

    weights_license: str | None


def find_folder(model: str) -> str:
    """Find the folder of a model.

    Args:
        model: a local folder, or a name on the hub (``'MCG-NJU/videomae-base'``), which is fetched once into the hub's
            cache. Only text and safetensors are fetched: never code, never pickles.

    Raises:
        FileNotFoundError: ``model`` is a path, and no folder.
        WeightsNotAvailable: it cannot be fetched. Says how to do without a network.
    """
    path = os.path.expanduser(model)
    if os.path.isdir(path):
        return path
    if os.path.isabs(path) or model.startswith('.') or model.count('/') > 1:
        raise FileNotFoundError(f'There is no folder of a model at {model}.')
    hub = require('huggingface_hub')
    try:
        return str(hub.snapshot_download(model, allow_patterns=list(_FETCHED)))
    except Exception as error:  # of the hub, of HTTP or of the file system: the remedy is the same
        raise WeightsNotAvailable(
            f'The model {model} could not be fetched from the Hugging Face hub ({type(error).__name__}: {error}). '
            'Download its files (config, preprocessor_config.json, *.safetensors, README.md) elsewhere and give their '
            'folder instead of the name.'
        ) from error


def read_json(folder: str, *names: str) -> dict[str, Any]:
    """Content of the first of several files that exists; empty without any.

    Raises:
        ValueError: it is not a JSON object.
    """
    for name in names:
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            continue
        with open(path, encoding='utf-8') as file:
            try:
                content = json.load(file)
            except ValueError as error:
                raise ValueError(f'{path} is not JSON: {error}.') from error
        if not isinstance(content, dict):
            raise ValueError(f'{path} must hold a JSON object, got {type(content).__name__}.')
        return content
    return {}


def read_state(folder: str, stem: str = 'model') -> dict[str, Tensor]:
    """Weights of a folder: ``<stem>.safetensors``, or the parts that its index lists.

    Raises:
        FileNotFoundError: there are none. Says so if there are pickles, which are not read.
        BrokenCheckpointError: a file is truncated.
    """
    whole = f'{stem}.safetensors'
    parts = [whole]
    if not os.path.isfile(os.path.join(folder, whole)):
        table: Mapping[str, str] = read_json(folder, f'{whole}.index.json').get('weight_map', {})
        parts = sorted({os.path.basename(part) for part in table.values()})
    if not parts:
        pickled = [name for name in sorted(os.listdir(folder)) if name.endswith(_PICKLED)]
        found = f'; {", ".join(pickled)} are pickles, which may hold code and are not read' if pickled else ''
        raise FileNotFoundError(
            f'{folder} has no {whole}{found}. Save the model with save_pretrained(folder), or pass '
            "weights='random' to train from scratch."
        )
    state: dict[str, Tensor] = {}
    for part in parts:
        state.update(load_file(os.path.join(folder, part))['state_dict'])
    return state


def read_license(folder: str) -> str | None:
    """License of the weights as the model card states it (``license`` and ``license_name``); None if it does not."""
    path = os.path.join(folder, 'README.md')
    if not os.path.isfile(path):
        return None
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if not text.startswith('---'):
        return None
    try:
        card = yaml.safe_load(text.split('---', 2)[1])
    except yaml.YAMLError:
        return None
    if not isinstance(card, Mapping) or not card.get('license'):
        return None
    stated = card['license']
    license_ = ', '.join(map(str, stated)) if isinstance(stated, list) else str(stated)
    return f'{license_} ({card["license_name"]})' if card.get('license_name') else license_
