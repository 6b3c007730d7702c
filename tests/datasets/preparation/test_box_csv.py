"""Spreadsheets of boxes: units, times, moments that are joined, and faults by row."""

from __future__ import annotations

import numpy as np
import pytest

from mmaction.annotations.media import MediaFacts
from mmaction.datasets.preparation.box_actions import to_relative
from mmaction.datasets.preparation.box_csv import read_box_csv

HEADER = 'video,start,end,label,x1,y1,x2,y2,person\n'
FACTS = MediaFacts(fps=10.0, num_frames=100, size=(200, 100))


def read(tmp_path, text, unit='pixels', **options):
    path = tmp_path / 'boxes.csv'
    path.write_text(text, encoding='utf-8-sig')  # as spreadsheets write it
    return read_box_csv(str(path), unit, **options)


def test_a_box_that_stays(tmp_path):
    sheet = read(tmp_path, HEADER + 'a.mp4,1,3,wave,20,10,60,90,ann\n')
    (action,) = sheet.actions
    assert sheet.unit == 'pixels'
    assert action.frames(10) == range(10, 30)
    relative = to_relative(action, FACTS, pixels=True)
    assert relative.box_at(2.2).tolist() == [0.1, 0.1, 0.3, 0.9]


def test_moments_of_a_person_are_interpolated(tmp_path):
    text = HEADER + 'a,1,,walk,0,0,10,10,p\na,3,,walk,20,0,30,10,p\na,4,,run,20,40,30,50,p\n'
    walk, run = sorted(read(tmp_path, text).actions, key=lambda action: action.times[0])
    assert (walk.label, walk.frames(10)) == ('walk', range(10, 40))  # until the label changes
    assert walk.box_at(2).tolist() == [10, 0, 20, 10]
    assert walk.box_at(3.5).tolist() == [20, 20, 30, 30]
    assert (run.label, run.frames(10)) == ('run', range(40, 41))


def test_a_gap_is_not_interpolated(tmp_path):
    text = HEADER + 'a,1,,walk,0,0,10,10,p\na,2,,walk,0,0,10,10,p\na,9,,walk,50,0,60,10,p\n'
    actions = read(tmp_path, text, max_gap_sec=3).actions
    assert [action.frames(10) for action in actions] == [range(10, 21), range(90, 91)]


def test_moments_of_unknown_persons_stay_alone(tmp_path):
    text = 'video,start,label,x1,y1,x2,y2\na,1,walk,0,0,10,10\na,2,walk,0,0,10,10\n'
    assert [action.frames(10) for action in read(tmp_path, text).actions] == [range(10, 11), range(20, 21)]


def test_a_person_with_two_labels_at_once(tmp_path):
    text = HEADER + 'a,1,,walk,0,0,10,10,p\na,1,,talk,0,0,10,10,p\na,2,,walk,0,0,20,10,p\n'
    found = {action.label: action.frames(10) for action in read(tmp_path, text).actions}
    assert found == {'walk': range(10, 21), 'talk': range(10, 20)}


def test_columns_state_the_unit_and_semicolons_separate(tmp_path):
    text = 'video;start;end;label;x1_rel;y1_rel;x2_rel;y2_rel\nb;0:01,5;1:00;wave;0,1;0,2;0,3;0,4\n'
    sheet = read(tmp_path, text, None)
    assert sheet.unit == 'relative'
    assert sheet.actions[0].times.tolist() == [1.5, 60]
    assert sheet.actions[0].boxes[0].tolist() == [0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize(
    ('text', 'unit', 'message'),
    [
        ('', None, r'boxes\.csv is empty\. Expected a header'),
        ('video,start,end,x1,y1,x2,y2\n', 'pixels', r'row 1: there is no column label in'),
        ('video,start,end,label,x,y,w,h\n', 'pixels', r'row 1: there are no columns x1,y1,x2,y2'),
        (HEADER + 'a,1,2,w,0,0,1,1,p\n', None, r'boxes\.csv: the unit of the boxes is not stated\. Give --box-unit'),
        (HEADER, 'pixels', 'has a header and no row'),
        (HEADER + 'a,1,2,w,0,0,1,1\n', 'pixels', r'row 2: 8 fields, but the header has 9'),
        (HEADER + '\na,1,2,w,0,0,one,1,p\n', 'pixels', r"row 3: x2 \('one'\) must be a number\. Correct the row"),
        (HEADER + 'a,1s,2,w,0,0,1,1,p\n', 'pixels', r"row 2: start \('1s'\) must be seconds, such as 12\.5"),
        (HEADER + 'a,3,2,w,0,0,1,1,p\n', 'pixels', r'row 2: end \(2\) is before start \(3\)'),
        (HEADER + ',1,2,w,0,0,1,1,p\n', 'pixels', r'row 2: there is no video'),
        (
            HEADER + 'a,1,,w,0,0,1,1,p\na,1,,v,5,5,9,9,p\n',
            'pixels',
            r"row 3: at 1 s, 'p' has the box \[5.0, 5.0, 9.0, 9.0\], but .* in .*row 2",
        ),
        (HEADER + 'a,1,2,w,0,0,1,1,p\n', 'inches', r"box_unit \('inches'\) must be one of 'pixels', 'relative'"),
    ],
)
def test_faults_are_named_by_row(tmp_path, text, unit, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text, unit)


@pytest.mark.parametrize(
    ('row', 'pixels', 'message'),
    [
        ('a,1,2,w,0,0,300,90,p', True, r'row 2: the box .* is outside of the frame of a, 200 x 100 pixels.*relative'),
        ('a,1,2,w,0,0,30,90,p', False, r'row 2: the box .* is outside of the frame of a, 0 to 1\..*unit pixels'),
        ('a,1,2,w,50,10,30,40,p', True, r'row 2: the box .* must have x1 < x2 and y1 < y2'),
        ('a,10.5,11,w,0,0,30,40,p', True, r'row 2: 10\.5 to 11 s is outside of a, which has 10 s'),
    ],
)
def test_faults_against_the_video_are_named_by_row(tmp_path, row, pixels, message):
    (action,) = read(tmp_path, HEADER + row + '\n').actions
    with pytest.raises(ValueError, match=message):
        to_relative(action, FACTS, pixels)


def test_boxes_may_overshoot_by_a_pixel(tmp_path):
    (action,) = read(tmp_path, HEADER + 'a,1,2,w,-1,0,201,100,p\n').actions
    assert np.array_equal(to_relative(action, FACTS, pixels=True).boxes[0], [0, 0, 1, 1])
