"""What MMAction2 0.x called the entries of the one backbone whose names changed in 1.0, ST-GCN."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from mmaction.models.backbones._rename import RenameTable

_NORM = r'(weight|bias|running_mean|running_var|num_batches_tracked)'
_BLOCK = r'st_gcn_networks\.(\d+)\.'
MMACTION0_STGCN = RenameTable(
    source="MMAction2 0.x's STGCN",
    mark=r'^st_gcn_networks\.',
    rules=(
        (r'A', 'A'),
        (rf'data_bn\.{_NORM}', r'data_bn.\1'),
        (r'edge_importance\.(\d+)', r'gcn.\1.gcn.PA'),
        (_BLOCK + r'gcn\.conv\.(weight|bias)', r'gcn.\1.gcn.conv.\2'),
        (_BLOCK + rf'tcn\.0\.{_NORM}', r'gcn.\1.gcn.bn.\2'),
        (_BLOCK + r'tcn\.2\.(weight|bias)', r'gcn.\1.tcn.conv.\2'),
        (_BLOCK + rf'tcn\.3\.{_NORM}', r'gcn.\1.tcn.bn.\2'),
        (_BLOCK + r'residual\.0\.(weight|bias)', r'gcn.\1.residual.conv.\2'),
        (_BLOCK + rf'residual\.1\.{_NORM}', r'gcn.\1.residual.bn.\2'),
    ),
)


def graph_of_each_block(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The one adjacency ``A`` of 0.x as that of each block."""
    out = dict(state)
    graph = out.pop('A', None)
    if graph is not None:
        out |= {name.removesuffix('PA') + 'A': graph for name in state if name.endswith('.gcn.PA')}
    return out
