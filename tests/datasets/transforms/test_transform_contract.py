"""Roles and keys of the transforms: what is declared, what the check of a pipeline finds, and subclasses of users."""

from __future__ import annotations

import pickle
from pathlib import Path

import mmcv.transforms
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import Compose

from mmaction.datasets import PoseDataset, RepeatAugDataset, VideoDataset
from mmaction.datasets.transforms import (
    DecordDecode,
    DecordInit,
    Flip,
    FormatShape,
    PackActionInputs,
    PadTo,
    RawFrameDecode,
    Resize,
    SampleFrames,
)
from mmaction.datasets.transforms.base import BaseTransform, Role
from mmaction.datasets.transforms.contract import check_pipeline, flatten, medium_of, opens_video, role_of, step_name
from mmaction.datasets.transforms.sampling import Sampler
from mmaction.registry import TRANSFORMS

VIDEO = ('filename', 'label', 'modality', 'start_index')
# Configs of the 0.x line register steps of their own, outside mmaction.datasets.
OURS = sorted(
    {cls for cls in TRANSFORMS.module_dict.values() if cls.__module__.startswith('mmaction.datasets.')},
    key=lambda cls: cls.__name__,
)


def build(*steps: dict | BaseTransform) -> list:
    return [TRANSFORMS.build(step) if isinstance(step, dict) else step for step in steps]


# --- declarations -----------------------------------------------------------------------------------------------------
def test_every_registered_transform_declares_a_role() -> None:
    assert len(OURS) >= 69
    assert [cls.__name__ for cls in OURS if cls.role not in Role.__args__] == []
    samplers = {cls.__name__ for cls in OURS if cls.role == 'sample'}
    assert samplers == {
        'DenseSampleFrames',
        'MMUniformSampleFrames',
        'SampleAVAFrames',
        'SampleFrames',
        'UniformSample',
        'UniformSampleFrames',
        'UntrimmedSampleFrames',
    }
    assert all(issubclass(cls, Sampler) for cls in OURS if cls.role == 'sample')


