"""The tables of figures in ``docs/en/speed.md`` and ``docs/zh_cn/speed.md``, from ``results/*.json``.

    python benchmarks/page.py

The text around the tables is written by hand; what stands between the two comments is replaced.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

START, END = '<!-- figures: make bench -->', '<!-- end of figures -->'

# Workload -> description; the first twelve make the mean.
COMPARED = {
    'import': ('`import mmaction`, all modules registered', '`import mmaction` 并注册所有模块'),
    'pipe_tsn_train': ('pipeline, TSN training (3 sparse frames)', '流水线，TSN 训练（3 个稀疏帧）'),
    'pipe_tsn_test': ('pipeline, TSN test (25 clips, ten crops)', '流水线，TSN 测试（25 个片段，十裁剪）'),
    'pipe_slowfast_train': ('pipeline, SlowFast training (32 x 2)', '流水线，SlowFast 训练（32 x 2）'),
    'pipe_slowonly_test': ('pipeline, SlowOnly test', '流水线，SlowOnly 测试'),
    'infer_tsn': ('inference, TSN-R50', '推理，TSN-R50'),
    'infer_tsm': ('inference, TSM-R50', '推理，TSM-R50'),
    'infer_slowonly': ('inference, SlowOnly-R50', '推理，SlowOnly-R50'),
    'infer_swin_tiny': ('inference, Swin-T', '推理，Swin-T'),
    'infer_x3d_s': ('inference, X3D-S, 30 views', '推理，X3D-S，30 个视图'),
    'train_tsn': ('training step, TSN-R50 (4 x 3 frames)', '训练步，TSN-R50（4 x 3 帧）'),
    'train_slowonly': ('training step, SlowOnly-R50 (2 clips)', '训练步，SlowOnly-R50（2 个片段）'),
    'quick_test': (
        '`tools/test.py`, TSN-R50, two videos, 25 clips x 10 crops',
        '`tools/test.py`，TSN-R50，两个视频，25 个片段 x 10 裁剪',
    ),
}
COST = {
    'clips_1': ('TSN-R50, 1 clip', 'TSN-R50，1 个片段'),
    'clips_10': ('TSN-R50, 10 clips', 'TSN-R50，10 个片段'),
    'clips_100': ('TSN-R50, 100 clips', 'TSN-R50，100 个片段'),
    'video_10s': ('TSN-R50, 3 clips of a video of 10 seconds', 'TSN-R50，10 秒视频中的 3 个片段'),
    'video_10min': ('TSN-R50, 3 clips of a video of 10 minutes', 'TSN-R50，10 分钟视频中的 3 个片段'),
    'video_2h': ('TSN-R50, 3 clips of a video of 2 hours', 'TSN-R50，2 小时视频中的 3 个片段'),
}
MEAN_OF = [name for name in COMPARED if name != 'quick_test']
LANGUAGES = ('en', 'zh_cn')
TEXT = {
    'compared': ('Against MMAction2 1.2.0', '与 MMAction2 1.2.0 比较'),
    'cost': ('Cost against work', '开销随工作量的变化'),
    'decoding': ('Against bare decoding', '与纯解码比较'),
    'limits': ("Against the machine's own limit", '与机器极限比较'),
    'work': ('work', '工作'),
    'peer': ('MMAction2 1.2.0, s', 'MMAction2 1.2.0，秒'),
    'ours': ('this package, s', '本包，秒'),
    'ratio': ('times as fast', '速度倍数'),
    'spread': ('smallest to largest', '最小至最大'),
    'mib': ('peak, MiB', '峰值内存，MiB'),
    'pipeline_ms': ('pipeline, ms', '流水线，毫秒'),
    'decoder_ms': ('fastest decoder, ms', '最快解码器，毫秒'),
    'against': ('pipeline / decoder', '流水线 / 解码器'),
    'to_others': ('pipeline / decoder of others', '流水线 / 其他库的解码器'),
    'to_least': ('pipeline / (decoder + resizing + output)', '流水线 /（解码器 + 缩放 + 输出）'),
    'gflops': ('GFLOP/s', 'GFLOP/s'),
    'of_conv': ('of the convolution', '占卷积速率'),
    'of_matmul': ('of the matrix product', '占矩阵乘速率'),
    'length': ('`{kind}`, video of {length} s', '`{kind}`，{length} 秒视频'),
    'failed': ('no figure', '无数据'),
    'mean': ('Geometric mean of {n} workloads: {mean}.', '{n} 项工作的几何平均：{mean}。'),
    'rates': (
        'Measured in fp32: matrix product of size 2048 {matmul} GFLOP/s, 3 x 3 convolution of 128 channels {conv}.',
        '实测（fp32）：2048 x 2048 矩阵乘 {matmul} GFLOP/s，128 通道 3 x 3 卷积 {conv} GFLOP/s。',
    ),
    'machine': (
        '{cpu}, {cores} cores, {memory_gib} GiB, {system}; torch {torch}, {threads} threads; {date}.',
        '{cpu}，{cores} 核，{memory_gib} GiB，{system}；torch {torch}，{threads} 线程；{date}。',
    ),
}


class Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.index = LANGUAGES.index(language)

    def __call__(self, key: str, **values: Any) -> str:
        """Text of a key, with values put in."""
        return TEXT[key][self.index].format(**values)

    def work(self, name: str) -> str:
        """Description of a workload."""
        return (COMPARED | COST)[name][self.index]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown; all columns but the first are numbers."""
    rule = ['---', *['---:'] * (len(header) - 1)]
    return ['| ' + ' | '.join(row) + ' |' for row in (header, rule, *rows)]


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f'{value:.3g}' if abs(value) < 100 else f'{value:.0f}'


