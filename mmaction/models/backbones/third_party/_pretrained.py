"""Shared parts of the native third-party backbones: published weights and outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from torch import Tensor

from mmaction.weights import Pretrained, rename_on_load
from mmaction.weights.load import Policy
from mmaction.weights.report import NOTHING


class PretrainedBackbone(Pretrained):
    """Backbone of another package, implemented natively with the key names of that package.

    ``tables`` hold the names of older releases, which every load accepts.

    Args:
        pretrained: True for the package's published weights, or a path or URL of weights of the whole classifier
            or of the backbone. They are read by :meth:`init_weights`, strictly, without the classifier's entries.
        init_cfg: initialization as in mmengine; ``dict(type='Pretrained', checkpoint=..., prefix=...)`` does what
            ``pretrained`` does.
    """

    policy: Policy = 'strict'
    #: Leading parts of keys in published files that belong to the classifier.
    classifier: ClassVar[tuple[str, ...]] = ()
    default_init: Sequence[Mapping[str, Any]] = (
        dict(type='Kaiming', layer='Conv2d'),
        dict(type='Constant', layer='_BatchNorm', val=1.0),
    )

    def __init__(self, pretrained: bool | str | None = None, init_cfg: dict | list[dict] | None = None) -> None:
        if pretrained and init_cfg:
            raise ValueError(f'pretrained ({pretrained!r}) and init_cfg ({init_cfg!r}) are both given; keep one.')
        super().__init__(self.published() if pretrained is True else pretrained or None, init_cfg)
        self.ignore = '|'.join(rf'^{re.escape(prefix)}' for prefix in self.classifier) or NOTHING
        rename_on_load(self, *self.tables)

    def published(self) -> str:
        """The URL of the weights that ``pretrained=True`` means."""
        raise ValueError(f'{type(self).__name__} has no published weights; give a path or URL as pretrained.')


def select_outputs(outs: list[Tensor]) -> Tensor | tuple[Tensor, ...]:
    """Feature map of a single stage as a tensor, of several stages as a tuple."""
    return outs[0] if len(outs) == 1 else tuple(outs)
