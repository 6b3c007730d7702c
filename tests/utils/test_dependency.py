"""Optional packages."""

from __future__ import annotations

import pytest

from mmaction.registry import Registry
from mmaction.utils import register_multimodal_placeholder, require, satisfy_requirement
from mmaction.version import parse_version_info


def test_require_imports_or_says_what_to_install() -> None:
    assert require('numpy>=1.20').__name__ == 'numpy'
    with pytest.raises(ImportError, match=r'no_such_package is needed here.*pip install "no_such_package"'):
        require('no_such_package')
    with pytest.raises(ImportError, match='Install it with: pip install this'):
        require('no_such_package', 'pip install this')
    with pytest.raises(ImportError, match=r'numpy [\d.]+ is installed, >=99 is needed'):
        require('numpy>=99')


def test_satisfy_requirement() -> None:
    assert satisfy_requirement('torch>=2.6')
    assert not satisfy_requirement('torch<2.6')
    assert not satisfy_requirement('no-such-package')


def test_placeholders_stay_registered() -> None:
    registry = Registry('things', scope='test')
    register_multimodal_placeholder(['A', 'B'], registry)
    with pytest.raises(ImportError, match=r'B needs the multimodal extra.*mmaction2\[multimodal\]'):
        registry.build(dict(type='B'))


def test_versions() -> None:
    assert parse_version_info('1.2.0rc1') == (1, 2, 0, 'rc1')
    assert parse_version_info('2.0.0.dev0') == (2, 0, 0, 'dev0')
