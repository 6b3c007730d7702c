"""A backbone that counts its calls."""

from mmaction.models import ResNet
from mmaction.registry import MODELS


@MODELS.register_module()
class ExampleNet(ResNet):
    """ResNet that counts its calls."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x)
