"""Networks without random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import pytest
import torch
from torch import Tensor, nn

_NAMES = ('constant_', 'ones_', 'zeros_', 'uniform_', 'normal_', 'trunc_normal_')
_NAMES += ('kaiming_uniform_', 'kaiming_normal_', 'xavier_uniform_', 'xavier_normal_')


@contextmanager
def skip_initialization(skips: Callable[[Tensor], bool] = torch.is_tensor) -> Iterator[None]:
    """Leave tensors as they were allocated: for networks that are filled as soon as they are built.

    Drawing the weights of a large network takes longer than one clip through it.

    Args:
        skips: which tensors; all by default.
    """

    def unless_skipped(initialize: Callable[..., Tensor]) -> Callable[..., Tensor]:
        @wraps(initialize)
        def initialize_others(tensor: Tensor, *args: object, **kwargs: object) -> Tensor:
            return tensor if skips(tensor) else initialize(tensor, *args, **kwargs)

        return initialize_others

    with pytest.MonkeyPatch.context() as patch:
        for name in _NAMES:
            patch.setattr(nn.init, name, unless_skipped(getattr(nn.init, name)))
        yield
