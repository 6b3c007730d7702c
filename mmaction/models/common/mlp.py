"""Feed-forward network at the end of a transformer block."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from mmaction.models.common.linear_act import linear_act


class Mlp(nn.Module):
    """Linear -> activation -> linear over the last dimension, under the keys ``fc1`` and ``fc2``.

    Args:
        dim: features of the input.
        hidden: hidden features.
        out: features of the output. Default: ``dim``.
        drop: dropout after each layer.
        act: class of the activation, or what else makes one.
    """

    def __init__(
        self,
        dim: int,
        hidden: int,
        out: int | None = None,
        *,
        drop: float = 0.0,
        act: Callable[[], nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.act = act()
        self.fc2 = nn.Linear(hidden, dim if out is None else out)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(linear_act(self.fc1, self.act, x))))
