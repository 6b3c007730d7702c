"""Weights that other codebases trained on videos, into the 3D ResNets."""

from __future__ import annotations

from torch import nn

from mmaction.models.backbones import _weights
from mmaction.models.backbones._rename import ForeignNames, backbone_part
from mmaction.models.backbones.resnet.blocks import zero_residuals
from mmaction.models.common.non_local import NonLocal3d


def load_video_weights(module: nn.Module, source: str, **how: str) -> None:
    """Load 3D weights: ours, of which the log tells what was not used, or all of a net that ``module`` can convert.

    Args:
        module: the backbone.
        source: path or address.
        **how: keywords of :func:`_weights.load_into`.

    Raises:
        ValueError: a net of another codebase has entries that ``module`` lacks, or lacks some; it names them.
    """
    from mmaction.engine.checkpoint import load_weights

    given_state = backbone_part(load_weights(source, map_location='cpu'))
    state = module.converted(given_state) if isinstance(module, ForeignNames) else given_state
    if state.keys() != given_state.keys():
        state = {name: value for name, value in state.items() if not name.startswith('cls_head.')}
        wanted = {name for name in module.state_dict() if not name.endswith('num_batches_tracked')}
        given = {name for name in state if not name.endswith('num_batches_tracked')}
        if given != wanted:
            raise ValueError(
                f'The weights {source} are of another {type(module).__name__}: '
                f'it has no {_names(given - wanted)}, they have no {_names(wanted - given)}.'
            )
    _weights.load_into(module, source, state=state, **how)


def _names(names: set[str]) -> str:
    few = sorted(names)[:4]
    more = f' and {len(names) - 4} more' if len(names) > 4 else ''
    return (', '.join(few) or 'other entry') + more


class ClipWeights(ForeignNames):
    """Initial weights of a 3D ResNet, or of a part of one, by its ``pretrained`` and ``pretrained2d``."""

    def inflate_weights(self) -> None:
        """Load ``pretrained``, weights of a 2D ResNet, and repeat its kernels over time."""
        _weights.load_into(self, self.pretrained, rename=_weights.from_torchvision)

    def init_weights(self, pretrained: str | None = None) -> None:
        """Initialise, then load ``pretrained``: the argument, or that of the constructor."""
        if pretrained is not None:
            self.pretrained = pretrained
        _weights.check_pretrained(self.pretrained)
        super().init_weights()
        for m in self.modules():
            if isinstance(m, NonLocal3d):
                m.init_weights()
        if self.zero_init_residual:
            zero_residuals(self)
        if self.pretrained and self.pretrained2d:
            self.inflate_weights()
        elif self.pretrained:
            load_video_weights(self, self.pretrained)