class Recording(dict):
    """A sample that keeps which of its keys were read and written."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.read: set[str] = set()
        self.written: set[str] = set()

    def __getitem__(self, key):
        self.read.add(key)
        return super().__getitem__(key)

    def __setitem__(self, key, value) -> None:
        self.written.add(key)
        super().__setitem__(key, value)

    def update(self, *args, **kwargs) -> None:
        for key, value in dict(*args, **kwargs).items():
            self[key] = value


def pixels() -> dict:
    return dict(imgs=np.zeros((4, 32, 40, 3), np.uint8), img_shape=(32, 40), num_clips=1, clip_len=4, modality='RGB')


def pose() -> dict:
    rng = np.random.RandomState(0)
    keypoint = (rng.rand(1, 12, 17, 2) * 30 + 5).astype(np.float32)
    return dict(keypoint=keypoint, keypoint_score=np.ones((1, 12, 17), np.float32), total_frames=12, img_shape=(40, 50))


@pytest.mark.parametrize(
    'step, sample',
    [
        (dict(type='SampleFrames', clip_len=4), dict(total_frames=9, start_index=0)),
        (dict(type='DenseSampleFrames', clip_len=4), dict(total_frames=9, start_index=0)),
        (dict(type='UniformSample', clip_len=4), dict(total_frames=9, start_index=0)),
        (dict(type='UniformSampleFrames', clip_len=4), dict(total_frames=9)),
        (dict(type='UntrimmedSampleFrames', clip_len=4), dict(total_frames=9, start_index=0)),
        (dict(type='MMUniformSampleFrames', clip_len=dict(RGB=2, Pose=4)), dict(total_frames=9)),
        (
            dict(type='SampleAVAFrames', clip_len=4),
            dict(fps=5, timestamp=3, timestamp_start=1, total_frames=90, start_index=0),
        ),
        (dict(type='ArrayDecode'), dict(array=np.zeros((9, 8, 8, 3), np.uint8), frame_inds=np.arange(4))),
        (dict(type='Resize', scale=(20, 16), keep_ratio=False), pixels()),
        (dict(type='RandomRescale', scale_range=(16, 20)), pixels()),
        (dict(type='RandomCrop', size=16), pixels()),
        (dict(type='RandomResizedCrop'), pixels()),
        (dict(type='MultiScaleCrop', input_size=16), pixels()),
        (dict(type='CenterCrop', crop_size=16), pixels()),
        (dict(type='ThreeCrop', crop_size=32), pixels()),
        (dict(type='TenCrop', crop_size=16), pixels()),
        (dict(type='Flip', flip_ratio=1), {**pixels(), 'label': 0}),
        (dict(type='ColorJitter'), pixels()),
        (dict(type='RandomErasing', erase_prob=1.0), pixels()),
        (dict(type='ImgAug', transforms='default'), pixels()),
        (dict(type='PytorchVideoWrapper', op='RandAugment'), pixels()),
        (dict(type='FormatShape', input_format='NCTHW'), pixels()),
        (dict(type='FormatShape', input_format='NCHW'), pixels()),
        (dict(type='Transpose', keys=['imgs'], order=[0, 3, 1, 2]), pixels()),
        (dict(type='PackActionInputs'), pixels()),
        (dict(type='PoseDecode'), pose()),
        (dict(type='PoseCompact'), pose()),
        (dict(type='RandomPoseAffine'), pose()),
        (dict(type='PadTo', length=20), pose()),
        (dict(type='PreNormalize2D'), pose()),
        (dict(type='GenSkeFeat', dataset='coco', feats=['j', 'b']), pose()),
        (dict(type='JointToBone', dataset='coco', target='bone'), pose()),
        (dict(type='ToMotion', dataset='coco'), pose()),
        (dict(type='MergeSkeFeat', feat_list=['keypoint'], target='merged'), pose()),
        (dict(type='GeneratePoseTarget'), pose()),
        (dict(type='FormatGCNInput'), pose()),
        (dict(type='FormatAudioShape', input_format='NCTF'), dict(audios=np.zeros((2, 8, 4)))),
        (
            dict(type='AudioFeatureSelector', fixed_length=8),
            dict(audios=np.zeros((20, 4)), length=20, total_frames=9, frame_inds=np.arange(4), num_clips=1),
        ),
        (dict(type='BuildPseudoClip', clip_len=4), dict(imgs=np.zeros((1, 8, 8, 3), np.uint8))),
        (
            dict(type='SegmentsOnFeatureGrid', stride=4, fps=10, num_steps=8),
            dict(raw_feature=np.zeros((3, 6), np.float32), annotations=[], labels=[]),
        ),
        (
            dict(type='GenerateLocalizationLabels'),
            dict(duration_frame=90, feature_frame=90, duration_second=9.0, annotations=[]),
        ),
        (dict(type='PackLocalizationInputs'), dict(raw_feature=np.zeros((3, 6), np.float32))),
    ],
    ids=lambda value: value.get('type', ''),
)
def test_declared_keys_are_those_of_the_code(step: dict, sample: dict) -> None:
    """Reads with ``[key]`` (those with ``get`` are optional) and writes of a run, against the declaration."""
    step = TRANSFORMS.build(step)
    sample = Recording(sample)
    before = {*sample}
    out = step(sample)
    written = sample.written | ({*out} if out is not sample else set())
    assert written <= {*step.writes}
    for key in step.reads:
        parts = key.split('|')
        assert before & {*parts}, f'{key} is declared, but this sample does without'
        if len(parts) > 1 or isinstance(step, PadTo):
            continue  # without its input such a step does nothing
        missing = {name: value for name, value in sample.items() if name in before and name not in parts}
        with pytest.raises((KeyError, ValueError, TypeError, AttributeError)):
            step.transform(missing)


# --- the check --------------------------------------------------------------------------------------------------------
DECODED = [dict(type='DecordInit'), dict(type='SampleFrames', clip_len=4), dict(type='DecordDecode')]
FORMAT = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]


@pytest.mark.parametrize(
    'steps, message',
    [
        (
            DECODED[1:],
            r"SampleFrames, step 1 of the pipeline, reads 'total_frames', which no earlier step writes; the records of "
            r'VideoDataset have filename, label, modality, sample_idx, start_index\. Put a step that writes it before '
            r'SampleFrames \(AutoInit, DecordInit, PyAVInit, OpenCVInit and \d+ more\)',
        ),
        (
            [*DECODED[:1], dict(type='Flip'), *DECODED[1:], *FORMAT],
            r"Flip, step 2 .* reads 'imgs' or 'keypoint'.* DecordDecode writes it: move it before Flip",
        ),
        ([*DECODED, dict(type='Fuse'), *FORMAT], r"Fuse, step 4 .* reads 'lazy'.*(?=.*Resize)(?=.*RandomCrop)"),
        ([*DECODED, *FORMAT[:1], dict(type='PackActionInputs', collect_keys=('imgs', 'flow'))], r"reads 'flow'.*annot"),
        ([*DECODED[:1], dict(type='RawFrameDecode')], r"RawFrameDecode, step 2 .* reads 'frame_dir'.* annotation"),
    ],
)
def test_missing_key(tmp_path: Path, steps: list[dict], message: str) -> None:
    (tmp_path / 'list.txt').write_text('a.mp4 0\n')
    with pytest.raises(ValueError, match=message):
        VideoDataset(str(tmp_path / 'list.txt'), steps)
    dataset = VideoDataset(str(tmp_path / 'list.txt'), steps, lazy_init=True)  # not before the records are known
    with pytest.raises(ValueError, match=message):
        dataset.full_init()


def skeletons(folder: Path, **last: object) -> str:
    rng = np.random.RandomState(0)
    keypoint = rng.rand(1, 20, 17, 2).astype(np.float32)
    samples = [dict(frame_dir=f'{i}', label=0, total_frames=20, img_shape=(9, 9), keypoint=keypoint) for i in range(3)]
    samples[-1].update(last)
    path = folder / 'poses.pkl'
    path.write_bytes(pickle.dumps(samples))
    return str(path)


def test_sampler_after_the_decoder(tmp_path: Path) -> None:
    steps = [dict(type=name) for name in ('PoseDecode', 'UniformSampleFrames', 'FormatGCNInput', 'PackActionInputs')]
    steps[1]['clip_len'] = 8
    with pytest.raises(ValueError, match=r'UniformSampleFrames, step 2 .* nothing decodes: PoseDecode has decoded'):
        PoseDataset(skeletons(tmp_path), steps)
    steps[:2] = steps[1::-1]
    assert PoseDataset(skeletons(tmp_path), steps)[0]['inputs'].shape == (1, 2, 8, 17, 2)


def test_a_key_that_only_some_records_have_is_accepted(tmp_path: Path) -> None:
    steps = [dict(type='Transpose', keys=['extra'], order=[0])]
    with pytest.raises(ValueError, match=r"Transpose, step 1 .* reads 'extra'.* annotation must have extra"):
        PoseDataset(skeletons(tmp_path), steps)
    assert len(PoseDataset(skeletons(tmp_path, extra=np.zeros(2)), steps)) == 3


# --- subclasses and steps of users ------------------------------------------------------------------------------------
class MyFlip(Flip):
    """Inherits everything."""


class MyLoader(mmcv.transforms.BaseTransform):
    """Declares nothing, as a step written for MMAction2."""

    def transform(self, results: dict) -> dict:
        return {**results, 'imgs': np.zeros((4, 8, 8, 3), np.uint8), 'img_shape': (8, 8), 'num_clips': 1, 'clip_len': 4}


class MyDecode(RawFrameDecode):
    """Writes more than its base declares."""

    def transform(self, results: dict) -> dict:
        return {**super().transform(results), 'extra': 1}


class MySampler(Sampler):
    """The last frames."""

    clip_len = 2

    def transform(self, results: dict) -> dict:
        total = results['total_frames']
        return self.write(results, np.arange(total - 2, total), 2, 1, 1, results['start_index'])


def test_a_subclass_inherits_the_declaration() -> None:
    with pytest.raises(ValueError, match=r"MyFlip, step 1 of the pipeline, reads 'imgs' or 'keypoint'"):
        check_pipeline([MyFlip()], VIDEO, 'VideoDataset')
    assert role_of(dict(type=MyDecode)) == 'decode'
    assert medium_of(MyDecode()) == 'rawframes'
    assert MySampler().transform(dict(total_frames=9, start_index=1))['frame_inds'].tolist() == [8, 9]


def test_after_a_step_that_may_write_anything_keys_are_not_checked() -> None:
    check_pipeline(build(MyLoader(), *FORMAT), VIDEO, 'VideoDataset')
    choice = mmcv.transforms.RandomChoice([[dict(type='mmaction.DecordInit')]])
    check_pipeline([choice, *build(*DECODED[1:])], VIDEO, 'VideoDataset')
    check_pipeline([lambda results: results, *build(*FORMAT)], VIDEO, 'VideoDataset')
    record = ('frame_dir', 'filename_tmpl', 'total_frames', 'start_index')
    steps = build(dict(type='SampleFrames', clip_len=4), MyDecode(), dict(type='Transpose', keys=['extra'], order=[0]))
    check_pipeline(steps, record, 'RawframeDataset')
    with pytest.raises(ValueError, match=r"Transpose, step 3 .* reads 'extra'"):
        check_pipeline([*steps[:1], RawFrameDecode(), *steps[2:]], record, 'RawframeDataset')


def test_steps_within_a_compose_count_one_by_one() -> None:
    steps = [Compose(build(*DECODED)), mmcv.transforms.Compose(build(FORMAT[0])), dict(type='PackActionInputs')]
    names = [step_name(step) for step in flatten(steps)]
    assert names == ['DecordInit', 'SampleFrames', 'DecordDecode', 'FormatShape', 'PackActionInputs']
    assert [medium_of(step) for step in flatten(steps)] == [None, None, 'video', None, None]
    assert [opens_video(step) for step in flatten(steps)] == [True, False, False, False, False]
    check_pipeline(build(*steps), VIDEO, 'VideoDataset')


def test_a_dataset_that_adds_keys_of_its_own_is_not_checked(tmp_path: Path) -> None:
    class Adding(VideoDataset):
        def prepare_data(self, idx: int) -> dict:
            return self.pipeline({**self.get_data_info(idx), 'imgs': np.zeros((1, 8, 8, 3), np.uint8)})

    (tmp_path / 'list.txt').write_text('a.mp4 0\n')
    sample = Adding(str(tmp_path / 'list.txt'), [Resize((4, 4)), FormatShape('NCHW'), PackActionInputs()])[0]
    assert sample['inputs'].shape == (1, 3, 4, 4)


def test_repeated_augmentation_knows_samplers_and_decoders_by_role(tmp_path: Path, clip_path: str) -> None:
    class Last(SampleFrames):
        def transform(self, results: dict) -> dict:
            return self.write(results, np.arange(26, 30), 4, 1, 1)

    class Decode(DecordDecode):
        pass

    (tmp_path / 'list.txt').write_text(f'{clip_path} 0\n')
    steps = [DecordInit(), Last(4), Decode(), FormatShape('NCTHW'), PackActionInputs()]
    samples = RepeatAugDataset(str(tmp_path / 'list.txt'), steps, num_repeats=2)[0]
    want = VideoDataset(str(tmp_path / 'list.txt'), steps)[0]['inputs']
    assert len(samples) == 2
    assert all((sample['inputs'] == want).all() for sample in samples)


# --- the configs ------------------------------------------------------------------------------------------------------
AVA = (
    *(
        'frame_dir',
        'filename',
        'filename_tmpl',
        'start_index',
        'modality',
        'video_id',
        'timestamp',
        'timestamp_start',
        'shot_info',
    ),
    *('timestamp_end', 'fps', 'img_key', 'box_unit', 'proposals', 'scores', 'gt_bboxes', 'gt_labels', 'entity_ids'),
)
RECORDS = {
    'AVADataset': AVA,
    'AVAKineticsDataset': AVA,
    'VideoDataset': VIDEO,
    'RepeatAugDataset': VIDEO,
    'VideoTextDataset': ('filename', 'text', 'modality', 'start_index'),
    'RawframeDataset': ('frame_dir', 'total_frames', 'filename_tmpl', 'label', 'modality', 'start_index'),
    'PoseDataset': (
        *('frame_dir', 'total_frames', 'img_shape', 'original_shape', 'keypoint', 'keypoint_score', 'label'),
        *('modality', 'start_index', 'frame_inds', 'filename'),
    ),
    'AudioDataset': ('audio_path', 'total_frames', 'label', 'modality', 'start_index'),
    'HVUDataset': ('filename', 'label', 'categories', 'category_nums', 'modality', 'start_index'),
    'ActivityNetDataset': (
        *('video_name', 'feature_path', 'duration_second', 'duration_frame', 'feature_frame', 'annotations', 'fps'),
        'labels',
    ),
    'CharadesSTADataset': ('vid_name', 'raw_feature', 'proposals', 'num_proposals', 'gt_bbox', 'query_tokens'),
    'FrameLabelDataset': ('video_name', 'feature_path', 'frame_labels'),
    'ImageDataset': ('filename', 'label', 'modality', 'start_index'),
}


def datasets_of(cfg: Config) -> list[tuple[str, list]]:
    loaders = [cfg.get(f'{name}_dataloader') or {} for name in ('train', 'val', 'test')]
    pending = [loader.get('dataset') for one in loaders for loader in (one if isinstance(one, list) else [one])]
    found = []
    while pending:
        dataset = pending.pop()
        if dataset:
            pending += [dataset.get('dataset'), *(dataset.get('datasets') or ())]
            if dataset.get('pipeline'):
                found.append((dataset['type'].rsplit('.')[-1], dataset['pipeline']))
    return found


def test_pipelines_of_all_configs(configs: dict[str, Config]) -> None:
    seen = 0
    optional = {'PyTorchVideo', 'PIMSInit', 'TorchCodecInit', 'TorchVisionWrapper'}
    for path, cfg in configs.items():
        for kind, steps in datasets_of(cfg):
            usable = [step for step in steps if step['type'] not in optional]
            try:
                check_pipeline(build(*usable), RECORDS[kind], kind)
            except ImportError:
                continue
            except ValueError as error:
                raise AssertionError(f'{path}: {error}') from error
            seen += 1
    assert seen > 400
