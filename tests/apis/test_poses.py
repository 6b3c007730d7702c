"""Poses of frames: made, read from files of every format, kept apart by person, found by rtmlib."""

from __future__ import annotations

import json
import pickle
import sys
import types

import numpy as np
import pytest

from mmaction.inference.pose import (
    FramePoses,
    PoseEstimator,
    PrecomputedPoses,
    RTMLibEstimator,
    estimate_poses,
    load_poses,
    poses_to_arrays,
    save_poses,
)
from mmaction.inference.pose.networks import BGRFrames
from mmaction.video import ArrayReader


def person(x, y, points=4):
    """Points on a diagonal, and scores that fall."""
    step = np.arange(points)
    return np.stack([x + 10.0 * step, y + 20.0 * step], 1), np.linspace(1, 0.4, points)


def frame(*places, points=4):
    people = [person(*place, points) for place in places]
    if not people:
        return FramePoses.nobody(points)
    return FramePoses.of([p for p, _ in people], [s for _, s in people])


# --- one frame ------------------------------------------------------------------------------------------------------
def test_a_frame_is_completed():
    poses = FramePoses.of([[[1, 2], [5, 9], [np.nan, 4]]], [[0.5, 1.0, 0.8]])
    assert poses.boxes.tolist() == [[1, 2, 5, 9]]
    assert poses.scores.tolist() == [[0.5, 1.0, 0.0]]
    assert poses.keypoints[0, 2].tolist() == [0, 0]
    assert poses.box_scores.tolist() == [0.5]
    double = poses.scaled(2, 3)
    assert double.boxes.tolist() == [[2, 6, 10, 27]] and double.keypoints[0, 1].tolist() == [10, 27]
    assert len(FramePoses.of([])) == len(FramePoses.nobody(21)) == 0
    assert FramePoses.nobody(21).keypoints.shape == (0, 21, 2)
    again = FramePoses.of_dict(poses.to_dict())
    assert all(np.array_equal(a, b) for a, b in zip(vars(again).values(), vars(poses).values()))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (([[1, 2]],), r'keypoints must be \(persons, points, 2 or 3\), got \(1, 2\)'),
        (([[[1, 2]]], [[1, 1]]), r'scores must be \(1, 1\) \(persons, points\), got \(1, 2\)'),
        (([[[1, 2]]], [[1]], np.zeros((2, 4))), 'There are 1 persons in keypoints, but 2 in boxes'),
    ],
)
def test_frames_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        FramePoses.of(*arguments)
    with pytest.raises(ValueError, match=r"must have keypoints, found \['boxes'\]"):
        FramePoses.of_dict(dict(boxes=[]))


# --- all frames -----------------------------------------------------------------------------------------------------
def test_persons_keep_their_row_when_their_order_changes_and_they_are_lost():
    frames = [
        frame((0, 0), (200, 0)),
        frame((205, 0), (4, 0)),
        frame((210, 0)),
        frame(),
        frame((12, 0), (215, 0)),
    ]
    keypoint, score = poses_to_arrays(frames)
    assert keypoint.shape == (2, 5, 4, 2) and score.shape == (2, 5, 4)
    assert keypoint[0, :, 0, 0].tolist() == [200, 205, 210, 0, 215]  # seen most, comes first
    assert keypoint[1, :, 0, 0].tolist() == [0, 4, 0, 0, 12]
    assert score[1].any(axis=1).tolist() == [True, True, False, False, True]
    plain, _ = poses_to_arrays(frames, track=False)
    assert plain[0, :, 0, 0].tolist() == [0, 205, 210, 0, 12]


def test_nobody_is_dropped_when_persons_are_exchanged():
    frames = [frame((0, 0)), frame((900, 0)), frame((0, 0), (500, 0))]
    keypoint, score = poses_to_arrays(frames)
    assert (score.any(axis=2).sum(axis=0)).tolist() == [1, 1, 2]
    assert sorted(keypoint[:, 2, 0, 0].tolist()) == [0, 500]


def test_one_frame_and_no_persons():
    keypoint, score = poses_to_arrays([frame((3, 4))])
    assert keypoint.shape == (1, 1, 4, 2) and score[0, 0].tolist() == pytest.approx([1, 0.8, 0.6, 0.4])
    with pytest.raises(ValueError, match=r'nobody in any of the 3 frames'):
        poses_to_arrays([frame()] * 3)
    with pytest.raises(ValueError, match=r'no frames to take poses from'):
        poses_to_arrays([])
    with pytest.raises(ValueError, match=r'same keypoints, found .*\[\(4, 2\), \(5, 2\)\]'):
        poses_to_arrays([frame((0, 0)), frame((0, 0), points=5)])


