"""The configs resolve to the facts recorded from MMAction2 1.2.0, survive a dump and take the edits of the guides."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config

from mmaction.models.roi_heads.shared_heads.bank_files import bank_file, write_bank
from mmaction.registry import MODELS

ROOT = Path(__file__).resolve().parents[2]
CLASSES = {
    'Kinetics-400': 400,
    'Kinetics-600': 600,
    'Kinetics-700': 700,
    'Kinetics-710': 710,
    'FineGYM': 99,
    'HMDB51': 51,
    'JHMDB-14': 14,
    'Moments in Time V1': 339,
    'NTU60-XSub': 60,
    'NTU60-XSub-2D': 60,
    'NTU60-XSub-3D': 60,
    'NTU120-XSub-2D': 120,
    'NTU120-XSub-3D': 120,
    'SthV1': 174,
    'SthV2': 174,
    'UCF101': 101,
}
SPLITS = ('train', 'val', 'test')
PATHS = ('data_root', 'data_root_val', 'data_root_test', 'ann_file', 'ann_file_train', 'ann_file_val', 'ann_file_test')
QUICK_RUN = 'configs/recognition/tsn/tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'


def canonical(x):
    """Plain JSON values; tuples as lists, scope marks left out."""
    if isinstance(x, dict):
        return {str(k): canonical(v) for k, v in x.items() if k != '_scope_'}
    if isinstance(x, (list, tuple)):
        return [canonical(v) for v in x]
    return x


def differences(fact, ours, path=''):
    """Yield (path, recorded value, our value) of every leaf that differs."""
    if isinstance(fact, dict) and isinstance(ours, dict):
        for key in sorted({*fact, *ours}):
            yield from differences(fact.get(key, '<absent>'), ours.get(key, '<absent>'), f'{path}.{key}'.lstrip('.'))
    elif isinstance(fact, list) and isinstance(ours, list) and len(fact) == len(ours):
        for i, pair in enumerate(zip(fact, ours)):
            yield from differences(*pair, f'{path}[{i}]')
    elif fact != ours:
        yield path, fact, ours


@pytest.fixture(scope='module')
def variables(golden_dir) -> dict[str, dict]:
    """Recorded ``bases`` (files of ``_base_``, whole) and ``variables`` (top-level ones that are no section)."""
    return json.loads(gzip.decompress((golden_dir / 'config_variables.json.gz').read_bytes()))


@pytest.fixture(scope='module')
def metafiles() -> dict[str, dict]:
    """Contents of the metafiles that the model index lists."""
    index = yaml.safe_load((ROOT / 'model-index.yml').read_text())
    return {path: yaml.safe_load((ROOT / path).read_text()) for path in index['Import']}


def test_configs_resolve_to_the_recorded_facts(configs, golden_dir):
    facts = json.loads(gzip.decompress((golden_dir / 'configs.json.gz').read_bytes()))
    accepted = json.loads((ROOT / 'tests' / 'compat' / 'accepted_config_differences.json').read_text())
    sections = {section for fact in facts.values() for section in fact}
    unexpected, used = {}, set()
    for name, fact in facts.items():
        ours = {k: canonical(v) for k, v in configs[name].to_dict().items() if k in sections}
        for path, *values in differences(fact, ours):
            excuse = next((key for key in accepted.get(name, {}) if path == key or path.startswith(f'{key}[')), None)
            if excuse is None:
                unexpected[f'{name}: {path}'] = values
            else:
                used.add((name, excuse))
    assert unexpected == {}
    assert used == {(name, key) for name, keys in accepted.items() for key in keys if name in facts}
    assert len(facts) == 212


def test_base_files_resolve_to_the_recorded_facts(variables, tmp_path):
    child = tmp_path / 'child.py'
    for name, fact in variables['bases'].items():
        assert list(differences(fact, canonical(Config.fromfile(ROOT / name).to_dict()))) == [], name
        child.write_text(f"_base_ = '{ROOT / name}'")
        assert list(differences(fact, canonical(Config.fromfile(child).to_dict()))) == [], f'child of {name}'
    assert len(variables['bases']) == 33


def test_a_users_config_reads_the_recorded_variables(configs, variables, tmp_path):
    user = tmp_path / 'mine.py'
    recorded = variables['variables']
    absent = {name for name in recorded if name not in configs}
    for name in recorded.keys() - absent:
        lines = [f"_base_ = '{ROOT / name}'"]
        for key in recorded[name]:  # mmengine has two ways
            lines += [f'{key}_in_code = _base_.{key}', f'{key}_in_text = {{{{_base_.{key}}}}}']
        user.write_text('\n'.join(lines))
        cfg = canonical(Config.fromfile(user).to_dict())
        for key, value in recorded[name].items():
            ours = [cfg[key], cfg[f'{key}_in_code'], cfg[f'{key}_in_text']]
            assert ours == [value] * 3, f'{name}: {key}'
    assert {name.split('/')[1] for name in absent} <= {'multimodal'}
    assert sum(map(len, recorded.values())) == 2534


def test_edited_paths_of_any_config_reach_its_loaders(configs, tmp_path):
    """A keyword at the top that changed nothing would train on other data than its user thinks."""
    shutil.copytree(ROOT / 'configs', tmp_path / 'configs')
    names = '|'.join(PATHS)
    edited = 0
    for name, cfg in configs.items():
        original = (ROOT / name).read_text()
        if not any(f'{split}_dataloader' in cfg for split in SPLITS):
            continue
        # `data_root_val = data_root` follows an edit of the other, and takes one of its own
        for value in (rf'(?!{names}).*', rf'(?:{names})'):
            text = re.sub(rf'^({names}) = {value}$', r"\1 = 'edited/\1.'", original, flags=re.MULTILINE)
            keys = re.findall(r"'edited/(\w+)\.'", text)
            if not keys:
                continue
            (tmp_path / name).write_text(text)
            changed = Config.fromfile(tmp_path / name)
            loaders = str([changed.get(f'{split}_dataloader') for split in SPLITS])
            assert [key for key in keys if f"'edited/{key}.'" not in loaders] == [], name
            edited += len(keys)
        (tmp_path / name).write_text(original)
    assert edited >= 300


def test_configs_that_test_have_their_pipelines(configs):
    for name, cfg in configs.items():
        for split in SPLITS:
            dataset = cfg.get(f'{split}_dataloader', {}).get('dataset')
            while dataset is not None and 'pipeline' not in dataset:
                dataset = dataset['datasets'][0] if 'datasets' in dataset else dataset['dataset']
            if dataset is not None:
                assert cfg.get(f'{split}_pipeline') == dataset['pipeline'], f'{name}: {split}_pipeline'


def test_models_of_all_configs_build(configs, metafiles, tmp_path, monkeypatch):
    """Each distinct one, without memory for its weights; the tests of the zoo's numbers build what those count."""
    monkeypatch.chdir(tmp_path)
    for mode in ('train', 'val'):  # the models with a feature bank read it when they are built
        write_bank({}, bank_file('data/ava/lfb_half', mode))
    counted = {
        model['Config']
        for path in metafiles
        if path.split('/')[1] == 'recognition'
        for model in metafiles[path]['Models']
    }
    built = set()
    for name, cfg in configs.items():
        part = cfg.model.get('data_preprocessor') if name in counted else cfg.get('model')
        key = json.dumps(part, default=str)  # proposal generation has no model
        if key not in {'null', *built}:
            with torch.device('meta'):
                MODELS.build(part)
            built.add(key)
    assert len(counted) >= 120
    assert len(built) >= 90


