"""``PoseDataset``: splits, filtering, and what it says of annotations that are wrong."""

from __future__ import annotations

import pickle
from argparse import Namespace
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

import mmaction.recipes.pose as p
from mmaction.datasets import PoseDataset
from mmaction.registry import DATASETS

STEPS = [dict(type='UniformSampleFrames', clip_len=4), dict(type='PoseDecode'), dict(type='FormatGCNInput')]


def pose(name: str, label: object = 0, persons: int = 1, frames: int = 5, **changes) -> dict:
    rng = np.random.default_rng(0)
    sample = dict(
        frame_dir=name,
        label=label,
        img_shape=(240, 320),
        original_shape=(240, 320),
        total_frames=frames,
        keypoint=rng.uniform(50, 200, (persons, frames, 17, 2)).astype(np.float16),
        keypoint_score=rng.uniform(0, 1, (persons, frames, 17)).astype(np.float16),
    )
    sample.update(changes)
    return {key: value for key, value in sample.items() if value is not None}


def write(folder: Path, content: object, name: str = 'ann.pkl') -> str:
    (folder / name).write_bytes(pickle.dumps(content))
    return str(folder / name)


def annotation(*samples: dict, **split: list) -> dict:
    return dict(split=split, annotations=list(samples))


def test_takes_the_samples_of_a_split(tmp_path: Path) -> None:
    file = write(tmp_path, annotation(pose('a'), pose('b', 1), pose('c', 2), train=['c', 'a'], test=['b']))
    train = PoseDataset(file, STEPS, split='train')
    assert [train.get_data_info(i)['frame_dir'] for i in range(len(train))] == ['a', 'c']
    assert [PoseDataset(file, STEPS, split='test').get_data_info(0)[key] for key in ('label', 'modality')] == [
        1,
        'Pose',
    ]
    assert len(PoseDataset(file, STEPS)) == 3
    info = train.get_data_info(1)
    assert np.array_equal(info['keypoint'], pose('c', 2)['keypoint']) and info['start_index'] == 0
    assert train[0]['keypoint'].shape == (1, 2, 4, 17, 3)
    assert train.get_cat_ids(1) == [2]


def test_takes_a_plain_list_and_names_by_filename(tmp_path: Path) -> None:
    listed = [pose('a'), pose('b', 1, total_frames=None)]
    dataset = PoseDataset(write(tmp_path, listed), STEPS, data_prefix=dict(video='videos'))
    assert dataset.get_data_info(1)['total_frames'] == 5
    assert dataset.get_data_info(0)['frame_dir'] == 'videos/a'
    named = annotation(pose('x', filename='a.mp4', frame_dir=None), pose('b'), train=['a.mp4'])
    dataset = PoseDataset(write(tmp_path, named), STEPS, split='train', data_root=str(tmp_path))
    assert len(dataset) == 1 and dataset.get_data_info(0)['filename'] == 'a.mp4'


def test_builds_from_a_config_and_repeats(tmp_path: Path) -> None:
    file = write(tmp_path, annotation(pose('a'), pose('b', 1), train=['a'], val=['b']))
    pipelines = p.graph('j', clip_len=6, normalize=p.pixels(240, 320))
    train, val, _ = p.loaders(2, pipelines, file, ('train', 'val'), times=3)
    assert len(DATASETS.build(train['dataset'])) == 3
    packed = DATASETS.build(val['dataset'])[0]
    assert packed['inputs'].shape == (1, 2, 6, 17, 3) and packed['data_samples'].gt_label.item() == 1


