"""Models of transformers, built from a config or a folder and never from code that comes with the weights."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

from mmengine.logging import print_log
from torch import Tensor, nn

from mmaction.models.adapters.folders import find_folder, read_json, read_state
from mmaction.utils import require
from mmaction.utils.check import shorten
from mmaction.weights import load_weights

Kind = Literal['encoder', 'classifier']

# Entries of a config that name code of the repository's own, which is never run.
_CODE = ('auto_map', 'custom_pipelines')


def read_config(model: str | None, config: Mapping[str, Any] | None) -> tuple[dict[str, Any], str | None]:
    """The config of a model, and its folder if it has one.

    Args:
        model: folder, or name on the hub.
        config: entries that take precedence over those of the model; alone, the whole config with ``model_type``.

    Raises:
        ValueError: there is neither, or no ``model_type``.
    """
    if model is None and config is None:
        raise ValueError('Give model, a folder or a name on the hub, or config, a dict with model_type.')
    folder = None if model is None else find_folder(model)
    entries = {} if folder is None else read_json(folder, 'config.json')
    entries.update(copy.deepcopy(dict(config or {})))
    if 'model_type' not in entries:
        raise ValueError(
            f'{folder or "config"} states no model_type, as the config.json of a model of transformers does.'
        )
    return {key: value for key, value in entries.items() if key not in _CODE}, folder


def build_config(entries: Mapping[str, Any]) -> Any:
    """The config object of transformers.

    Raises:
        ImportError: transformers is absent.
        ValueError: this release knows no such ``model_type``; code from a repository is not run.
    """
    transformers = import_transformers()
    kind = entries['model_type']
    if kind not in transformers.CONFIG_MAPPING:
        raise ValueError(
            f'transformers {transformers.__version__} has no model_type {kind!r}. A newer release may have it; code '
            'that comes with weights is never run.'
        )
    settings = {key: value for key, value in entries.items() if key != 'model_type'}
    return transformers.CONFIG_MAPPING[kind].from_dict(settings)


def import_transformers() -> ModuleType:
    """Import transformers, of a release whose modules have the names in the table of families.

    Raises:
        ImportError: it is absent or older. Names the command.
    """
    return require('transformers>=5', 'pip install "transformers>=5" (which needs Python 3.11 or later)')


def build_network(config: Any, kind: Kind, state: Mapping[str, Tensor] | None = None, origin: str = '') -> nn.Module:
    """Build a network, with random weights or those of a state dict.

    transformers itself converts the names of its earlier releases and of models with other heads.

    Args:
        config: config object of transformers.
        kind: ``'classifier'`` of videos, or ``'encoder'`` without one.
        state: weights under any names that transformers reads.
        origin: where they are from, for messages.

    Raises:
        ValueError: transformers has no classifier of videos for this config; weights have another shape, or none fits.
    """
    transformers = import_transformers()
    if kind == 'encoder':
        mapping = transformers.MODEL_MAPPING
    else:
        mapping = transformers.MODEL_FOR_VIDEO_CLASSIFICATION_MAPPING
    if type(config) not in mapping:
        raise ValueError(
            f'transformers has no {kind} of videos of model_type {config.model_type!r}. '
            "For an encoder of images use dict(type='FrameEncoder', ...)."
        )
    cls = mapping[type(config)]
    if state is None:
        network: nn.Module = cls(config)
    else:
        with _quiet(transformers):
            network, found = cls.from_pretrained(None, config=config, state_dict=dict(state), output_loading_info=True)
        _report(network, found, origin)
    # Else mmengine calls the `init_weights` of a model of transformers, which discards pretrained weights.
    network.__dict__['is_init'] = True
    return network.eval()


@contextmanager
def _quiet(transformers: ModuleType) -> Iterator[None]:
    """Keep back the progress and the report of transformers, which names no file; ours follows."""
    settings = transformers.utils.logging
    level, had_progress = settings.get_verbosity(), settings.is_progress_bar_enabled()
    settings.set_verbosity_error()
    settings.disable_progress_bar()
    try:
        yield
    finally:
        settings.set_verbosity(level)
        if had_progress:
            settings.enable_progress_bar()


def _report(network: nn.Module, found: Mapping[str, Any], origin: str) -> None:
    misfits = [str(entry) for entry in found.get('mismatched_keys') or ()]
    if misfits:
        raise ValueError(f'Weights of {origin} have another shape than {type(network).__name__}: {shorten(misfits)}.')
    missing = sorted(found.get('missing_keys') or ())
    if len(missing) == len(network.state_dict()):
        raise ValueError(f'None of the weights of {origin} fits {type(network).__name__}.')
    if missing:
        print_log(
            f'{origin} lacks {shorten(missing)} of {type(network).__name__}: random until trained.',
            logger='current',
            level=logging.WARNING,
        )


def read_weights(weights: str | None, folder: str | None) -> Mapping[str, Tensor] | None:
    """Weights for a network; None for random ones.

    Args:
        weights: a checkpoint file or URL; ``'random'``; None takes those of the folder.
        folder: of the model.
    """
    if weights == 'random':
        return None
    if weights is not None:
        return load_weights(weights)
    return None if folder is None else read_state(folder)
