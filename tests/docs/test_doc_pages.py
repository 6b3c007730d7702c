"""The documentation: each page exists in both languages with the same headings, code and working links."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from doc_pages import LANGUAGES, ROOT, all_pages, other_pages, read_blocks, site_pages, without_comments

# Differ in the spelling of labels and scores on purpose: the two dialects of MMAction2's own guides.
DIALECTS = {'guide_to_framework.md'}
PAGES = [str(page.relative_to(ROOT / 'docs' / 'en')) for page in site_pages('en')]


def levels(page: Path) -> list[int]:
    text = re.sub(r'^```.*?^```', '', page.read_text(encoding='utf-8'), flags=re.S | re.M)
    return [len(marks) for marks in re.findall(r'^(#+) ', text, flags=re.M)]


def test_every_page_exists_in_both_languages() -> None:
    found = [{page.relative_to(ROOT / 'docs' / name).as_posix() for page in site_pages(name)} for name in LANGUAGES]
    assert found[0] == found[1]
    assert len(found[0]) >= 40


TRANSLATED = [page for page in other_pages() if page.name == 'README_zh-CN.md']
PAIRS = [
    *((ROOT / 'docs' / 'en' / name, ROOT / 'docs' / 'zh_cn' / name) for name in PAGES),
    *((page.with_name('README.md'), page) for page in TRANSLATED),
]


@pytest.mark.parametrize('pages', PAIRS, ids=lambda pair: str(pair[0].relative_to(ROOT)))
def test_languages_are_parallel(pages: tuple[Path, Path]) -> None:
    assert levels(pages[0]) == levels(pages[1])
    english, chinese = map(read_blocks, pages)
    kinds = [[(block.language, block.title, sorted(block.marks)) for block in blocks] for blocks in (english, chinese)]
    assert kinds[0] == kinds[1]
    for here, there in zip(english, chinese, strict=True):
        if here.language and pages[0].name not in DIALECTS:
            assert without_comments(here.code) == without_comments(there.code), f'{here} and {there}'


def test_links_lead_to_files() -> None:
    broken = []
    count = 0
    for page in all_pages():
        text = re.sub(r'^```.*?^```', '', page.read_text(encoding='utf-8'), flags=re.S | re.M)
        for target in re.findall(r'\]\((?!\w+:)([^)#\s]+)', text):
            count += 1
            if not (page.parent / target).exists():
                broken.append(f'{page.relative_to(ROOT)}: {target}')
    assert broken == []
    assert count > 300


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / 'docs' / 'site' / 'mkdocs.yml').read_text(encoding='utf-8').partition('\nnav:')[2]
    listed = re.findall(r'[\w/]+\.md', navigation)
    assert len(set(listed)) == len(listed)
    assert set(PAGES) <= set(listed)
    made = {'api/commands.md'}  # when the site is built
    assert {name for name in listed if not name.startswith('notes/')} == set(PAGES) | made


def test_pages_of_the_zoo_are_up_to_date() -> None:
    script = ROOT / 'docs' / 'site' / 'zoo.py'
    done = subprocess.run(
        [sys.executable, str(script), '--check'], text=True, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_weight_of_videomae_has_its_license() -> None:
    rows = re.findall(r'^\| \[vit-[^\]]*videomae-.*', (ROOT / 'docs/en/modelzoo_statistics.md').read_text(), flags=re.M)
    assert len(rows) >= 4
    assert all('CC-BY-NC-4.0' in row for row in rows)
