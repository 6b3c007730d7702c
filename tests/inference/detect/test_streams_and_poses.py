"""Actions in a stream of frames, and actions by poses: the same answers as from a file, and as one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from colour_detector import COLOURS, draw_video, person_boxes, pose_model, write_model
from mmengine.config import Config

from mmaction.apis import init_recognizer
from mmaction.inference.detect import ActionDetector, PersonBoxes, Steps, detect_actions
from mmaction.inference.detect.draw import persons_at
from mmaction.inference.detect.pose_actions import detect_pose_actions
from mmaction.inference.detect.stream import follow_stream
from mmaction.inference.pose import FramePoses

BOXES = person_boxes()


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    config, checkpoint = write_model(tmp_path_factory.mktemp('colour'))
    return init_recognizer(config, checkpoint, 'cpu')


def true_boxes(frame, index):
    return PersonBoxes.of([own[index] for own in BOXES.values() if np.isfinite(own[index]).all()])


@pytest.mark.parametrize('count', [1, 5, 17, 48])
def test_a_stream_gives_what_a_file_gives(model, count):
    video = draw_video(BOXES)[:count]
    steps = Steps(8, 4)
    expected = detect_actions(video, model, true_boxes, classes=dict(enumerate(COLOURS, 1)), steps=steps)
    followed = list(follow_stream(ActionDetector(model), iter(video), true_boxes, steps=steps))
    assert len(followed) == count
    for number, (frame, persons) in enumerate(followed):
        assert (frame == video[number]).all()
        from_file = persons_at(expected.key_frames, number)
        assert [one[0] for one in persons] == [one[0] for one in from_file]
        for ours, theirs in zip(persons, from_file):
            np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-5)
            np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-4, atol=1e-6)


def test_a_stream_lags_by_half_a_clip_and_keeps_few_frames(model):
    alive = 0
    most = 0

    class Frame(np.ndarray):
        def __del__(self):
            nonlocal alive
            alive -= 1

    def camera():
        nonlocal alive, most
        for _ in range(300):
            alive += 1
            most = max(most, alive)
            yield np.zeros((32, 32, 3), np.uint8).view(Frame)

    source = camera()
    followed = follow_stream(ActionDetector(model), source, lambda frame, index: PersonBoxes.nobody(), steps=Steps(4))
    next(followed)
    assert alive <= 4  # a clip of 4 frames, 2 apart, ends 2 frames after its key frame
    assert sum(1 for _ in followed) == 299
    assert most < 40


def _skeletons(boxes):
    """COCO's 17 joints, evenly spread in a box."""
    grid = np.stack([np.linspace(0.1, 0.9, 17), np.linspace(0.9, 0.1, 17)], axis=-1)
    corner = boxes[:, None, :2]
    return corner + grid * (boxes[:, None, 2:] - corner)


def test_actions_by_poses_are_those_of_one_person_alone():
    torch.manual_seed(0)
    model = init_recognizer(Config(pose_model(5)), device='cpu')
    frames = [true_boxes(None, index).boxes for index in range(24)]
    both = [FramePoses.of(_skeletons(boxes), boxes=boxes) for boxes in frames]
    alone = [FramePoses.of(_skeletons(boxes[1:]), boxes=boxes[1:]) for boxes in frames]
    steps = Steps(8)
    found = detect_pose_actions(model, both, (96, 160), steps=steps, clip_len=10)
    expected = detect_pose_actions(model, alone, (96, 160), steps=steps, clip_len=10)
    assert [key_frame.frame for key_frame in found] == [0, 8, 16]
    assert [key_frame.persons.ids.tolist() for key_frame in found] == [[1, 2]] * 3
    for ours, theirs in zip(found, expected):
        assert ours.scores.shape == (2, 5)
        np.testing.assert_allclose(ours.scores[1], theirs.scores[0], rtol=1e-4)
        np.testing.assert_allclose(ours.scores.sum(1), 1, rtol=1e-5)
    nobody = detect_pose_actions(model, [FramePoses.nobody()] * 3, (96, 160))
    assert len(nobody) == 1 and nobody[0].scores.shape == (0, 0)
