"""Boxes of persons, their files, and tracks, against closed forms."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from mmaction.inference.detect import IoUTracker, MovingObjectDetector, PersonBoxes, load_boxes, match_boxes
from mmaction.inference.detect.files import check_frames
from mmaction.video import ArrayReader

FRAME = np.zeros((100, 200, 3), np.uint8)
BOX = [20.0, 10.0, 60.0, 90.0]


def shifted(x, box=BOX):
    return np.array(box) + [x, 0, x, 0]


def test_boxes_are_checked():
    persons = PersonBoxes.of([[*BOX, 0.25]])
    assert persons.boxes.tolist() == [BOX] and persons.scores.tolist() == [0.25] and persons.ids is None
    assert len(PersonBoxes.nobody()) == 0
    inside = PersonBoxes.of([[-5, -5, 50, 120], [210, 0, 220, 10]]).within(100, 200)
    assert inside.boxes.tolist() == [[0, 0, 50, 100]]
    with pytest.raises(ValueError, match=r'box \[60.0, 10.0, 20.0, 90.0\] of a person must have finite x1 <= x2'):
        PersonBoxes.of([[60, 10, 20, 90]])
    with pytest.raises(ValueError, match='There are 1 boxes of persons, but 2 ids'):
        PersonBoxes.of([BOX], ids=[1, 2])
    with pytest.raises(ValueError, match=r'must be \(N, 4\), or \(N, 5\) with scores, got \(1, 3\)'):
        PersonBoxes.of([[1, 2, 3]])


def test_matching_is_best_in_sum_and_respects_the_threshold():
    # IoU of a box of width 40 and the same moved by d: (40 - d) / (40 + d)
    first = np.array([shifted(0), shifted(10)])
    second = np.array([shifted(12), shifted(22)])
    # overlaps: 0 with 0 and 1 with 1, 12 away, 0.538; 1 with 0, 2 away, 0.905; 0 with 1, 22 away, 0.290
    assert match_boxes(first, second, 0.2) == [(0, 1), (1, 0)]
    assert match_boxes(first, second, 0.3) == [(0, 0), (1, 1)]
    assert match_boxes(first, second, 0.6) == [(1, 0)]
    assert match_boxes(first, np.zeros((0, 4)), 0.2) == []


def test_numbers_stay_the_same_through_gaps_and_crossings():
    tracker = IoUTracker(iou_thr=0.3, max_gap=20)
    seen = {}
    for frame in range(0, 60, 4):
        boxes = [shifted(2 * frame), shifted(120 - 2 * frame, [20, 15, 60, 95])]  # they cross at frame 30
        if 12 <= frame <= 20:
            boxes = boxes[1:]  # the first is missed three times
        for number, box in zip(tracker.update(PersonBoxes.of(boxes), frame).ids.tolist(), boxes):
            seen.setdefault(number, []).append(float(box[0]))
    assert sorted(seen) == [1, 2]
    assert seen[1] == sorted(seen[1]) and len(seen[1]) == 12
    assert seen[2] == sorted(seen[2], reverse=True) and len(seen[2]) == 15


def test_a_track_ends_after_its_gap_and_weak_boxes_start_none():
    tracker = IoUTracker(max_gap=10, confirm_score=0.5)
    assert tracker.update(PersonBoxes.of([BOX], [0.4]), 0).ids.tolist() == []
    assert tracker.update(PersonBoxes.of([BOX], [0.9]), 1).ids.tolist() == [1]
    assert tracker.update(PersonBoxes.of([BOX], [0.4]), 11).ids.tolist() == [1]  # a weak one continues a track
    assert tracker.update(PersonBoxes.of([BOX], [0.9]), 22).ids.tolist() == [2]
    with pytest.raises(ValueError, match='Frame 22 comes after frame 22'):
        tracker.update(PersonBoxes.of([BOX]), 22)
    known = PersonBoxes.of([BOX], ids=[7])
    assert tracker.update(known, 23) is known


@pytest.fixture
def files(tmp_path):
    """The same two boxes, in the frames 0 and 30, in each format."""
    second = shifted(40)
    xywh = [[20, 10, 40, 80], [60, 10, 40, 80]]

    def write(name, content):
        (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))

    frames = {'0': dict(boxes=[BOX], scores=[0.5]), '30': dict(boxes=[second.tolist()], scores=[0.75])}
    write('ours.json', dict(img_shape=[100, 200], frames=frames))
    results = [dict(image_id=f'{n}.jpg', category_id=1, bbox=b, score=s) for n, b, s in zip((0, 30), xywh, (0.5, 0.75))]
    write('coco.json', [*results, dict(image_id='0.jpg', category_id=3, bbox=[0, 0, 9, 9], score=1)])
    write('mot.txt', '1,-1,20,10,40,80,0.5\n31,-1,60,10,40,80,0.75\n')
    np.savez(tmp_path / 'ours.npz', frame=[0, 30], box=[BOX, second], score=[0.5, 0.75], video=['v', 'v'])
    relative = np.array([200, 100, 200, 100])
    proposals = {f'd/v.mp4,{t:04d}': np.append(b / relative, s)[None] for t, b, s in
                 ((902, np.array(BOX), 0.5), (903, second, 0.75))}  # fmt: skip
    proposals['other,0902'] = np.zeros((0, 5))
    (tmp_path / 'ava.pkl').write_bytes(pickle.dumps(proposals))
    return tmp_path


@pytest.mark.parametrize('name', ['ours.json', 'coco.json', 'mot.txt', 'ours.npz', 'ava.pkl'])
def test_all_formats_hold_the_same(files, name):
    boxes = load_boxes(files / name, 'v', fps=30, timestamp_start=902)
    assert boxes.numbers.tolist() == [0, 30] and boxes.reach == 15
    np.testing.assert_allclose(boxes(FRAME, 0).boxes, [BOX], atol=1e-4)
    np.testing.assert_allclose(boxes(FRAME, 0).scores, [0.5])
    np.testing.assert_allclose(boxes(FRAME, 16).boxes, [shifted(40)], atol=1e-4)  # the nearest one
    assert len(boxes(FRAME, 46)) == 0
    if name not in ('mot.txt', 'ours.npz', 'coco.json'):  # the size is stated: boxes follow that of the frame
        np.testing.assert_allclose(boxes(FRAME[:50, :100], 0).boxes, [np.array(BOX) / 2], atol=1e-4)


def test_numbers_of_tracks_are_kept(tmp_path):
    (tmp_path / 'tracks.txt').write_text('1 4 20 10 40 80 1 -1 -1 -1\n1 9 60 10 40 80 1 -1 -1 -1\n')
    assert load_boxes(tmp_path / 'tracks.txt')(FRAME, 0).ids.tolist() == [4, 9]
    (tmp_path / 'ava.csv').write_text('v,0902,0.1,0.1,0.3,0.9,80,1\nv,0902,0.1,0.1,0.3,0.9,9,1\n')
    assert load_boxes(tmp_path / 'ava.csv', fps=25, timestamp_start=900)(FRAME, 50).boxes.round(2).tolist() == [BOX]


def test_boxes_of_poses(tmp_path):
    poses = dict(frames=[dict(keypoints=[[[20, 10], [60, 90]]], scores=[[0.5, 1.0]])])
    (tmp_path / 'poses.json').write_text(json.dumps(poses))
    found = load_boxes(tmp_path / 'poses.json')(FRAME, 0)
    assert found.boxes.tolist() == [BOX] and found.scores.tolist() == [0.75]


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('a.json', '[1]', r'a.json contains no boxes. It should be a dict with frames'),
        ('a.json', '{', r'a.json: Expecting property name'),
        ('a.txt', '1,2,3\n', r"a.txt: line 1: expected frame,id,left,top,width,height\[,score\], found '1,2,3'"),
        (
            'a.json',
            '[{"image_id": 1, "category_id": 3, "bbox": [0, 0, 1, 1]}]',
            r'boxes of category_id \[3\] only; persons are category_id \[1\]',
        ),
        ('a.jpg', '', r'a.jpg must end in one of .json, .npz'),
        ('a.json', '{"frames": [[[1, 2, 3, 4]]]}', r"a.json: frames, 0: expected a dict with 'boxes', found list"),
        ('a.json', '{"frames": {"1": {"bbox": []}}}', r"a.json: frames, '1': there is no 'boxes', only 'bbox'"),
        ('a.json', '{"frames": {"a": {"boxes": []}}}', r"the number of a frame \('a'\) must be a whole number"),
        ('a.json', '{"frames": 3}', r'a.json: frames must be a list, or a dict by number, found int'),
        ('a.json', '{"frames": [{"boxes": [["b", 2, 3, 4]]}]}', r'0: Boxes of persons must be \(N, 4\) numbers'),
        ('a.json', '{"frames": {"-1": {"boxes": []}}}', r'the number of a frame \(-1\) must be at least 0'),
        ('a.json', '{"tracks": [{"track_id": 1, "boxes": [{"box": []}]}]}', r"tracks, 0, boxes: there is no 'frame'"),
        ('a.json', '{"tracks": [{"id": 1}]}', r"tracks, 0: there is no 'track_id', only 'id'"),
        ('a.json', '[{"image_id": 1, "score": 1}]', r"entry of a person: there is no 'keypoints', only 'image_id'"),
        ('a.json', '{"img_shape": [90], "frames": []}', r'img_shape \(90\) must be height and width'),
        ('a.json', '{"unit": "percent", "frames": []}', r"box_unit \('percent'\) must be one of 'relative', 'pixels'"),
        ('a.txt', '0,1,2,3,4,5\n', r'a.txt: line 1: frame 0 must be at least 1. Add 1 to all numbers'),
        ('a.txt', '2,7,2,3,4,5\n2,7,9,3,4,5\n', r'a.txt: Frame 1 has two boxes of one person; their ids are \[7, 7\]'),
    ],
)
def test_wrong_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        load_boxes(tmp_path / name)


@pytest.mark.parametrize('suffix', ['json', 'npz', 'pkl', 'csv'])
def test_boxes_in_another_unit_than_stated_are_named(tmp_path, suffix):
    """Pixels taken as relative would all be outside of the frame, and relative boxes taken as pixels invisible."""
    path = tmp_path / f'boxes.{suffix}'
    box, name = [0.25, 0.5, 0.75, 1.0], 'boxes\\.' + suffix
    if suffix == 'json':
        path.write_text(json.dumps(dict(frames=[dict(boxes=[box])])))
    elif suffix == 'npz':
        np.savez(path, frame=[0], box=[box])
    elif suffix == 'pkl':
        path.write_bytes(pickle.dumps({'v,0000': np.array([BOX])}))
    else:
        path.write_text('v,0000,20,10,60,90,1\n')
    message = rf'{name}: the box \[20.0, 10.0, 60.0, 90.0\] \(frame or second 0\) is in pixels, but must be relative'
    if suffix in ('json', 'npz'):
        message = rf'{name}: no box is larger than \[0.25, 0.5, 0.75, 1.0\] \(frame 0\), in pixels. Relative boxes'
    with pytest.raises(ValueError, match=message):
        load_boxes(path, 'v', fps=1)


def test_boxes_outside_of_the_frames_are_counted(tmp_path, log):
    path = tmp_path / 'boxes.json'
    frames = [dict(boxes=[BOX, [200, 0, 210, 50]]), dict(boxes=[[9, 9, 9, 20]])]
    path.write_text(json.dumps(dict(frames=frames)))
    check_frames(load_boxes(path), 2, 'a.json', (100, 200))
    assert '2 of 3 boxes are outside of the frames (width 200, height 100), or empty' in log.text
    path.write_text(json.dumps(dict(frames=[dict(boxes=[[200, 0, 210, 50]])])))
    with pytest.raises(ValueError, match=r'1 of 1 boxes are outside .* such as \[200.0, 0.0, 210.0, 50.0\] in frame 0'):
        check_frames(load_boxes(path), 2, 'a.json', (100, 200))


def test_the_boxes_of_one_other_video_are_used_with_a_warning(tmp_path, log):
    np.savez(tmp_path / 'a.npz', frame=[0], box=[BOX], video=['d/v.mp4'])
    assert load_boxes(tmp_path / 'a.npz', 'v').numbers.tolist() == [0]
    assert not log.text
    assert load_boxes(tmp_path / 'a.npz', 'w').numbers.tolist() == [0]
    assert "a.npz has boxes of the video 'd/v.mp4' only, which are used for 'w'." in log.text
    with pytest.raises(ValueError, match=r"of the video 'd/v\.mp4' only, and none of 'w'"):
        load_boxes(tmp_path / 'a.npz', 'w', exact_name=True)


def test_boxes_of_another_video_are_named(files):
    with pytest.raises(ValueError, match=r"boxes of 2 videos, of which 0 are called 'w'; there are d/v\.mp4, other"):
        load_boxes(files / 'ava.pkl', 'w', fps=30)
    with pytest.raises(ValueError, match=r'fps of the video that .* belongs to \(0\) must be positive'):
        load_boxes(files / 'ava.pkl', 'v')
    boxes = load_boxes(files / 'ava.pkl', 'v', fps=30)
    with pytest.raises(ValueError, match='boxes of the frames 27060 to 27090, but the video has 48 frames'):
        check_frames(boxes, 48, 'ava.pkl')
    with pytest.raises(FileNotFoundError, match='There is no file of boxes at'):
        load_boxes(files / 'none.json')


def test_moving_objects_of_a_fixed_camera():
    """A square that crosses a textured scene in 100 frames is found to a few pixels; nothing else is."""
    rng = np.random.default_rng(0)
    scene = rng.integers(60, 190, (120, 200, 3))
    video = (scene + rng.integers(-3, 4, (100, 120, 200, 1))).astype(np.uint8)
    for number, frame in enumerate(video):
        frame[40:100, 1 + number : 31 + number] = (250, 250, 240)
    detector = MovingObjectDetector()
    detector.learn(ArrayReader(video))
    for number in range(0, 100, 9):
        found = detector(video[number], number)
        assert len(found) == 1
        np.testing.assert_allclose(found.boxes[0], [1 + number, 40, 31 + number, 100], atol=5)
    with pytest.raises(ValueError, match=r'min_area \(2\) must be in \[0, 1\]'):
        MovingObjectDetector(min_area=2)
