"""Write the pages of the model zoo and of the datasets from the metafiles and from tools/data.

``python docs/site/zoo.py`` writes them in both languages; with ``--check`` it only reports those that are out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ('en', 'zh_cn')
Model = dict[str, Any]

MODELS = {
    'en': """# Model zoo

{models} models of {families} families, with the figures that MMAction2 1.2.0 or the authors of the weights published.
Each name links to the config; `mmaction infer VIDEO --rec NAME` runs it, and fetches its weights on first use. The page
of a family has all its variants, with the protocols of the tests.

- Accuracies and mAP are in percent. GMACs are those of one view of the size that the model is trained on; parameters
  are exact.
- The license is that of the weights, as their publisher states it: VideoMAE's, and all that is fine-tuned from them,
  exclude commercial use. An empty field means that the publisher states none for the weights; MMAction2's code is
  Apache-2.0.

| task | families | models | with weights |
|---|---|---|---|
""",
    'zh_cn': """# 模型库

共 {families} 个系列、{models} 个模型，指标为 MMAction2 1.2.0 或权重作者公布的数值。模型名链接到配置文件；
`mmaction infer VIDEO --rec NAME` 运行该模型，首次使用时下载权重。各系列的页面列出全部变体及测试方式。

- 准确率与 mAP 以百分数表示。GMACs 为训练尺寸下单个视图的计算量；参数量为精确值。
- 许可证指权重的许可证，以发布者的声明为准：VideoMAE 的权重以及由其微调得到的权重不得用于商业用途。
  空白表示发布者没有为权重声明许可证；MMAction2 的代码采用 Apache-2.0。

| 任务 | 系列 | 模型数 | 有权重 |
|---|---|---|---|
""",
}
DATASETS = {
    'en': """# Dataset zoo

The folders of `tools/data`: a guide to the preparation, with its scripts, and label maps. Annotation formats are
described in [Prepare data](user_guides/prepare_dataset.md). Videos are under the terms of their publishers.

| dataset | folder | label maps |
|---|---|---|
""",
    'zh_cn': """# 数据集

`tools/data` 的各个文件夹：准备指南（附脚本）与标签表。标注格式见[准备数据](user_guides/prepare_dataset.md)。
视频的使用须遵守其发布者的条款。

