"""The graph and temporal convolutions under the names that MMAction2 gives them."""

from mmaction.models.backbones.gcn.ctrgcn import UnitCTRGCN as unit_ctrgcn
from mmaction.models.backbones.gcn.spatial import UnitAAGCN as unit_aagcn
from mmaction.models.backbones.gcn.spatial import UnitGCN as unit_gcn
from mmaction.models.backbones.gcn.temporal import MultiScaleTCN as mstcn
from mmaction.models.backbones.gcn.temporal import UnitTCN as unit_tcn

__all__ = ['mstcn', 'unit_aagcn', 'unit_ctrgcn', 'unit_gcn', 'unit_tcn']
