"""Models ready to predict, from a config and a checkpoint."""

from __future__ import annotations

import ast
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident
from typing import Any

import torch
from mmengine.config import Config, ConfigDict
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from torch import nn

import mmaction.engine  # noqa: F401  (also makes mmengine load checkpoints safely)
from mmaction.compat.read import modernize
from mmaction.registry import MODELS
from mmaction.weights import WeightsNotAvailable, fetch_weights, load
from mmaction.weights.sources import load_checkpoint_file

RANDOM = 'random'
_OTHER_MODEL = 'Give the config that it was trained with (is num_classes that of its dataset?).'


def resolve_device(device: str | int | torch.device | None) -> torch.device:
    """Resolve the device to run on: the CPU, with a warning, if CUDA is requested and absent.

    Args:
        device: default: CUDA if available, else the CPU.

    Raises:
        ValueError: there is no such device.
    """
    if device is None:
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise ValueError(f"device ({device!r}) must be 'cpu', 'cuda', 'cuda:1' or the like.") from error
    if chosen.type != 'cuda':
        return chosen
    if not torch.cuda.is_available():
        warnings.warn(f'There is no CUDA device; the CPU is used instead of {device}.', stacklevel=3)
        return torch.device('cpu')
    count = torch.cuda.device_count()
    if chosen.index is not None and chosen.index >= count:
        raise ValueError(f'device ({device}) does not exist: available are cuda:0 to cuda:{count - 1}.')
    return chosen


def without_pretrained(cfg: Any) -> Any:
    """Copy a model's config, without the settings that load weights when it is built."""
    if isinstance(cfg, Mapping):
        out = {key: without_pretrained(value) for key, value in cfg.items()}
        if isinstance(out.get('pretrained'), str):
            out['pretrained'] = None
        elif out.get('pretrained') is True:
            out['pretrained'] = False
        if 'init_cfg' in out:
            out['init_cfg'] = _without_loading(out['init_cfg'])
        rebuild: Any = type(cfg)  # ConfigDict and dict keep their type: ConfigDict has attribute access
        return rebuild(out)
    if isinstance(cfg, list | tuple):
        return type(cfg)(without_pretrained(value) for value in cfg)
    return cfg


def _without_loading(init_cfg: Any) -> Any:
    if isinstance(init_cfg, Mapping):
        return None if init_cfg.get('type') == 'Pretrained' else init_cfg
    if isinstance(init_cfg, list | tuple):
        return [part for part in init_cfg if part.get('type') != 'Pretrained'] or None
    return init_cfg


def build_model(cfg: Config | ConfigDict, device: torch.device, pretrained: bool = False) -> nn.Module:
    """Build the model of a config, in evaluation mode, with ``model.cfg``.

    Args:
        cfg: the config.
        device: device of the model.
        pretrained: load the pretrained weights that the config names; else they are removed from ``model.cfg``.

    Raises:
        ValueError: the config has no model.
        WeightsNotAvailable: the pretrained weights cannot be fetched.
    """
    if cfg.get('model') is None:
        raise ValueError(f'The config{_origin(cfg)} has no model.')
    init_default_scope(cfg.get('default_scope') or 'mmaction')
    if not pretrained:
        cfg.model = without_pretrained(cfg.model)
    model = MODELS.build(cfg.model)
    if pretrained:
        with _without_infos(MMLogger.get_current_instance()):
            model.init_weights()
    model.cfg = cfg
    return model.to(device).eval()


@contextmanager
def _without_infos(logger: logging.Logger) -> Iterator[None]:
    """Drop what this thread logs below a warning: mmengine logs how every single parameter was initialized."""
    thread = get_ident()

    def is_kept(record: logging.LogRecord) -> bool:
        return record.thread != thread or record.levelno > logging.INFO

    logger.addFilter(is_kept)
    try:
        yield
    finally:
        logger.removeFilter(is_kept)


