"""Frame and video mAP: recorded numbers, and tubes made by hand."""

from __future__ import annotations

import gzip
import json
import pickle

import numpy as np
import pytest
import torch

from mmaction.evaluation import frameAP, link_tubes, videoAP, videoAP_all
from mmaction.evaluation.functional.multisports_utils import (
    area2d_voc,
    iou2d_voc,
    iou3dt_voc,
    overlap2d_voc,
    pr_to_ap_voc,
)
from mmaction.evaluation.functional.tubes import soft_nms_boxes
from mmaction.registry import METRICS
from mmaction.utils.tube_files import read_tubes


@pytest.fixture(scope='module')
def recorded(golden_dir):
    data = json.loads(gzip.decompress((golden_dir / 'detection_measures.json.gz').read_bytes()))['multisports']
    tubes = {}
    for video, by_label in data['ground_truth']['gttubes'].items():
        tubes[video] = {int(k): [np.array(tube, np.float32) for tube in found] for k, found in by_label.items()}
    data['ground_truth']['gttubes'] = tubes
    return data


def test_recorded_frame_ap(recorded):
    found = frameAP(recorded['ground_truth'], np.array(recorded['detections']), 0.5, print_info=False)
    assert found == pytest.approx(recorded['expected']['frameAP 0.5'], abs=1e-9)


def test_recorded_tubes_and_video_ap(recorded):
    truth = recorded['ground_truth']
    expected = recorded['expected']
    tubes = link_tubes(truth, np.array(recorded['detections']))
    for label, found in tubes.items():
        # recorded: the length of each tuple (video, score, tube), and the score
        assert [[3, pytest.approx(tube[1], abs=1e-15)] for tube in found] == expected['tubes'][str(label)]
    assert videoAP(truth, tubes, 0.2, False) == pytest.approx(expected['videoAP 0.2'], abs=1e-9)
    assert videoAP(truth, tubes, 0.5, False) == pytest.approx(expected['videoAP 0.5'], abs=1e-9)
    assert videoAP_all(truth, tubes) == pytest.approx(expected['videoAP_all'], abs=1e-9)


def test_metric_equals_the_recorded_numbers(recorded, tmp_path):
    truth = recorded['ground_truth']
    with open(tmp_path / 'gt.pkl', 'wb') as file:
        pickle.dump(truth, file)
    metric = METRICS.build(dict(type='MultiSportsMetric', ann_file=str(tmp_path / 'gt.pkl'), verbose=False))
    videos = truth['test_videos'][0]
    samples = []
    for row in np.array(recorded['detections']):
        height, width = truth['resolution'][videos[int(row[0])]]
        scores = torch.zeros(1, 4, dtype=torch.float64)
        scores[0, int(row[2])] = row[3]
        boxes = torch.from_numpy(row[None, 4:] / [width, height, width, height])
        instances = dict(bboxes=boxes, scores=scores)
        samples.append(dict(video_id=f'{videos[int(row[0])]}.mp4', timestamp=int(row[1]), pred_instances=instances))
    metric.process(None, samples)
    result = metric.evaluate(len(samples))
    expected = recorded['expected']
    assert result == pytest.approx(
        {'frameAP': 69.3738, 'v_map@0.2': 66.6667, 'v_map@0.5': 47.9167, **expected['videoAP_all']}, abs=1e-4
    )
    with pytest.raises(KeyError, match=r"The video 'other.mp4' is not in .*gt.pkl, which has e.g. 'v00'"):
        metric.process(None, [dict(samples[0], video_id='other.mp4')])


# --- hand-made tubes ------------------------------------------------------------------------------------------------
def _tube(first, last, left=0.0, width=10.0):
    frames = np.arange(first, last + 1)
    boxes = np.tile([left, 0.0, left + width, 10.0], (len(frames), 1))
    return np.column_stack([frames, boxes])


def _truth(tubes, labels=('one', 'two'), length=40):
    return dict(
        labels=list(labels),
        gttubes={'v': tubes},
        nframes={'v': length},
        resolution={'v': (100, 100)},
        train_videos=[[]],
        test_videos=[['v']],
    )


def _detections(tube, label, score):
    score = np.broadcast_to(score, len(tube))
    rows = [np.zeros(len(tube)), tube[:, 0], np.full(len(tube), label), score, *tube[:, 1:].T]
    return np.column_stack(rows)


def test_strict_linking_keeps_each_score():
    truth = _truth({0: [_tube(1, 20)]})
    # The false tube has low scores, but comes last in the file, as its score is given to all.
    found = np.concatenate([_detections(_tube(1, 20), 0, 0.9), _detections(_tube(1, 20, left=50), 0, 0.2)])
    tubes = link_tubes(truth, found)
    assert [score for _, score, _ in tubes[0]] == pytest.approx([0.2, 0.2])
    tubes = link_tubes(truth, found, strict=True)
    assert sorted(score for _, score, _ in tubes[0]) == pytest.approx([0.2, 0.9])
    assert videoAP(truth, tubes, 0.5, False) == pytest.approx(100)
    reversed_scores = found[::-1]
    assert videoAP(truth, link_tubes(truth, reversed_scores, strict=True), 0.5, False) == pytest.approx(100)


