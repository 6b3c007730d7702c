"""Hooks of mkdocs: pages that live elsewhere in the repository, links between them, and the switch of languages.

READMEs of model families, datasets and demos are pages of the site under other paths. Links are written for readers of
the repository, relative to the file that holds them; here each becomes a link to the page that shows its target. A link
to a file that is no page leads to a copy of it.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))  # mkdocs loads this file by its path
from commands import command_page

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r'(?<!!)(\[(?:[^\[\]]|\[[^\[\]]*\])*\])\(([^)\s]+)\)')
SWITCH = re.compile(r'^\[(?:简体中文|English)\]\([^)]*\)\n+', flags=re.M)
FENCE = re.compile(r'(^```.*?^```[^\n]*$)', flags=re.S | re.M)
# Paths that links of MMAction2's documentation have, and the pages that succeed them.
FORMER = {
    'advanced_guides/depoly.html': 'advanced_guides/deploy.html',
    'notes/faq.html': 'get_started/faq.html',
    'user_guides/useful_tools.html': 'useful_tools.html',
    'own_transforms.html': 'advanced_guides/customize_pipeline.html',
    'own_models.html': 'advanced_guides/customize_models.html',
    'own_modules.html': 'advanced_guides/customize_modules.html',
}
REDIRECT = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={0}"><a href="{0}">{0}</a>\n'
)


def pages_elsewhere(language: str) -> dict[str, Path]:
    """Path in the site of each page whose file is not below ``docs``."""
    ending = {'en': 'README.md', 'zh_cn': 'README_zh-CN.md'}[language]
    pages = {
        'notes/contribution_guide.md': ROOT / 'CONTRIBUTING.md',
        'notes/changelog.md': ROOT / 'CHANGELOG.md',
        'notes/demo.md': ROOT / 'demo' / ending,
    }
    for folder, section in (('configs', 'model_zoo'), ('tools/data', 'dataset_zoo')):
        for path in sorted((ROOT / folder).rglob('README.md')):
            translated = path.with_name(ending)
            name = path.parent.relative_to(ROOT / folder).as_posix()
            if name != '.':
                pages[f'{section}/{name}.md'] = translated if translated.is_file() else path
    return pages


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Complete the navigation and translate its sections."""
    names = config.extra.get('sections', {})
    pages = pages_elsewhere(config.extra['language'])
    appended = {'Model zoo': 'model_zoo/', 'Datasets': 'dataset_zoo/'}
    nav: list[Any] = []
    for entry in config.nav or []:
        if isinstance(entry, str):
            nav.append(entry)
            continue
        ((title, children),) = entry.items()
        prefix = appended.get(title)
        more = [page for page in pages if prefix and page.startswith(prefix)]
        nav.append({names.get(title, title): [*children, *more]})
    config.nav = nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that live elsewhere or are made here, and the style sheet."""
    for uri, path in pages_elsewhere(config.extra['language']).items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    files.append(File.generated(config, 'api/commands.md', content=command_page(config.extra['language'])))
    files.append(File.generated(config, 'assets/site.css', abs_src_path=str(ROOT / 'docs' / 'site' / 'site.css')))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page to pages and copies."""
    language = config.extra['language']
    if page.file.abs_src_path is None:
        return markdown
    source = Path(page.file.abs_src_path)
    uris = {path: uri for uri, path in pages_elsewhere(language).items()}

    def lead(match: re.Match[str]) -> str:
        text, target = match.groups()
        path, mark, anchor = target.partition('#')
        if not path or re.match(r'[a-z]+:', path):
            return match.group()
        uri = _uri(Path(os.path.normpath(source.parent / path)), language, uris, files, config)
        if uri is None:
            return match.group()  # mkdocs reports it
        return f'{text}({os.path.relpath(uri, os.path.dirname(page.file.src_uri) or ".")}{mark}{anchor})'

    markdown = SWITCH.sub('', markdown)  # the site has its own switch of languages
    parts = FENCE.split(markdown)
    parts[::2] = [LINK.sub(lead, part) for part in parts[::2]]
    return ''.join(parts)


def _uri(path: Path, language: str, uris: dict[Path, str], files: Files, config: MkDocsConfig) -> str | None:
    """Path in the site of a file of the repository; None if there is no such file."""
    if path.is_dir():
        path = path / 'README.md'
    translated = path.with_name('README_zh-CN.md')
    for candidate in (path, translated) if language == 'zh_cn' else (path,):
        if candidate in uris:
            return uris[candidate]
    if not path.is_file() or not path.is_relative_to(ROOT):
        return None
    parts = path.relative_to(ROOT).parts
    if parts[0] == 'docs' and parts[1] in ('en', 'zh_cn'):
        return '/'.join(parts[2:])
    if parts[0] in ('README.md', 'README_zh-CN.md'):
        return 'index.md'
    # As text, which a browser shows; it would store a .py file.
    uri = '/'.join(('source', *parts)) + '.txt'
    if files.get_file_from_path(uri) is None:
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return uri


def on_page_context(context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Any) -> dict[str, Any]:
    """Let the switch of languages lead to the same page."""
    extra = config.extra
    names = {extra['other']['language']: extra['other']}
    names[extra['language']] = dict(name={'en': 'English', 'zh_cn': '简体中文'}[extra['language']])
    codes = {'en': 'en', 'zh_cn': 'zh'}
    extra['alternate'] = [
        dict(name=names[language]['name'], lang=codes[language], link=f'../{language}/{page.url}') for language in codes
    ]
    return context


def on_post_build(config: MkDocsConfig) -> None:
    """Write a start page for all languages, and the pages of former paths."""
    site = Path(config.site_dir)
    (site.parent / 'index.html').write_text(REDIRECT.format('en/index.html'), encoding='utf-8')
    for former, today in FORMER.items():
        path = site / former
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(REDIRECT.format(os.path.relpath(today, os.path.dirname(former) or '.')), encoding='utf-8')
