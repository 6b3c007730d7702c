"""Table of MMAction2 0.x, for the one backbone whose names changed in 1.0: ST-GCN."""

from __future__ import annotations

from mmaction.weights.rename import NORM, RenameTable, State

_BLOCK = r'st_gcn_networks\.(\d+)\.'


def graph_of_each_block(state: State) -> State:
    """Repeat the one adjacency ``A`` of 0.x in each block."""
    out = dict(state)
    graph = out.pop('A', None)
    if graph is not None:
        out |= {name.removesuffix('PA') + 'A': graph for name in state if name.endswith('.gcn.PA')}
    return out


STGCN = RenameTable(
    source="MMAction2 0.x's STGCN",
    mark=r'^st_gcn_networks\.',
    rules=(
        (r'A', 'A'),
        (rf'data_bn\.{NORM}', r'data_bn.\1'),
        (r'edge_importance\.(\d+)', r'gcn.\1.gcn.PA'),
        (_BLOCK + r'gcn\.conv\.(weight|bias)', r'gcn.\1.gcn.conv.\2'),
        (_BLOCK + rf'tcn\.0\.{NORM}', r'gcn.\1.gcn.bn.\2'),
        (_BLOCK + r'tcn\.2\.(weight|bias)', r'gcn.\1.tcn.conv.\2'),
        (_BLOCK + rf'tcn\.3\.{NORM}', r'gcn.\1.tcn.bn.\2'),
        (_BLOCK + r'residual\.0\.(weight|bias)', r'gcn.\1.residual.conv.\2'),
        (_BLOCK + rf'residual\.1\.{NORM}', r'gcn.\1.residual.bn.\2'),
    ),
    finish=graph_of_each_block,
)
