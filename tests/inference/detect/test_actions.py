"""Actions of persons in a video whose answers are known: the action is the color of the person."""

from __future__ import annotations

import copy
import csv
import json
from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from colour_detector import COLOURS, draw_video, person_boxes, write_model
from mmengine.dataset import Compose, pseudo_collate

from mmaction.apis import init_recognizer
from mmaction.inference.detect import (
    IoUTracker,
    PersonBoxes,
    Steps,
    action_names,
    detect_actions,
    load_boxes,
    to_dict,
    write_ava_csv,
    write_tracks,
)
from mmaction.inference.detect.draw import draw_actions, persons_at
from mmaction.inference.detect.results import track_summaries
from mmaction.inference.windows import FrameCache
from mmaction.utils.ava_files import read_box_table
from mmaction.video import open_video

BOXES = person_boxes()
NAMES = dict(enumerate(COLOURS, 1))


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp('colour')
    config, checkpoint = write_model(folder)
    built = init_recognizer(config, checkpoint, 'cpu')
    built.folder = folder
    return built


@pytest.fixture(scope='module')
def video():
    return draw_video(BOXES)


def true_boxes(frame, index):
    """A perfect detector of the persons, in the order of their heights in the frame, which changes nothing."""
    boxes = [own[index] for own in BOXES.values() if np.isfinite(own[index]).all()]
    return PersonBoxes.of(boxes[::-1])


@pytest.fixture(scope='module')
def result(model, video):
    return detect_actions(video, model, true_boxes, classes=NAMES, batch_size=2)


def test_each_person_has_its_action_and_keeps_its_number(result):
    assert [key_frame.frame for key_frame in result.key_frames] == [0, 8, 16, 24, 32, 40]
    tracks = {}
    for key_frame in result.key_frames:
        for number, scores in zip(key_frame.persons.ids.tolist(), key_frame.scores):
            tracks.setdefault(number, []).append(NAMES[int(scores.argmax())])
    assert sorted(map(tuple, tracks.values())) == [('blue',) * 3, ('green',) * 6, ('red',) * 6]


def test_scores_are_those_of_the_test_pipeline_on_a_data_set(model, video, result):
    """The same clip and box, by way of the transforms that a dataset runs."""
    pipeline = [dict(step) for step in model.cfg.val_pipeline]
    pipeline[1] = dict(type='ArrayDecode')
    box = BOXES['red'][16]
    record = dict(
        array=video, total_frames=48, start_index=0, fps=1, timestamp=16, timestamp_start=0, modality='RGB',
        proposals=(box / [160, 96, 160, 96])[None], box_unit='relative', gt_bboxes=np.zeros((0, 4)),
    )  # fmt: skip
    with torch.no_grad():
        sample = model.test_step(pseudo_collate([Compose(pipeline)(record)]))[0]
    key_frame = result.key_frames[2]
    place = int(np.abs(key_frame.persons.boxes - box).sum(1).argmin())
    np.testing.assert_allclose(key_frame.scores[place], sample.pred_instances.scores[0].numpy(), rtol=1e-4)


def test_batches_and_the_state_of_the_model_make_no_difference(model, video, result):
    before = copy.deepcopy(model.state_dict())
    one_by_one = detect_actions(video, model, true_boxes, classes=NAMES)
    for ours, theirs in zip(result.key_frames, one_by_one.key_frames):
        np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-5)
        np.testing.assert_array_equal(ours.persons.ids, theirs.persons.ids)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not model.training


def test_persons_between_key_frames_are_seen_by_the_detector(model, video):
    seen = []

    def detector(frame, index):
        assert (frame == video[index]).all()
        seen.append(index)
        return true_boxes(frame, index)

    detect_actions(video, model, detector, classes=NAMES, steps=Steps(8, 4))
    assert seen == list(range(0, 44, 4))
    with pytest.raises(ValueError, match=r'detect_stepsize \(3\) must divide predict_stepsize \(8\)'):
        Steps(8, 3)


def test_few_frames_are_in_memory(model, monkeypatch):
    held = []
    get_frames = FrameCache.get_frames

    def counting(self, indices):
        frames = get_frames(self, indices)
        held.append(len(self._frames))
        return frames

    monkeypatch.setattr(FrameCache, 'get_frames', counting)
    video = np.zeros((400, 32, 32, 3), np.uint8)
    everybody = PersonBoxes.of([[2, 2, 20, 30]])
    found = detect_actions(video, model, lambda frame, index: everybody, classes=NAMES, steps=Steps(2))
    assert len(found.key_frames) == 200
    assert max(held) <= 10  # a clip of 4 frames, 2 apart


def test_a_model_that_is_no_detector_is_named(recognizer, model, video):
    with pytest.raises(ValueError, match='samples with SampleFrames, but an action detector needs the clip around'):
        detect_actions(video, recognizer, true_boxes)
    with pytest.raises(TypeError, match='The person detector <lambda> must return PersonBoxes, got list'):
        detect_actions(video, model, lambda frame, index: [], classes=NAMES)


