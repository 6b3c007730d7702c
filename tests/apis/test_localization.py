"""From a long video to its segments: features by a tiny recognizer, BMN and ActionFormer, json, picture and video."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from mmaction.apis import init_localizer, init_recognizer, localize
from mmaction.cli.infer.features import main as extract
from mmaction.cli.infer.localize import main as demo
from mmaction.cli.infer.localize import read_truth
from mmaction.datasets.transforms import UntrimmedSampleFrames
from mmaction.datasets.transforms.sampling import ClipGrid
from mmaction.inference.features import clip_features, feature_head
from mmaction.inference.localize import VideoFacts, find_segments, label_segments
from mmaction.inference.run import run_windows
from mmaction.inference.windows import FrameCache, WindowPipeline, draw_grid
from mmaction.testing import fill_state_dict, moving_texture
from mmaction.video import ArrayReader, open_reader, write_video
from mmaction.visualization.running_label import draw_running_labels
from mmaction.visualization.timeline import plot_timeline, without_overlaps

ACTIONFORMER = """
default_scope = 'mmaction'
model = dict(
    type='ActionFormer', in_channels=128, num_classes=2, channels=8, num_heads=2, window_size=5, num_stem=1,
    regression_ranges=((0, 4), (4, 10000)), classes=['run', 'jump'],
)
test_pipeline = [
    dict(type='LoadLocalizationFeature'),
    dict(type='SegmentsOnFeatureGrid', stride=4),
    dict(type='PackLocalizationInputs', keys=('gt_segments', 'gt_labels'),
         meta_keys=('video_name', 'duration_second', 'feature_step_sec', 'feature_start_sec')),
]
"""
BMN = """
default_scope = 'mmaction'
model = dict(
    type='BMN', temporal_dim=8, boundary_ratio=0.5, num_samples=4, num_samples_per_bin=2, feat_dim=128,
    soft_nms_alpha=0.4, soft_nms_low_threshold=0.5, soft_nms_high_threshold=0.9, post_process_top_k=10,
    feature_extraction_interval=4, hidden_dim_1d=8, hidden_dim_2d=8, hidden_dim_3d=8,
)
test_pipeline = [
    dict(type='LoadLocalizationFeature'),
    dict(type='PackLocalizationInputs', keys=('gt_bbox',),
         meta_keys=('video_name', 'duration_second', 'duration_frame', 'annotations', 'feature_frame')),
]
"""


@pytest.fixture(scope='module')
def models(tmp_path_factory, rec_config, rec_checkpoint):
    """A recognizer and localizers, and the command line arguments for them."""
    folder = tmp_path_factory.mktemp('localizers')
    built = {'recognizer': init_recognizer(rec_config, rec_checkpoint, device='cpu')}
    files = {'recognizer': [rec_config, rec_checkpoint]}
    for name, text in (('actionformer', ACTIONFORMER), ('bmn', BMN)):
        config, checkpoint = folder / f'{name}.py', folder / f'{name}.pth'
        config.write_text(text)
        model = init_localizer(str(config), device='cpu')
        fixed = model.sample_mask.clone() if name == 'bmn' else None
        fill_state_dict(model)
        if fixed is not None:
            model.sample_mask.data.copy_(fixed)
        torch.save({'state_dict': model.state_dict()}, checkpoint)
        built[name], files[name] = model, [str(config), str(checkpoint)]
    return built, files


@pytest.fixture(scope='module')
def long_video(tmp_path_factory):
    """70 frames at 10 frames a second: a texture that stands, moves, and stands again."""
    moving = moving_texture(30, 64, 96)
    path = tmp_path_factory.mktemp('long') / 'long.mp4'
    write_video(path, [*[moving[0]] * 20, *moving, *[moving[-1]] * 20], fps=10)
    return str(path)


# ------------------------------------------------------------------------------------------------------------ windows
@pytest.mark.parametrize('total', [1, 5, 16, 70])
def test_clip_grid_is_that_of_untrimmed_sample_frames(total):
    grid = ClipGrid(clip_len=3, clip_interval=8, frame_interval=2)
    expected = UntrimmedSampleFrames(3, 8, 2)(dict(total_frames=total, start_index=0))
    draw, count = draw_grid(grid, total)
    drawn = [draw(i)['frame_inds'] for i in range(count)]
    np.testing.assert_array_equal(np.concatenate(drawn), expected['frame_inds'])
    with pytest.raises(ValueError, match=r'clip_interval \(0\) must be at least 1'):
        ClipGrid(clip_interval=0)


def test_cache_decodes_each_frame_once_and_forgets():
    class Counting(ArrayReader):
        decoded: list[int] = []

        def get_frames(self, indices, accurate=None):
            self.decoded.extend(np.asarray(indices).tolist())
            return super().get_frames(indices, accurate)

    video = np.arange(40, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    cache = FrameCache(Counting(video))
    for start in range(0, 30, 2):
        wanted = np.arange(start, start + 8)
        np.testing.assert_array_equal(cache.get_frames(wanted)[:, 0, 0, 0], wanted)
        assert len(cache._frames) <= 8
    assert sorted(Counting.decoded) == list(range(36))


def test_features_are_those_of_the_frames(models, long_video):
    recognizer = models[0]['recognizer']
    pipeline = WindowPipeline(recognizer.cfg)
    with open_reader(long_video) as reader:
        table = clip_features(recognizer, pipeline, reader, pipeline.clip_grid(4), batch_size=5)
        frames = reader.get_frames(range(len(reader)))
    assert table.shape == (17, 128) and table.dtype == np.float32
    crop = torch.from_numpy(frames[[2, 30]]).permute(0, 3, 1, 2)[:, None, :, :, 16:80]
    data = recognizer.data_preprocessor(dict(inputs=list(crop), data_samples=[]), False)
    with torch.no_grad():
        expected = recognizer.backbone(data['inputs'].flatten(0, 1)).mean((2, 3))
    np.testing.assert_allclose(table[[0, 7]], expected.numpy(), rtol=1e-4, atol=1e-5)


def test_scores_of_a_stretch_are_those_of_its_frames_alone(models, long_video, tmp_path):
    from mmaction.apis import inference_recognizer

    recognizer = models[0]['recognizer']
    with open_reader(long_video) as reader:
        frames = reader.get_frames(range(20, 50))
        facts = VideoFacts('long', 70, 10.0)
        found = [dict(segment=[2.0, 5.0], score=0.5), dict(segment=[0.0, 0.01], score=0.2)]
        labelled = label_segments(recognizer, reader, found, facts)
    expected = inference_recognizer(recognizer, frames).pred_score
    best = next(entry for entry in labelled if entry['segment'] == [2.0, 5.0])
    assert best['label'] == int(expected.argmax())
    assert best['score'] == pytest.approx(0.5 * float(expected.max()), rel=1e-4)
    assert len(labelled) == 2  # a segment shorter than a frame is looked at all the same
    assert recognizer.cls_head.average_clips == 'prob'


def test_pipeline_without_decoding(models):
    cfg = models[0]['actionformer'].cfg
    with pytest.raises(ValueError, match='has no step that decodes frames'):
        WindowPipeline(cfg)


# ----------------------------------------------------------------------------------------------------------- localize
@pytest.mark.parametrize('kind', ['actionformer', 'bmn'])
def test_localize_gives_the_format_of_activitynet(models, long_video, kind):
    built = models[0]
    result = localize(long_video, built['recognizer'], built[kind], max_segments=5, classes=None)
    assert set(result) == {'version', 'results', 'external_data'} and list(result['results']) == ['long']
    entries = result['results']['long']
    assert 1 <= len(entries) <= 5 and json.loads(json.dumps(result)) == result
    for entry in entries:
        start, end = entry['segment']
        assert set(entry) == {'label', 'score', 'segment'} and 0 <= start < end <= 7.0
        assert entry['label'] in ({'run', 'jump'} if kind == 'actionformer' else {f'class {i}' for i in range(6)})
    assert [e['score'] for e in entries] == sorted((e['score'] for e in entries), reverse=True)
    best = entries[0]['score']
    fewer = localize(long_video, built['recognizer'], built[kind], max_segments=5, min_score=best)
    assert {e['score'] for e in fewer['results']['long']} == {best}


def test_localize_with_features_of_ones_own_and_names(models, long_video, tmp_path):
    built = models[0]
    pipeline = WindowPipeline(built['recognizer'].cfg)
    with open_reader(long_video) as reader:
        table = clip_features(built['recognizer'], pipeline, reader, pipeline.clip_grid(4))
    np.save(tmp_path / 'long.npy', table)
    names = tmp_path / 'names.txt'
    names.write_text('sit\nstand\n')
    direct = localize(long_video, built['recognizer'], built['actionformer'])['results']['long']
    same = localize(
        long_video, built['recognizer'], built['actionformer'], features=tmp_path / 'long.npy', video_name='other'
    )['results']['other']
    assert [e['segment'] for e in same] == [pytest.approx(e['segment'], abs=1e-3) for e in direct]
    given = localize(long_video, built['recognizer'], built['bmn'], classes=['a', 'b', 'c', 'd', 'e', 'f'])
    assert {e['label'] for e in given['results']['long']} <= set('abcdef')


@pytest.mark.parametrize('kind', ['actionformer', 'bmn'])
@pytest.mark.parametrize('length', [1, 3])
def test_one_frame_and_less_than_a_window(models, kind, length):
    built = models[0]
    frames = moving_texture(length, 64, 96)
    result = localize(frames, built['recognizer'], built[kind], fps=10, clip_interval=16)
    for entry in result['results']['video']:
        assert 0 <= entry['segment'][0] < entry['segment'][1] <= length / 10


def test_what_cannot_be_localized(models, long_video, tmp_path):
    built = models[0]
    both = built['recognizer'], built['actionformer']
    with pytest.raises(FileNotFoundError, match=r'no video and no folder of frames at nowhere\.mp4'):
        localize('nowhere.mp4', *both)
    with pytest.raises(ValueError, match=r'frame rate of <array> is not known \(0.0\). Give fps'):
        localize(moving_texture(5, 64, 96), *both)
    with pytest.raises(ValueError, match='takes features of 128 channels, those of long have 5'):
        localize(long_video, *both, features=np.zeros((17, 5), np.float32))
    broken = np.zeros((17, 128), np.float32)
    broken[3] = np.nan
    with pytest.raises(ValueError, match='1 of the 17 features of long are NaN or infinite, the first in step 3'):
        localize(long_video, *both, features=broken)
    np.save(tmp_path / 'nan.npy', broken)
    with pytest.raises(ValueError, match='NaN or infinite'):
        localize(long_video, *both, features=tmp_path / 'nan.npy')
    with pytest.raises(FileNotFoundError, match=r'none\.npy'):
        localize(long_video, *both, features=tmp_path / 'none.npy')
    with pytest.raises(ValueError, match=r'max_segments \(0\)'):
        localize(long_video, *both, max_segments=0)
    with pytest.raises(FileNotFoundError, match=r'no file of class names at nowhere\.txt'):
        localize(long_video, *both, classes='nowhere.txt')


def test_features_at_another_rate_lie_at_the_same_times(models):
    """A localizer trained at 10 frames a second, a video at 20: clips are 8 frames apart, and the seconds agree."""
    built = models[0]
    cfg = built['actionformer'].cfg
    table = np.random.default_rng(0).normal(size=(12, 128)).astype(np.float32)
    slow = find_segments(built['actionformer'], table, 4, VideoFacts('v', 48, 10.0))
    fast = find_segments(built['actionformer'], table, 8, VideoFacts('v', 96, 20.0))
    assert [e['segment'] for e in slow] == [pytest.approx(e['segment'], abs=1e-5) for e in fast] and slow
    assert cfg.test_pipeline[1].stride == 4


# ---------------------------------------------------------------------------------------------------------- the tools
def test_demo_writes_json_picture_and_video(models, long_video, tmp_path, capsys):
    files = models[1]
    truth = tmp_path / 'gt.json'
    truth.write_text(json.dumps({'long': {'annotations': [{'segment': [2.0, 5.0], 'label': 'run'}]}}))
    out = tmp_path / 'out'
    command = [
        long_video,
        '--out',
        str(out),
        '--recognizer',
        *files['recognizer'],
        '--localizer',
        *files['actionformer'],
    ]
    demo([*command, '--gt', str(truth), '--device', 'cpu', '--draw-share', '0.9'])
    assert sorted(os.listdir(out)) == ['long.json', 'long.mp4', 'long.png']
    result = json.loads((out / 'long.json').read_text())
    assert result['results']['long'][0]['label'] in ('run', 'jump')
    with open_reader(out / 'long.mp4') as drawn, open_reader(long_video) as source:
        assert len(drawn) == 70 and drawn.avg_fps == pytest.approx(10) and drawn.size == source.size
        before, after = source.get_frames([5, 30]), drawn.get_frames([5, 30])
    # the strip of time lies along the lower edge; the middle of the picture is as it was
    assert np.abs(after[:, -3:].astype(int) - before[:, -3:]).mean() > 20
    assert np.abs(after[:, 40:56, 60:].astype(int) - before[:, 40:56, 60:]).mean() < 6
    assert 'segments (' in capsys.readouterr().out


def test_demo_tells_what_is_wrong(models, long_video, tmp_path, capsys):
    files = models[1]
    rest = [
        '--out',
        str(tmp_path),
        '--recognizer',
        *files['recognizer'],
        '--localizer',
        *files['bmn'],
        '--device',
        'cpu',
    ]
    for video, more, message in (
        ('nowhere.mp4', [], 'There is no video and no folder of frames at nowhere.mp4'),
        (long_video, ['--gt', 'nowhere.json'], 'There is no annotation file at nowhere.json'),
        (long_video, ['--localizer', 'nowhere.py', 'none'], 'There is no config at nowhere.py'),
    ):
        with pytest.raises(SystemExit, match='1'):
            demo([video, *rest, *more])
        assert message in capsys.readouterr().err
    bad = tmp_path / 'gt.json'
    bad.write_text(json.dumps({'database': {'other': {}}}))
    with pytest.raises(ValueError, match=r"has no video 'long'; it has other"):
        read_truth(str(bad), 'long')
    bad.write_text(json.dumps({'database': {'long': {'annotations': [{'segment': [1]}]}}}))
    with pytest.raises(ValueError, match=r"video 'v_long' must have annotations"):
        read_truth(str(bad), 'v_long')


def test_extraction_is_resumed_and_tells_what_failed(models, long_video, clip_path, tmp_path, capsys):
    recognizer = models[1]['recognizer']
    listed = tmp_path / 'list.txt'
    (tmp_path / 'broken.mp4').write_bytes(b'no video')
    listed.write_text(f'{long_video} 0\n{tmp_path / "broken.mp4"}\n{clip_path} 1\n')
    out = tmp_path / 'out'
    command = [*recognizer, str(out), '--video-list', str(listed), '--video-root', '', '--device', 'cpu']
    long_mode = [*command, '--long-video-mode', '--clip-interval', '4', '--format', 'npy']
    with pytest.raises(SystemExit, match='1'):
        extract(long_mode)
    text = capsys.readouterr().out
    assert '2 written, 0 existed already, 1 failed.' in text and 'broken.mp4' in text
    assert sorted(os.listdir(out)) == ['clip.npy', 'long.npy']  # nothing half written
    built = models[0]['recognizer']
    pipeline = WindowPipeline(built.cfg)
    with open_reader(long_video) as reader:
        expected = clip_features(built, pipeline, reader, pipeline.clip_grid(4))
    np.testing.assert_allclose(np.load(out / 'long.npy'), expected, rtol=1e-5, atol=1e-6)

    (out / 'clip.npy').unlink()
    stamp = os.stat(out / 'long.npy').st_mtime_ns
    with pytest.raises(SystemExit, match='1'):
        extract(long_mode)
    assert '1 written, 1 existed already, 1 failed.' in capsys.readouterr().out
    assert os.stat(out / 'long.npy').st_mtime_ns == stamp and (out / 'clip.npy').exists()


def test_extraction_of_whole_videos(models, clip_path, tmp_path):
    from mmaction.apis import inference_recognizer

    recognizer = models[1]['recognizer']
    listed = tmp_path / 'list.txt'
    listed.write_text('clip.mp4\n')
    command = [*recognizer, str(tmp_path), '--video-list', str(listed), '--video-root', str(Path(clip_path).parent)]
    extract([*command, '--device', 'cpu', '--dump-score'])
    scores = pickle.loads((tmp_path / 'clip.pkl').read_bytes())
    expected = inference_recognizer(models[0]['recognizer'], clip_path).pred_score
    np.testing.assert_allclose(scores, expected.numpy(), rtol=1e-4)

    extract([*command, '--device', 'cpu', '--format', 'csv'])
    lines = (tmp_path / 'clip.csv').read_text().splitlines()
    assert len(lines) == 2 and lines[0].startswith('f0,f1,') and len(lines[1].split(',')) == 128
    extract([*command, '--device', 'cpu', '--format', 'npy', '--spatial-type', 'keep', '--temporal-type', 'max'])
    kept = np.load(tmp_path / 'clip.npy')
    assert kept.shape[0] == 128 and kept.ndim == 3


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--clip-interval', '4'], '--clip-interval needs --long-video-mode'),
        (['--long-video-mode', '--multi-view'], 'exclude each other'),
        (['--batch-size', '0'], r'--batch-size \(0\) must be at least 1'),
    ],
)
def test_extraction_checks_its_arguments(arguments, message, capsys):
    import re

    with pytest.raises(SystemExit, match='2'):
        extract(['config.py', 'none', 'out', *arguments])
    assert re.search(message, capsys.readouterr().err)


def test_features_and_scores_in_one_pass(models):
    recognizer = models[0]['recognizer']
    sample = dict(inputs=torch.zeros(4, 3, 64, 64, dtype=torch.uint8), data_samples=_sample())
    rows = list(run_windows(recognizer, [sample] * 3, feature_head(recognizer, 'avg', 'avg', 'score'), True, 2))
    assert [(a.shape, b.shape) for a, b in rows] == [((2, 128), (2, 6)), ((1, 128), (1, 6))]


def _sample():
    from mmaction.structures import ActionDataSample

    return ActionDataSample()


# ----------------------------------------------------------------------------------------------------------- pictures
def entry(start, end, score, label='a'):
    return dict(segment=[start, end], score=score, label=label)


def test_timeline_shows_segments_where_they_are(tmp_path):
    truth = [dict(segment=[1, 3], label='run')]
    figure = plot_timeline(tmp_path / 'a' / 't.png', [entry(1, 4, 0.8, 'run'), entry(6, 8, 0.2, 'jump')], 10.0, truth)
    axes = figure.axes[0]
    bars = sorted(
        (p.get_x(), p.get_x() + p.get_width(), round(p.get_y() + p.get_height() / 2, 2)) for p in axes.patches
    )
    assert bars == [(1, 3, 0.8), (1, 4, 1.2), (6, 8, 0.2)]
    assert [t.get_text() for t in axes.get_yticklabels()] == ['jump', 'run'] and axes.get_xlim() == (0, 10)
    assert axes.get_xlabel() == 'time (s)' and {t.get_text() for t in axes.texts} == {'0.80', '0.20'}
    assert (tmp_path / 'a' / 't.png').stat().st_size > 5000
    empty = plot_timeline(None, [], 0.04)
    assert [t.get_text() for t in empty.axes[0].get_yticklabels()] == ['(no segments)']


def test_without_overlaps():
    entries = [entry(0, 4, 0.9), entry(0.5, 4, 0.8), entry(0.5, 4, 0.7, 'b'), entry(6, 8, 0.6), entry(9, 10, 0.05)]
    kept = without_overlaps(entries, min_share=0.1)
    assert [(e['score'], e['label']) for e in kept] == [(0.9, 'a'), (0.7, 'b'), (0.6, 'a')]
    assert without_overlaps([]) == []


def test_running_label_changes_with_the_segments():
    frames = np.full((20, 120, 160, 3), 90, np.uint8)
    drawn = np.stack([*draw_running_labels(iter(frames), [entry(0.5, 1.5, 0.8, 'run')], 2.0, 10.0)])
    assert drawn.shape == frames.shape and (frames == 90).all()
    upper = drawn[:, :90]
    assert (upper[5] == upper[14]).all() and (upper[4] == upper[15]).all() and (upper[4] != upper[5]).any()
    cursor = [int(np.argmax(frame[-2, :, 0].astype(int) - frame[-2, :, 2])) for frame in drawn]
    assert cursor == sorted(cursor) and cursor[0] < 8 and cursor[-1] > 150
