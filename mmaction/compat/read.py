"""The one place where configs are read, whatever line they come from."""

from __future__ import annotations

import ast
import logging
import os
from collections.abc import Mapping
from typing import Any, TypeGuard

from mmengine.config import Config
from mmengine.logging import print_log

from mmaction.compat.convert import convert_config
from mmaction.compat.detect import old_keys, split_options
from mmaction.compat.names import successor_path
from mmaction.compat.report import Report
from mmaction.utils.shipped import shipped_config

_SUFFIXES = ('.py', '.json', '.yaml', '.yml')
_ENCODER = 'hf:'  # in place of a path: a model of another library


def read_config(path: str | os.PathLike, options: Mapping[str, Any] | None = None) -> Config:
    """Read a config file.

    A name of 0.x that is not there is replaced by the file of today, and a file in the form of 0.x is converted; both
    are logged.

    Args:
        path: the file; or ``'hf:'`` and the folder of a model of transformers, timm or open_clip, or its name on the
            Hugging Face hub, for the config that follows from it.
        options: dotted key -> value that replaces the one in the file. Settings of 0.x are converted with the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no config, or Python cannot run it.
    """
    if is_encoder(path):
        return _encoder(str(path).removeprefix(_ENCODER), options or {})
    cfg = _load(find_config(path))
    before, after = split_options(cfg, options or {})
    if before:
        cfg.merge_from_dict(before)
    cfg = modernize(cfg)
    if after:
        _warn_of_used(cfg, after)
        cfg.merge_from_dict(after)
    return cfg


def _warn_of_used(cfg: Config, options: Mapping[str, Any]) -> None:
    """Warn of options that replace a variable from which the file has computed other settings by now."""
    assigned = [name for name in options if isinstance(cfg.get(name), str | int | float)]
    if not assigned or not str(cfg.filename).endswith('.py'):
        return
    with open(cfg.filename, encoding='utf-8') as file:
        tree = ast.parse(file.read())
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for name in used.intersection(assigned):
        print_log(
            f'--cfg-options replaces {name} alone: the settings that {cfg.filename} computes from it keep their '
            'values. Replace these too, or edit the file.',
            'current',
            logging.WARNING,
        )


def _load(path: str) -> Config:
    suffix = os.path.splitext(path)[1]
    if suffix not in _SUFFIXES:
        raise ValueError(f'{path} is no config: its name must end in {", ".join(_SUFFIXES)}.')
    try:
        return Config.fromfile(path)
    except OSError:
        raise  # it names the file, such as a missing base
    except Exception as error:  # of any kind: a config is Python code
        fault = f'{type(error).__name__}: {error}'
        if isinstance(error, SyntaxError):
            fault = f'line {error.lineno}: {error.msg}'
        raise ValueError(f'The config {path}, or one that it is based on, cannot be read: {fault}') from error


def is_encoder(path: Any) -> TypeGuard[str]:
    """True for ``'hf:'`` and a model of another library, whose folder has its config and its weights."""
    return isinstance(path, str) and path.startswith(_ENCODER)


def _encoder(model: str, options: Mapping[str, Any]) -> Config:
    from mmaction.models.adapters import encoder_config  # costs the import of all models

    cfg = encoder_config(model)
    cfg.merge_from_dict(dict(options))
    return cfg


def find_config(path: str | os.PathLike) -> str:
    """Find a config: a file, else one that comes with the package, else that of today for a name of 0.x.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = os.fspath(path)
    if os.path.isfile(path):
        return path
    shipped = shipped_config(path)
    if shipped is not None:
        print_log(
            f'{path} is not a file here; {shipped}, which comes with the package, is read.', 'current', logging.INFO
        )
        return str(shipped)
    today = successor_path(path)
    if today is None:
        raise FileNotFoundError(f'There is no config at {path}.')
    print_log(f'{path} is the name of MMAction2 0.x for {today}, which is read.', 'current', logging.INFO)
    return str(today)


def modernize(cfg: Config) -> Config:
    """Convert a config in the form of 0.x; others are returned as they are."""
    found = old_keys(cfg)
    if not found:
        return cfg
    converted, report = convert(cfg)
    name = cfg.filename or 'The config'
    print_log(
        f'{name} is in the form of MMAction2 0.x ({", ".join(found)}) and was converted; '
        'mmaction config migrate OLD NEW writes the result.',
        'current',
        logging.INFO,
    )
    for line in report.lines():
        level = logging.WARNING if line.startswith('not converted') else logging.INFO
        print_log(f'{name}: {line}', 'current', level)
    return converted


def convert(cfg: Config) -> tuple[Config, Report]:
    """Convert a config of 0.x, and report what changed or was lost."""
    converted, report = convert_config(cfg.to_dict())
    return Config(converted, cfg_text=cfg.text, filename=cfg.filename), report
