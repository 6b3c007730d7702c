"""From boxes with actions to a detector: ``mmaction data detection from-boxes``, then ``mmaction train``."""

from __future__ import annotations

import csv
import pickle
from fractions import Fraction

import av
import numpy as np
import pytest

from mmaction.cli import train
from mmaction.cli.args import read_config
from mmaction.cli.data.detection import from_boxes
from mmaction.registry import DATASETS
from mmaction.utils.ava_files import read_label_map
from mmaction.video import write_frames

FPS = 10
SIZE = (48, 64)  # height, width
COLOURS = {'wave': (220, 30, 30), 'jump': (30, 30, 220)}


def write_clip(path, label, fps=FPS):
    """Two seconds of a person, in the colour of the action, who moves to the right by 8 pixels a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.full((2 * fps, *SIZE, 3), 90, np.uint8)
    for number, frame in enumerate(frames):
        left = round(8 + 8 * number / fps)
        frame[10:40, left : left + 16] = COLOURS[label]
    write_frames(path, frames, fps)


@pytest.fixture
def data(tmp_path):
    """Six videos in two folders; the boxes are at their begin and end."""
    rows = [['video', 'start', 'end', 'label', 'x1', 'y1', 'x2', 'y2', 'person']]
    for number in range(6):
        label = ('wave', 'jump')[number % 2]
        name = f'day{number // 2}/clip_{number}'
        write_clip(tmp_path / 'videos' / f'{name}.mp4', label)
        rows += [[name, 0, '', label, 8, 10, 24, 40, 'p'], [name, 1.9, '', label, 23, 10, 39, 40, 'p']]
    with open(tmp_path / 'boxes.csv', 'w', newline='') as file:
        csv.writer(file).writerows(rows)
    return tmp_path


def make(data, *options, source='boxes.csv'):
    arguments = [data / source, data / 'out', '--videos', data / 'videos', '--model', 'small', *options]
    from_boxes.main([str(argument) for argument in arguments])
    return data / 'out'


PIXELS = ('--box-unit', 'pixels')


def test_files_and_report(data, capsys):
    out = make(data, *PIXELS, '--step', '0.5', '--group-by', '^day.')
    report = capsys.readouterr().out
    assert [line.split() for line in report.splitlines()[:6]] == [
        ['train', 'val'],
        ['jump', '8', '4'],
        ['wave', '8', '4'],
        ['videos', '4', '2'],
        ['key', 'frames', '16', '8'],
        ['excluded', '0', '0'],
    ]
    assert f'mmaction train {out}/config.py' in report
    assert read_label_map(str(out / 'label_map.pbtxt')) == {1: 'jump', 2: 'wave'}
    rows = list(csv.reader((out / 'val.csv').read_text().splitlines()))
    assert len({row[0].split('/')[0] for row in rows}) == 1
    number = int(rows[0][0].removesuffix('.mp4')[-1])
    label = '12'[number % 2 == 0]
    assert rows[0] == [
        f'day{number // 2}/clip_{number}.mp4',
        '0000',
        '0.1250',
        '0.2083',
        '0.3750',
        '0.8333',
        label,
        '0',
    ]
    assert [row[1] for row in rows[:4]] == ['0000', '0005', '0010', '0015']
    moved = 8 + 15 * 10 / 19  # pixels, at 1 s of 1.9 s
    assert float(rows[2][2]) == pytest.approx(moved / 64, abs=1e-4)
    proposals = pickle.loads((out / 'proposals_val.pkl').read_bytes())
    np.testing.assert_allclose(proposals[f'{rows[2][0]},0010'][0], [*map(float, rows[2][2:6]), 1], atol=1e-4)


def test_the_data_set_shows_the_annotated_person(data):
    cfg = read_config(str(make(data, *PIXELS) / 'config.py'))
    dataset = DATASETS.build(cfg.val_dataloader.dataset)
    for sample in dataset:
        label = int(sample['data_samples'].gt_instances.labels.argmax(1))
        centre = sample['inputs'].shape[1] // 2
        x1, y1, x2, y2 = sample['data_samples'].proposals.bboxes[0].int().tolist()
        patch = sample['inputs'][:, centre, y1 + 8 : y2 - 8, x1 + 6 : x2 - 6].float().mean((1, 2))
        expected = COLOURS[{1: 'jump', 2: 'wave'}[label]]
        np.testing.assert_allclose(patch, expected, atol=15)


def test_the_config_trains_as_it_is(data):
    out = make(data, *PIXELS, '--step', '1')
    options = ['train_cfg.max_epochs=1', 'train_cfg.val_interval=1', 'model.backbone.base_channels=4']
    options += ['model.roi_head.bbox_head.in_channels=32', 'train_dataloader.num_workers=0']
    options += ['val_dataloader.num_workers=0', 'test_dataloader.num_workers=0']
    train.main([str(out / 'config.py'), '--work-dir', str(data / 'work'), '--cfg-options', *options])
    log = next((data / 'work').rglob('*.log')).read_text()
    assert '4 of 4 annotated boxes (0 unmatched)' in log
    assert (data / 'work' / 'epoch_1.pth').exists()


def test_chosen_classes_and_validation_videos(data, capsys):
    (data / 'val.txt').write_text('day0/clip_0\nday2/clip_4.mp4\n')
    out = make(data, *PIXELS, '--classes', 'wave', '--val-videos', data / 'val.txt')
    report = capsys.readouterr().out
    assert 'custom_classes = [1]\n' in (out / 'config.py').read_text()
    assert ['wave', '4', '8'] in [line.split() for line in report.splitlines()]


def test_frame_rates_may_differ(data):
    write_clip(data / 'videos' / 'day9' / 'fast.mp4', 'wave', fps=40)
    with open(data / 'boxes.csv', 'a') as file:
        file.write('day9/fast,0,2,wave,8,10,24,40,\n')
    (data / 'val.txt').write_text('day9/fast.mp4\n')
    out = make(data, *PIXELS, '--val-videos', data / 'val.txt')
    rows = list(csv.reader((out / 'val.csv').read_text().splitlines()))
    assert [row[1] for row in rows] == ['0000', '0020', '0040', '0060']
    assert {row[-1] for row in rows} == {'-1'}
    assert 'frame_interval=3' in (out / 'config.py').read_text()  # 8 at 30 frames per second, for the median of 10


XML = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task>
<original_size><width>64</width><height>48</height></original_size><source>clip_{0}.mp4</source></task></meta>
<track id="0" label="person">
 <box frame="0" xtl="8" ytl="10" xbr="24" ybr="40" outside="0" occluded="0"><attribute name="{1}">wave</attribute></box>
 <box frame="10" xtl="16" ytl="10" xbr="32" ybr="40" outside="0"><attribute name="{1}">jump</attribute></box>
 <box frame="15" xtl="16" ytl="10" xbr="32" ybr="40" outside="1"><attribute name="{1}">jump</attribute></box>
</track>
<track id="1" label="person">
 <box frame="5" xtl="40" ytl="10" xbr="60" ybr="40" outside="0"><attribute name="{1}">none</attribute></box>
</track>
</annotations>"""


