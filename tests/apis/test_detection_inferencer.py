"""``DetectionInferencer`` on a video whose answers are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from colour_detector import draw_video, person_boxes, write_model

from mmaction.apis import DetectionInferencer
from mmaction.inference.detect import Steps
from mmaction.registry import INFERENCERS
from mmaction.utils.ava_files import read_box_table
from mmaction.video import open_video, write_frames


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """A model, a video ``walk.mp4`` of three persons, and a folder with the boxes of two of them."""
    folder = tmp_path_factory.mktemp('made')
    write_model(folder)
    boxes = person_boxes()
    write_frames(folder / 'walk.mp4', draw_video(boxes), fps=16)
    lines = []
    for number, name in enumerate(('red', 'green'), 1):
        for frame, (x1, y1, x2, y2) in enumerate(boxes[name], 1):
            lines.append(f'{frame},{number},{x1},{y1},{x2 - x1},{y2 - y1},0.9\n')
    (folder / 'boxes').mkdir()
    (folder / 'boxes' / 'walk.txt').write_text(''.join(lines))
    return folder


@pytest.fixture(scope='module')
def inferencer(made):
    return DetectionInferencer(
        str(made / 'colour.py'), made / 'colour.pth', 'cpu', made / 'labels.txt', made / 'boxes', steps=Steps(16)
    )


def test_tracks_files_and_video(inferencer, made, tmp_path):
    results = inferencer(
        made / 'walk.mp4',
        vid_out_dir=str(tmp_path / 'drawn'),
        pred_out_file=str(tmp_path / 'walk.json'),
        csv_out_dir=str(tmp_path),
        return_vis=True,
        short_side=96,
    )
    (prediction,) = results['predictions']
    best = {
        track['track_id']: {seen['actions'][0]['label'] for seen in track['boxes']} for track in prediction['tracks']
    }
    assert best == {1: {'red'}, 2: {'green'}}  # the numbers of the file
    assert json.loads((tmp_path / 'walk.json').read_text()) == {'predictions': [json.loads(json.dumps(prediction))]}
    table = read_box_table(str(tmp_path / 'walk.csv'))
    assert sorted(set(table.timestamp.tolist())) == [0, 1, 2] and table.videos == ['walk']
    assert results['visualization'][0].shape == (48, 96, 160, 3)
    with open_video(tmp_path / 'drawn' / 'walk.mp4') as reader:
        assert (len(reader), reader.avg_fps, reader.size) == (48, 16, (96, 160))


def test_data_samples_and_plain_frames(inferencer, made):
    results = inferencer([made / 'walk.mp4'], return_datasamples=True, return_vis=True, draw_pred=False, short_side=96)
    assert [key_frame.frame for key_frame in results['predictions'][0].key_frames] == [0, 16, 32]
    with open_video(made / 'walk.mp4') as reader:
        assert np.array_equal(results['visualization'][0], reader.get_frames(range(48)))


def test_it_is_registered_and_names_what_is_wrong(made, recognizer, rec_config, rec_checkpoint):
    assert INFERENCERS.get('action-detection') is INFERENCERS.get('DetectionInferencer') is DetectionInferencer
    with pytest.raises(ValueError, match='an action detector needs the clip around a key frame'):
        DetectionInferencer(rec_config, rec_checkpoint, 'cpu')
    without = DetectionInferencer(str(made / 'colour.py'), 'random', 'cpu', persons=made / 'none')
    with pytest.raises(FileNotFoundError, match=r'There is no file of boxes at .*none'):
        without(made / 'walk.mp4')
    empty = DetectionInferencer(str(made / 'colour.py'), 'random', 'cpu', persons=made)
    with pytest.raises(FileNotFoundError, match=r'There are no boxes of walk in .*: expected one of walk\{\.json,'):
        empty(made / 'walk.mp4')
