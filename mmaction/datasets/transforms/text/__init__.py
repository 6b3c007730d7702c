"""Steps on texts."""

from mmaction.datasets.transforms.text.clip import CLIPTokenize

__all__ = ['CLIPTokenize']
