"""The harness of the benchmarks: pairs in turns, failures, merging, tables; the variants for GPUs, small on the CPU."""

from __future__ import annotations

import importlib
import json
import sys
from types import ModuleType, SimpleNamespace

import av
import pytest


@pytest.fixture(scope='module')
def bench(root):
    """The modules of the folder ``benchmarks``, which is no package."""
    folder = str(root / 'benchmarks')
    sys.path.insert(0, folder)
    names = ('run', 'page', 'gpu', 'workloads')
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    finally:
        sys.path.remove(folder)
        for name in names:
            sys.modules.pop(name, None)


@pytest.fixture
def run(bench) -> ModuleType:
    return bench.run


def fake(seconds: dict[str, list[float]]):
    """A run whose times are given, and the order of the calls."""
    calls = []

    def measure(side, name):
        calls.append((side.name, name))
        value = seconds[side.name].pop(0)
        return {'error': 'no such config'} if value < 0 else {'seconds': value, 'mib': 100 * value}

    return measure, calls


def test_sides_take_turns_and_all_work_is_run_once_before_any_is_run_twice(run):
    sides = [run.Side('peer', '', ''), run.Side('ours', '', '')]
    measure, calls = fake({'peer': [4, 6] * 5, 'ours': [2, 1] * 5})
    figures = run.run_pairs(['a', 'b'], sides, measure, minutes=1)
    assert calls[:5] == [('peer', 'a'), ('ours', 'a'), ('peer', 'b'), ('ours', 'b'), ('peer', 'a')]
    assert figures['a'] == {
        'pairs': 5,
        'seconds': {'peer': 4, 'ours': 2},
        'mib': {'peer': 400, 'ours': 200},
        'ratio': 2,
        'spread': [2, 2],
    }
    assert figures['b']['ratio'] == 6


def test_no_second_run_begins_when_the_time_is_up(run):
    measure, calls = fake({'ours': [1, 2]})
    figures = run.run_pairs(['a', 'b'], [run.Side('ours', '', '')], measure, minutes=0)
    assert len(calls) == 2
    assert figures['b'] == {'pairs': 1, 'seconds': {'ours': 2}, 'mib': {'ours': 200}}


def test_a_failure_is_recorded_and_others_go_on(run):
    sides = [run.Side('peer', '', ''), run.Side('ours', '', '')]
    measure, _ = fake({'peer': [-1, 3], 'ours': [1, 1]})
    figures = run.run_pairs(['a', 'b'], sides, measure, minutes=0)
    assert figures['a'] == {'error': 'peer: no such config'}
    assert figures['b']['ratio'] == 3


def test_median_spread_and_difference_of_values(run):
    pairs = [[{'seconds': a, 'mib': 1, 'values': {'acc': x}}, {'seconds': 2, 'mib': 1, 'values': {'acc': 0.5}}]
             for a, x in ((2, 0.5), (8, 0.5), (4, 0.25))]  # fmt: skip
    figures = run.summarize(['peer', 'ours'], pairs)
    assert (figures['ratio'], figures['spread'], figures['difference']) == (2, [1, 4], 0.25)


def test_scripts_that_print_no_json_report_their_last_line(run):
    assert run.run_script([sys.executable, '-c', 'print(1); print(\'{"seconds": 2}\')']) == {'seconds': 2}
    assert run.run_script([sys.executable, '-c', 'raise ValueError("no video")']) == {'error': 'ValueError: no video'}


def test_a_run_of_some_names_leaves_the_others(run):
    old = {'date': '1', 'work': {'a': {'ratio': 1}, 'b': {'ratio': 2}}, 'parts': {'limits': {}}}
    new = {'date': '2', 'work': {'b': {'ratio': 3}}, 'parts': {}}
    assert run.merge(old, new) == {
        'date': '2',
        'work': {'a': {'ratio': 1}, 'b': {'ratio': 3}},
        'parts': {'limits': {}},
    }


def test_machines_have_short_names(run):
    facts = {'cpu': 'Intel(R) Xeon(R) Processor @ 2.50GHz', 'cores': 2}
    assert run.slug(facts) == 'intel-xeon-2.50ghz-2-cores'


def test_unknown_work_is_an_error(run, capsys):
    with pytest.raises(SystemExit):
        run.main(['--work', 'infer_tsm', 'infer_tsx'])
    assert 'there is no benchmark infer_tsx; choose of import,' in capsys.readouterr().err


def test_repeated_video_has_its_frames_and_its_length(run, clip_path, tmp_path):
    run.repeat_video(clip_path, tmp_path / 'long.mp4', 3)
    lengths = []
    for path in (clip_path, tmp_path / 'long.mp4'):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frames = sum(1 for _ in container.decode(stream))
            lengths.append((frames, float(stream.duration * stream.time_base)))
    assert lengths[1] == (3 * lengths[0][0], pytest.approx(3 * lengths[0][1], rel=0.02))