def test_valid_ratio_sifts_samples_and_persons(tmp_path: Path) -> None:
    def packed(name: str, valid: int) -> dict:
        rows = np.concatenate([np.full((4, 17, 2), 100.0), np.ones((4, 17, 1))], -1).astype(np.float32)
        score = np.array([0.9, 0.55, 0.65, 0.8])
        return dict(
            frame_dir=name, label=0, total_frames=4, img_shape=(240, 320), keypoint=rows,
            frame_inds=np.array([0, 1, 1, 3]), box_score=score, valid={0.5: 4, 0.6: valid},
        )  # fmt: skip

    file = write(tmp_path, [packed('a', 3), packed('b', 1)])
    steps = [dict(type='DecompressPose')]
    assert len(PoseDataset(file, steps, valid_ratio=0.5)) == 2
    dataset = PoseDataset(file, steps, valid_ratio=0.5, box_thr=0.6)
    assert len(dataset) == 1 and dataset[0]['keypoint'].shape == (1, 3, 17, 2)
    assert PoseDataset(file, steps, box_thr=0.6)[0]['keypoint'].shape == (2, 3, 17, 2)
    with pytest.raises(ValueError, match=r"'a': valid: has no entry for box_thr \(0.7\), only for \[0.5, 0.6\]"):
        PoseDataset(file, steps, valid_ratio=0.5, box_thr=0.7)
    with pytest.raises(ValueError, match=r'no sample has a person of box score 0.6 .* 0.9 of its frames'):
        PoseDataset(file, steps, valid_ratio=0.9, box_thr=0.6)


def test_key_points_may_lie_in_files_of_their_own(tmp_path: Path) -> None:
    outside = pose('a', keypoint=None, keypoint_score=None)
    file = write(tmp_path, annotation(outside, train=['a']))
    rows = np.random.default_rng(0).uniform(0, 1, (5, 17, 3)).astype(np.float16)
    options = dict(split='train', data_prefix=dict(skeleton=str(tmp_path)))
    write(tmp_path, dict(keypoint=rows, frame_inds=np.arange(5)), 'a.pkl')
    got = PoseDataset(file, [dict(type='DecompressPose')], **options)[0]
    assert np.array_equal(got['keypoint'][0], rows[..., :2].astype(np.float32))
    write(tmp_path, dict(keypoint=rows[:3], frame_inds=np.arange(5)), 'a.pkl')
    with pytest.raises(ValueError, match=r'a\.pkl: frame_inds: must have the shape \(3,\), found \(5,\)'):
        PoseDataset(file, STEPS, **options)[0]
    write(tmp_path, dict(keypoint=rows, frame_inds=np.array([0, 2, 1, 3, 4])), 'a.pkl')
    with pytest.raises(ValueError, match=r'a\.pkl: frame_inds: must be ascending'):
        PoseDataset(file, STEPS, **options)[0]
    (tmp_path / 'a.pkl').unlink()
    with pytest.raises(FileNotFoundError, match=r'a\.pkl'):
        PoseDataset(file, STEPS, **options)[0]
    with pytest.raises(ValueError, match=r"UniformSampleFrames.*|PoseDecode, step 2 .* reads 'keypoint'"):
        PoseDataset(file, STEPS)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(keypoint=np.zeros((5, 17, 2))), r'keypoint: must be \(N, joints, 3\)'),
        (dict(keypoint=np.zeros((1, 5, 17, 1))), r'keypoint: must be .*, found shape \(1, 5, 17, 1\)'),
        (dict(keypoint=np.zeros((1, 4, 17, 2))), r'keypoint: has 4 frames .*, total_frames is 5'),
        (dict(keypoint=np.zeros((1, 0, 17, 2))), r'keypoint: has no frames'),
        (dict(keypoint=[[1, 2], [3]]), 'keypoint: must be a NumPy array, found list'),
        (dict(keypoint=[[1, 2]]), r'keypoint: must be .*, found shape \(1, 2\)'),
        (dict(keypoint=np.full((1, 5, 17, 2), 'x')), 'keypoint: must hold numbers, found dtype <U1'),
        (dict(keypoint=np.full((1, 5, 17, 2), np.inf)), 'keypoint: 170 of 170 values are infinite'),
        (dict(keypoint_score=np.zeros((1, 5, 16))), r'keypoint_score: must have .* \(1, 5, 17\), found \(1, 5, 16\)'),
        (dict(label='run'), "label 'run': a sample with a label that is no class index"),
        (dict(label=None), 'label: missing'),
        (dict(label=-1), r'label -1: a sample with the label -1 \(unlabelled\)'),
        (dict(label=9), r'label 9: a sample with a label out of \[0, 3\)'),
        (dict(total_frames=0), 'total_frames: must be an integer of at least 1, found 0'),
        (dict(img_shape=(240,)), r'img_shape: must be \(h, w\) in pixels, found \(240,\)'),
    ],
)  # fmt: skip
def test_a_malformed_sample_is_named_with_its_field(tmp_path: Path, changes: dict, message: str) -> None:
    file = write(tmp_path, [pose('a'), pose(**{'name': 'b', **changes})])
    with pytest.raises(ValueError, match=message) as error:
        PoseDataset(file, STEPS, num_classes=3, annotation_checks='raise')
    assert str(error.value).startswith((f'{file}, sample 1', f'{file}, b: label'))