def geometric_mean(results: Mapping[str, Any]) -> tuple[float, int]:
    """Mean of the ratios of the twelve workloads, and how many of them have one."""
    work = results.get('work', {})
    ratios = [work[name]['ratio'] for name in MEAN_OF if 'ratio' in work.get(name, {})]
    return (statistics.geometric_mean(ratios) if ratios else math.nan, len(ratios))


def _both(entry: Mapping[str, Any], key: str) -> list[str]:
    return [number(entry[key][side]) if side in entry[key] else '' for side in ('peer', 'ours')]


def work_table(results: Mapping[str, Any], names: Iterable[str], words: Words) -> list[str]:
    """Times, ratio and memory of workloads, those that failed with their error."""
    rows = []
    for name in names:
        entry = results.get('work', {}).get(name)
        if entry is None:
            continue
        if 'error' in entry:
            rows.append([words.work(name), f'{words("failed")}: {entry["error"]}', '', '', '', ''])
            continue
        # One pair has none.
        spread = ' - '.join(number(value) for value in entry.get('spread', [])) if entry['pairs'] > 1 else ''
        ratio = number(entry['ratio']) if 'ratio' in entry else ''
        mib = ' / '.join(filter(None, _both(entry, 'mib')))
        rows.append([words.work(name), *_both(entry, 'seconds'), ratio, spread, mib])
    header = [words(key) for key in ('work', 'peer', 'ours', 'ratio', 'spread', 'mib')]
    return table(header, rows) if rows else []


def decoding_table(rows: Sequence[Mapping[str, Any]], words: Words) -> list[str]:
    """Pipelines against the fastest decoder of their frames, per video."""
    cells = []
    for row in rows:
        decoder = row['fastest']
        name = f'{row["pipeline"]}, {row["video"]}'
        fastest = f'{number(row["decoders_ms"][decoder])} ({decoder})'
        ratios = [number(row[key]) for key in ('ratio', 'ratio_to_others', 'ratio_to_least')]
        cells.append([name, number(row['ms']), fastest, *ratios])
    header = ('work', 'pipeline_ms', 'decoder_ms', 'against', 'to_others', 'to_least')
    return table([words(key) for key in header], cells)