def test_dumped_configs_load_to_the_same_from_anywhere(configs, tmp_path, monkeypatch):
    """All but the first without the formatter, which only moves line breaks and takes most of the time."""
    monkeypatch.chdir(tmp_path)
    one_of_each_folder = {name.rpartition('/')[0]: cfg for name, cfg in configs.items()}
    for number, (folder, cfg) in enumerate(one_of_each_folder.items()):
        Config(cfg.to_dict(), format_python_code=number == 0).dump('dumped.py')
        assert Config.fromfile('dumped.py').to_dict() == cfg.to_dict(), folder
    assert len(one_of_each_folder) >= 30


def test_base_files_are_plain_values():
    """A ``_base_`` file that imported something would be read in mmengine's other style and could not be inherited."""
    files = list((ROOT / 'configs' / '_base_').rglob('*.py'))
    for file in files:
        assert Config.fromfile(file).to_dict(), file
        assert 'import' not in file.read_text(), file
    assert len(files) >= 15


def test_quick_run_edits_reach_the_loaders(tmp_path):
    shutil.copytree(ROOT / 'configs', tmp_path / 'configs')
    edits = dict(
        data_root='data/kinetics400_tiny/train',
        data_root_val='data/kinetics400_tiny/val',
        ann_file_train='data/kinetics400_tiny/kinetics_tiny_train_video.txt',
        ann_file_val='data/kinetics400_tiny/kinetics_tiny_val_video.txt',
    )
    text = (tmp_path / QUICK_RUN).read_text()
    for key, value in edits.items():
        text, n = re.subn(rf'^{key} = .*$', f"{key} = '{value}'", text, flags=re.MULTILINE)
        assert n == 1, key
    text += """
train_dataloader['batch_size'] = 4
default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=1))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=10, val_interval=1)
param_scheduler = [dict(type='MultiStepLR', begin=0, end=10, by_epoch=True, milestones=[4, 8], gamma=0.1)]
model = dict(cls_head=dict(num_classes=2))
load_from = 'tsn.pth'
"""
    (tmp_path / QUICK_RUN).write_text(text)
    cfg = Config.fromfile(tmp_path / QUICK_RUN)
    assert cfg.train_dataloader.batch_size == 4
    assert cfg.train_dataloader.dataset.data_prefix.video == edits['data_root']
    assert cfg.train_dataloader.dataset.ann_file == edits['ann_file_train']
    for loader in (cfg.val_dataloader, cfg.test_dataloader):
        assert loader.dataset.data_prefix.video == edits['data_root_val']
        assert loader.dataset.ann_file == edits['ann_file_val']
    assert cfg.default_hooks.checkpoint == dict(type='CheckpointHook', interval=1, max_keep_ckpts=1, save_best='auto')
    assert cfg.default_hooks.logger.interval == 20
    assert cfg.train_cfg.max_epochs == 10
    assert [s.end for s in cfg.param_scheduler] == [10]
    assert (cfg.model.cls_head.num_classes, cfg.model.cls_head.dropout_ratio) == (2, 0.4)
    assert cfg.load_from == 'tsn.pth'