def _origin(cfg: Any) -> str:
    name = getattr(cfg, 'filename', None)
    return f' {name}' if name else ''


def load_into(model: nn.Module, checkpoint: str | os.PathLike) -> None:
    """Load a checkpoint: a file or a URL. Missing and unexpected keys are named in a warning.

    Raises:
        FileNotFoundError, WeightsNotAvailable, UnsafeCheckpointError: it is unreadable, or is not plain data.
        ValueError: it is not a checkpoint, or one of another model.
    """
    try:
        load(model, os.fspath(checkpoint), policy='warn', remedy=_OTHER_MODEL)
    except WeightsNotAvailable:
        raise
    except RuntimeError as error:
        raise ValueError(str(error)) from error


def fetch_zoo_weights(url: str) -> str:
    """Fetch the weights of a model of the zoo; returns their local path.

    Raises:
        WeightsNotAvailable: they cannot be fetched; the message tells where to put them, and the alternatives.
    """
    try:
        return fetch_weights(url)
    except WeightsNotAvailable as error:
        raise WeightsNotAvailable(
            f'{error} Pass the local file as weights=PATH (--rec-weights PATH), or weights={RANDOM!r} '
            f'(--rec-weights {RANDOM}) for untrained weights.'
        ) from error


# --- the config that a checkpoint carries ---------------------------------------------------------------------------
def config_of_checkpoint(checkpoint: str | os.PathLike) -> ConfigDict:
    """Read the config that mmengine writes into the checkpoints of a training.

    It is Python text, of which only ``name = value`` with plain values is read; no code is run.

    Raises:
        ValueError: the checkpoint has no config, or one with more than plain values.
    """
    source = os.fspath(checkpoint)
    loaded = load_checkpoint_file(source)
    parts = loaded if isinstance(loaded, dict) else {}
    hub = parts.get('message_hub') or {}
    meta = parts.get('meta') or {}
    text = (hub.get('runtime_info') or {}).get('cfg') or meta.get('cfg') or meta.get('config')  # the last in 0.x
    if not isinstance(text, str):
        raise ValueError(f'The checkpoint {source} carries no config. Pass the one that it was trained with.')
    try:
        return ConfigDict(modernize(Config(read_config_text(text))).to_dict())
    except (SyntaxError, ValueError) as error:
        raise ValueError(
            f'The config in the checkpoint {source} is not made of plain values ({error}), and no code from a '
            'checkpoint is run. Give the config that it was trained with.'
        ) from error


def read_config_text(text: str) -> dict[str, Any]:
    """Parse the assignments of a config that mmengine printed; values are literals and ``dict(...)``."""
    out: dict[str, Any] = {}
    for line in ast.parse(text).body:
        if not isinstance(line, ast.Assign) or len(line.targets) != 1 or not isinstance(line.targets[0], ast.Name):
            raise ValueError(f'line {line.lineno} assigns no value to a name')
        out[line.targets[0].id] = _plain(line.value)
    return out


def _plain(node: ast.expr) -> Any:
    match node:
        case ast.Call(func=ast.Name(id='dict'), args=args, keywords=keywords) if len(args) <= 1:
            first = dict(_plain(args[0])) if args else {}
            return first | {_keyword(keyword): _plain(keyword.value) for keyword in keywords}
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {_plain(key): _plain(value) for key, value in zip(keys, values) if key is not None}
        case ast.List(elts=parts):
            return [_plain(part) for part in parts]
        case ast.Tuple(elts=parts):
            return tuple(_plain(part) for part in parts)
        case ast.Set(elts=parts):
            return {_plain(part) for part in parts}
        case ast.Name(id='inf' | 'nan'):
            return float(node.id)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id='inf')):
            return float('-inf')
    return ast.literal_eval(node)


def _keyword(keyword: ast.keyword) -> str:
    if keyword.arg is None:
        raise ValueError(f'line {keyword.value.lineno} unpacks a dict')
    return keyword.arg
