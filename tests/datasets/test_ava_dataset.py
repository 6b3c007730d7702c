"""AVA's datasets: records, proposals and real pipelines; and each fault of an annotation, named with its line."""

from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest

from mmaction.datasets import AVADataset, AVAKineticsDataset
from mmaction.registry import DATASETS
from mmaction.video import write_video

PERSON = '0.1,0.2,0.5,0.9'
OTHER = '0.5,0.1,0.9,0.8'
# Two persons in one frame, the first with two actions; a frame of another video; and an excluded one.
LINES = [
    f'one,0902,{PERSON},12,0',
    f'one,0902,{OTHER},4,1',
    f'one,0902,{PERSON},80,0',
    f'two,0903,{OTHER},12,3',
    f'two,0904,{OTHER},12,3',
]
LABELS = ''.join(f'item {{\n  name: "class {label}"\n  id: {label}\n}}\n' for label in (4, 12, 80))
PROPOSALS = {
    'one,0902': np.array([[0.1, 0.2, 0.5, 0.9, 0.95], [0.5, 0.1, 0.9, 0.8, 0.91], [0, 0, 0.3, 0.3, 0.5]]),
    'two,0903': np.array([[0.5, 0.1, 0.9, 0.8, 0.3], [0.4, 0.1, 0.9, 0.8, 0.2]]),
}


@pytest.fixture
def make(tmp_path):
    """Write the files of a set and build a dataset of them."""

    def make(lines=LINES, proposals=PROPOSALS, pipeline=(), cls=AVADataset, **settings):
        (tmp_path / 'train.csv').write_text(''.join(f'{line}\n' for line in lines))
        (tmp_path / 'excluded.csv').write_text('two,0904\n')
        (tmp_path / 'labels.pbtxt').write_text(LABELS)
        if proposals is not None:
            with open(tmp_path / 'proposals.pkl', 'wb') as file:
                pickle.dump(proposals, file)
            settings.setdefault('proposal_file', 'proposals.pkl')
        settings = dict(exclude_file='excluded.csv', label_file='labels.pbtxt', data_root=str(tmp_path)) | settings
        return cls(ann_file='train.csv', pipeline=list(pipeline), **settings)

    return make


def test_records(make, tmp_path):
    dataset = make(data_prefix=dict(img='frames'))
    assert len(dataset) == 2
    first, second = dataset.load_data_list()
    assert first['frame_dir'] == str(tmp_path / 'frames' / 'one')
    assert (first['video_id'], first['timestamp'], first['img_key']) == ('one', 902, 'one,0902')
    assert (first['fps'], first['shot_info']) == (30, (0, 27000))
    ann = first['ann']
    assert ann['gt_bboxes'].tolist() == [[0.1, 0.2, 0.5, 0.9], [0.5, 0.1, 0.9, 0.8]]
    assert ann['gt_labels'].shape == (2, 81)
    assert [np.flatnonzero(row).tolist() for row in ann['gt_labels']] == [[12, 80], [4]]
    assert ann['entity_ids'].tolist() == [0, 1]
    assert second['img_key'] == 'two,0903'


def test_sample_has_the_keys_of_mmaction2(make):
    info = make().get_data_info(0)
    keys = 'frame_dir video_id timestamp img_key shot_info fps filename_tmpl timestamp_start timestamp_end proposals'
    keys += ' scores gt_bboxes gt_labels entity_ids start_index modality sample_idx box_unit'
    assert set(info) == set(keys.split())
    assert (info['start_index'], info['filename_tmpl'], info['modality']) == (1, 'img_{:05}.jpg', 'RGB')
    assert (info['timestamp_start'], info['timestamp_end']) == (900, 1800)


def test_proposals_by_score(make):
    dataset = make()
    info = dataset.get_data_info(0)
    assert info['proposals'].tolist() == PROPOSALS['one,0902'][:2, :4].tolist()
    assert info['scores'].tolist() == [0.95, 0.91]
    # Nobody reaches the threshold: the best one stays.
    assert dataset.get_data_info(1)['scores'].tolist() == [0.3]
    assert make(num_max_proposals=1).get_data_info(0)['scores'].tolist() == [0.95]
    boxes = {key: value[:, :4] for key, value in PROPOSALS.items()}
    info = make(proposals=boxes).get_data_info(0)
    assert len(info['proposals']) == 3
    assert 'scores' not in info
    assert 'proposals' not in make(proposals=None).get_data_info(0)


