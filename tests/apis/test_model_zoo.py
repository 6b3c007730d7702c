from __future__ import annotations

from pathlib import Path

import pytest
from mmengine.config import Config

from mmaction.apis import ActionRecogInferencer, find_model, list_models
from mmaction.apis.model_zoo import _by_name, zoo_root

TSN = 'tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb'


@pytest.mark.parametrize('name', ['tsn', 'TSN', TSN, TSN.upper(), f'{TSN}.py', f' {TSN} '])
def test_find_model(name: str) -> None:
    entry = find_model(name)
    assert entry.name == TSN
    assert Path(entry.config_path).name == f'{TSN}.py'
    assert Config.fromfile(entry.config_path).model.cls_head.num_classes == 400
    assert entry.weights == (
        f'https://download.openmmlab.com/mmaction/v1.0/recognition/tsn/{TSN}/{TSN}_20220906-2692d16c.pth'
    )


@pytest.mark.parametrize(
    'name, message',
    [
        ('tns', r'No model and no config file is named tns\. Did you mean TSN\?'),
        ('tsn_r50_1x1x5', r'tsn_r50_1x1x5\. Did you mean tsn_imagenet-pretrained-r50_8xb32-'),
        ('qqqq', r'named qqqq\. mmaction\.apis\.list_models\(\)'),
    ],
)
def test_unknown_names(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_model(name)


def test_every_model_of_the_index(root: Path) -> None:
    assert zoo_root() == root
    names = list_models()
    assert len(names) == len({name.lower() for name in names}) >= 30
    for name in names:
        entry = find_model(name)
        assert Path(entry.config_path).is_file(), name
        assert name in (entry.name, *entry.aliases)
        assert entry.weights is None or entry.weights.startswith('https://'), name


def test_list_models() -> None:
    some = list_models('tsn_.*sthv2')
    assert some == [name for name in list_models() if name.startswith('tsn_') and 'sthv2' in name] != []
    assert ActionRecogInferencer.list_models('mmaction', 'tsn_.*sthv2') == some
    assert 'TSN' in list_models('^tsn$')


def test_layouts_of_metafiles(tmp_path: Path) -> None:
    folder = tmp_path / 'configs' / 'a'
    (tmp_path / 'configs' / '_base_').mkdir(parents=True)
    folder.mkdir()
    for name in ('a/Net_r50.py', 'a/plain.py', '_base_/net.py'):
        (tmp_path / 'configs' / name).write_text('model = dict()')
    (tmp_path / 'model-index.yml').write_text('Import:\n- configs/a/metafile.yml\n')
    (folder / 'metafile.yml').write_text(
        'Models:\n- Name: net\n  Alias: N1\n  Config: configs/a/Net_r50.py\n  Weights: [u, v]\n'
        '- Name: bare\n  Alias: [b1, B2]\n  Config: configs/a/plain.py\n'
    )
    table = _by_name(tmp_path)
    assert sorted(table) == ['b1', 'b2', 'bare', 'n1', 'net', 'net_r50', 'plain']
    assert table['n1'] is table['net_r50'] is table['net']
    assert (table['net'].weights, table['bare'].weights) == ('u', None)
    assert table['b2'].config_path == str(folder / 'plain.py')
