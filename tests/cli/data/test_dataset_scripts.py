"""The scripts below tools/data: that none is missing, that sh and bash run them, and that guides and configs agree."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from itertools import product
from pathlib import Path

import pytest
import yaml

from mmaction.cli.command import build_parser, load_command
from mmaction.cli.main import walk

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / 'tools' / 'data'
SCRIPTS = [line for line in (ROOT / 'tests/golden/data_scripts_1x.txt').read_text().splitlines() if line[0] != '#']
FOLDERS = sorted({Path(name).parent.name for name in SCRIPTS if '/' in name}) + ['jhmdb', 'kinetics710', 'ucf101_24']
SHELL_SCRIPTS = sorted(TOOLS.glob('*/*.sh'))
# These go through what is there.
DEPENDS_ON_DATA = ('rename_classnames.sh', 'download_features.sh', 'extract_rgb_frames_ffmpeg.sh', 'cut_videos.sh')
DATASETS = ('kinetics400', 'kinetics600', 'kinetics700')
COMMANDS = {names: module for names, module in walk() if names[0] == 'data'}


def shell(words: list[str], cwd: Path, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        words, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )


def dry_run(script: Path, home: Path, interpreter: str = 'sh') -> list[str]:
    """The commands that a script would run."""
    arguments = []
    if script.parent.name == 'kinetics' and not script.name.startswith('preprocess'):
        arguments = ['kinetics600']
    elif script.name.startswith('preprocess') and 'data' not in script.name:
        arguments = [str(home), str(home / 'prepared')]
    elif script == TOOLS / 'skeleton/download_annotations.sh':
        arguments = ['ntu60_2d', 'k400_2d']
    done = shell(
        [interpreter, str(script), *arguments], home, DRY_RUN='1', DATA_HOME=str(home), THUMOS14_PASSWORD='secret'
    )
    assert done.returncode == 0 and not done.stderr, f'{script}: {done.stdout[-300:]} {done.stderr}'
    return done.stdout.splitlines()


def test_every_script_of_mmaction2_is_there() -> None:
    assert len(SCRIPTS) == len(set(SCRIPTS)) == 143
    assert [name for name in SCRIPTS if not (TOOLS / name).is_file()] == []


@pytest.mark.parametrize('folder', FOLDERS)
def test_guides_are_parallel(folder: str) -> None:
    english, chinese = (
        (TOOLS / folder / name).read_text(encoding='utf-8') for name in ('README.md', 'README_zh-CN.md')
    )
    assert english.startswith('# ') and chinese.startswith('# ') and re.search('[\u4e00-\u9fff]', chinese)
    headings = [
        re.findall(r'^#+(?= )', re.sub(r'```.*?```', '', text, flags=re.S), flags=re.M) for text in (english, chinese)
    ]
    assert headings[0] == headings[1]
    trees = [re.findall(r'^```\n(data/.*?)^```', text, flags=re.S | re.M) for text in (english, chinese)]
    assert trees[0] or folder in ('ava_kinetics', 'jhmdb', 'ucf101_24')
    assert [tree.split()[0] for tree in trees[0]] == [tree.split()[0] for tree in trees[1]]


def test_shell_scripts_have_one_form() -> None:
    for path in [*SHELL_SCRIPTS, TOOLS / 'common.sh']:
        text = path.read_text()
        assert 'set -e\n' in text and not re.search(r'(^|[\s"=])/(home|root|mnt|tmp|work)/', text), path
        assert not re.search(r'\[\[|\$\{\w+,,|set -o pipefail|<<<|function ', text), f'{path} does not run under sh'
    for path in SHELL_SCRIPTS:
        assert path.read_text().startswith('#!/usr/bin/env sh\n#') and os.access(path, os.X_OK), path
        assert '. "$(dirname "$0")/../common.sh"' in path.read_text(), path


@pytest.mark.parametrize('folder', sorted({path.parent.name for path in SHELL_SCRIPTS}))
def test_scripts_run_commands_that_exist(folder: str, tmp_path: Path) -> None:
    """Their arguments are parsed by the real parsers; sh and bash print the same."""
    for script in (path for path in SHELL_SCRIPTS if path.parent.name == folder):
        lines = dry_run(script, tmp_path)
        assert lines or script.name in DEPENDS_ON_DATA
        if script.name.startswith(('download_v', 'generate_v', 'preprocess')):
            assert lines == dry_run(script, tmp_path, 'bash')
        for line in lines:
            words = shlex.split(line)
            if words[0] == 'python':
                path = Path(words[1])
                assert path.is_file() and path.is_relative_to(TOOLS), line
                names = ('data', *(part.replace('_', '-') for part in path.relative_to(TOOLS).with_suffix('').parts))
                module = COMMANDS.get(names) or COMMANDS[(*names[:-1], names[-1].replace('activitynet-', ''))]
                build_parser(load_command(module)).parse_args(words[2:])


def test_index_of_data_sets_names_scripts() -> None:
    index = yaml.safe_load((ROOT / 'dataset-index.yml').read_text())
    assert set(index) == {*DATASETS, 'sthv2', 'diving48'}
    for name, entry in index.items():
        assert set(entry) == {'dataset', 'download_root', 'data_root', 'script'}
        assert (entry['download_root'], entry['data_root']) == ('data', f'data/{name}')
        assert os.access(ROOT / entry['script'], os.X_OK), entry


@pytest.mark.parametrize('interpreter', ['sh', 'bash'])
def test_archive_of_mim_is_unpacked(interpreter: str, tmp_path: Path) -> None:
    """odl writes parts of one archive; a folder of the name of the data set is in it."""
    (tmp_path / 'OpenDataLab/sthv2/sthv2').mkdir(parents=True)
    video = tmp_path / 'OpenDataLab/sthv2/sthv2/1.webm'
    video.write_bytes(os.urandom(4000))
    raw = tmp_path / 'data/OpenDataLab___sthv2/raw'
    raw.mkdir(parents=True)
    with tarfile.open(tmp_path / 'whole.tar.gz', 'w:gz') as tar:
        tar.add(tmp_path / 'OpenDataLab/sthv2', 'sthv2')
    whole = (tmp_path / 'whole.tar.gz').read_bytes()
    for number, start in enumerate(range(0, len(whole), 1500)):
        (raw / f'sthv2.tar.gz.0{number}').write_bytes(whole[start : start + 1500])
    # as mim calls it: from the folder of the user, which is no checkout
    done = shell([interpreter, str(TOOLS / 'sthv2/preprocess.sh'), 'data', 'data/sthv2'], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / 'data/sthv2/sthv2/1.webm').read_bytes() == video.read_bytes()
    assert not list((tmp_path / 'data/sthv2').glob('.*'))
    done = shell([interpreter, str(TOOLS / 'diving48/preprocess.sh'), 'data', 'data/diving48'], tmp_path)
    assert done.returncode == 1 and 'has no *diving48*/raw/*.tar.gz*' in done.stderr


@pytest.mark.parametrize('interpreter', ['sh', 'bash'])
def test_archives_of_moments_in_time_and_class_names(interpreter: str, tmp_path: Path) -> None:
    (tmp_path / 'data/mit').mkdir(parents=True)
    script = [interpreter, str(TOOLS / 'mit/preprocess_data.sh')]
    done = shell(script, tmp_path, DATA_HOME=str(tmp_path))
    assert done.returncode == 1 and 'there is no archive' in done.stderr and 'Moments_in_Time_Raw.zip' in done.stderr
    with zipfile.ZipFile(tmp_path / 'data/mit/Moments_in_Time_Raw.zip', 'w') as archive:
        for name in ('trainingSet.csv', 'validationSet.csv', 'training/a/1.mp4', 'validation/a/2.mp4'):
            archive.writestr(f'Moments_in_Time_Raw/{name}', 'x')
    done = shell(script, tmp_path, DATA_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    found = {
        str(path.relative_to(tmp_path / 'data/mit')) for path in (tmp_path / 'data/mit').rglob('*') if path.is_file()
    }
    assert found - {'Moments_in_Time_Raw.zip'} == {
        'annotations/trainingSet.csv',
        'annotations/validationSet.csv',
        'videos/training/a/1.mp4',
        'videos/validation/a/2.mp4',
    }
    (tmp_path / 'data/kinetics400/videos_train/air drumming').mkdir(parents=True)
    script = [interpreter, str(TOOLS / 'kinetics/rename_classnames.sh')]
    assert shell([*script, 'kinetics400'], tmp_path, DATA_HOME=str(tmp_path)).returncode == 0
    assert os.listdir(tmp_path / 'data/kinetics400/videos_train') == ['air_drumming']
    done = shell([*script, 'kinetics500'], tmp_path, DATA_HOME=str(tmp_path))
    assert done.returncode == 1 and "'kinetics500' must be one of: kinetics400 kinetics600 kinetics700" in done.stderr


def test_downloads_go_on_and_name_the_remedy(tmp_path: Path, clip_path: str) -> None:
    """With file URLs in place of the hosts."""
    script = tmp_path / 'tools/data/x/download.sh'
    script.parent.mkdir(parents=True)
    (script.parent.parent / 'common.sh').write_text((TOOLS / 'common.sh').read_text())
    script.write_text('. "$(dirname "$0")/../common.sh"\nfetch "$1" data/x/clip.mp4\n')
    run = ['sh', str(script), Path(clip_path).as_uri()]
    assert shell(run, tmp_path).returncode == 0
    assert (tmp_path / 'data/x/clip.mp4').read_bytes() == Path(clip_path).read_bytes()
    done = shell(['sh', str(script), 'file:///nowhere/x'], tmp_path)
    assert done.returncode == 0 and 'exists already' in done.stdout
    (tmp_path / 'data/x/clip.mp4').unlink()
    done = shell(['sh', str(script), 'file:///nowhere/x'], tmp_path)
    assert done.returncode == 1 and 'put it to data/x/clip.mp4, and run this script again' in done.stderr


def braces(text: str) -> list[str]:
    """Expand ``a{b,c}``."""
    parts = re.split(r'\{([^{}]*)\}', text)
    options = [part.split(',') if place % 2 else [part] for place, part in enumerate(parts)]
    return [''.join(choice) for choice in product(*options)]


# First folder below data -> folder of its guide.
GUIDES = {name: name for name in FOLDERS} | {
    'ActivityNet': 'activitynet',
    'CharadesSTA': 'charades-sta',
    'HACS': 'hacs',
    'THUMOS14': 'thumos14',
    'imagenet': 'omnisource',
    'k400': 'kinetics',
    'k600': 'kinetics',
    'k700': 'kinetics',
    'kinetics400': 'kinetics',
    'kinetics600': 'kinetics',
    'kinetics700': 'kinetics',
    'mit_v1': 'mit',
    'nturgbd_videos': 'skeleton',
}


def test_guides_name_the_files_of_the_configs() -> None:
    texts = {}
    for folder in set(GUIDES.values()):
        text = (TOOLS / folder / 'README.md').read_text(encoding='utf-8')
        words = {word for token in re.split(r'[\s,`;]+(?![^{]*\})', text) for word in braces(token)}
        texts[folder] = ' '.join(words)
    count = 0
    unnamed = set()
    for path in sorted((ROOT / 'configs').rglob('*.py')):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            match = re.fullmatch(r'\.?/?data/([^/{}]+)/?(.*?)/?', node.value)
            if match is None or match[1] not in GUIDES:
                continue
            folder = GUIDES[match[1]]
            last = (match[2] or match[1]).split('/')[-1].replace('700_', '400_').replace('600_', '400_')
            last = last if folder == 'kinetics' else (match[2] or match[1]).split('/')[-1]
            if '*' not in last:
                count += 1
                if last not in texts[folder]:
                    unnamed.add(f'{folder}/README.md: {node.value}, of {path.name}')
    assert sorted(unnamed) == []
    assert count > 150


def test_lists_of_ucf101_are_those_of_the_configs(tmp_path: Path, clip_path: str) -> None:
    root = tmp_path / 'data/ucf101'
    (root / 'annotations').mkdir(parents=True)
    (root / 'annotations/classInd.txt').write_text('1 ApplyEyeMakeup\n2 Archery\n')
    for number in (1, 2, 3):
        (root / f'annotations/trainlist0{number}.txt').write_text('Archery/v_Archery_g08_c01.avi 2\n')
        (root / f'annotations/testlist0{number}.txt').write_text('ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi\n')
    for name in ('Archery/v_Archery_g08_c01.avi', 'ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi'):
        (root / 'videos' / name).parent.mkdir(parents=True)
        shutil.copy(clip_path, root / 'videos' / name)
    done = shell(
        ['sh', str(TOOLS / 'ucf101/generate_videos_filelist.sh')],
        tmp_path,
        DATA_HOME=str(tmp_path),
        PYTHON=sys.executable,
    )
    assert done.returncode == 0, done.stderr
    lists = {path.name: path.read_text() for path in root.glob('*.txt')}
    assert lists == {
        f'ucf101_{part}_split_{number}_videos.txt': line
        for number in (1, 2, 3)
        for part, line in (
            ('train', 'Archery/v_Archery_g08_c01.avi 1\n'),
            ('val', 'ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 0\n'),
        )
    }
