"""Graph convolutions over the joints of a skeleton (N, M, T, V, C)."""

from mmaction.models.backbones.gcn.aagcn import AAGCN
from mmaction.models.backbones.gcn.ctrgcn import CTRGCN
from mmaction.models.backbones.gcn.msg3d import MSG3D
from mmaction.models.backbones.gcn.stgcn import STGCN

__all__ = ['AAGCN', 'CTRGCN', 'MSG3D', 'STGCN']
