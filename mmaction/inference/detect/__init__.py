"""Actions of the persons in a video: detection of persons, tracks, scores, results."""

from mmaction.inference.detect.actions import (
    ActionDetector,
    KeyFrame,
    Steps,
    VideoActions,
    detect_actions,
    iter_key_frames,
)
from mmaction.inference.detect.classes import action_names
from mmaction.inference.detect.files import PrecomputedBoxes, load_boxes
from mmaction.inference.detect.moving import MovingObjectDetector
from mmaction.inference.detect.persons import LearnsFromVideo, PersonBoxes, PersonDetector
from mmaction.inference.detect.results import to_dict, write_ava_csv, write_tracks
from mmaction.inference.detect.tracker import IoUTracker, match_boxes

__all__ = [
    'ActionDetector',
    'IoUTracker',
    'KeyFrame',
    'LearnsFromVideo',
    'MovingObjectDetector',
    'PersonBoxes',
    'PersonDetector',
    'PrecomputedBoxes',
    'Steps',
    'VideoActions',
    'action_names',
    'detect_actions',
    'iter_key_frames',
    'load_boxes',
    'match_boxes',
    'to_dict',
    'write_ava_csv',
    'write_tracks',
]