def results() -> dict:
    entry = {'pairs': 3, 'seconds': {'peer': 2.0, 'ours': 1.0}, 'mib': {'peer': 400, 'ours': 300}}
    return {
        'machine': {'cpu': 'Xeon', 'cores': 2, 'memory_gib': 8, 'system': 'Linux', 'torch': '2.13'},
        'threads': 2,
        'date': '2026-01-02',
        'note': 'The machine was busy.',
        'work': {
            'infer_tsn': {**entry, 'ratio': 2.0, 'spread': [1.5, 2.5]},
            'train_tsn': {**entry, 'ratio': 4.5, 'spread': [4, 5]},
            'infer_tsm': {'error': 'ours: no config'},
            'video_2h': {'pairs': 1, 'seconds': {'ours': 0.5}, 'mib': {'ours': 500}},
        },
        'parts': {
            'limits': {'matmul_gflops': 100.0, 'conv_gflops': 50.0, 'operations': {'infer_tsn': 25e9, 'infer_tsm': 1}},
            'pipelines': {
                'decoding': [
                    dict(pipeline='TSN-test', video='a.mp4', ms=11, decoders_ms=dict(av=10), fastest='av', ratio=1.1,
                         ratio_to_others=0.9, ratio_to_least=1.05)
                ]
            },
            'memory': {'error': 'there is no memory.py'},
        },
    }  # fmt: skip


def test_tables(bench):
    text = bench.page.figures(results(), 'en')
    head = 'Xeon, 2 cores, 8 GiB, Linux; torch 2.13, 2 threads; 2026-01-02.\n\n**The machine was busy.**'
    assert text.startswith(head)
    for line in (
        '| inference, TSN-R50 | 2 | 1 | 2 | 1.5 - 2.5 | 400 / 300 |',
        '| inference, TSM-R50 | no figure: ours: no config |  |  |  |  |',
        'Geometric mean of 2 workloads: 3.00.',
        '| TSN-R50, 3 clips of a video of 2 hours |  | 0.5 |  |  | 500 |',
        '| TSN-test, a.mp4 | 11 | 10 (av) | 1.1 | 0.9 | 1.05 |',
        '| inference, TSN-R50 | 25 | 50 % | 25 % |',
    ):
        assert line in text.splitlines()
    other = bench.page.figures(results(), 'zh_cn')
    assert '| 推理，TSN-R50 | 2 | 1 | 2 | 1.5 - 2.5 | 400 / 300 |' in other
    assert text.count('####') == other.count('####') == 4


def test_summary_names_what_failed(bench):
    assert bench.page.summary(results()) == (
        'geometric mean of ratios 3.00 over 2 of 12 workloads; failed: infer_tsm, memory'
    )


def test_only_what_stands_between_the_comments_is_replaced(bench):
    page = f'before\n{bench.page.START}\nold\n{bench.page.END}\nafter\n'
    new = bench.page.update(page, 'new')
    assert new == f'before\n{bench.page.START}\n\nnew\n\n{bench.page.END}\nafter\n'
    assert bench.page.update(new, 'new') == new
    with pytest.raises(ValueError, match='The page needs the comments'):
        bench.page.update('no comments', 'new')


def test_the_pages_are_those_of_the_committed_results(bench, root):
    for language in bench.page.LANGUAGES:
        text = (root / 'docs' / language / 'speed.md').read_text(encoding='utf-8')
        for path in (root / 'benchmarks' / 'results').glob('*.json'):
            assert bench.page.figures(json.loads(path.read_text(encoding='utf-8')), language) in text


def test_gpu_variants_are_eager_first_and_run_small_on_a_cpu(bench, tmp_path, monkeypatch):
    chosen = [*bench.gpu.variants()]
    assert len(chosen) == len(set(chosen)) == 2 * 2 * 2 * (4 + 2)
    assert [variant.compiled for variant in chosen] == sorted(variant.compiled for variant in chosen)
    first = [v for v in chosen if v.network == 'tsn_r50' and v.dtype == 'bf16'][:2]
    monkeypatch.chdir(bench.run.ROOT)
    path = tmp_path / 'gpu.json'
    found = bench.gpu.run_all(first, bench.gpu.torch.device('cpu'), True, 1, path)
    assert [(v['mode'], v['compiled']) for v in found] == [('predict', False), ('train', False)]
    assert all(v.get('tflops', 0) > 0 and v['batch'] == 1 for v in found), found
    assert json.loads(path.read_text())['results'] == found


def test_gpu_variants_that_fail_or_come_too_late_are_recorded(bench, tmp_path, monkeypatch):
    first = next(bench.gpu.variants())
    device = bench.gpu.torch.device('cpu')

    def fails(*args):
        raise RuntimeError('out of memory')

    monkeypatch.setattr(bench.gpu, 'measure', fails)
    assert bench.gpu.run_all([first], device, True, 1, tmp_path / 'a.json')[0]['error'] == 'RuntimeError: out of memory'
    assert bench.gpu.run_all([first], device, True, -1, tmp_path / 'b.json')[0]['error'] == 'no time left'


def test_every_part_writes_its_results_to_a_file(bench):
    for name in (*bench.run.PARTS, *bench.run.ON_REQUEST):
        assert "'--out'" in (bench.run.ROOT / 'benchmarks' / f'{name}.py').read_text(), name