# --- files ----------------------------------------------------------------------------------------------------------
FRAMES = [frame((10, 20), (60, 30)), frame(), frame((30, 20))]


def flat_points(poses, n):
    return np.concatenate([poses.keypoints[n], poses.scores[n, :, None]], 1).reshape(-1).tolist()


def coco(first):
    return [
        dict(image_id=first(t), category_id=1, keypoints=flat_points(poses, n), score=0.5)
        for t, poses in enumerate(FRAMES)
        for n in range(len(poses))
    ]


def annotation(**more):
    keypoint, score = poses_to_arrays(FRAMES, track=False)
    return dict(keypoint=keypoint.astype(np.float16), keypoint_score=score.astype(np.float16), **more)


def ours():
    return dict(
        img_shape=[240, 320],
        frames=[dict(keypoints=f.keypoints.tolist(), scores=f.scores.tolist(), boxes=f.boxes.tolist()) for f in FRAMES],
    )


def instances():
    return [
        dict(
            frame_id=t,
            instances=[
                dict(
                    keypoints=f.keypoints[n].tolist(),
                    keypoint_scores=f.scores[n].tolist(),
                    bbox=[f.boxes[n].tolist()],
                    bbox_score=0.5,
                )
                for n in range(len(f))
            ],
        )
        for t, f in enumerate(FRAMES)
    ]


def coco_annotations():
    people = coco(lambda t: 100 - t)
    for entry, box in zip(people, np.concatenate([f.boxes for f in FRAMES])):
        entry['bbox'] = [*box[:2].tolist(), *(box[2:] - box[:2]).tolist()]
    images = [dict(id=100 - t, file_name=f'f{t}.jpg', height=240, width=320) for t in range(12)]
    return dict(images=images[::-1], annotations=people)


CONTENTS = {
    'ours.json': ours,
    'mmpose_list.json': instances,
    'mmpose_file.json': lambda: dict(meta_info={}, instance_info=instances()[::-1]),
    'coco_results.json': lambda: coco(lambda t: t),
    'coco_results_from_1.json': lambda: coco(lambda t: t + 1),
    'alphapose.json': lambda: coco(lambda t: f'{t}.jpg'),
    'coco_annotations.json': coco_annotations,
    'mmpose.pkl': lambda: [f.to_dict() for f in FRAMES],
    'annotation.pkl': lambda: annotation(img_shape=(240, 320), frame_dir='x'),
    'dataset.pkl': lambda: dict(
        split=dict(val=['other', 'clip']),
        annotations=[
            dict(annotation(), keypoint=np.ones((1, 2, 4, 2)), frame_dir='other'),
            annotation(frame_dir='clip'),
        ],
    ),
    'list.pkl': lambda: [annotation(frame_dir='a/clip')],
    'arrays.npz': annotation,
}


@pytest.mark.parametrize('name', CONTENTS)
def test_every_format_gives_the_same_poses(name, tmp_path):
    path, contents = tmp_path / name, CONTENTS[name]()
    if name.endswith('.json'):
        path.write_text(json.dumps(contents))
    elif name.endswith('.npz'):
        np.savez(path, **contents)
    else:
        path.write_bytes(pickle.dumps(contents))
    poses = load_poses(path, 'clip')
    assert len(poses) == (12 if name == 'coco_annotations.json' else 3)
    assert [len(f) for f in poses.frames[:3]] == [2, 0, 1]
    for got, want in zip(poses.frames, FRAMES):
        if len(want):
            np.testing.assert_allclose(got.keypoints, want.keypoints, atol=1e-4)
            np.testing.assert_allclose(got.scores, want.scores, atol=1e-3)
            np.testing.assert_allclose(got.boxes, want.boxes, atol=1e-4)
    knows_size = name in ('ours.json', 'coco_annotations.json', 'annotation.pkl')
    assert poses.img_shape == ((240, 320) if knows_size else None)


@pytest.mark.parametrize('suffix', ['.json', '.npz'])
def test_saved_poses_come_back(suffix, tmp_path):
    path = tmp_path / 'new' / f'poses{suffix}'
    save_poses(path, FRAMES, (240, 320))
    again = load_poses(path)
    assert again.img_shape == (240, 320)
    assert isinstance(again, PoseEstimator)
    for got, want in zip(again.frames, FRAMES, strict=True):
        np.testing.assert_allclose(got.keypoints.reshape(-1), want.keypoints.reshape(-1), atol=1e-2)
    # asked for frames of twice the size, and for more of them
    seen = estimate_poses(again, np.zeros((5, 480, 640, 3), np.uint8))
    assert [len(f) for f in seen] == [2, 0, 1, 0, 0]
    np.testing.assert_allclose(seen[0].keypoints, FRAMES[0].keypoints * 2, atol=1e-2)
    with pytest.raises(ValueError, match=r'poses.txt must end in .json or .npz'):
        save_poses(tmp_path / 'poses.txt', FRAMES)


