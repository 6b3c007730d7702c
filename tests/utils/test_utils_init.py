"""The public face of ``mmaction.utils``."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args, get_type_hints

import pytest
from mmengine.config import ConfigDict
from torch import Tensor

import mmaction.utils as utils
from mmaction.structures import ActionDataSample


def test_every_name_is_there():
    assert [name for name in utils.__all__ if getattr(utils, name, None) is None] == []
    with pytest.raises(AttributeError, match=r"module 'mmaction\.utils' has no attribute 'ConfigTyp'"):
        utils.ConfigTyp


def test_aliases_are_types_and_can_be_nested():
    def loss(cfg: utils.OptConfigType, samples: utils.SampleList) -> utils.ForwardResults: ...

    hints = get_type_hints(loss)
    assert get_args(hints['samples']) == (ActionDataSample,)
    assert hints['cfg'] == utils.ConfigType | None
    assert Tensor in get_args(hints['return'])
    assert isinstance(ConfigDict(), utils.ConfigType)
    assert not isinstance([], utils.ConfigType)


def test_star_import_has_the_names_of_higher_folders():
    code = 'from mmaction.utils import *; print(GradCAM.__module__, register_all_modules.__module__, SampleList)'
    run = subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True, check=True)
    assert run.stdout.split()[:2] == ['mmaction.visualization.gradcam', 'mmaction.registry']