def test_a_users_config_may_inherit_and_choose_other_frames(tmp_path):
    user = tmp_path / 'mine.py'
    user.write_text(
        f"_base_ = '{ROOT / QUICK_RUN}'\n"
        'import mmaction.recipes as r\n'
        'train_pipeline = r.segments(4)[0]\n'
        'train_dataloader = dict(num_workers=2, dataset=dict(pipeline=train_pipeline, data_prefix=dict(video="v")))\n'
    )
    cfg = Config.fromfile(user)
    loader = cfg.train_dataloader
    assert (loader.num_workers, loader.batch_size, loader.dataset.data_prefix.video) == (2, 32, 'v')
    assert loader.dataset.pipeline[1].num_clips == 4
    assert cfg.val_dataloader.dataset.pipeline[1].num_clips == 3
    assert 'r' not in cfg


def test_metafiles_and_configs_name_each_other(metafiles, configs):
    listed = {str(f.relative_to(ROOT)) for f in (ROOT / 'configs').rglob('metafile.yml')}
    assert set(metafiles) == listed
    models = [model for meta in metafiles.values() for model in meta['Models']]
    names = [model['Name'] for model in models]
    assert len(set(names)) == len(names)
    aliases = [alias.lower() for model in models for alias in model.get('Alias', [])]
    assert len(set(aliases)) == len(aliases)
    assert 'tsn' in aliases
    for path, meta in metafiles.items():
        collections = {c['Name'] for c in meta['Collections']}
        for c in meta['Collections']:
            assert (ROOT / c['README']).is_file(), path
        assert {model['In Collection'] for model in meta['Models']} <= collections, path
    for model in models:
        file = ROOT / model['Config']
        assert file.is_file(), model['Name']
        assert file.stem == model['Name']
        assert model['Weights'] is None or re.fullmatch(r'https://\S+\.pth', model['Weights']), model['Name']
        cls_head = configs[model['Config']].model.get('cls_head')
        if cls_head is not None:
            stated = cls_head.get('num_classes') or cls_head.video_classes
            assert stated == CLASSES[model['Results'][0]['Dataset']], model['Name']
    assert len(models) >= 170


def test_readmes_link_to_files_that_are_there(metafiles):
    links = 0
    for path, meta in metafiles.items():
        readme = (ROOT / path).with_name('README.md')
        text = readme.read_text()
        for target in re.findall(r'\]\((?!https?:)([^)#]+)\)', text):
            assert (readme.parent / target).exists(), f'{readme}: {target}'
            links += 1
        for model in meta['Models']:
            assert f'{model["Name"]}.py)' in text, model['Name']
            assert model['Weights'] is None or model['Weights'] in text, model['Name']
            assert f'{model["Metadata"]["Parameters"]:,}' in text, model['Name']
    assert links >= 35


def test_label_maps_have_a_line_a_class():
    counts = {
        'activitynet/label_map.txt': 200,
        'ava/label_map.txt': 60,
        'diving48/label_map.txt': 48,
        'gym/label_map.txt': 99,
        'hmdb51/label_map.txt': 51,
        'jester/label_map.txt': 27,
        'kinetics/label_map_k400.txt': 400,
        'kinetics/label_map_k600.txt': 600,
        'kinetics/label_map_k700.txt': 700,
        'kinetics710/label_map_k710.txt': 710,
        'mit/label_map.txt': 339,
        'mmit/label_map.txt': 313,
        'multisports/label_map.txt': 66,
        'skeleton/label_map_gym99.txt': 99,
        'skeleton/label_map_ntu120.txt': 120,
        'skeleton/label_map_ntu60.txt': 60,
        'sthv1/label_map.txt': 174,
        'sthv2/label_map.txt': 174,
        'ucf101/label_map.txt': 101,
    }
    data = ROOT / 'tools' / 'data'
    lines = {name: (data / name).read_text(encoding='utf-8').splitlines() for name in counts}
    assert {name: len(text) for name, text in lines.items()} == counts
    assert {str(f.relative_to(data)) for f in data.rglob('label_map*.txt')} == set(counts)
    assert all(line and line == line.strip() for text in lines.values() for line in text)
    k400 = lines['kinetics/label_map_k400.txt']
    assert (k400[0], k400[6], k400[-1]) == ('abseiling', 'arm wrestling', 'zumba')
