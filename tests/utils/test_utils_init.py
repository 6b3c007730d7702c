"""The public face of ``mmaction.utils``."""

from __future__ import annotations

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
    names: dict = {}
    exec('from mmaction.utils import *', names)
    assert names['GradCAM'].__module__ == 'mmaction.visualization.gradcam'
    assert names['register_all_modules'].__module__ == 'mmaction.registry'
    assert names['SampleList'] is utils.SampleList
