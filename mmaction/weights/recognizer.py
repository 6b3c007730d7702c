"""Checkpoints of whole recognizers from other codebases, under the names of one of ours."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from mmengine.logging import print_log
from torch import Tensor, nn

from mmaction.utils.check import shorten
from mmaction.weights.rename import RenameTable, State, part_below, translate, with_prefix
from mmaction.weights.report import match

_BACKBONE, _HEAD = 'backbone.', 'cls_head.'
# created by the model itself if a checkpoint has none
_OPTIONAL = r'num_batches_tracked$|relative_position_index$'
_REMEDY = 'Give the config of their network, or name them as pretrained of the backbone to start from a part of them.'


@runtime_checkable
class Translates(Protocol):
    """The part of :class:`~mmaction.weights.pretrained.Pretrained` that a checkpoint of a recognizer needs."""

    tables: Sequence[RenameTable]

    def adapt(self, state: State, table: RenameTable | None) -> State:
        """Finish the translation of a state dict."""

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Bring a weight into the shape of its target."""


def state_for(model: nn.Module, state: Mapping[str, Tensor], source: str = 'the checkpoint') -> Mapping[str, Tensor]:
    """A state dict under the names of ``model``.

    One whose names are those of the model, or that no table of the model's backbone fits, is returned as it is;
    nothing is guessed. A classifier for other classes is left out, with a warning in the log.

    Args:
        model: a recognizer; the tables of its backbone, if it has any, are used.
        state: state dict of a checkpoint, without ``module.``.
        source: its name in errors.

    Raises:
        ValueError: another codebase's checkpoint has entries that the model lacks, lacks parameters of the backbone,
            or has them in another shape; it names them.
    """
    backbone = getattr(model, 'backbone', None)
    targets = model.state_dict()
    if not isinstance(backbone, Translates) or state.keys() <= targets.keys():
        return state
    inner = part_below(state, _BACKBONE)
    rest = {key: value for key, value in state.items() if inner and not key.startswith(_BACKBONE)}
    # Tables of a part of a model, such as a 2D ResNet, are for `pretrained`: the rest would stay random unnoticed.
    translated, table = translate(inner or state, [table for table in backbone.tables if table.whole])
    if table is None:
        return state
    translated = with_prefix(backbone.adapt(translated, table)) | rest

    def fit(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        if name.startswith(_BACKBONE):
            return backbone.fit(name.removeprefix(_BACKBONE), weight, shape)
        if name.startswith(_HEAD) and weight.ndim > 2 == len(shape):
            return weight.flatten(1)  # (O, I, 1, 1, 1) -> (O, I): a 1x1x1 convolution there, a linear layer here
        return weight

    # Fixed buffers are created by the model, but norms need their statistics.
    needed = {name for name, _ in model.named_parameters() if name.startswith(_BACKBONE)}
    needed |= {name for name in targets if re.search(r'^backbone\..*running_(mean|var)$', name)}
    fitted, report = match(model, translated, source, fit=fit, table=table, ignore=_OPTIONAL)
    other_classes = [text for text in report.misfits if text.startswith(_HEAD)]
    report = replace(
        report,
        module=f'{type(model).__name__} of {type(backbone).__name__}',
        missing=tuple(name for name in report.missing if name in needed),
        misfits=tuple(text for text in report.misfits if not text.startswith(_HEAD)),
    )
    if not report.is_complete:
        raise report.error(_REMEDY)
    print_log(f'{len(fitted)} of {len(state)} entries renamed by the table of {table.source}', 'current')
    if other_classes:
        print_log(
            f'Left out, because the model has other classes: {shorten(other_classes)}', 'current', logging.WARNING
        )
    return fitted