| 数据集 | 文件夹 | 标签表 |
|---|---|---|
""",
}
HEADERS = {
    'en': '| model | trained on | {metrics} | GMACs | parameters | license of the weights | weights |',
    'zh_cn': '| 模型 | 训练数据 | {metrics} | GMACs | 参数量 | 权重许可证 | 权重 |',
}
TASKS = {
    'Action Recognition': '动作识别',
    'Skeleton-based Action Recognition': '骨骼动作识别',
    'Action Detection': '时空动作检测',
    'Temporal Action Localization': '时序动作定位',
    'Temporal Action Segmentation': '时序动作分割',
    'Video Grounding': '视频片段检索',
    'Video Retrieval': '视频检索',
}
WEIGHTS = {'en': 'weights', 'zh_cn': '权重'}
CLASSES = {'en': '{} classes', 'zh_cn': '{} 类'}


def read_models() -> list[Model]:
    """Models of all metafiles, each with the license, the README and the task of its family."""
    models = []
    for path in yaml.safe_load((ROOT / 'model-index.yml').read_text(encoding='utf-8'))['Import']:
        meta = yaml.safe_load((ROOT / path).read_text(encoding='utf-8'))
        families = {family['Name']: family for family in meta['Collections']}
        for model in meta['Models']:
            family = families[model['In Collection']]
            task = model['Results'][0]['Task'] if model.get('Results') else _first_task(meta)
            license_ = model['Metadata'].get('License', family.get('License', ''))
            models.append({**model, 'License': license_, 'README': family['README'], 'Task': task})
    return models


def _first_task(meta: dict[str, Any]) -> str:
    tasks = [result['Task'] for model in meta['Models'] for result in model.get('Results') or []]
    return tasks[0] if tasks else 'Temporal Action Localization'


def model_page(language: str) -> str:
    """Text of the page of the model zoo."""
    tasks: dict[str, dict[str, list[Model]]] = defaultdict(lambda: defaultdict(list))
    models = read_models()
    for model in models:
        tasks[model['Task']][model['README']].append(model)
    families = sum(map(len, tasks.values()))
    lines = [MODELS[language].format(models=len(models), families=families).rstrip('\n')]
    for task, groups in tasks.items():
        of_task = [model for group in groups.values() for model in group]
        with_weights = sum(model['Weights'] is not None for model in of_task)
        lines.append(f'| {_task(task, language)} | {len(groups)} | {len(of_task)} | {with_weights} |')
    for task, groups in tasks.items():
        lines += ['', f'## {_task(task, language)}']
        for readme, group in groups.items():
            lines += ['', f'### [{group[0]["In Collection"]}](../../{readme})', '', *_table(group, language)]
    return '\n'.join(lines) + '\n'


def _task(task: str, language: str) -> str:
    return TASKS.get(task, task) if language == 'zh_cn' else task


def _table(models: Sequence[Model], language: str) -> Iterator[str]:
    metrics = list(dict.fromkeys(name for model in models for name in _figures(model)))
    yield HEADERS[language].format(metrics=' | '.join(metrics) or '–')
    yield '|---' * (max(len(metrics), 1) + 6) + '|'
    for model in models:
        figures = _figures(model)
        data = model['Metadata']
        weights = model['Weights']
        cells = [
            f'[{model["Name"]}](../../{model["Config"]})',
            str(data.get('Training Data', '')),
            *[str(figures.get(metric, '')) for metric in metrics or ['']],
            str(data.get('FLOPs', '')).removesuffix('G'),
            f'{data["Parameters"]:,}',
            model['License'],
            f'[{WEIGHTS[language]}]({weights})' if weights else '',
        ]
        yield f'| {" | ".join(cells)} |'


def _figures(model: Model) -> dict[str, Any]:
    """Figures of the first result, under short names."""
    results = model.get('Results') or [dict(Metrics={})]
    shorten = re.compile(r'Top (\d) Accuracy')
    return {shorten.sub(r'top-\1', name): value for name, value in results[0]['Metrics'].items()}


def dataset_page(language: str) -> str:
    """Text of the page of the datasets."""
    rows = []
    for folder in sorted((ROOT / 'tools' / 'data').iterdir()):
        maps = sorted(folder.glob('label_map*.txt'))
        readme = _readme(folder, language)
        if readme is None and not maps:
            continue
        title = folder.name
        if readme:
            name = readme.read_text(encoding='utf-8').partition('\n')[0].lstrip('# ')
            title = f'[{name}](../../{readme.relative_to(ROOT).as_posix()})'
        links = [_label_map(path, language) for path in maps]
        rows.append(f'| {title} | `tools/data/{folder.name}` | {", ".join(links)} |')
    return DATASETS[language] + '\n'.join(rows) + '\n'


def _label_map(path: Path, language: str) -> str:
    count = len(path.read_text(encoding='utf-8').split('\n')) - 1
    text = CLASSES[language].format(count)
    return f'[{text}](../../{path.relative_to(ROOT).as_posix()})'


def _readme(folder: Path, language: str) -> Path | None:
    names = ['README.md'] if language == 'en' else ['README_zh-CN.md', 'README.md']
    return next((folder / name for name in names if (folder / name).is_file()), None)


def main() -> int:
    """Write the pages, or report those that are out of date."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument('--check', action='store_true', help='write nothing; exit code 1 where a page is out of date')
    args = parser.parse_args()
    stale = []
    for language in LANGUAGES:
        pages = {'modelzoo_statistics.md': model_page(language), 'dataset_zoo.md': dataset_page(language)}
        for name, text in pages.items():
            path = ROOT / 'docs' / language / name
            if path.is_file() and path.read_text(encoding='utf-8') == text:
                continue
            stale.append(str(path.relative_to(ROOT)))
            if not args.check:
                path.write_text(text, encoding='utf-8')
    if stale and args.check:
        print(f'out of date: {", ".join(stale)}; `python docs/site/zoo.py` writes them', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
