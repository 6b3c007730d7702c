"""The public face of ``mmaction.datasets``."""

from __future__ import annotations

import inspect

import mmaction.datasets as datasets
from mmaction.datasets import transforms
from mmaction.registry import TRANSFORMS


def test_every_registered_step_of_ours_is_a_public_name():
    ours = {name: step for name, step in TRANSFORMS.module_dict.items() if inspect.isclass(step)}
    # The steps of the 0.x line are registered by configs of that line alone.
    ours = {name: step for name, step in ours.items() if step.__module__.startswith('mmaction.datasets.')}
    assert len(ours) > 65
    assert [name for name, step in ours.items() if getattr(transforms, step.__name__, None) is not step] == []
    assert {step.__name__ for step in ours.values()} <= set(transforms.__all__)


def test_names_are_listed_once_and_exist():
    assert len(set(transforms.__all__)) == len(transforms.__all__)
    assert [name for name in datasets.__all__ if not hasattr(datasets, name)] == []
    assert {'CenterCrop', 'DecordInit', 'PackActionInputs', 'VideoDataset'} <= set(datasets.__all__)
