from .backbone import PlainBlock3d, SlimResNet3d
from .head import MeanHead, PooledI3DHead
from .recognizer import ClipRecognizer

__all__ = ['ClipRecognizer', 'MeanHead', 'PlainBlock3d', 'PooledI3DHead', 'SlimResNet3d']
