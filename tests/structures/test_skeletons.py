from __future__ import annotations

import pytest

import mmaction.recipes.pose as recipes
from mmaction.structures.skeletons import COCO, HAND, HEATMAP_LIMBS, NTU_RGBD, OPENPOSE, SKELETONS, Skeleton, bone_pairs

# fmt: off
# Edges of the graphs and bones as MMAction2 1.2.0 has them.
INWARD = {
    'openpose': [(4, 3), (3, 2), (7, 6), (6, 5), (13, 12), (12, 11), (10, 9), (9, 8), (11, 5), (8, 2), (5, 1), (2, 1),
                 (0, 1), (15, 0), (14, 0), (17, 15), (16, 14)],
    'nturgb+d': [(0, 1), (1, 20), (2, 20), (3, 2), (4, 20), (5, 4), (6, 5), (7, 6), (8, 20), (9, 8), (10, 9), (11, 10),
                 (12, 0), (13, 12), (14, 13), (15, 14), (16, 0), (17, 16), (18, 17), (19, 18), (21, 7), (22, 7),
                 (23, 11), (24, 11)],
    'coco': [(15, 13), (13, 11), (16, 14), (14, 12), (11, 5), (12, 6), (9, 7), (7, 5), (10, 8), (8, 6), (5, 0), (6, 0),
             (1, 0), (3, 1), (2, 0), (4, 2)],
}
BONES = {
    'nturgb+d': [(0, 1), (1, 20), (2, 20), (3, 2), (4, 20), (5, 4), (6, 5), (7, 6), (8, 20), (9, 8), (10, 9), (11, 10),
                 (12, 0), (13, 12), (14, 13), (15, 14), (16, 0), (17, 16), (18, 17), (19, 18), (21, 22), (20, 20),
                 (22, 7), (23, 24), (24, 11)],
    'openpose': [(0, 0), (1, 0), (2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (7, 6), (8, 2), (9, 8), (10, 9), (11, 5),
                 (12, 11), (13, 12), (14, 0), (15, 0), (16, 14), (17, 15)],
    'coco': [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 0), (6, 0), (7, 5), (8, 6), (9, 7), (10, 8), (11, 0), (12, 0),
             (13, 11), (14, 12), (15, 13), (16, 14)],
}
# fmt: on


@pytest.mark.parametrize('name', SKELETONS)
def test_edges_and_bones_are_those_of_the_original(name: str) -> None:
    assert sorted(SKELETONS[name].inward) == sorted(INWARD[name])
    assert sorted(bone_pairs(name)) == sorted(BONES[name])


def test_sides_and_centers() -> None:
    assert COCO.left == (1, 3, 5, 7, 9, 11, 13, 15)
    assert COCO.right == (2, 4, 6, 8, 10, 12, 14, 16)
    assert OPENPOSE.left == (5, 6, 7, 11, 12, 13, 15, 17)
    assert OPENPOSE.right == (2, 3, 4, 8, 9, 10, 14, 16)
    assert NTU_RGBD.left == (4, 5, 6, 7, 12, 13, 14, 15, 21, 22)
    assert NTU_RGBD.right == (8, 9, 10, 11, 16, 17, 18, 19, 23, 24)
    assert HAND.left == HAND.right == ()
    assert [s.center for s in (COCO, OPENPOSE, NTU_RGBD, HAND)] == [0, 1, 20, 0]
    assert [s.num_joints for s in (COCO, OPENPOSE, NTU_RGBD, HAND)] == [17, 18, 25, 21]


def test_drawn_limbs() -> None:
    assert sorted(NTU_RGBD.limbs) != sorted(NTU_RGBD.inward)  # same limbs, in chains from the trunk outwards
    assert {frozenset(limb) for limb in NTU_RGBD.limbs} == {frozenset(edge) for edge in NTU_RGBD.inward}
    assert {frozenset(limb) for limb in COCO.limbs} ^ {frozenset(limb) for limb in HEATMAP_LIMBS} == {
        *map(frozenset, ((5, 6), (0, 5), (0, 6)))
    }
    assert Skeleton(('hip', 'left_foot'), (0, 0)).limbs == ((1, 0),)
    assert HAND.limbs[:5] == ((1, 0), (2, 1), (3, 2), (4, 3), (5, 0))


def test_sides_of_limbs() -> None:
    assert COCO.sides_of(HEATMAP_LIMBS) == ((0, 2, 4, 5, 6, 10, 11, 12), (1, 3, 7, 8, 9, 13, 14, 15))


def test_recipes_agree() -> None:
    """Recipes must import without torch and so cannot import the layouts."""
    assert [*COCO.left] == recipes.LEFT_KP
    assert [*COCO.right] == recipes.RIGHT_KP
    assert sorted(map(tuple, recipes.LIMBS)) == sorted(HEATMAP_LIMBS)
    assert tuple(map(list, COCO.sides_of(recipes.LIMBS))) == (recipes.LEFT_LIMBS, recipes.RIGHT_LIMBS)
