"""Skeleton layouts: joints, parent joints, bones, limbs, left and right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from mmaction.utils.check import at_least, pick

Pair = tuple[int, int]
Pairs = tuple[Pair, ...]


@dataclass(frozen=True)
class Skeleton:
    """The layout of V joints.

    Args:
        joints: names; those of the two sides of the body start with ``left_`` and ``right_``, in the same order.
        parents: of each joint, the next one towards the center of the body. The center is its own parent.
        dims: 3 where datasets record 3D positions; 2 where a third number of a keypoint is its score.
        bone_parents: joints whose bone starts elsewhere than at the parent joint.
        drawn: chains of joints to draw, where they are not the edges to the parent joints.
    """

    joints: tuple[str, ...]
    parents: tuple[int, ...]
    dims: Literal[2, 3] = 2
    bone_parents: Mapping[int, int] = field(default_factory=dict)
    drawn: tuple[tuple[int, ...], ...] = ()

    @property
    def num_joints(self) -> int:
        """V."""
        return len(self.joints)

    @property
    def center(self) -> int:
        """The joint that is its own parent."""
        return next(joint for joint, parent in enumerate(self.parents) if joint == parent)

    @property
    def inward(self) -> Pairs:
        """Edges (joint, parent joint) of the tree."""
        return tuple((joint, parent) for joint, parent in enumerate(self.parents) if joint != parent)

    @property
    def bones(self) -> Pairs:
        """(joint, start of its bone) of every joint; a joint without a bone starts at itself."""
        return tuple((joint, self.bone_parents.get(joint, parent)) for joint, parent in enumerate(self.parents))

    @property
    def limbs(self) -> Pairs:
        """Pairs of joints to connect in a drawing."""
        if not self.drawn:
            return self.inward
        return tuple(limb for chain in self.drawn for limb in pairwise(chain))

    @property
    def left(self) -> tuple[int, ...]:
        """Joints of the left side of the body."""
        return tuple(joint for joint, name in enumerate(self.joints) if name.startswith('left_'))

    @property
    def right(self) -> tuple[int, ...]:
        """Joints of the right side; the i-th mirrors the i-th of ``left``."""
        mirrored = [self.joints[joint].replace('left_', 'right_') for joint in self.left]
        return tuple(self.joints.index(name) for name in mirrored)

    def sides_of(self, limbs: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Indices of the limbs of the left side and of the right; limbs across the body are in neither."""
        left = {*self.left}
        right = {*self.right}
        on_left = tuple(i for i, limb in enumerate(limbs) if left & {*limb} and not right & {*limb})
        on_right = tuple(i for i, limb in enumerate(limbs) if right & {*limb} and not left & {*limb})
        return on_left, on_right


# fmt: off
# https://cocodataset.org/#keypoints-2020
COCO = Skeleton(
    joints=('nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder', 'left_elbow',
            'right_elbow', 'left_wrist', 'right_wrist', 'left_hip', 'right_hip', 'left_knee', 'right_knee',
            'left_ankle', 'right_ankle'),
    parents=(0, 0, 0, 1, 2, 0, 0, 5, 6, 7, 8, 5, 6, 11, 12, 13, 14),
    # In the graph the hips follow the shoulders; their bones start at the nose. Published weights rely on both.
    bone_parents={11: 0, 12: 0},
    drawn=((5, 7, 9), (6, 8, 10), (11, 13, 15), (12, 14, 16), (5, 6, 12, 11, 5), (3, 1, 0, 2, 4)),
)

# The COCO output of OpenPose with the neck as joint 1; Kinetics-Skeleton has it.
OPENPOSE = Skeleton(
    joints=('nose', 'neck', 'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder', 'left_elbow', 'left_wrist',
            'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle', 'right_eye', 'left_eye',
            'right_ear', 'left_ear'),
    parents=(1, 1, 1, 2, 3, 1, 5, 6, 2, 8, 9, 5, 11, 12, 0, 0, 14, 15),
    # The center of the graph is the neck; the bones start at the nose.
    bone_parents={0: 0, 1: 0},
    drawn=((1, 2, 3, 4), (1, 5, 6, 7), (1, 8, 9, 10), (1, 11, 12, 13), (1, 0, 14, 16), (0, 15, 17)),
)

