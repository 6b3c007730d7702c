"""Which point each point of a skeleton hangs from, for bones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Pairs = tuple[tuple[int, int], ...]

# (point, the point it hangs from); a root hangs from itself, which makes its bone zero.
BONES: dict[str, Pairs] = {
    'nturgb+d': (
        *((0, 1), (1, 20), (2, 20), (3, 2), (4, 20), (5, 4), (6, 5), (7, 6), (8, 20), (9, 8), (10, 9), (11, 10)),
        *((12, 0), (13, 12), (14, 13), (15, 14), (16, 0), (17, 16), (18, 17), (19, 18), (21, 22), (20, 20)),
        *((22, 7), (23, 24), (24, 11)),
    ),
    'openpose': (
        *((0, 0), (1, 0), (2, 1), (3, 2), (4, 3), (5, 1), (6, 5), (7, 6), (8, 2), (9, 8), (10, 9), (11, 5)),
        *((12, 11), (13, 12), (14, 0), (15, 0), (16, 14), (17, 15)),
    ),
    'coco': (
        *((0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 0), (6, 0), (7, 5), (8, 6), (9, 7), (10, 8), (11, 0)),
        *((12, 0), (13, 11), (14, 12), (15, 13), (16, 14)),
    ),
}
# Layouts whose points are x, y, score when they have three numbers.
FLAT = ('openpose', 'coco')


def bone_pairs(dataset: str | Mapping[str, Any]) -> Pairs:
    """The pairs of a known skeleton, or of a dict with ``num_node`` and ``inward``, as ``Graph`` takes it.

    Raises:
        ValueError: the skeleton is not known, or the dict names points that it has not.
    """
    if isinstance(dataset, Mapping):
        return _own_pairs(dataset)
    if dataset not in BONES:
        raise ValueError(
            f'dataset ({dataset!r}) must be one of {sorted(BONES)}, or a dict(num_node=..., inward=..., center=...).'
        )
    return BONES[dataset]


def _own_pairs(layout: Mapping[str, Any]) -> Pairs:
    missing = [key for key in ('num_node', 'inward') if key not in layout]
    if missing:
        raise ValueError(
            f'The skeleton {dict(layout)} lacks {missing}; give dict(num_node=..., inward=..., center=...).'
        )
    pairs = tuple((int(child), int(parent)) for child, parent in layout['inward'])
    return _checked(pairs, int(layout['num_node']))


def _checked(pairs: Sequence[tuple[int, int]], num_node: int) -> Pairs:
    for pair in pairs:
        if not all(0 <= node < num_node for node in pair):
            raise ValueError(f'inward has the pair {pair}, and num_node is {num_node}: points count from 0.')
    children = [child for child, _ in pairs]
    twice = sorted({child for child in children if children.count(child) > 1})
    if twice:
        raise ValueError(f'Points {twice} hang from several points in inward; a bone needs one.')
    return tuple(pairs)
