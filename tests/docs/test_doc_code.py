"""The code of the documentation: Python runs as printed, commands have the arguments that their parsers know."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mmcv.transforms
import mmengine.registry
import pytest
import yaml
from doc_commands import check, commands
from doc_pages import ROOT, Block, all_pages, read_blocks, without_comments
from mmengine.config import Config
from mmengine.registry import Registry

import mmaction.registry

SHELLS = ('shell', 'bash', 'console', 'sh')
# No code: what a program prints, formulas, citations.
TEXTS = ('', 'text', 'bibtex', 'none', 'diff', 'log', 'csv', 'xml', 'html', 'mermaid', 'makefile', 'latex')


def has_code(page: Path) -> bool:
    return any(block.language not in TEXTS or block.title for block in read_blocks(page))


def same_as_english(page: Path) -> bool:
    """Tell pages whose code is that of the English page, up to comments: one run is enough."""
    english = Path(str(page).replace('/docs/zh_cn/', '/docs/en/').replace('README_zh-CN', 'README'))
    if english == page or not english.is_file():
        return False
    codes = [[without_comments(b.code) for b in read_blocks(p) if b.language not in TEXTS] for p in (page, english)]
    return codes[0] == codes[1]


PAGES = [page for page in all_pages() if has_code(page) and not same_as_english(page)]


@pytest.fixture(scope='session')
def clips(tmp_path_factory: pytest.TempPathFactory, prepare) -> Path:
    """The stand-in of kinetics400_tiny, with eight clips to train on and two to validate."""
    folder = tmp_path_factory.mktemp('clips')
    prepare.synthesize(folder, {'train': 8, 'val': 2}, num_frames=40, size=(120, 160))
    return folder


@pytest.fixture
def scratch(tmp_path: Path, clips: Path, rec_config: str, rec_checkpoint: str, monkeypatch) -> Iterator[Path]:
    """A folder as the documentation assumes it: a checkout, small data, a trained recognizer."""
    for name in ('configs', 'tools', 'demo', 'pyproject.toml', 'model-index.yml'):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'kinetics400_tiny').symlink_to(clips)
    shutil.copy(rec_config, tmp_path / 'my_config.py')
    shutil.copy(rec_checkpoint, tmp_path / 'my_checkpoint.pth')
    (tmp_path / 'videos').mkdir()
    for number, path in enumerate(sorted((clips / 'val').glob('*.mp4'))):
        shutil.copy(path, tmp_path / 'videos' / f'clip{number}.mp4')
    for number, path in enumerate(sorted((clips / 'train').glob('*.mp4'))):
        folder = tmp_path / 'my_videos' / ('jump', 'walk')[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    modules = set(sys.modules)
    with registries_restored():
        yield tmp_path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], '__file__', None)).startswith(str(tmp_path)):
            del sys.modules[name]


@contextmanager
def registries_restored() -> Iterator[None]:
    """Remove what pages register."""
    found = [*vars(mmengine.registry).values(), *vars(mmaction.registry).values(), mmcv.transforms.TRANSFORMS]
    before = [(registry, dict(registry.module_dict)) for registry in found if isinstance(registry, Registry)]
    yield
    for registry, modules in before:
        registry.module_dict.clear()
        registry.module_dict.update(modules)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_a_page(page: Path, scratch: Path, capsys) -> None:
    names: dict[str, object] = {'__name__': 'page'}
    for block in read_blocks(page):
        if 'not run' in block.marks:
            assert len(block.marks['not run']) >= 10, f'{block}: say why it is not run'
            continue
        try:
            handle(block, names, scratch)
        except (Exception, SystemExit) as error:
            printed = capsys.readouterr()
            raise AssertionError(f'{block}: {error!r}\n{printed.out[-2000:]}\n{printed.err[-2000:]}') from None


def handle(block: Block, names: dict[str, object], folder: Path) -> None:
    if 'appended to' in block.marks:
        path = writable(folder / block.marks['appended to'], folder)
        path.write_text(f'{path.read_text()}\n{block.code}')
        Config.fromfile(path)
    elif block.title:
        path = writable(folder / block.title, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, encoding='utf-8')
        if path.suffix == '.py' and 'configs' in path.parts:
            Config.fromfile(path)
    elif block.language == 'python':
        exec(compile(block.code, str(block), 'exec'), names)
    elif block.language in SHELLS:
        for words in commands(block.code):
            check(words, run='run' in block.marks)
    elif block.language == 'json':
        json.loads(block.code)
    elif block.language in ('yaml', 'yml'):
        yaml.safe_load(block.code)
    else:
        assert block.language in TEXTS, f'{block}: unknown language {block.language!r}'


def writable(path: Path, folder: Path) -> Path:
    """Replace the link to the configs by a copy, for pages that add files to them."""
    configs = folder / 'configs'
    if configs in path.parents and configs.is_symlink():
        configs.unlink()
        shutil.copytree(ROOT / 'configs', configs, symlinks=True)
    return path


def test_most_blocks_run() -> None:
    """Blocks that no test runs are few, and each says why."""
    blocks = [block for page in all_pages() for block in read_blocks(page) if block.language not in TEXTS]
    skipped = [block for block in blocks if 'not run' in block.marks]
    print(f'{len(blocks)} blocks, {len(skipped)} not run')
    assert len(blocks) > 150
    assert len(skipped) <= 0.1 * len(blocks)