def test_frame_without_proposals_is_one(make, log):
    dataset = make(proposals={'one,0902': PROPOSALS['one,0902'], 'three,0001': np.zeros((0, 5))})
    info = dataset.get_data_info(1)
    assert info['proposals'].tolist() == [[0, 0, 1, 1]]
    assert info['scores'].tolist() == [1]
    assert 'no proposals for 1 of 2 annotated frames (two,0903): the whole frame is used' in log.text
    assert '1 keys of videos without annotation, which match nothing (three,0001)' in log.text


@pytest.mark.parametrize('key', ['two,903', 'two.mp4,0903', 'videos/two,0903', 'two,903.0'])
def test_keys_that_differ_in_spelling_are_named(make, key):
    with pytest.raises(ValueError, match=rf"proposals.pkl: the key '{key}' matches no .* but 'two,0903' would"):
        len(make(proposals={'one,0902': PROPOSALS['one,0902'], key: PROPOSALS['two,0903']}))


def test_videos_of_one_name_in_two_folders_are_two(make):
    lines = [f'a/two,0903,{OTHER},12,3', f'a/one,0902,{OTHER},12,3']
    proposals = {'a/one,0902': PROPOSALS['one,0902'], 'b/two,0903': PROPOSALS['two,0903']}
    assert len(make(lines, proposals)) == 2


def test_custom_classes(make):
    dataset = make(custom_classes=[80, 12], num_classes=3)
    labels = dataset.get_data_info(0)['gt_labels']
    assert labels.tolist() == [[0, 1, 1]]  # 80 becomes 1 and 12 becomes 2; the person with class 4 is left out
    assert dataset.get_cat_ids(0) == [1, 2]
    with pytest.raises(ValueError, match=r'custom_classes \[7\] are not in .*labels.pbtxt, which has \[4, 12, 80\]'):
        len(make(custom_classes=[7, 12], num_classes=3))
    with pytest.raises(ValueError, match=r'num_classes \(81\) must be 3'):
        make(custom_classes=[80, 12])


def test_single_labels(make):
    lines = [f'one,902,{PERSON},12,0', f'one,902,{OTHER},4,0']
    assert make(lines, multilabel=False).get_data_info(0)['gt_labels'].tolist() == [[12], [4]]
    with pytest.raises(ValueError, match=r'train.csv, line 2: a box has 1 labels, others 2.*set multilabel=True'):
        len(make(multilabel=False))


@pytest.mark.parametrize('multilabel', [True, False])
def test_a_loader_of_the_users_own_merges_the_lines_of_a_frame(make, multilabel):
    class Own(AVADataset):
        def load_data_list(self):
            box = np.array([0.1, 0.2, 0.5, 0.9])
            lines = [(box, 12, 7), (box / 2, 4, 8), (box, 80, 7)][: 3 if self.multilabel else 2]
            records = [dict(entity_box=box, label=label, entity_id=entity) for box, label, entity in lines]
            boxes, labels, ids = self.parse_img_record(records)
            ann = dict(gt_bboxes=boxes, gt_labels=labels, entity_ids=ids)
            return [dict(frame_dir='one', img_key='one,0902', ann=ann)]

    info = make(proposals=None, cls=Own, multilabel=multilabel).get_data_info(0)
    np.testing.assert_allclose(info['gt_bboxes'], [[0.1, 0.2, 0.5, 0.9], [0.05, 0.1, 0.25, 0.45]])
    assert info['entity_ids'].tolist() == [7, 8]
    if multilabel:
        assert info['gt_labels'].shape == (2, 81) and info['gt_labels'].dtype == np.float32
        assert [np.flatnonzero(row).tolist() for row in info['gt_labels']] == [[12, 80], [4]]
    else:
        assert info['gt_labels'].tolist() == [[12], [4]]


# --- pipelines ------------------------------------------------------------------------------------------------------
DETECTION = [
    dict(type='Resize', scale=(-1, 48)),
    dict(type='RandomCrop', size=32),
    dict(type='Flip', flip_ratio=1),
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackActionInputs'),
]


def _frame(number):
    """A grey frame whose brightness is its number."""
    return np.full((24, 32, 3), 4 * number, np.uint8)


