"""Graphs of skeletons: closed forms, and the numbers of the published layouts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmaction.structures.graph import Graph, edge2mat, get_hop_distance, k_adjacency, normalize_digraph

CHAIN = dict(num_node=4, inward=[(1, 0), (2, 1), (3, 2)], center=0)
STAR = dict(num_node=5, inward=[(1, 0), (2, 0), (3, 0), (4, 0)], center=0)


def test_edges_and_their_weights():
    A = edge2mat([(0, 1), (2, 1)], 3)
    np.testing.assert_array_equal(A, [[0, 0, 0], [1, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(normalize_digraph(np.array([[1.0, 0], [3, 0]])), [[0.25, 0], [0.75, 0]])
    np.testing.assert_array_equal(normalize_digraph(np.array([[1.0, 3], [1, 1]]), dim=1), [[0.25, 1.5], [0.25, 0.5]])
    np.testing.assert_array_equal(edge2mat([], 2), np.zeros((2, 2)))


def test_hop_distance_of_a_chain():
    inf = np.inf
    np.testing.assert_array_equal(
        get_hop_distance(4, CHAIN['inward'], 2), [[0, 1, 2, inf], [1, 0, 1, 2], [2, 1, 0, 1], [inf, 2, 1, 0]]
    )


def test_nodes_k_steps_apart():
    A = edge2mat(CHAIN['inward'], 4)
    A = A + A.T
    np.testing.assert_array_equal(k_adjacency(A, 0), np.eye(4))
    np.testing.assert_array_equal(k_adjacency(A, 1), A)
    np.testing.assert_array_equal(k_adjacency(A, 2), [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]])
    np.testing.assert_array_equal(k_adjacency(A, 3, with_self=True, self_factor=2)[0], [2, 0, 0, 1])
    assert not k_adjacency(A, 4).any()


def test_modes_on_a_chain():
    spatial = Graph(CHAIN, 'spatial').A
    np.testing.assert_array_equal(spatial[0], np.eye(4))
    np.testing.assert_array_equal(spatial[1], edge2mat(CHAIN['inward'], 4))  # one neighbor each: already weighted
    np.testing.assert_array_equal(spatial[2], spatial[1].T)
    np.testing.assert_array_equal(Graph(CHAIN, 'binary_adj').A, (spatial[1] + spatial[2])[None])
    itself, close, further = Graph(CHAIN, 'stgcn_spatial', max_hop=3).A[:3]
    np.testing.assert_allclose(itself, np.eye(4) / 4)  # within three hops everything is a neighbor of everything
    np.testing.assert_allclose(close, np.diag([0.25] * 3, k=-1))
    np.testing.assert_allclose(further, np.diag([0.25] * 3, k=1))


def test_columns_of_a_star():
    _, inward, outward = Graph(STAR, 'spatial').A
    np.testing.assert_array_equal(inward[0], [0, 1, 1, 1, 1])
    np.testing.assert_array_equal(outward[:, 0], [0, 0.25, 0.25, 0.25, 0.25])


@pytest.mark.parametrize(('layout', 'joints', 'bones', 'center'), [
    ('coco', 17, 16, 0),
    ('nturgb+d', 25, 24, 20),
    ('openpose', 18, 17, 1),
])  # fmt: skip
def test_known_layouts_are_trees_around_their_center(layout, joints, bones, center):
    graph = Graph(layout)
    assert (graph.num_node, len(graph.inward), graph.center) == (joints, bones, center)
    assert np.isfinite(get_hop_distance(joints, graph.inward, joints)).all()
    assert sorted(child for child, _ in graph.inward) == sorted(set(range(joints)) - {center})
    assert graph.outward == [(j, i) for i, j in graph.inward]
    assert graph.neighbor == graph.inward + graph.outward
    assert graph.self_link[-1] == (joints - 1, joints - 1)


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.data())), st.integers(1, 4))
def test_subsets_add_up_on_any_tree(tree, max_hop):
    n, data = tree
    inward = [(child, data.draw(st.integers(0, child - 1))) for child in range(1, n)]
    layout = dict(num_node=n, inward=inward, center=data.draw(st.integers(0, n - 1)))
    graph = Graph(layout, 'stgcn_spatial', max_hop)
    assert graph.A.shape == (2 * max_hop + 1, n, n)
    np.testing.assert_allclose(graph.A.sum((0, 1)), 1)  # every joint gathers a weighted mean
    assert ((graph.A > 0).sum(0) == (graph.hop_dis <= max_hop)).all()  # each pair lies in one subset
    np.testing.assert_array_equal(Graph(layout, 'spatial').A[1:].sum(0) > 0, Graph(layout, 'binary_adj').A[0] > 0)


def test_a_mode_of_ones_own():
    class Full(Graph):
        def full(self):
            return np.ones((1, self.num_node, self.num_node))

    assert Full(STAR, 'full').A.sum() == 25


@pytest.mark.parametrize(('keywords', 'message'), [
    (dict(layout='smpl'), r"layout \('smpl'\) must be one of 'coco', 'nturgb\+d', 'openpose' or a dict"),
    (dict(mode='random'), r"mode \('random'\) must be one of 'binary_adj', 'spatial', 'stgcn_spatial'\."),
    (dict(max_hop=0), r'max_hop \(0\) must be at least 1'),
    (dict(layout=dict(num_node=2, inward=[])), r"The layout .* lacks \['center'\]"),
    (dict(layout=dict(CHAIN, inward=[(4, 0)])), r'inward of the layout has \(4, 0\): not a pair of joints in \[0, 4\)'),
    (dict(layout=dict(CHAIN, center=4)), r'center \(4\) of the layout must be in \[0, 4\)'),
    (dict(layout=dict(CHAIN, num_node=0)), r'num_node of the layout \(0\) must be at least 1'),
])  # fmt: skip
def test_arguments(keywords, message):
    with pytest.raises(ValueError, match=message):
        Graph(**keywords)