def memory_table(part: Mapping[str, Any], words: Words) -> list[str]:
    """Time and memory of commands on videos of several lengths."""
    rows = []
    for kind, by_length in part['results'].items():
        for length, entry in by_length.items():
            name = words('length', kind=kind, length=length)
            rows.append([name, number(entry['seconds']), number(entry['peak_mib'])])
    return table([words(key) for key in ('work', 'ours', 'mib')], rows)


def limit_table(part: Mapping[str, Any], work: Mapping[str, Any], words: Words) -> list[str]:
    """Operations per second of the networks, as fractions of the measured rates."""
    rows = []
    for name, operations in part['operations'].items():
        if 'seconds' not in work.get(name, {}):
            continue
        rate = operations / work[name]['seconds']['ours'] / 1e9
        fractions = [f'{100 * rate / part[key]:.0f} %' for key in ('conv_gflops', 'matmul_gflops')]
        rows.append([words.work(name), number(rate), *fractions])
    return table([words(key) for key in ('work', 'gflops', 'of_conv', 'of_matmul')], rows) if rows else []


def figures(results: Mapping[str, Any], language: str) -> str:
    """All tables of a machine."""
    words = Words(language)
    parts = {name: part for name, part in results.get('parts', {}).items() if 'error' not in part}
    lines = [words('machine', **results['machine'], threads=results['threads'], date=results['date']), '']
    if results.get('note'):
        lines += [f'**{results["note"]}**', '']

    def section(key: str, *blocks: Sequence[str]) -> None:
        if any(blocks):
            lines.extend([f'#### {words(key)}', ''])
            for block in filter(None, blocks):
                lines.extend([*block, ''])

    mean, count = geometric_mean(results)
    sentence = [words('mean', n=count, mean=f'{mean:.2f}')] if count else []
    section('compared', work_table(results, COMPARED, words), sentence)
    memory = memory_table(parts['memory'], words) if 'results' in parts.get('memory', {}) else []
    section('cost', work_table(results, COST, words), memory)
    if 'decoding' in parts.get('pipelines', {}):
        section('decoding', decoding_table(parts['pipelines']['decoding'], words))
    if 'limits' in parts:
        limits = parts['limits']
        rates = words('rates', matmul=limits['matmul_gflops'], conv=limits['conv_gflops'])
        section('limits', [rates], limit_table(limits, results.get('work', {}), words))
    return '\n'.join(lines).rstrip()


def summary(results: Mapping[str, Any]) -> str:
    """One line: the mean, and what failed."""
    mean, count = geometric_mean(results)
    tables = {**results.get('work', {}), **results.get('parts', {})}
    failed = [name for name, entry in tables.items() if 'error' in entry]
    text = f'geometric mean of ratios {mean:.2f} over {count} of {len(MEAN_OF)} workloads'
    return f'{text}; failed: {", ".join(failed)}' if failed else text


def update(text: str, content: str) -> str:
    """Text with what stands between the two comments replaced.

    Raises:
        ValueError: a comment is missing.
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f'The page needs the comments {START} and {END}.')
    return f'{before}{START}\n\n{content}\n\n{END}{after}'


def update_all(root: Path) -> None:
    """Write the tables of all machines into the pages."""
    files = sorted((root / 'benchmarks' / 'results').glob('*.json'))
    machines = {path.stem: json.loads(path.read_text(encoding='utf-8')) for path in files}
    for language in LANGUAGES:
        page = root / 'docs' / language / 'speed.md'
        content = '\n\n'.join(f'### {name}\n\n{figures(results, language)}' for name, results in machines.items())
        page.write_text(update(page.read_text(encoding='utf-8'), content), encoding='utf-8')


if __name__ == '__main__':
    update_all(Path(__file__).resolve().parent.parent)
