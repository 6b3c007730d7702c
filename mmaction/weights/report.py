"""Comparison of a checkpoint with a module, and the one place that words its outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from mmaction.utils.check import shorten
from mmaction.weights.fit import Fit
from mmaction.weights.rename import RenameTable, State

NOTHING = '(?!)'  # a pattern that matches no name
# torch before 0.4.1 wrote no such counter, and nothing depends on it unless a norm's momentum is None
_COUNTER = re.compile(r'num_batches_tracked$')


@dataclass(frozen=True)
class LoadReport:
    """Outcome of loading a checkpoint into a module.

    Args:
        source: path, URL or another name of the weights.
        module: class of the module.
        loaded: entries of the module that the checkpoint has, in their shape.
        table: origin of the checkpoint, by the table that renamed it; None if no table fits.
        unused: entries of the checkpoint that the module does not have.
        missing: entries of the module that the checkpoint does not have.
        misfits: entries of another shape, with both shapes.
    """

    source: str
    module: str
    loaded: tuple[str, ...]
    table: str | None = None
    unused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every entry of either side has its counterpart."""
        return not (self.unused or self.missing or self.misfits)

    def problems(self, count: int = 4) -> str:
        """The keys that do not match, the first ``count`` of each kind."""
        kinds = {'missing keys': self.missing, 'unexpected keys': self.unused, 'of another shape': self.misfits}
        return '; '.join(f'{kind} {shorten(names, count)}' for kind, names in kinds.items() if names)

    def summary(self) -> str:
        """One line for the log."""
        line = f'{len(self.loaded)} entries of {self.source} loaded into {self.module}'
        if self.table:
            line += f', renamed by the table of {self.table}'
        return line if self.is_complete else f'{line}; {self.problems(20)}'

    def warning(self) -> str:
        """One sentence for a checkpoint of which something is missing or left over."""
        return f'The weights of {self.source} do not fully match {self.module}: {self.problems()}.'

    def error(self, remedy: str = '') -> ValueError:
        """The error for weights of another module."""
        if self.loaded:
            reason = self.problems()
        else:
            reason = f'not one key matches; {self.problems()}'
        return ValueError(
            f'The weights of {self.source} do not match {self.module}: {reason}.{remedy and f" {remedy}"}'
        )


def match(
    module: nn.Module,
    state: Mapping[str, Tensor],
    source: str,
    *,
    fit: Fit,
    table: RenameTable | None = None,
    ignore: str = NOTHING,
    optional: str = NOTHING,
) -> tuple[State, LoadReport]:
    """Compare a translated state dict with a module.

    Returns:
        The entries that fit, in the shapes of the module, and the report of a load of these.
    """
    targets = module.state_dict()
    fitted: State = {}
    misfits = []
    for name, target in targets.items():
        if name not in state:
            continue
        if not isinstance(target, Tensor):  # extra state of a module, of any type
            fitted[name] = state[name]
            continue
        shape = tuple(target.shape)
        weight = fit(name, state[name], shape)
        if tuple(weight.shape) == shape:
            fitted[name] = weight
        else:
            misfits.append(f'{name} is {tuple(state[name].shape)}, expected {shape}')
    unused = [name for name in state if name not in targets and not re.search(ignore, name)]
    missing = [name for name in targets if name not in state and not re.search(optional, name)]
    report = LoadReport(
        source=source,
        module=type(module).__name__,
        loaded=tuple(name for name in targets if name in fitted),
        table=table.source if table else None,
        unused=tuple(unused),
        missing=tuple(name for name in missing if not _COUNTER.search(name)),
        misfits=tuple(misfits),
    )
    return fitted, report
