"""Skeleton graphs: joints are nodes, edges point to the center of the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmaction.structures.skeletons import SKELETONS, Pair, read_edges
from mmaction.utils.check import at_least, pick

__all__ = ['Graph', 'edge2mat', 'get_hop_distance', 'k_adjacency', 'normalize_digraph']


def edge2mat(edges: Sequence[Pair], num_node: int) -> np.ndarray:
    """Adjacency (V, V) of directed edges: entry [j, i] is 1 where there is an edge from i to j."""
    matrix = np.zeros((num_node, num_node))
    if len(edges):
        source, target = np.asarray(edges).T
        matrix[target, source] = 1
    return matrix


def normalize_digraph(A: np.ndarray, dim: int = 0) -> np.ndarray:
    """Divide each column by the sum along ``dim``; columns whose sum is 0 become 0."""
    degree = np.sum(A, axis=dim)
    scale = np.zeros_like(degree, dtype=float)
    np.divide(1.0, degree, out=scale, where=degree > 0)
    normalized: np.ndarray = A * scale
    return normalized


def get_hop_distance(num_node: int, edges: Sequence[Pair], max_hop: int = 1) -> np.ndarray:
    """Steps from node to node along undirected edges (V, V); more than ``max_hop`` are infinity."""
    links = edge2mat(edges, num_node)
    links = links + links.T + np.eye(num_node) > 0
    distance = np.where(np.eye(num_node) > 0, 0, np.inf)
    reached = np.eye(num_node) > 0
    for hop in range(1, max_hop + 1):
        further = reached.astype(float) @ links > 0
        distance[further & ~reached] = hop
        reached = further
    return distance


def k_adjacency(A: np.ndarray, k: int, with_self: bool = False, self_factor: float = 1) -> np.ndarray:
    """Nodes that are exactly ``k`` steps apart (V, V), after MS-G3D (https://arxiv.org/abs/2003.14111, Sec. 3.2).

    Args:
        A: adjacency (V, V).
        k: number of steps; 0 gives the identity.
        with_self: add ``self_factor`` on the diagonal.
        self_factor: see there.
    """
    identity = np.eye(len(A), dtype=A.dtype)
    if k == 0:
        return identity
    within = [np.minimum(np.linalg.matrix_power(A + identity, power), 1) for power in (k, k - 1)]
    exactly: np.ndarray = within[0] - within[1]
    if with_self:
        exactly = exactly + self_factor * identity
    return exactly


class Graph:
    """The graph of a skeleton, and its adjacency matrices ``A`` (K, V, V), K subsets of the edges.

    Args:
        layout: ``'openpose'`` (18 joints), ``'nturgb+d'`` (25), ``'coco'`` (17), or a dict with ``num_node``,
            ``inward`` (pairs of joints, from the outer to the inner one) and ``center`` (a joint).
        mode: how edges fall into subsets. ``'stgcn_spatial'``: the joint itself, neighbors closer to the center and
            those further out, for each hop (https://arxiv.org/abs/1801.07455, Sec. 3.3); ``'spatial'``: itself, inward
            and outward edges; ``'binary_adj'``: all in one subset. A subclass may add a method of another name.
        max_hop: steps that ``'stgcn_spatial'`` looks at.

    Raises:
        ValueError: the layout or the mode is unknown, or the layout contradicts itself.
    """

    def __init__(self, layout: str | Mapping[str, Any] = 'coco', mode: str = 'spatial', max_hop: int = 1) -> None:
        # Every public method but set_layout is a mode, so that a subclass adds one by defining it.
        modes = [name for name in dir(self) if not name.startswith('_') and name != 'set_layout']
        pick(modes, mode, 'mode')
        self.max_hop = at_least(1, max_hop, 'max_hop')
        self.layout = layout
        self.mode = mode
        self.set_layout(layout)
        self.hop_dis = get_hop_distance(self.num_node, self.inward, max_hop)
        self.A: np.ndarray = getattr(self, mode)()

    def __repr__(self) -> str:
        return f'Graph(layout={self.layout!r}, mode={self.mode!r}, max_hop={self.max_hop})'

    def set_layout(self, layout: str | Mapping[str, Any]) -> None:
        """Set ``num_node``, ``center`` and the lists of edges ``inward``, ``outward``, ``neighbor``, ``self_link``."""
        inward: Sequence[Pair]
        if isinstance(layout, Mapping):
            self.num_node, inward = read_edges(layout, required=('num_node', 'inward', 'center'))
            self.center = int(layout['center'])
            if not 0 <= self.center < self.num_node:
                raise ValueError(f'center ({self.center}) of the layout must be in [0, {self.num_node}).')
        else:
            skeleton = pick(SKELETONS, layout, 'layout', 'or a dict(num_node=..., inward=..., center=...)')
            self.num_node = skeleton.num_joints
            self.center = skeleton.center
            inward = skeleton.inward
        self.inward = list(inward)
        self.outward = [(parent, joint) for joint, parent in inward]
        self.neighbor = self.inward + self.outward
        self.self_link = [(i, i) for i in range(self.num_node)]

    def stgcn_spatial(self) -> np.ndarray:
        """(2 * max_hop + 1, V, V): hop 0; then neighbors not further from the center, and further, for each hop."""
        weights = normalize_digraph((self.hop_dis <= self.max_hop).astype(float))
        to_center = self.hop_dis[:, self.center]
        close = to_center[:, None] >= to_center  # [j, i]: i is not further from the center than j
        subsets = []
        for hop in range(self.max_hop + 1):
            at_hop = np.where(self.hop_dis == hop, weights, 0)
            subsets.append(np.where(close, at_hop, 0))
            if hop:
                subsets.append(np.where(close, 0, at_hop))
        return np.stack(subsets)

    def spatial(self) -> np.ndarray:
        """(3, V, V): itself, inward edges, outward edges; each column sums to 1 or 0."""
        inward, outward = (normalize_digraph(edge2mat(edges, self.num_node)) for edges in (self.inward, self.outward))
        return np.stack([np.eye(self.num_node), inward, outward])

    def binary_adj(self) -> np.ndarray:
        """(1, V, V): 1 where there is a bone, in either direction."""
        return edge2mat(self.neighbor, self.num_node)[None]
