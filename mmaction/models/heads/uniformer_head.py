"""Head of UniFormerV2."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from mmaction.models.heads._pooled import CROSS_ENTROPY, init_only
from mmaction.models.heads.timesformer_head import TimeSformerHead
from mmaction.registry import MODELS
from mmaction.utils.shipped import shipped_file
from mmaction.weights import load


def read_channel_map(path: str, num_classes: int) -> list[int]:
    """Read the index of each class among the classes of a pre-trained head.

    Args:
        path: JSON file with a list of indices. A relative path that does not exist is looked up beside our configs.
        num_classes: the expected number of indices.
    """
    file = Path(path) if Path(path).is_file() else shipped_file(path)
    if file is None:
        raise FileNotFoundError(f'channel_map ({path}) does not exist; relative paths start from {Path.cwd()}.')
    places = json.loads(file.read_text())
    if len(places) != num_classes:
        raise ValueError(f'channel_map ({path}) has {len(places)} classes, but num_classes is {num_classes}.')
    return places


@MODELS.register_module()
class UniFormerHead(TimeSformerHead):
    """One linear layer over pooled features (https://arxiv.org/abs/2211.09552).

    Args:
        num_classes: number of classes C.
        in_channels: channels of the features.
        loss_cls: config of the loss.
        dropout_ratio: dropout before the last layer.
        channel_map: JSON file with the index of each class in the head that ``init_cfg`` loads.
        init_cfg: config of the initialization. With ``dict(type='Pretrained', checkpoint=..., prefix='cls_head.')`` the
            last layer takes the classes in ``channel_map`` from a head for more classes, such as Kinetics-710.
        **kwargs: arguments of :class:`BaseHead`.
    """

    unused_hooks = {'_select_channels': 'Override init_weights.'}

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: dict = CROSS_ENTROPY,
        dropout_ratio: float = 0.0,
        channel_map: str | None = None,
        init_cfg: dict | list[dict] | None = init_only(('fc_cls',), type='TruncNormal', std=0.02),
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes, in_channels, loss_cls, dropout_ratio=dropout_ratio, init_cfg=init_cfg, **kwargs)
        self.channel_map = channel_map
        if self._pretrained and channel_map is None:
            raise ValueError(
                'An init_cfg of type Pretrained needs channel_map, the indices of the classes in that head.'
            )

    @property
    def _pretrained(self) -> bool:
        return isinstance(self.init_cfg, Mapping) and self.init_cfg.get('type') == 'Pretrained'

    def init_weights(self) -> None:
        """Initialize from ``init_cfg``; of a pre-trained head, take the classes in ``channel_map``."""
        if not self._pretrained or self.channel_map is None:
            super().init_weights()
            return
        places = read_channel_map(self.channel_map, self.fc_cls.out_features)

        def chosen_classes(name: str, weight: Tensor, shape: Sequence[int]) -> Tensor:
            if max(places) >= len(weight):
                raise ValueError(
                    f'channel_map ({self.channel_map}) names class {max(places)}, but {source} has {len(weight)}.'
                )
            return weight[places]

        source = self.init_cfg['checkpoint']
        prefix = self.init_cfg.get('prefix', 'cls_head.')
        load(self.fc_cls, source, prefix=f'{prefix}fc_cls', fit=chosen_classes)
