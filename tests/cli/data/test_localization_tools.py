"""The commands for ActivityNet: proposals of BSN, its data, and mAP with the classes of videos."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from mmaction.cli.data.activitynet import (
    convert_proposal_format,
    feature_postprocessing,
    generate_rawframes_filelist,
    process_annotations,
)
from mmaction.cli.tools import bsn_proposal_generation, report_map
from mmaction.datasets.transforms import LoadProposals


def _json(path, data):
    path.write_text(json.dumps(data))
    return str(path)


# --- BSN -------------------------------------------------------------------------------------------------------------
def _pgm_config(tmp_path, threads=1):
    """One video of 10 steps with an action at 0.2..0.7; TEM is sure of its boundaries."""
    (tmp_path / 'tem').mkdir()
    steps = np.arange(10) / 10
    start, end, action = np.zeros(10), np.zeros(10), np.zeros(10)
    start[2], end[6], action[2:7] = 0.9, 0.8, 1
    info = dict(duration_second=10.0, duration_frame=160, feature_frame=160)
    videos = {}
    for name in ('v_a', 'v_b'):
        table = np.stack([action, start, end, steps, steps + 0.1], axis=1)
        np.savetxt(tmp_path / 'tem' / f'{name}.csv', table, delimiter=',', header='action,start,end,tmin,tmax')
        videos[name] = dict(info, annotations=[dict(segment=[2.5, 6.5], label='x')])
    ann = _json(tmp_path / 'ann.json', videos)
    samples = dict(num_sample_start=4, num_sample_end=4, num_sample_action=8, num_sample_interp=3)
    features = dict(pgm_features_thread=threads, bsp_boundary_ratio=0.2, **samples)
    config = tmp_path / 'pgm.py'
    config.write_text(
        f'ann_file_train = ann_file_val = {ann!r}\n'
        f"tem_results_dir = '{tmp_path}/tem'\n"
        f"pgm_proposals_dir = '{tmp_path}/proposals'\n"
        f"pgm_features_dir = '{tmp_path}/features'\n"
        f'pgm_proposals_cfg = dict(pgm_proposals_thread={threads}, temporal_scale=10, peak_threshold=0.5)\n'
        f'pgm_features_test_cfg = dict(top_k=1000, **{features})\n'
        f'pgm_features_train_cfg = dict(top_k=2, **{features})\n'
    )
    return str(config)


@pytest.mark.parametrize('mode, threads', [('test', 1), ('train', 2)])
def test_bsn_proposal_generation(tmp_path, mode, threads):
    bsn_proposal_generation.main([_pgm_config(tmp_path, threads), '--mode', mode])
    first_line = (tmp_path / 'proposals' / 'v_b.csv').read_text().splitlines()[0]
    assert first_line == 'tmin,tmax,tmin_score,tmax_score,score,match_iou,match_ioa'
    step = LoadProposals(100, str(tmp_path / 'proposals'), str(tmp_path / 'features'))
    if mode == 'train':  # features of the best two alone
        step.top_k = 2
    results = step(dict(video_name='v_b'))
    # starts at steps 0, 2, 9 and ends at 0, 6, 9: four pairs in order
    assert len(results['tmin']) == (4 if mode == 'test' else 2)
    best = [results[key][0] for key in ('tmin', 'tmax', 'tmin_score', 'tmax_score', 'reference_temporal_iou')]
    np.testing.assert_allclose(best, [0.25, 0.65, 0.9, 0.8, 1], rtol=1e-6)
    features = results['bsp_feature']
    assert features.shape[1] == 16 and features.dtype == np.float32
    assert (features[0, 2:6] == 1).all() and features[0, 8] < features[0, 11]  # the probability rises at the start


def test_bsn_proposal_generation_errors(tmp_path, capsys):
    config = _pgm_config(tmp_path)
    (tmp_path / 'tem' / 'v_b.csv').unlink()
    with pytest.raises(SystemExit):
        bsn_proposal_generation.main([config])
    assert 'v_b.csv does not exist' in capsys.readouterr().err
    (tmp_path / 'other.py').write_text("tem_results_dir = 'x'\n")
    with pytest.raises(SystemExit):
        bsn_proposal_generation.main([str(tmp_path / 'other.py')])
    assert 'lacks pgm_proposals_dir, pgm_features_dir, pgm_proposals_cfg, ann_file_val' in capsys.readouterr().err


# --- mAP with the classes of videos ----------------------------------------------------------------------------------
def test_report_map(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    truth = {'v_a': dict(annotations=[dict(segment=[0, 10], label='x')])}
    truth['v_b'] = dict(annotations=[dict(segment=[0, 10], label='y')])
    proposals = {
        'a': [dict(segment=[0, 10], score=0.9), dict(segment=[0, 9], score=0.8, label='y')],
        'b': [dict(segment=[0, 7], score=0.5)],
        'c': [],
    }
    kinds = {'a': [dict(label='y', score=0.1), dict(label='x', score=0.9)], 'b': [dict(label='y', score=1)]}
    gt, found = _json(tmp_path / 'gt.json', truth), _json(tmp_path / 'p.json', dict(results=proposals))
    _json(tmp_path / 'cuhk_anet17_pred.json', dict(results=kinds))
    report_map.main(['--proposal', found, '--gt', gt, '--det-output', 'det.json'])
    out = capsys.readouterr().out
    # class y: the proposal that had the label comes first and is in the wrong video, so half; up to a tIoU of 0.7
    assert 'mAP@0.7: 0.7500' in out and 'mAP@0.75: 0.5000' in out
    assert f'average mAP: {(5 * 0.75 + 5 * 0.5) / 10:.4f}' in out
    det = json.loads((tmp_path / 'det.json').read_text())['results']
    assert [entry['label'] for entry in det['a']] == ['x', 'y'] and det['c'] == []

    wrong = _json(tmp_path / 'wrong.json', dict(results={'a': kinds['a']}))
    for cls, message in [(wrong, "There is no class for video 'b', which has 1 proposals"), (gt, 'the key "results"')]:
        with pytest.raises(SystemExit):
            report_map.main(['--proposal', found, '--gt', gt, '--cls', cls])
        assert message in capsys.readouterr().err


# --- annotations and features of ActivityNet -------------------------------------------------------------------------
def test_convert_proposal_format(tmp_path, capsys):
    truth = {
        'v_a': dict(
            duration_second=20,
            duration_frame=500,
            fps=25.0,
            annotations=[dict(segment=[0, 10], label='x'), dict(segment=[10, 20], label='y')],
        ),
        'v_b': dict(duration_second=20, duration_frame=400, fps=20.0, annotations=[]),
    }
    proposals = dict(results={'a': [dict(segment=[5, 10], score=1), dict(segment=[30, 40], score=1)]})
    (tmp_path / 'classes.txt').write_text('other\nx\ny\n')
    convert_proposal_format.main(
        ['--ann-file', _json(tmp_path / 'gt.json', truth), '--proposal-file', _json(tmp_path / 'p.json', proposals)]
        + ['--activity-index-file', str(tmp_path / 'classes.txt')]
        + ['--formatted-proposal-file', str(tmp_path / 'out.txt')]
    )
    assert (tmp_path / 'out.txt').read_text().splitlines() == [
        '#0', 'a', '500', '25.0', '2', '1 0.0 10.0', '2 10.0 20.0', '2', '1 0.5 1 5.0 10.0', '0 0 0 30.0 40.0',
        '#1', 'b', '400', '20.0', '0', '0',
    ]  # fmt: skip
    with pytest.raises(SystemExit):
        convert_proposal_format.main(
            ['--ann-file', str(tmp_path / 'gt.json'), '--proposal-file', str(tmp_path / 'gt.json')]
        )
    assert 'gt.json (proposals) must be a dict with the key "results"' in capsys.readouterr().err
    with pytest.raises(ValueError, match="Video 'v_a' has the label 'x', which is none of the 1 classes"):
        convert_proposal_format.format_proposals(truth, {}, ['y'])


def test_process_annotations(tmp_path, capsys):
    _json(tmp_path / 'anet_anno_action.json', {'v_a': dict(duration_second=3), 'v_b': dict(duration_second=4)})
    info = tmp_path / 'video_info_new.csv'
    info.write_text('video,f,s,fps,rfps,subset,ff\nv_a,1,2,25.0,24.9,training,3\nv_b,1,2,30.0,29.9,validation,3\n')
    process_annotations.main(['--data-dir', str(tmp_path)])
    read = {name: json.loads((tmp_path / f'anet_anno_{name}.json').read_text()) for name in ('train', 'val', 'full')}
    assert read['train'] == {'v_a': dict(duration_second=3, fps=25.0, rfps=24.9)}
    assert list(read['val']) == ['v_b'] and list(read['full']) == ['v_a', 'v_b']
    info.write_text('header\nv_c,1,2,25.0,24.9,training\n')
    with pytest.raises(SystemExit):
        process_annotations.main(['--data-dir', str(tmp_path)])
    assert "Video 'v_c' (line 2 of the video information) is not annotated" in capsys.readouterr().err


def test_generate_rawframes_filelist(tmp_path):
    annotations = [dict(segment=[1, 3], label='y'), dict(segment=[9, 12], label='x')]
    videos = {'v_a': dict(duration_second=10, annotations=annotations), 'v_lost': dict(annotations=annotations)}
    for split, content in (('train', videos), ('val', {})):
        _json(tmp_path / f'anet_anno_{split}.json', content)
    (tmp_path / 'rawframes' / 'v_a').mkdir(parents=True)
    for number in range(20):
        (tmp_path / 'rawframes' / 'v_a' / f'img_{number:05d}.jpg').touch()
        (tmp_path / 'rawframes' / 'v_a' / f'x_{number:05d}.jpg').touch()
    (tmp_path / 'classes.txt').write_text('x\ny\n')
    generate_rawframes_filelist.main(['--data-dir', str(tmp_path), '--label-map', str(tmp_path / 'classes.txt')])
    assert (tmp_path / 'anet_train_video.txt').read_text() == 'v_a 20 1\n'
    assert (tmp_path / 'anet_train_clip.txt').read_text() == 'v_a 2 4 1\nv_a 18 2 0\n'
    assert (tmp_path / 'anet_val_clip.txt').read_text() == ''


def test_pool_feature():
    # a ramp stays a ramp: step i is the mean of 3 samples from i / 5 of the way on
    ramp = np.linspace(0, 1, 30)[:, None] * [1, 10]
    pooled = feature_postprocessing.pool_feature(ramp, num_proposals=5)
    np.testing.assert_allclose(pooled, ((np.arange(5) + 1 / 3) / 5)[:, None] * [1, 10], atol=1e-4)
    biggest = feature_postprocessing.pool_feature(ramp, 5, 2, 'max')
    np.testing.assert_allclose(biggest[:, 0], (np.arange(5) + 1 / 2) / 5, atol=1e-4)
    np.testing.assert_array_equal(feature_postprocessing.pool_feature(ramp[3:4], 2), ramp[[3, 3]])
    with pytest.raises(ValueError, match=r'found shape \(0, 2\)'):
        feature_postprocessing.pool_feature(ramp[:0])


@pytest.mark.parametrize('kind', ['csv', 'pkl', 'npy'])
def test_feature_postprocessing(tmp_path, kind):
    rng = np.random.default_rng(0)
    rgb, flow = rng.random((12, 3)), rng.random((11, 2))
    for name, feature in (('rgb', rgb), ('flow', flow)):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'v_a.pkl').write_bytes(pickle.dumps(feature))
    args = ['--rgb', str(tmp_path / 'rgb'), '--flow', str(tmp_path / 'flow'), '--dest', str(tmp_path / 'out')]
    feature_postprocessing.main([*args, '--output-format', kind])
    path = tmp_path / 'out' / f'v_a.{kind}'
    read = {
        'csv': lambda: np.loadtxt(path, delimiter=',', skiprows=1),
        'pkl': lambda: pickle.loads(path.read_bytes()),
        'npy': lambda: np.load(path),
    }[kind]()
    expected = feature_postprocessing.pool_feature(np.concatenate([rgb[:11], flow], axis=1))
    assert read.shape == (100, 5)
    np.testing.assert_allclose(read, expected, rtol=1e-6)


def test_scripts_are_there(root):
    """Each script finds its command."""
    scripts = [
        'tools/misc/bsn_proposal_generation.py',
        'tools/analysis_tools/report_map.py',
        'tools/data/activitynet/convert_proposal_format.py',
        'tools/data/activitynet/activitynet_feature_postprocessing.py',
        'tools/data/activitynet/process_annotations.py',
        'tools/data/activitynet/generate_rawframes_filelist.py',
        'tools/data/activitynet/download.py',
    ]
    code = (
        'import contextlib, io, runpy, sys\n'
        'for script in sys.argv[1:]:\n'
        '    sys.argv = [script, "--help"]\n'
        '    try:\n'
        '        with contextlib.redirect_stdout(io.StringIO()) as out:\n'
        '            runpy.run_path(script, run_name="__main__")\n'
        '    except SystemExit as end:\n'
        '        print(script, end.code, "usage:" in out.getvalue())\n'
    )
    done = subprocess.run([sys.executable, '-c', code, *scripts], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f'{script} 0 True' for script in scripts]
