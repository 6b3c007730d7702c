"""The two layers that a transformer block ends with."""

from __future__ import annotations

from torch import Tensor, nn


class Mlp(nn.Module):
    """Linear -> activation -> linear, over the last dimension, under the keys ``fc1`` and ``fc2``.

    Args:
        dim: features of the input.
        hidden: features in between.
        out: features of the output; None: ``dim``.
        drop: dropout behind each layer.
        act: class of the activation.
    """

    def __init__(
        self,
        dim: int,
        hidden: int,
        out: int | None = None,
        *,
        drop: float = 0.0,
        act: type[nn.Module] = nn.GELU,
    ) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.act = act()
        self.fc2 = nn.Linear(hidden, dim if out is None else out)
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))
