from .msg3d import MSG3D

__all__ = ['MSG3D']