def test_tube_takes_the_best_box_and_ends_without_one():
    found = np.concatenate(
        [
            _detections(_tube(1, 16), 0, 0.5),
            _detections(_tube(1, 16, left=1), 0, 0.6),  # overlaps: NMS lowers the other one
            _detections(_tube(18, 40), 0, 0.5),  # after a gap
            _detections(_tube(18, 30), 1, 0.001),  # mean score under 0.005
            _detections(_tube(5, 10, left=50), 0, 0.9),  # too short
        ]
    )
    tubes = link_tubes(_truth({}), found, strict=True)
    spans = sorted((tube[0, 0], tube[-1, 0], tube[0, 1], round(score, 3)) for _, score, tube in tubes[0])
    overlap = (10 * 11) / (12 * 11)  # of boxes that include their last pixel
    assert spans == [(1, 16, 0, round(0.5 * (1 - overlap), 3)), (1, 16, 1, 0.6), (18, 40, 0, 0.5)]
    assert tubes[1] == []
    assert len(link_tubes(_truth({}), found, len_thre=6, strict=True)[0]) == 4


def test_soft_nms():
    boxes = np.array([[0, 0, 9, 9], [0, 0, 9, 8], [0, 0, 9, 4]])
    kept, scores = soft_nms_boxes(boxes, [0.5, 0.6, 0.55])
    assert kept.tolist() == [1, 2, 0]
    assert scores.tolist() == pytest.approx([0.6, 0.55, 0.5 * 0.1])  # IoU 0.9 and, under the threshold, 5 / 9
    assert soft_nms_boxes(boxes, [0.5, 0.6, 0.55], top_k=1)[0].tolist() == [1]
    assert soft_nms_boxes(np.zeros((0, 4)), [])[0].tolist() == []


def test_frame_ap_by_hand():
    truth = _truth({0: [_tube(1, 4)], 1: [_tube(1, 1)]})
    found = np.concatenate([_detections(_tube(1, 2), 0, 0.9), _detections(_tube(3, 4, left=50), 0, [0.95, 0.1])])
    # class 0: a false positive first, then two of four boxes; class 1: nothing found
    assert frameAP(truth, found, 0.5, print_info=False) == pytest.approx(100 * (0.5 * 2 / 3 + 0) / 2)


def test_classes_that_multisports_leaves_out():
    truth = _truth({0: [_tube(1, 20)], 1: [_tube(1, 20)]}, labels=('aerobic kick jump', 'two', 'absent'))
    found = _detections(_tube(1, 20), 1, 0.9)
    assert frameAP(truth, found, 0.5, print_info=False) == pytest.approx(100)
    assert videoAP(truth, link_tubes(truth, found), 0.5, False) == pytest.approx(100)


def test_tube_overlap():
    assert iou3dt_voc(_tube(1, 11), _tube(1, 11)) == 1
    assert iou3dt_voc(_tube(1, 11), _tube(6, 16)) == pytest.approx(5 / 15)
    assert iou3dt_voc(_tube(1, 11), _tube(6, 16, left=5)) == pytest.approx(5 / 15 * (5 / 15))
    assert iou3dt_voc(_tube(1, 11), _tube(6, 16, left=5), spatialonly=True) == pytest.approx(5 / 15)
    assert iou3dt_voc(_tube(1, 5), _tube(6, 16)) == 0
    assert area2d_voc(np.array([[0, 0, 2, 3]])).tolist() == [6]
    assert overlap2d_voc(np.array([[0, 0, 2, 2], [1, 1, 3, 3]]), np.array([0, 0, 2, 2])).tolist() == [4, 1]
    assert iou2d_voc(np.array([[0, 0, 2, 2], [0, 0, 1, 1]]), np.array([0, 0, 2, 2])).tolist() == [1, 0.25]
    assert pr_to_ap_voc(np.array([[1, 0], [1, 0.5], [0.5, 0.5]])) == 0.5


def test_faults_of_the_ground_truth(tmp_path):
    def check(match, **changes):
        with open(tmp_path / 'gt.pkl', 'wb') as file:
            pickle.dump(_truth({0: [_tube(1, 20)]}) | changes, file)
        with pytest.raises(ValueError, match=match):
            read_tubes(str(tmp_path / 'gt.pkl'))

    place = r"gt.pkl: tube 0 of class 0 in video 'v'"
    check(rf'{place}: frames must ascend in \[1, 10\], found 1 to 20', nframes={'v': 10})
    check(rf'{place} must be \(n, 5\).*found shape \(20, 4\)', gttubes={'v': {0: [_tube(1, 20)[:, 1:]]}})
    check(r'class 7 in video .*out of \[0, 2\)', gttubes={'v': {7: [_tube(1, 20)]}})
    check(rf'{place}: the box \[0.0, 0.0, -1.0, 10.0\] of frame 1', gttubes={'v': {0: [_tube(1, 20, width=-1)]}})
    with open(tmp_path / 'gt.pkl', 'wb') as file:
        pickle.dump(dict(labels=[]), file)
    with pytest.raises(ValueError, match='has no gttubes, nframes, train_videos, test_videos, resolution'):
        read_tubes(str(tmp_path / 'gt.pkl'))