def test_tracks_of_cvat(data, capsys):
    sources = []
    for number in (0, 1):
        (data / f'{number}.xml').write_text(XML.format(number, 'action'))
        sources.append(str(data / f'{number}.xml'))
    from_boxes.main([*sources, str(data / 'out'), '--videos', str(data / 'videos')])
    rows = list(csv.reader((data / 'out' / 'val.csv').read_text().splitlines()))
    assert [(row[1], row[2], row[6]) for row in rows] == [
        ('0000', '0.1250', '2'),
        ('0005', '0.1875', '2'),
        ('0010', '0.2500', '1'),
    ]
    proposals = pickle.loads((data / 'out' / 'proposals_val.pkl').read_bytes())
    assert [len(boxes) for boxes in proposals.values()] == [1, 2, 1]
    assert '_kinetics400-pretrained-r50_' in (data / 'out' / 'config.py').read_text()


def test_seconds_are_those_of_the_file_where_the_frame_rate_varies(data):
    """Ten frames of 40 ms, then ten of 160 ms: second 0.2 is frame 5, and 1.04 is frame 14."""
    for path in (data / 'videos').rglob('*.mp4'):
        with av.open(str(path), 'w') as container:
            stream = container.add_stream('libx264', rate=25)
            stream.height, stream.width, stream.pix_fmt = *SIZE, 'yuv420p'
            stream.codec_context.time_base = Fraction(1, 1000)
            for number in range(20):
                frame = av.VideoFrame.from_ndarray(np.full((*SIZE, 3), 90, np.uint8), format='rgb24')
                frame.pts, frame.time_base = 40 * number + 120 * max(number - 10, 0), Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    text = (data / 'boxes.csv').read_text()
    (data / 'boxes.csv').write_text(text.replace(',0,,', ',0.2,,').replace(',1.9,,', ',1.04,,'))
    rows = list(csv.reader((make(data, *PIXELS, '--step', '0.01') / 'train.csv').read_text().splitlines()))
    assert (rows[0][1:3], rows[-1][1]) == (['0005', f'{8 / 64:.4f}'], '0014')


def test_another_attribute_is_named(data, capsys):
    (data / '0.xml').write_text(XML.format(0, 'behaviour'))
    with pytest.raises(SystemExit):
        make(data, source='0.xml')
    assert "no box has an action in the attribute 'action'. There are ['behaviour']" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        make(data, '--attribute', 'behaviour', source='0.xml')
    assert 'No video can be split off for validation' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        ('clip_9,0,1,wave,8,10,24,40,', "boxes.csv, row 14: there is no video 'clip_9' below"),
        ('clip_0,0,1,wave,8,10,240,40,', 'row 14: the box [8.0, 10.0, 240.0, 40.0] is outside of the frame of clip_0'),
        ('clip_0,0,1,wave,0.1,0.1,0.4,0.5,', 'row 14: the box [0.1, 0.1, 0.4, 0.5] is smaller than a pixel'),
        ('clip_0,5,6,wave,8,10,24,40,', 'row 14: 5 to 6 s is outside of clip_0, which has 2 s'),
    ],
)
def test_faults_are_one_line(data, capsys, row, message):
    with open(data / 'boxes.csv', 'a') as file:
        file.write(f'{row}\n')
    with pytest.raises(SystemExit):
        make(data, *PIXELS)
    assert message in capsys.readouterr().err


def test_unknown_names_are_errors(data, capsys):
    (data / 'val.txt').write_text('clip_77\n')
    for options, message in (
        (('--val-videos', data / 'val.txt'), "--val-videos names 'clip_77', which has no annotated frame"),
        (('--classes', 'fly'), "No row has the class 'fly'. The annotation has ['jump', 'wave']"),
        (('--step', '0'), 'step (0.0) must be positive'),
        (('--max-gap', '-1'), 'max_gap (-1.0) must be at least 0'),
    ):
        with pytest.raises(SystemExit):
            make(data, *PIXELS, *options)
        assert message in capsys.readouterr().err