# Kinect 2. Shahroudy et al., NTU RGB+D, https://arxiv.org/abs/1604.02808, figure 2 (which counts from 1).
NTU_RGBD = Skeleton(
    joints=('spine_base', 'spine_middle', 'neck', 'head', 'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand', 'left_hip', 'left_knee', 'left_ankle',
            'left_foot', 'right_hip', 'right_knee', 'right_ankle', 'right_foot', 'spine_top', 'left_fingertips',
            'left_thumb', 'right_fingertips', 'right_thumb'),
    parents=(1, 20, 20, 2, 20, 4, 5, 6, 20, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18, 20, 7, 7, 11, 11),
    dims=3,
    # In the graph fingertips and thumbs follow the hand; the bones of the fingertips start at the thumbs.
    bone_parents={21: 22, 23: 24},
    drawn=((3, 2, 20, 1, 0), (20, 4, 5, 6, 7, 21), (7, 22), (20, 8, 9, 10, 11, 23), (11, 24), (0, 12, 13, 14, 15),
           (0, 16, 17, 18, 19)),
)
# fmt: on

# The layouts that a config can name.
SKELETONS: dict[str, Skeleton] = {'coco': COCO, 'nturgb+d': NTU_RGBD, 'openpose': OPENPOSE}

BONES = {name: skeleton.bones for name, skeleton in SKELETONS.items()}
FLAT = tuple(name for name, skeleton in SKELETONS.items() if skeleton.dims == 2)

# One hand as most estimators return it: the wrist, then four joints per finger. No config names it.
_FINGERS = ('thumb', 'index', 'middle', 'ring', 'little')
_HAND_JOINTS = ('wrist', *(f'{finger}_{joint}' for finger in _FINGERS for joint in range(1, 5)))
HAND = Skeleton(
    joints=_HAND_JOINTS,
    parents=(0, *(0 if joint % 4 == 1 else joint - 1 for joint in range(1, 21))),
)

# Limbs of COCO's joints as GeneratePoseTarget draws them by default; their order is that of the channels.
# The configs of PoseC3D draw the same limbs in another order: recipes.pose.LIMBS.
# fmt: off
HEATMAP_LIMBS: Pairs = ((0, 1), (0, 2), (1, 3), (2, 4), (0, 5), (5, 7), (7, 9), (0, 6), (6, 8), (8, 10), (5, 11),
                        (11, 13), (13, 15), (6, 12), (12, 14), (14, 16), (11, 12))
# fmt: on


def read_edges(layout: Mapping[str, Any], required: Sequence[str] = ('num_node', 'inward')) -> tuple[int, Pairs]:
    """Check a skeleton given as a dict: ``num_node`` joints, ``inward`` edges, and ``center`` where it is required.

    Returns:
        V and the edges (joint, joint closer to the center).

    Raises:
        ValueError: keys are missing, or name joints outside ``[0, num_node)``.
    """
    missing = [key for key in required if key not in layout]
    if missing:
        raise ValueError(
            f'The layout {dict(layout)} lacks {missing}. Give num_node (number of joints), inward (pairs (joint, '
            'neighbor closer to the center)) and center (index of the central joint).'
        )
    num_node = int(at_least(1, layout['num_node'], 'num_node of the layout'))
    edges = []
    for edge in layout['inward']:
        if len(edge) != 2 or not all(0 <= joint < num_node for joint in edge):
            raise ValueError(f'inward of the layout has {tuple(edge)}: not a pair of joints in [0, {num_node}).')
        edges.append((int(edge[0]), int(edge[1])))
    return num_node, tuple(edges)


def bone_pairs(dataset: str | Mapping[str, Any]) -> Pairs:
    """The bones (joint, start of its bone) of a known skeleton, or of a dict as :class:`Graph` takes it.

    Raises:
        ValueError: the skeleton is unknown, or a joint of the dict has several parents.
    """
    if not isinstance(dataset, Mapping):
        return pick(BONES, dataset, 'dataset', 'or a dict(num_node=..., inward=..., center=...)')
    pairs = read_edges(dataset)[1]
    joints = [joint for joint, _ in pairs]
    repeated = sorted({joint for joint in joints if joints.count(joint) > 1})
    if repeated:
        raise ValueError(f'Joints {repeated} have several parents in inward of the layout; a bone needs one.')
    return pairs