def test_frames_of_a_folder(make, tmp_path):
    for video in ('one', 'two'):
        (tmp_path / video).mkdir()
        for number in range(1, 41):
            cv2.imwrite(str(tmp_path / video / f'img_{number:05}.jpg'), _frame(number))
    sampler = dict(type='SampleAVAFrames', clip_len=4, frame_interval=2, test_mode=True)
    steps = [sampler, dict(type='RawFrameDecode'), *DETECTION]
    dataset = make(pipeline=steps, timestamp_end=904, fps=10, data_prefix=dict(img='.'))
    np.random.seed(0)
    sample = dataset[0]
    clip = sample['inputs'].numpy()
    assert clip.shape == (3, 4, 32, 32)
    # timestamp 902: 20 frames after the first, whose number counts twice in MMAction2
    assert (clip.mean(axis=(0, 2, 3)) / 4).round().tolist() == [18, 20, 22, 24]
    data = sample['data_samples']
    assert data.gt_instances.bboxes.shape == (2, 4)
    assert data.gt_instances.labels.shape == (2, 81)
    assert data.proposals.bboxes.shape == (2, 4)
    # Boxes and proposals of the same persons went through the same crop and mirror.
    np.testing.assert_allclose(data.gt_instances.bboxes, data.proposals.bboxes)
    meta = data.metainfo
    assert (meta['img_key'], meta['video_id'], meta['timestamp']) == ('one,0902', 'one', 902)
    assert meta['img_shape'] == (32, 32)


def test_video_files_in_pixels(make, tmp_path):
    for video in ('one', 'two'):
        write_video(tmp_path / f'{video}.mp4', np.stack([_frame(number) for number in range(50)]), fps=10)
    lines = ['one,2,8,6,16,18,1,0', 'two,3,0,0,32,24,2,0']
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleAVAFrames', clip_len=2, frame_interval=4, test_mode=True),
        dict(type='DecordDecode'),
        dict(type='PackActionInputs'),
    ]
    settings = dict(use_frames=False, video_ext='.mp4', start_index=0, timestamp_start=0, label_file=None)
    settings |= dict(data_prefix=dict(video='.'), num_classes=3, box_unit='pixels', exclude_file=None)
    dataset = make(lines, {'one,0002': np.array([[8, 6, 16, 18.0]])}, steps, fps=10, **settings)
    sample = dataset[0]
    assert sample['inputs'].float().mean(dim=(1, 2, 3)).round().tolist() == pytest.approx([4 * 16, 4 * 20], abs=3)
    assert sample['data_samples'].gt_instances.bboxes.tolist() == [[8, 6, 16, 18]]
    assert dataset[1]['data_samples'].proposals.bboxes.tolist() == [[0, 0, 32, 24]]  # the whole frame
    assert dataset.get_data_info(0)['shot_info'] is None

    wrong = make(lines, None, steps, fps=25, **settings)
    with pytest.raises(ValueError, match=r'one has 10 frames a second, but fps .* is 25.*\(sample 0: .*csv, line 1'):
        wrong[0]
    late = make(['one,2,8,6,16,18,1,0', 'two,30,0,0,32,24,2,0'], None, steps, fps=10, **settings)
    with pytest.raises(ValueError, match=r'timestamp 30 is outside of two: it is frame 300 of 50.*train.csv, line 2'):
        late[1]


# --- AVA-Kinetics ---------------------------------------------------------------------------------------------------
def test_kinetics_clips_and_videos_of_ava(make):
    lines = [f'a_b-c_d-e_f_000012_000022,0017,{PERSON},12,-1', f'-5KQ66BBWC4,0902,{PERSON},12,0']
    proposals = {'a_b-c_d-e_f,0017': np.array([[0, 0, 0.5, 0.5, 1]]), '-5KQ66BBWC4,0902': np.array([[0, 0, 1, 1, 1]])}
    dataset = make(lines, proposals, cls=AVAKineticsDataset)
    clip, video = (dataset.get_data_info(i) for i in range(2))
    assert (clip['timestamp_start'], clip['timestamp_end'], clip['shot_info']) == (12, 22, (1, 301))
    assert clip['img_key'] == 'a_b-c_d-e_f_000012_000022,0017'
    assert clip['proposals'].tolist() == [[0, 0, 0.5, 0.5]]
    assert (video['timestamp_start'], video['timestamp_end'], video['shot_info']) == (900, 1800, (1, 27001))
    assert (clip['start_index'], video['start_index']) == (0, 0)
    with pytest.raises(ValueError, match=r'line 1: timestamp 23 is outside of the video .* begins at 12 .* ends at 22'):
        len(make([lines[0].replace('0017', '0023')], None, cls=AVAKineticsDataset))
    assert DATASETS.get('AVAKineticsDataset') is AVAKineticsDataset

    class Late(AVAKineticsDataset):
        def get_timestamp(self, video_id):
            return tuple(second + 1 for second in super().get_timestamp(video_id))

    assert make(lines, proposals, cls=Late).get_data_info(0)['timestamp_start'] == 13


# --- faults ---------------------------------------------------------------------------------------------------------
def _planted(line, place=3):
    lines = list(LINES)
    lines[place] = line
    return dict(lines=lines)