def test_flags_of_coco_are_scores():
    points = [[3, 4, 2, 5, 6, 1, 0, 0, 0]]
    from mmaction.inference.pose._formats import parse_poses

    poses, _ = parse_poses([dict(image_id=0, keypoints=points[0])])
    assert poses[0].scores.tolist() == [[1, 1, 0]]
    assert poses[0].boxes.tolist() == [[3, 4, 5, 6]]


@pytest.mark.parametrize(
    ('name', 'contents', 'message'),
    [
        ('a.json', '{"x": 1}', r"it contains no poses \(\['x'\]\)"),
        ('a.json', '[]', r'it contains no poses \(list\)'),
        ('a.json', '{"frames": ', 'Expecting value'),
        ('a.json', '[{"image_id": "left", "keypoints": [1, 2, 1]}]', r"image_id \('left'\) has no number"),
        ('a.json', '[{"image_id": 0, "keypoints": [1, 2]}]', 'x, y, score of each keypoint, got 2 numbers'),
        ('a.json', '{"keypoint": [[1, 2]]}', r'keypoint must be \(persons, frames, points, 2 or 3\), got \(1, 2\)'),
        ('a.txt', '', r'a.txt must end in one of .json, .npz, .pkl, .pickle'),
        ('a.pkl', b'no pickle', 'cannot be read as a pickle'),
        ('a.pkl', pickle.dumps(print), 'it holds an object of type builtins.print. Only numbers'),
    ],
)
def test_files_that_hold_no_poses_say_so(name, contents, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    with pytest.raises(ValueError, match=message):
        load_poses(path)


def test_one_annotation_of_many_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'There is no file of poses at .*none.json'):
        load_poses(tmp_path / 'none.json')
    path = tmp_path / 'a.pkl'
    path.write_bytes(pickle.dumps(CONTENTS['dataset.pkl']()))
    with pytest.raises(ValueError, match=r"has 2 annotations, of which 0 are of 'mine'; there are other, clip"):
        load_poses(path, 'mine')


# --- rtmlib ---------------------------------------------------------------------------------------------------------
class YOLOX:
    """rtmlib's class of that name, as far as it is called: one box, where the image is bright, in BGR."""

    score_thr = 0.7

    def preprocess(self, image):
        self.image = image
        return image[::2, ::2], 0.5

    def inference(self, small):
        rows, columns = np.nonzero(small[..., 0])  # blue
        if not len(rows):
            return [np.zeros((1, 0, 5), np.float32)]
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        return [np.array([[[*box, 0.8], [0, 0, 5, 5, 0.2]]], np.float32)]


class RTMPose:
    """One point at each corner of the box."""

    def __call__(self, image, bboxes):
        boxes = np.array(bboxes)
        assert len(boxes), 'rtmlib takes the whole image where there is no box'
        corners = np.stack([boxes[:, :2], boxes[:, 2:]], 1)
        return corners, np.full(corners.shape[:2], 1.1)


class Body:
    MODE = dict(balanced=dict(det='yolox.zip', det_input_size=(8, 8), pose='rtmpose.zip', pose_input_size=(6, 8)))
    one_stage = False

    def __init__(self):
        self.det_model, self.pose_model = YOLOX(), RTMPose()


def rtmlib_of(loaded):
    """The module, which notes what networks it is asked for."""

    def network(kind):
        def make(source, model_input_size, backend, device):
            if 'nowhere' in source:
                raise OSError('no route')
            loaded.append((source, model_input_size, backend, device))
            return kind()

        return make

    module = types.ModuleType('rtmlib')
    module.Body, module.YOLOX, module.RTMPose = Body, network(YOLOX), network(RTMPose)
    return module


def bright(height=40, width=60, box=None):
    image = np.zeros((height, width, 3), np.uint8)
    if box is not None:
        x0, y0, x1, y1 = box
        image[y0:y1, x0:x1, 2] = 255  # blue in RGB
    return image


