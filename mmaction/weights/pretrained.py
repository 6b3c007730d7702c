"""Base of networks that load their own initial weights, given by ``pretrained``."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mmengine.model import BaseModule
from torch import Tensor

from mmaction.utils.overrides import ReportsUnusedHooks
from mmaction.weights.fit import as_is, fit_convolution
from mmaction.weights.load import Policy, load
from mmaction.weights.rename import RenameTable, State
from mmaction.weights.report import NOTHING

InitCfg = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
# default initialization of transformers
TRANSFORMER_INIT: Sequence[Mapping[str, Any]] = (
    dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.0),
    dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
)


def check_pretrained(pretrained: Any) -> None:
    """Check that ``pretrained`` is a path or URL, or None.

    Raises:
        TypeError: it is anything else.
    """
    if pretrained is not None and not isinstance(pretrained, str):
        raise TypeError(f'pretrained must be a str or None, got {pretrained!r}.')


def split_init_cfg(init_cfg: Any) -> tuple[Mapping[str, Any] | None, list[Mapping[str, Any]]]:
    """Take the ``dict(type='Pretrained', checkpoint=..., prefix=...)`` out of ``init_cfg``, and return it and the rest.

    The network loads it itself: mmengine's own initializer knows no foreign names and would skip the rest.
    """
    cfgs = [init_cfg] if isinstance(init_cfg, Mapping) else list(init_cfg or [])
    loads = [cfg for cfg in cfgs if cfg['type'] == 'Pretrained']
    rest = [cfg for cfg in cfgs if cfg['type'] != 'Pretrained']
    return (loads[0] if loads else None), rest


class Pretrained(ReportsUnusedHooks, BaseModule):
    """A network that knows which checkpoints it can start from.

    Subclasses state how they differ: the tables of foreign names, the weights that change their shape, the entries
    that may be left over or missing.

    Args:
        pretrained: path, URL or ``torchvision://<name>`` of weights that :meth:`init_weights` loads.
        init_cfg: initialization, by default ``default_init``; ``dict(type='Pretrained', checkpoint=..., prefix=...)``
            does what ``pretrained`` does.
    """

    init_cfg: Any  # an attribute of mmengine's without a type
    #: translations of other codebases' checkpoints
    tables: Sequence[RenameTable] = ()
    #: pattern of entries of a checkpoint that may be left over
    ignore: str = r'^cls_head\.'
    #: pattern of entries of the network that may be missing from a checkpoint
    optional: str = NOTHING
    #: treatment of missing and unexpected keys
    policy: Policy = 'strict'
    #: default of `init_cfg`
    default_init: Sequence[Mapping[str, Any]] | None = None

    unused_hooks: ClassVar[Mapping[str, str]] = {'_init_weights': 'Override init_weights, or init_rest.'}

    def __init__(self, pretrained: str | None = None, init_cfg: Any = None) -> None:
        check_pretrained(pretrained)
        loads, rest = split_init_cfg(init_cfg)
        super().__init__(init_cfg=rest or None)
        self.pretrained: str | None = pretrained
        self._prefix: str | None = None
        if pretrained is None and loads is not None:
            self.pretrained = loads['checkpoint']
            # `backbone.` is taken off anyway, from a checkpoint that has it.
            prefix = loads.get('prefix')
            self._prefix = None if prefix in ('backbone', 'backbone.') else prefix

    def init_weights(self, pretrained: str | None = None) -> None:
        """Initialize, then load ``pretrained``: the argument, or that of the constructor."""
        if pretrained is not None:
            self.pretrained, self._prefix = pretrained, None
        check_pretrained(self.pretrained)
        if self.init_cfg is None:  # not in the constructor: MMAction2's networks state None
            self.init_cfg = copy.deepcopy(self.default_init)
        super().init_weights()
        self.init_rest()
        if self.pretrained:
            self.load_pretrained(self.pretrained)

    def init_rest(self) -> None:
        """Initialize what ``init_cfg`` cannot express."""

    def load_pretrained(self, source: str) -> None:
        """Load the weights at ``source``."""
        load(
            self,
            source,
            tables=self.tables,
            adapt=self.adapt,
            fit=self.fit,
            ignore=self.ignore,
            optional=self.optional,
            policy=self.policy,
            prefix=self._prefix,
        )

    def adapt(self, state: State, table: RenameTable | None) -> State:
        """Finish the translation of a state dict, where that needs the network. ``table`` is the one that fitted."""
        return state

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        """Bring a weight into the shape of its target, if possible."""
        return as_is(name, weight, shape)


class PretrainedConvNet(Pretrained):
    """A convolutional network that also starts from a part of a similar one: what is missing stays as initialized.

    2D kernels are inflated, and the stem takes weights for another number of input channels.
    """

    policy: Policy = 'log'
    #: the first convolution, the only one whose input channels may differ
    stem: str = 'conv1.conv.weight'

    def fit(self, name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
        return fit_convolution(weight, shape, stem=name == self.stem)