def test_names(model, tmp_path):
    assert action_names(model) == {1: 'class 1', 2: 'class 2', 3: 'class 3'}
    assert action_names(model, model.folder / 'labels.txt') == NAMES
    (tmp_path / 'plain.txt').write_text('red\ngreen\nblue\n')
    assert action_names(model, tmp_path / 'plain.txt') == NAMES
    (tmp_path / 'map.pbtxt').write_text('item {\n  name: "stand: still"\n  id: 2\n}\n')
    assert action_names(model, tmp_path / 'map.pbtxt') == {2: 'stand: still'}
    (tmp_path / 'many.txt').write_text('4: four\n')
    with pytest.raises(ValueError, match=r'has class 4 \(four\), but the model has the classes 1 to 3'):
        action_names(model, tmp_path / 'many.txt')
    (tmp_path / 'zero.txt').write_text('0: background\n1: red\n')  # column 0 of the head is never trained
    assert action_names(model, tmp_path / 'zero.txt') == {1: 'red'}
    (tmp_path / 'empty.txt').touch()
    with pytest.raises(ValueError, match=r'empty\.txt is empty. Give the names of the classes'):
        action_names(model, tmp_path / 'empty.txt')
    (tmp_path / 'none.txt').write_text('0: background\n')
    with pytest.raises(ValueError, match=r'none\.txt has no class from 1 on'):
        action_names(model, tmp_path / 'none.txt')


def test_times_are_those_of_the_file_where_the_frame_rate_varies(model, video, tmp_path):
    """24 frames of 40 ms, then 24 of 120 ms: 3.84 s, 12.5 frames a second on average."""
    with av.open(str(tmp_path / 'vfr.mp4'), 'w') as container:
        stream = container.add_stream('libx264', rate=25)
        stream.height, stream.width, stream.pix_fmt = 96, 160, 'yuv420p'
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, rgb in enumerate(video):
            frame = av.VideoFrame.from_ndarray(rgb, format='rgb24')
            frame.pts, frame.time_base = 40 * number + 80 * max(number - 24, 0), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    result = detect_actions(tmp_path / 'vfr.mp4', model, true_boxes, classes=NAMES)
    times = [box['time_sec'] for box in to_dict(result)['tracks'][0]['boxes']]
    assert times == pytest.approx([0, 0.32, 0.64, 0.96, 1.92, 2.88], abs=2e-3)
    best = {summary.actions[0][0]: summary for summary in track_summaries(result, 0.5)}
    assert (best['blue'].start_sec, best['blue'].end_sec) == pytest.approx((0.96, 3.84), abs=0.05)
    assert best['blue'].actions == [('blue', pytest.approx(2.88, abs=0.05))]
    write_ava_csv(tmp_path / 'vfr.csv', result, 0.5)
    rows = list(csv.reader((tmp_path / 'vfr.csv').read_text().splitlines()))
    stamps = ' '.join(dict.fromkeys(row[1] for row in rows))
    assert stamps == '0000 0000.320 0000.640 0000.960 0001.920 0002.880'


def test_files_of_results(result, video, tmp_path):
    write_tracks(tmp_path / 'v.json', result, score_thr=0.5)
    content = json.loads((tmp_path / 'v.json').read_text())
    assert content == json.loads(json.dumps(to_dict(result, 0.5)))
    assert content['num_frames'] == 48 and content['img_shape'] == [96, 160] and content['fps'] == 30
    by_action = {track['boxes'][0]['actions'][0]['label']: track for track in content['tracks']}
    assert by_action['blue']['start_sec'] == 0.8 and by_action['red']['end_sec'] == 1.333
    assert by_action['red']['boxes'][1]['box'] == BOXES['red'][8].tolist()
    # what was written serves as boxes again, with the same numbers
    again = load_boxes(tmp_path / 'v.json')(video[24], 24)
    assert sorted(again.ids.tolist()) == [1, 2, 3]

    write_ava_csv(tmp_path / 'v.csv', result, score_thr=0.5)
    with open(tmp_path / 'v.csv', newline='') as file:
        rows = list(csv.reader(file))
    assert len(rows) == 15 and all(len(row) == 8 for row in rows)
    first = next(row for row in rows if row[1] == '0000' and row[6] == '1')
    assert first[:6] == ['video', '0000', '0.0625', '0.1042', '0.2125', '0.5208'] and float(first[7]) > 0.9
    assert {row[1] for row in rows} == {'0000', '0000.267', '0000.533', '0000.800', '0001.067', '0001.333'}


def test_one_key_frame_per_second_is_avas_format(model, video, tmp_path):
    result = detect_actions(video, model, true_boxes, classes=NAMES, steps=Steps(16), fps=16)
    write_ava_csv(tmp_path / 'v.csv', result, 0.5)
    table = read_box_table(str(tmp_path / 'v.csv'))
    assert sorted(set(table.timestamp.tolist())) == [0, 1, 2]
    assert sorted(table.label[table.timestamp == 2].tolist()) == [1, 2, 3]


def test_boxes_between_key_frames_move_evenly(result):
    for frame in (0, 3, 8, 13, 40):
        for _, box, scores in persons_at(result.key_frames, frame):
            name = NAMES[int(scores.argmax())]
            np.testing.assert_allclose(box, BOXES[name][frame], atol=1e-4)
    assert len(persons_at(result.key_frames, 19)) == 2  # blue is there from frame 24 on: the nearest key frame is 16
    assert len(persons_at(result.key_frames, 21)) == 3
    assert len(persons_at(result.key_frames, 47)) == 3  # after the last key frame
    assert persons_at([], 0) == []


def test_drawn_video(result, video):
    with open_video(video) as reader:
        drawn = list(draw_actions(reader, result, score_thr=0.5, step=4, short_side=192))
    assert len(drawn) == 12 and all(frame.shape == (192, 320, 3) for frame in drawn)
    with open_video(video) as reader:
        assert next(draw_actions(reader, result)).shape == (288, 480, 3)  # small frames are enlarged


def test_tracker_of_ones_own(model, video):
    one_for_all = detect_actions(video, model, true_boxes, classes=NAMES, tracker=IoUTracker(iou_thr=1.0))
    numbers = {number for key_frame in one_for_all.key_frames for number in key_frame.persons.ids.tolist()}
    assert len(numbers) == 13  # only blue, who stands, is followed
