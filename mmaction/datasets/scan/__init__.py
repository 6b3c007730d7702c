"""Prepare a folder of videos for training: recognize its layout, split it, write lists and a config."""

from mmaction.datasets.scan.clips import Clip, Found, Tree, walk
from mmaction.datasets.scan.groups import group_by, guess_groups
from mmaction.datasets.scan.layouts import recognize
from mmaction.datasets.scan.plan import Plan, make_plan
from mmaction.datasets.scan.splits import split_off
from mmaction.datasets.scan.write import earlier_files, write_plan

__all__ = [
    'Clip',
    'Found',
    'Plan',
    'Tree',
    'earlier_files',
    'group_by',
    'guess_groups',
    'make_plan',
    'recognize',
    'split_off',
    'walk',
    'write_plan',
]
