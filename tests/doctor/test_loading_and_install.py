"""The speed of loading with its bottleneck and recommendations; the report on the installation."""

from __future__ import annotations

import re
import time

import pytest

from mmaction.cli.args import read_config
from mmaction.cli.main import main
from mmaction.datasets.transforms.base import BaseTransform
from mmaction.doctor.install import examine_installation
from mmaction.doctor.loading import measure_loading, recommend
from mmaction.doctor.workers import Machine, Workers, recommend_workers
from mmaction.registry import TRANSFORMS
from mmaction.video import check_video


@TRANSFORMS.register_module()
class SlowPixels(BaseTransform):
    """Takes 50 ms."""

    role = 'pixels'

    def transform(self, results: dict) -> dict:
        time.sleep(0.05)
        return results


def test_loading_names_the_bottleneck(data) -> None:
    main(['data', 'scan', 'videos', '--out', 'x', '--device', 'cpu'])
    cfg = read_config('x/config.py')
    cfg.train_dataloader.dataset.pipeline.insert(3, dict(type='SlowPixels'))
    loading = measure_loading(cfg, 4)
    assert loading.times.samples == 4
    assert loading.bottleneck == 'transform' and loading.ms['transform'] >= 50
    assert loading.times.slowest.name == 'SlowPixels'
    assert loading.per_second < 20
    assert loading.lines()[1].startswith('bottleneck: transform; the slowest step is SlowPixels, 5')
    reports = [check_video('videos/train/wave/person0_2.mp4')]
    advice = [*recommend(loading, cfg, reports)]
    assert advice[0].startswith('decoder: ') and 'pyav' in advice[0]
    assert advice[-1].startswith('num_workers=')
    assert ', persistent_workers=True, prefetch_factor=' in advice[-1] and 'training step' not in advice[-1]
    with_step = measure_loading(cfg, 2, with_step=True)
    assert with_step.batch_mib > 0 and with_step.step_ms > 0
    assert re.search(
        r'; a training step takes [\d.]+ s: (the data keep up|the model waits)', [*recommend(with_step, cfg, [])][-1]
    )
    cfg.train_dataloader.dataset.pipeline[4].scale = (-1, 32)
    assert any(
        'the videos have 64 px, the pipeline needs 32' in sentence for sentence in recommend(loading, cfg, reports)
    )


@pytest.mark.parametrize(
    ('machine', 'load_ms', 'batch_mib', 'step_ms', 'expected'),
    [
        (Machine(16, 64_000, True), 20, 10, 100, Workers(2, 2)),  # 8 x 20 ms in 100 ms, and a fifth more
        (Machine(16, 64_000, True), 200, 10, 100, Workers(15, 4)),  # more than the cores can do
        (Machine(16, 64_000, True), 20, 10, None, Workers(15, 4)),
        (Machine(16, 64_000, False), 200, 10, 100, Workers(8, 4)),  # the model needs the other half
        (Machine(2, 64_000, False), 1, 10, 10_000, Workers(1, 2)),
        (Machine(1, 64_000, False), 200, 10, 100, Workers(1, 4)),
        (Machine(16, 8000, True), 200, 1000, 100, Workers(4, 1)),  # 4 x (400 + 1000) MiB fit in three quarters
        (Machine(16, 100, True), 200, 1000, 100, Workers(1, 1)),
    ],
)
def test_workers_keep_up_with_the_step_within_cores_and_memory(machine, load_ms, batch_mib, step_ms, expected) -> None:
    assert recommend_workers(machine, load_ms, batch_mib, 8, step_ms) == expected


def test_this_installation_has_no_faults(capsys) -> None:
    checks = {check.name: check for check in examine_installation()}
    assert {name: check.detail for name, check in checks.items() if check.status == 'fault'} == {}
    for backend in ('decord', 'pyav', 'opencv'):
        assert checks[f'decoder {backend}'].detail == 'decodes 12 frames'
    with pytest.raises(SystemExit) as end:
        main(['doctor', '--install'])
    assert end.value.code == 0
    assert capsys.readouterr().out.endswith('No faults.\n')


def test_original_distribution_is_a_fault(tmp_path, monkeypatch) -> None:
    (tmp_path / 'mmaction2-1.2.0.dist-info').mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    faults = [check for check in examine_installation() if check.status == 'fault']
    assert [check.name for check in faults] == ['original distribution']
    assert 'pip uninstall mmaction2 mmaction-next, then pip install mmaction-next' in faults[0].detail
