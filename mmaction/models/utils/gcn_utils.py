"""The graph and temporal convolutions at their path in MMAction2."""

from mmaction.models.backbones.gcn.ctrgcn import unit_ctrgcn
from mmaction.models.backbones.gcn.spatial import unit_aagcn, unit_gcn
from mmaction.models.backbones.gcn.temporal import mstcn, unit_tcn

__all__ = ['mstcn', 'unit_aagcn', 'unit_ctrgcn', 'unit_gcn', 'unit_tcn']