@pytest.mark.parametrize(
    ('content', 'split', 'message'),
    [
        (dict(samples=[]), None, r"must hold \{'split': .* found a dict of samples"),
        (5, None, 'found int'),
        ([], None, 'holds no samples'),
        ([pose('a')], 'train', r"split \('train'\) is not in .* it is a plain list"),
        (annotation(pose('a'), val=['a']), 'train', r"split \('train'\) is not in .* which has \['val'\]"),
        (annotation(pose('a'), train=['b']), 'train', r"none of the 1 names of split 'train' \(e.g. 'b'\)"),
        ([3], None, 'sample 0: sample: must be a dict, found int'),
        ([dict(path=Namespace())], None, r'cannot be read as a pickle: it holds an object of type argparse\.Namespace'),
    ],
)
def test_a_malformed_file_is_named(tmp_path: Path, content: object, split: str | None, message: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(ValueError, match=message) as error:
        PoseDataset(file, STEPS, split=split)
    assert file in str(error.value)


def test_labels_of_a_subclass(tmp_path: Path) -> None:
    class TwoLabels(PoseDataset):
        def load_data_list(self) -> list[dict]:
            records = super().load_data_list()
            for record in records:
                record['label'] = record['upper'] * 3 + record['lower']
            return records

    samples = [pose(str(i), label=None, upper=i % 2, lower=i % 3) for i in range(6)]
    file = write(tmp_path, samples)
    assert [record['label'] for record in TwoLabels(file, STEPS, serialize_data=False).data_list] == [0, 4, 2, 3, 1, 5]
    assert TwoLabels(file, STEPS, test_mode=True).get_data_info(1)['label'] == 4
    with pytest.raises(ValueError, match=r"sample 0 \('0'\): label: missing"):
        PoseDataset(file, STEPS, annotation_checks='raise')
    assert 'label' not in PoseDataset(file, STEPS).get_data_info(1)
    assert PoseDataset(file, STEPS, test_mode=True).get_data_info(1)['label'] == -1


def test_a_subclass_may_relax_the_checks(tmp_path: Path) -> None:
    class AnyShape(PoseDataset):
        def check(self, sample: dict):
            return (problem for problem in super().check(sample) if problem.field != 'img_shape')

    file = write(tmp_path, [pose('a', img_shape='wide')])
    assert AnyShape(file, STEPS, annotation_checks='raise').get_data_info(0)['img_shape'] == 'wide'
    with pytest.raises(ValueError, match=r"img_shape: must be \(h, w\) in pixels, found 'wide'"):
        PoseDataset(file, STEPS, annotation_checks='raise')


def test_entries_that_are_none_are_absent(tmp_path: Path) -> None:
    sample = dict(pose('a'), total_frames=None, img_shape=None, keypoint_score=None)
    info = PoseDataset(write(tmp_path, [sample]), STEPS).get_data_info(0)
    assert info['total_frames'] == 5
    assert not {'img_shape', 'keypoint_score'} & set(info)
    with pytest.raises(ValueError, match='keypoint: missing'):
        PoseDataset(write(tmp_path, [dict(sample, keypoint=None)]), STEPS, annotation_checks='raise')


@pytest.mark.parametrize(
    ('changes', 'kind'),
    [
        (dict(label=0.7), 'with a label that is no class index (b: label 0.7)'),
        (dict(label=np.array([0.2, 0.8])), 'with a label that is no class index (b: label array([0.2, 0.8]))'),
        (dict(label=-1), 'with the label -1 (unlabelled) (b: label -1)'),
        (dict(label=7), 'with a label out of [0, 3) (b: label 7)'),
        (dict(total_frames=9), "of another length than total_frames (sample 1 ('b'): keypoint: has 5 frames"),
        (dict(total_frames=3), "of another length than total_frames (sample 1 ('b'): keypoint: has 5 frames"),
        (dict(img_shape=(240.5, 320)), 'with an unusual img_shape'),
        (dict(keypoint=np.full((1, 5, 17, 2), np.inf)), 'with infinite joints'),
        (dict(total_frames='many'), 'without a number of frames'),
    ],
)
def test_unusual_samples_are_used_and_counted(tmp_path: Path, log, changes: dict, kind: str) -> None:
    file = write(tmp_path, [pose('a'), pose(**{'name': 'b', **changes})])
    dataset = PoseDataset(file, STEPS, num_classes=3)
    assert f'1 samples {kind}' in log.text and len(log.records) == 1
    assert dataset[1]['keypoint'].shape == (1, 2, 4, 17, 3)
    assert dataset.get_data_info(1)['total_frames'] == (3 if changes.get('total_frames') == 3 else 5)
    if 'label' in changes:
        assert np.array_equal(dataset.get_data_info(1)['label'], changes['label'])
    log.clear()
    PoseDataset(file, STEPS, num_classes=3, annotation_checks='off')
    assert not log.records


def test_usable_values_are_converted(tmp_path: Path, log) -> None:
    plain = pose('a', keypoint=np.ones((1, 5, 17, 2), np.float32))
    score = plain['keypoint_score']
    others = [
        dict(keypoint=plain['keypoint'].tolist()),
        dict(keypoint=torch.ones(1, 5, 17, 2), label=torch.tensor(0)),
        dict(keypoint_score=score[..., None]),
        dict(total_frames=5.0, img_shape=(240, 320, 3), original_shape=[240.0, 320.0], label=np.array([0])),
        dict(frame_dir=Path('a')),
        dict(meta=defaultdict(list, when=[date(2020, 1, 2)], fps=Fraction(30000, 1001), folder=Path('x'))),
    ]
    dataset = PoseDataset(write(tmp_path, [{**plain, **other} for other in others]), STEPS)
    assert not log.records
    first = dataset.get_data_info(0)
    for i in range(len(dataset)):
        info = dataset.get_data_info(i)
        assert info['frame_dir'] == 'a' and info['label'] == 0 and info['total_frames'] == 5
        assert info['img_shape'] == info['original_shape'] == (240, 320)
        assert np.array_equal(info['keypoint'], first['keypoint']) and info['keypoint'].dtype == np.float32
        assert np.array_equal(info['keypoint_score'], score)
    assert dataset.get_data_info(5)['meta']['fps'] == Fraction(30000, 1001)


def test_keypoints_of_an_own_loader(tmp_path: Path, log) -> None:
    def load(results: dict) -> dict:
        return {**results, **{key: pose('a')[key] for key in ('keypoint', 'keypoint_score', 'total_frames')}}

    file = write(tmp_path, [dict(frame_dir='a', label=1)])
    assert PoseDataset(file, [load, *STEPS])[0]['keypoint'].shape == (1, 2, 4, 17, 3)
    assert '1 samples without keypoints' in log.text


def test_label_facts(tmp_path: Path) -> None:
    labels = (3, [1, 5], -1, 'run', None)
    dataset = PoseDataset(write(tmp_path, [pose(str(i), label) for i, label in enumerate(labels)]), STEPS)
    facts = dataset.label_facts
    assert (facts.lowest, facts.highest, facts.unlabelled) == (1, 5, 2)


def test_box_thr_may_be_none_without_valid_ratio(tmp_path: Path) -> None:
    file = write(tmp_path, [pose('a')])
    assert len(PoseDataset(file, STEPS, box_thr=None, valid_ratio=None)) == 1
    with pytest.raises(ValueError, match=r'valid_ratio \(0\.5\) needs box_thr'):
        PoseDataset(file, STEPS, box_thr=None, valid_ratio=0.5)
    with pytest.raises(ValueError, match=r"box_thr \('0\.5'\) must be at least 0"):
        PoseDataset(file, STEPS, box_thr='0.5')


def test_joints_with_further_features(tmp_path: Path) -> None:
    sample = pose('a', keypoint=np.random.default_rng(0).uniform(0, 1, (1, 5, 17, 4)), keypoint_score=None)
    steps = [dict(type='GenSkeFeat', dataset='coco', feats=['j', 'b']), *STEPS]
    assert PoseDataset(write(tmp_path, [sample]), steps)[0]['keypoint'].shape == (1, 2, 4, 17, 8)


def test_unreadable_files(tmp_path: Path) -> None:
    file = write(tmp_path, [pose('a')])
    Path(file).write_bytes(Path(file).read_bytes()[:100])
    with pytest.raises(ValueError, match=r'ann\.pkl cannot be read as a pickle'):
        PoseDataset(file, STEPS)
    with pytest.raises(FileNotFoundError, match=r'There is no file .*none\.pkl'):
        PoseDataset(str(tmp_path / 'none.pkl'), STEPS)
    with pytest.raises(ValueError, match=r"ann_file \('a.json'\) must be a pickle"):
        PoseDataset('a.json', STEPS)
    with pytest.raises(ValueError, match=r'box_thr \(5\) must be in 0\.\.1'):
        PoseDataset(file, STEPS, box_thr=5)


class Evil:
    def __reduce__(self):
        return exec, ('raise SystemExit("ran")',)


def test_a_pickle_cannot_run_code(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'type builtins\.exec'):
        PoseDataset(write(tmp_path, [Evil()]), STEPS)


@pytest.mark.parametrize('protocol', range(2, 6))
def test_pickles_of_any_age_are_read(tmp_path: Path, protocol: int) -> None:
    (tmp_path / 'ann.pkl').write_bytes(pickle.dumps([pose('a', label=np.int64(1))], protocol=protocol))
    assert PoseDataset(str(tmp_path / 'ann.pkl'), STEPS).get_data_info(0)['label'] == 1
    old = (tmp_path / 'ann.pkl').read_bytes().replace(b'numpy._core', b'numpy.core')
    if protocol == 2:  # later ones hold the length of the name
        (tmp_path / 'ann.pkl').write_bytes(old)
        assert PoseDataset(str(tmp_path / 'ann.pkl'), STEPS).get_data_info(0)['keypoint'].shape == (1, 5, 17, 2)


def test_odd_samples_are_defined_and_counted(tmp_path: Path, log) -> None:
    broken = pose('nan')
    broken['keypoint'][0, 1, 2] = np.nan
    file = write(
        tmp_path, annotation(broken, pose('empty', persons=0), pose('one', frames=1), t=['nan', 'empty', 'one', 'x'])
    )
    dataset = PoseDataset(file, STEPS, split='t', test_mode=True)
    assert "1 samples without persons (sample 1 ('empty'): keypoint: has no persons (shape (0, 5, 17, 2)))" in log.text
    assert '1 samples with joints that are not numbers (NaN)' in log.text
    assert "1 samples of split 't' are missing, e.g. 'x'" in log.text
    assert np.isfinite(dataset[0]['keypoint']).all() and not dataset[1]['keypoint'].any()
    assert (dataset[2]['keypoint'] == dataset[2]['keypoint'][:, :, :1]).all() and dataset[2]['keypoint'].any()


def test_labels_may_be_several_or_unknown(tmp_path: Path) -> None:
    file = write(tmp_path, [pose('a', label=[0, 2])])
    dataset = PoseDataset(file, STEPS, multi_class=True, num_classes=4)
    assert dataset.get_data_info(0)['label'].tolist() == [1, 0, 1, 0]
    file = write(tmp_path, [{k: v for k, v in pose('a').items() if k != 'label'}])
    assert PoseDataset(file, STEPS, test_mode=True).get_data_info(0)['label'] == -1


def test_a_fault_in_the_pipeline_names_the_sample(tmp_path: Path) -> None:
    file = write(tmp_path, [pose('a'), pose('b')])
    dataset = PoseDataset(file, [dict(type='GenSkeFeat', dataset='openpose', feats=['b'])])
    with pytest.raises(ValueError, match=r'keypoint has 17 joints .*sample 1: b \(.*ann\.pkl\)'):
        dataset[1]
