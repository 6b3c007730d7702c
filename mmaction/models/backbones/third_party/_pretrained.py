"""What the native third-party backbones share: weights from a file or address, old key names, frozen parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

State = dict[str, Tensor]


def rename_keys(state: Mapping[str, Any], table: Iterable[tuple[str, str]]) -> State:
    """Apply ``(pattern, replacement)`` of :func:`re.sub` to each key, in the table's order."""
    rules = [(re.compile(pattern), new) for pattern, new in table]
    renamed = {}
    for key, value in state.items():
        for pattern, new in rules:
            key = pattern.sub(new, key)
        renamed[key] = value
    return renamed


def read_weights(source: str, prefix: str | None = None) -> State:
    """The state dict behind a path or address, only what lies below ``prefix`` where one is given.

    Of a whole recognizer's checkpoint, what lies below ``backbone``.

    Raises:
        ValueError: nothing lies below ``prefix``.
    """
    from mmaction.engine.checkpoint import load_weights

    state = load_weights(source)
    if not prefix and any(key.startswith('backbone.') for key in state):
        prefix = 'backbone'
    if not prefix:
        return state
    head = prefix.rstrip('.') + '.'
    below = {key[len(head) :]: value for key, value in state.items() if key.startswith(head)}
    if not below:
        raise ValueError(f'No key of {source} starts with {head!r}; it holds {", ".join(list(state)[:3])}, ...')
    return below


class PretrainedBackbone(BaseModule):
    """A backbone of another package, written natively under that package's key names.

    Args:
        pretrained: True for the package's published weights, or a path or address of weights of the whole classifier
            or of the backbone. They are read by :meth:`init_weights`, strictly, the classifier's entries left out.
        init_cfg: initialisation as in mmengine; ``dict(type='Pretrained', checkpoint=..., prefix=...)`` does what
            ``pretrained`` does. Default: the class's own.
    """

    #: Leading parts of keys in published files that belong to the classifier.
    classifier: ClassVar[tuple[str, ...]] = ()
    #: Initialisation where none is asked for.
    default_init: ClassVar[list[dict]] = [
        dict(type='Kaiming', layer='Conv2d'),
        dict(type='Constant', layer='_BatchNorm', val=1.0),
    ]

    def __init__(self, pretrained: bool | str | None = None, init_cfg: dict | list[dict] | None = None) -> None:
        if pretrained and init_cfg:
            raise ValueError(f'pretrained ({pretrained!r}) and init_cfg ({init_cfg!r}) are both given; keep one.')
        if isinstance(pretrained, str):
            init_cfg = dict(type='Pretrained', checkpoint=pretrained)
        elif pretrained:
            init_cfg = dict(type='Pretrained', checkpoint=self.published())
        super().__init__(init_cfg=init_cfg or self.default_init)
        self.register_load_state_dict_pre_hook(_upgrade_in_place)

    def published(self) -> str:
        """The address of the weights that ``pretrained=True`` means."""
        raise ValueError(f'{type(self).__name__} has no published weights; give a path or address as pretrained.')

    def upgrade(self, state: State) -> State:
        """Bring the keys of a state dict of this backbone to today's names. Applied at every load."""
        return state

    def init_weights(self) -> None:
        """Initialise, or read the pretrained weights strictly."""
        cfgs = [self.init_cfg] if isinstance(self.init_cfg, Mapping) else self.init_cfg
        cfg = next((cfg for cfg in cfgs if cfg['type'] == 'Pretrained'), None)
        if cfg is None:
            super().init_weights()
            return
        state = read_weights(cfg['checkpoint'], cfg.get('prefix'))
        self.load_pretrained({key: value for key, value in state.items() if not key.startswith(self.classifier)})
        self._is_init = True

    def load_pretrained(self, state: State) -> None:
        """Load the weights of a published file, without its classifier."""
        self.load_state_dict(state, strict=True)


def _upgrade_in_place(module: PretrainedBackbone, state: State, prefix: str, *_: Any) -> None:
    own = {key[len(prefix) :]: state.pop(key) for key in list(state) if key.startswith(prefix)}
    state.update({prefix + key: value for key, value in module.upgrade(own).items()})


def freeze(modules: Iterable[nn.Module]) -> None:
    """No gradients and fixed statistics for these modules."""
    for module in modules:
        module.eval()
        module.requires_grad_(False)


def eval_batch_norm(module: nn.Module) -> None:
    """Fix the statistics of every batch norm below ``module``."""
    for child in module.modules():
        if isinstance(child, _BatchNorm):
            child.eval()


def select_outputs(outs: list[Tensor]) -> Tensor | tuple[Tensor, ...]:
    """One feature map as it is, several as a tuple."""
    return outs[0] if len(outs) == 1 else tuple(outs)
