from .vit import UMTViT

__all__ = ['UMTViT']