def test_rtmlib_is_called_with_bgr_boxes_and_a_threshold():
    estimator = RTMLibEstimator(model=Body(), det_score_thr=0.5)
    poses = estimator(bright(box=(10, 4, 30, 20)))
    assert poses.boxes.tolist() == [[10, 4, 30, 20]]
    assert poses.keypoints.tolist() == [[[10, 4], [30, 20]]]
    assert poses.scores.tolist() == [[1, 1]]
    assert poses.box_scores.tolist() == pytest.approx([0.8])
    assert len(estimator(bright())) == 0 and estimator(bright()).keypoints.shape == (0, 2, 2)
    assert len(RTMLibEstimator(model=Body(), det_score_thr=0.1)(bright(box=(10, 4, 30, 20)))) == 2
    assert len(RTMLibEstimator(model=Body(), det_score_thr=0.9)(bright(box=(10, 4, 30, 20)))) == 0
    assert isinstance(estimator, PoseEstimator)
    with pytest.raises(ValueError, match=r'det_score_thr \(2\) must be in'):
        RTMLibEstimator(det_score_thr=2)


def test_one_stage_networks_of_rtmlib_tell_nobody_by_zeros():
    class OneStage:
        one_stage = True

        def __call__(self, image):
            return np.stack([np.zeros((3, 2)), np.ones((3, 2))]), np.stack([np.zeros(3), np.ones(3)])

    assert RTMLibEstimator(model=OneStage())(bright()).keypoints.tolist() == [[[1, 1]] * 3]


def test_rtmlib_or_what_to_install(monkeypatch):
    from mmaction.apis import detection_inference, pose_inference

    for name in ('rtmlib', 'mmdet', 'mmpose'):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr('mmaction.inference.pose.networks.is_installed', lambda name: name in sys.modules)
    with pytest.raises(ImportError, match=r'detection_inference needs a network: install rtmlib .pip install rtmlib'):
        detection_inference(None, None, [bright()])
    with pytest.raises(ImportError, match=r'pose_inference needs a network: install rtmlib .*or mmpose'):
        pose_inference(None, None, [bright()], [np.zeros((0, 4))])

    loaded = []
    monkeypatch.setitem(sys.modules, 'rtmlib', rtmlib_of(loaded))
    pictures = [bright(box=(10, 4, 30, 20))[..., ::-1], bright()[..., ::-1]]
    boxes, samples = detection_inference('x.py', 'x.pth', pictures, det_score_thr=0.5, device='cpu', with_score=True)
    assert [b.shape for b in boxes] == [(1, 5), (0, 5)]
    assert boxes[0][0].tolist() == pytest.approx([10, 4, 30, 20, 0.8])
    assert samples[0].pred_instances.bboxes.tolist() == [[10, 4, 30, 20]]
    video = BGRFrames(ArrayReader(np.stack(pictures)[..., ::-1]))  # RGB, decoded again for each network
    streamed, _ = detection_inference('x.py', 'x.pth', video, det_score_thr=0.5, device='cpu', with_score=True)
    assert [b.tolist() for b in streamed] == [b.tolist() for b in boxes]
    poses, _ = pose_inference('x.py', 'x.pth', pictures, boxes, device='cpu')
    of_video, _ = pose_inference('x.py', 'x.pth', video, boxes, device='cpu')
    assert [p['keypoints'].tolist() for p in of_video] == [p['keypoints'].tolist() for p in poses]
    assert poses[0]['keypoints'].tolist() == [[[10, 4], [30, 20]]] and len(poses[1]['keypoints']) == 0
    assert list(dict.fromkeys(loaded)) == [
        ('yolox.zip', (8, 8), 'onnxruntime', 'cpu'),
        ('rtmpose.zip', (6, 8), 'onnxruntime', 'cpu'),
    ]
    assert set(poses[1]) == {'keypoints', 'keypoint_scores', 'bboxes', 'bbox_scores'}
    with pytest.raises(
        OSError, match=r'The network nowhere.onnx cannot be loaded \(no route\). Pass the path of an .onnx'
    ):
        detection_inference(None, 'nowhere.onnx', pictures, device='cpu')
    with pytest.raises(ValueError, match=r"mode \('huge'\) must be one of balanced"):
        RTMLibEstimator('huge')
    with pytest.raises(ValueError, match=r'det_cat_id \(3\) must be 0'):
        detection_inference(None, None, pictures, det_cat_id=3)
    with pytest.raises(ValueError, match=r'There are 2 frames, but det_results are of 1'):
        pose_inference(None, None, pictures, boxes[:1])
    with pytest.raises(FileNotFoundError, match=r'There is no readable image at nowhere.jpg'):
        detection_inference(None, None, ['nowhere.jpg'], device='cpu')


def test_looked_up_poses_are_an_estimator():
    assert len(PrecomputedPoses(FRAMES)(bright(), 1)) == 0
    assert PrecomputedPoses(FRAMES)(bright(), 9).keypoints.shape == (0, 4, 2)