FAULTS = {
    'box outside of the frame': (
        _planted('two,0903,0.5,0.1,1.2,0.8,12,3'),
        r'train.csv, line 4: the box \[0.5, 0.1, 1.2, 0.8\] is outside of the frame.*must be in \[0, 1\]: divide x by',
    ),
    'box in pixels': (
        dict(lines=[line.replace(PERSON, '10,20,50,90') for line in LINES]),
        r'line 1: the box \[10.0, 20.0, 50.0, 90.0\].*set box_unit="pixels".*wrong 1 more times',
    ),
    'corner and size': (
        _planted('two,0903,0.5,0.6,0.2,0.2,12,3'),
        r'line 4: the box .* must have x1 <= x2 and y1 <= y2. It is two corners',
    ),
    'class 0': (_planted(f'two,0903,{OTHER},0,3'), r'line 4: label 0 is the background.*Add 1 to all labels'),
    'unknown class': (
        _planted(f'two,0903,{OTHER},81,3'),
        r'line 4: label 81 is out of \[1, 81\). Correct the label, or num_classes \(81\)',
    ),
    'timestamp outside of the video': (
        _planted(f'two,0103,{OTHER},12,3'),
        r"line 4: timestamp 103 is outside of the video 'two', which begins at 900 .* and ends at 1800",
    ),
    'no number': (_planted(f'two,903 s,{OTHER},12,3'), r"line 4: .*timestamp \('903 s'\) is not a whole number"),
    'proposals under other keys': (
        dict(proposals={f'{key}.jpg': value for key, value in PROPOSALS.items()}),
        r"proposals.pkl: none of the 2 keys matches .* It has e.g. 'one,0902.jpg', the annotation 'one,0902'",
    ),
    'a proposal under a misspelt key': (
        dict(proposals={'one,0902': PROPOSALS['one,0902'], 'two.mp4,903': PROPOSALS['two,0903']}),
        r"proposals.pkl: the key 'two.mp4,903' matches no annotated frame, but 'two,0903' would",
    ),
    'proposals in pixels': (
        dict(proposals={'one,0902': PROPOSALS['one,0902'] * 100}),
        r"proposals.pkl, key 'one,0902': the proposal \[10.0, 20.0, 50.0, 90.0\] is outside of the frame",
    ),
    'proposals of another form': (
        dict(proposals={'one,0902': np.zeros(5)}),
        r"proposals.pkl, key 'one,0902': proposals must be \(n, 4\) or \(n, 5\), found shape \(5,\)",
    ),
    'pixels that are none': (
        dict(box_unit='pixels', proposals=None),
        r'train.csv: all boxes are in \[0, 1\], but box_unit is "pixels"',
    ),
    'header': (dict(lines=['video,t,x1,y1,x2,y2,label,id', *LINES]), r'train.csv, line 1: .*Delete a header line'),
    'nothing': (dict(lines=[]), r'train.csv has no annotated box'),
}


@pytest.mark.parametrize('name', FAULTS)
def test_fault_is_named_with_its_line(make, name):
    settings, fault = FAULTS[name]
    with pytest.raises(ValueError, match=fault):
        len(make(**settings))


def test_wrong_clock_of_a_folder_of_frames(make, tmp_path):
    (tmp_path / 'one').mkdir()
    for number in range(1, 100):
        (tmp_path / 'one' / f'img_{number:05}.jpg').touch()
    settings = dict(data_prefix=dict(img='.'), timestamp_end=910)
    len(make(fps=10, **settings))
    with pytest.raises(
        ValueError, match=r'line 1: timestamp 902 is frame img_00200.jpg, which .*one does not have'
    ) as e:
        len(make(fps=99, **settings))
    for part in ('timestamp_start (900)', 'fps (99)', 'start_index (1)', "filename_tmpl ('img_{:05}.jpg')"):
        assert part in str(e.value)


def test_checks_can_be_switched_off(make):
    settings, _ = FAULTS['class 0']
    assert len(make(annotation_checks='off', **settings)) == 2
    settings, _ = FAULTS['unknown class']  # for which there is no place
    with pytest.raises(ValueError, match=r'train.csv, line 4: label 81 is out of \[0, 81\)'):
        len(make(annotation_checks='off', **settings))


def test_clean_set_passes_with_checks_that_raise(make):
    assert len(make(annotation_checks='raise', data_prefix=dict(img='.'))) == 2


def test_missing_files_are_named(make):
    with pytest.raises(FileNotFoundError, match=r'There is no file .*nowhere.csv .*Correct exclude_file'):
        len(make(exclude_file='nowhere.csv'))
    with pytest.raises(FileNotFoundError, match=r'nowhere.pkl'):
        len(make(proposal_file='nowhere.pkl'))
    with pytest.raises(ValueError, match=r'fps \(0\) must be positive'):
        make(fps=0)
