"""Models of the zoo by name, from the index and the metafiles beside the configs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mmaction.compat.names import old_name
from mmaction.compat.read import find_config

_PACKAGE = Path(__file__).resolve().parent.parent
_INDEX = 'model-index.yml'


@dataclass(frozen=True)
class ModelEntry:
    """One model of the zoo.

    Attributes:
        name: full name, as in its metafile.
        config_path: the config on this machine.
        weights: URL of its weights; None if none were published.
        aliases: short names.
    """

    name: str
    config_path: str
    weights: str | None = None
    aliases: tuple[str, ...] = ()


def zoo_root() -> Path:
    """The folder with ``model-index.yml`` and ``configs``: the checkout, or ``mmaction/.mim`` of an installed wheel.

    Raises:
        FileNotFoundError: neither has it.
    """
    for root in (_PACKAGE.parent, _PACKAGE / '.mim'):
        if (root / _INDEX).is_file() and (root / 'configs').is_dir():
            return root
    raise FileNotFoundError(
        f'There is no {_INDEX} in {_PACKAGE.parent} nor in {_PACKAGE / ".mim"}, so models cannot be found by name. '
        'Give the path of a config.'
    )


def find_model(name: str) -> ModelEntry:
    """Look up a model by name, alias (``'tsn'``) or name of its config file, in upper or lower case.

    Raises:
        ValueError: no model has that name; the message names similar ones.
    """
    root = zoo_root()
    wanted = re.sub(r'\.py$', '', name.strip().lower())
    table = _by_name(root)
    if wanted not in table and old_name(wanted):
        wanted = Path(find_config(wanted)).stem.lower()
    entry = table.get(wanted)
    if entry is not None:
        return entry
    close = [_spelt(table, key) for key in _alike(wanted, table)]
    hint = f' Did you mean {" or ".join(close)}?' if close else ''
    raise ValueError(
        f'No model and no config file is named {name}.{hint} mmaction.apis.list_models() lists all models.'
    )


def list_models(pattern: str = '.*') -> list[str]:
    """Names and aliases of the models that match a regular expression from their start, in upper or lower case."""
    names = (name for entry in _indexed(zoo_root()) for name in (entry.name, *entry.aliases))
    return [name for name in names if re.match(pattern, name, re.IGNORECASE)]


@cache
def _by_name(root: Path) -> dict[str, ModelEntry]:
    """Table of all names in lower case. Configs that no metafile lists have no weights; listed ones take precedence."""
    files = (path for path in sorted((root / 'configs').rglob('*.py')) if '_base_' not in path.parts)
    table = {path.stem.lower(): ModelEntry(path.stem, str(path)) for path in files}
    for entry in _indexed(root):
        table.update({name.lower(): entry for name in (Path(entry.config_path).stem, entry.name)})
    for entry in _indexed(root):
        for alias in entry.aliases:
            table.setdefault(alias.lower(), entry)
    return table


def _alike(wanted: str, table: dict[str, ModelEntry]) -> list[str]:
    """Up to three names: those spelt similarly, else those that share most parts with it."""
    close = difflib.get_close_matches(wanted, table, n=3, cutoff=0.6)
    if close:
        return close
    parts = {*re.split(r'[-_]', wanted)}
    shared = {name: len(parts & {*re.split(r'[-_]', name)}) for name in table}
    most = max(shared.values(), default=0)
    return sorted((name for name, count in shared.items() if 0 < count == most), key=len)[:3]


def _spelt(table: dict[str, ModelEntry], key: str) -> str:
    entry = table[key]
    return next((name for name in (entry.name, *entry.aliases) if name.lower() == key), key)


@cache
def _indexed(root: Path) -> tuple[ModelEntry, ...]:
    return tuple(_read_index(root))


def _read_index(root: Path) -> Iterator[ModelEntry]:
    from mmengine.fileio import load

    for metafile in load(root / _INDEX)['Import']:
        for model in load(root / metafile).get('Models') or ():
            weights, aliases = model.get('Weights'), model.get('Alias') or ()
            yield ModelEntry(
                name=model['Name'],
                config_path=str(root / model['Config']),
                weights=weights[0] if isinstance(weights, list) else weights,
                aliases=(aliases,) if isinstance(aliases, str) else tuple(aliases),
            )
