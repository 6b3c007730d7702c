"""Files and configs that come with the package, found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmaction.compat.read import find_config
from mmaction.utils.shipped import shipped_config, shipped_file

TSN = 'recognition/tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'


@pytest.mark.parametrize(
    'name',
    [
        f'configs/{TSN}',
        f'./configs/{TSN}',
        TSN,
        TSN.removesuffix('.py'),
        f'mmaction::{TSN}',
        f'mmaction2::{TSN}',
        Path(TSN).name,
        Path(TSN).stem,
    ],
)
def test_config_is_found_by_any_of_its_names(name, root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == str(root / 'configs' / TSN)


def test_file_of_the_user_goes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(Path(TSN).name).write_text('a = 1')
    assert find_config(Path(TSN).name) == Path(TSN).name


@pytest.mark.parametrize(
    'name', ['', '.', 'configs', '../configs/x.py', f'/somewhere/configs/{TSN}', 'none.py', 'my/x.py']
)
def test_other_names_are_no_configs_of_the_package(name):
    assert shipped_config(name) is None


def test_name_of_several_configs_is_an_error(tmp_path, monkeypatch):
    for folder in ('a', 'b'):
        (tmp_path / 'configs' / folder).mkdir(parents=True)
        (tmp_path / 'configs' / folder / 'same.py').touch()
    monkeypatch.setattr('mmaction.utils.shipped.SHIPPED_ROOTS', (tmp_path,))
    with pytest.raises(FileNotFoundError, match=r'2 configs are called same: .*a/same\.py, .*b/same\.py'):
        shipped_config('same')


def test_file_is_found_by_its_path_in_the_checkout(root):
    assert shipped_file('tools/data/kinetics/label_map_k400.txt') == root / 'tools/data/kinetics/label_map_k400.txt'
    assert shipped_file('tools/data/none.txt') is None
