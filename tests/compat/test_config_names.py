"""Names of 0.x configs lead to the files of today."""

from __future__ import annotations

from pathlib import Path

import pytest
from zero_line import old_configs

from mmaction.apis import init_recognizer
from mmaction.apis.model_zoo import find_model
from mmaction.compat.names import old_name, successor_path, successors
from mmaction.compat.read import find_config
from mmaction.testing import get_recognizer_cfg

ROOT = Path(__file__).resolve().parents[2]
TSN = 'recognition/tsn/tsn_r50_1x1x3_100e_kinetics400_rgb.py'
TSN_TODAY = 'recognition/tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'


def test_table_has_every_config_of_0x():
    assert {*successors()} == {name for name in old_configs() if '_base_/' not in name}
    assert len(successors()) == 229
    assert sum(today is not None for today in successors().values()) == 147
    assert len({Path(old).name for old in successors()}) == 229  # so a bare name is enough


def test_files_of_today_are_there():
    absent = [today for today in successors().values() if today and not (ROOT / 'configs' / today).is_file()]
    assert all(today.startswith('detection/') for today in absent)


@pytest.mark.parametrize(
    'path', [f'configs/{TSN}', f'/anywhere/configs/{TSN}', TSN, TSN.split('/', 1)[1], Path(TSN).name]
)
def test_paths_that_mean_the_config(path):
    assert successor_path(path) == ROOT / 'configs' / TSN_TODAY


@pytest.mark.parametrize('path', ['configs/mine.py', f'mine/{Path(TSN).name}', ''])
def test_paths_of_others(path):
    assert old_name(path) is None
    with pytest.raises(FileNotFoundError, match='There is no config at '):
        find_config(path)


def test_config_without_successor():
    message = r'ssn_r50_450e_thumos14_rgb_test\.py is a config of MMAction2 0\.x, and none of today has its model'
    with pytest.raises(FileNotFoundError, match=message):
        find_config('configs/localization/ssn/ssn_r50_450e_thumos14_rgb_test.py')


def test_entry_points_take_the_name():
    assert init_recognizer(f'configs/{TSN}', device='cpu').cfg.filename == str(ROOT / 'configs' / TSN_TODAY)
    assert find_model(Path(TSN).stem).name == Path(TSN_TODAY).stem
    with pytest.raises(FileNotFoundError, match='There is no config recognition/tsn/absent'):
        get_recognizer_cfg('tsn/absent.py')
