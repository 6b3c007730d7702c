"""The deterministic weights and the goldens that tests stand on."""

from __future__ import annotations

import golden_files
import numpy as np
import pytest
import torch
from torch import nn

from mmaction.testing import (
    Golden,
    compare_golden,
    fill_array,
    fill_state_dict,
    make_golden,
    moving_texture,
    seeded_tensor,
)


def test_values_depend_on_key_and_shape_alone() -> None:
    one = fill_array('backbone.conv1.weight', (2, 3))
    assert one[0, 0] == pytest.approx(0.65366846, rel=1e-6)
    assert np.array_equal(one, fill_array('backbone.conv1.weight', (2, 3)))
    assert not np.array_equal(one, fill_array('backbone.conv2.weight', (2, 3)))
    assert fill_array('bn.running_var', (1000,)).min() > 0.79
    assert fill_array('bn.num_batches_tracked', ()) is None
    assert fill_array('relative_position_index', (4,), is_buffer=True) is None


def test_fill_reaches_every_parameter() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    before = {k: v.clone() for k, v in model.state_dict().items()}
    after = fill_state_dict(model).state_dict()
    assert [k for k in after if torch.equal(before[k], after[k])] == ['1.num_batches_tracked']
    assert seeded_tensor((2,), 1).tolist() == pytest.approx([1.62434536, -0.61175641])


@pytest.mark.parametrize(
    'change',
    [
        lambda x: x + 0.01,
        lambda x: x * 1.01,
        lambda x: x.flip(0),
        lambda x: x.roll(1, 1),
        lambda x: torch.where(torch.arange(x.numel()).view(x.shape) == 0, x + 1, x),
    ],
)
def test_goldens_notice(change) -> None:
    x = seeded_tensor((8, 32))
    golden = Golden.from_json(make_golden(x).to_json())
    assert len(golden.index) == len(golden.values) == 16
    assert golden.index[1] == 17 and golden.values[1] == pytest.approx(x.flatten()[17].item())
    compare_golden(x, golden)
    compare_golden(x + 1e-6, golden)
    with pytest.raises(AssertionError, match='values differ'):
        compare_golden(change(x), golden)


def test_goldens_notice_shapes_and_nans() -> None:
    x = seeded_tensor((4, 4))
    with pytest.raises(AssertionError, match=r'shape \(16,\), expected \(4, 4\)'):
        compare_golden(x.flatten(), make_golden(x))
    with pytest.raises(AssertionError, match='not finite'):
        compare_golden(x / 0, make_golden(x))


def test_recording_writes_own_goldens_and_keeps_upstream_ones(tmp_path, monkeypatch) -> None:
    x = seeded_tensor((2, 3))
    record = dict(setup={}, keys=None, outputs={'output': make_golden(x).to_json()})
    data = dict(origin={}, goldens={'a': dict(record, origin='own'), 'b': dict(record, origin='upstream')})
    golden_files.write_goldens(tmp_path / 'some.json', data)
    monkeypatch.setattr(golden_files, 'FOLDER', tmp_path)
    with pytest.raises(AssertionError, match='values differ'):
        golden_files.GoldenFile('some').check('a', x + 1)

    monkeypatch.setattr(golden_files, 'RECORDING', True)
    golden_files.GoldenFile('some').check('a', x + 1)
    with pytest.raises(AssertionError, match='values differ'):
        golden_files.GoldenFile('some').check('b', x + 1)
    monkeypatch.setattr(golden_files, 'RECORDING', False)
    written = golden_files.GoldenFile('some')
    written.check('a', x + 1)
    written.check('b', x)
    assert written.data['origin']['own']['torch'] == torch.__version__


def test_every_golden_file_has_the_format_and_an_origin(golden_dir) -> None:
    tables = ('command_lines', 'public_names', 'torchvision_ops')
    files = [path for path in sorted(golden_dir.glob('*.json')) if path.stem not in tables]
    for path in files:
        data = golden_files.GoldenFile(path.stem).data
        assert {golden['origin'] for golden in data['goldens'].values()} == set(data['origin']), path.name
        for origin in data['origin'].values():
            assert set(origin) == {'recorded_from', 'torch', 'command'}
        for golden in data['goldens'].values():
            assert set(golden) == {'origin', 'setup', 'keys', 'outputs'}
            for output in map(Golden.from_json, golden['outputs'].values()):
                assert len(output.values) == len(output.index) >= 1
    assert len(files) == 12


def test_the_texture_moves_as_told() -> None:
    frames = moving_texture(5, 32, 48, velocity=(3, -1), seed=2)
    assert frames.shape == (5, 32, 48, 3) and frames.dtype == np.uint8
    assert all(np.array_equal(np.roll(frames[i], (-1, 3), (0, 1)), frames[i + 1]) for i in range(4))
