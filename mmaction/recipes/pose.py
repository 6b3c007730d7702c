"""Pipelines and loaders of the configs under ``configs/skeleton``. Pure functions of plain dicts, as its siblings.

==================== ==========================================================================================
:func:`graph`        graph networks (ST-GCN, 2s-AGCN, CTR-GCN, ...): one stream of joints, bones or their motion
:func:`close_up`     the same on COCO keypoints, cropped to the persons and augmented: for small datasets
:func:`heatmaps`     PoseC3D: stacks of keypoint or limb heatmaps
:func:`video`        frames cropped to the persons (the RGB half of RGBPose-Conv3D)
:func:`video_pose`   frames and heatmaps together (RGBPose-Conv3D)
:func:`loaders`      train, validation and test loader of one annotation pickle with splits
==================== ==========================================================================================

All but the last return the train, validation and test pipelines:

    import mmaction.recipes.pose as p
    ann_file = 'data/skeleton/ntu60_2d.pkl'
    train_pipeline, val_pipeline, test_pipeline = p.graph('jm', 'coco')
    train_dataloader, val_dataloader, test_dataloader = p.loaders(
        16, (train_pipeline, val_pipeline, test_pipeline), ann_file, times=5)

    p.graph('b', 'nturgb+d')                                                    # 3D skeletons
    p.graph('j', dict(num_node=21, inward=[(1, 0), ...], center=0))             # a custom skeleton, 2D
    p.graph('j', 'coco', normalize=p.pixels(240, 320))                          # frames of that height and width
    p.heatmaps()                                                                # PoseC3D on NTU and FineGYM
    p.heatmaps(target=p.limbs(), test_target=p.MIRROR_LIMBS)
    p.heatmaps(size=48, view=p.center(56))                                      # PoseC3D on HMDB51, UCF101
    p.heatmaps(target=p.keypoints(sigma=None, use_score=None), view=p.whole(64), load=p.DECOMPRESS)   # Kinetics
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmaction.recipes import Pipeline, Step, either, loader

__all__ = [
    'DECOMPRESS',
    'LEFT_KP',
    'LEFT_LIMBS',
    'LIMBS',
    'MIRROR_KP',
    'MIRROR_LIMBS',
    'RIGHT_KP',
    'RIGHT_LIMBS',
    'center',
    'close_up',
    'graph',
    'heatmaps',
    'keypoints',
    'limbs',
    'loaders',
    'pixels',
    'video',
    'video_pose',
    'whole',
]

Pipelines = tuple[Pipeline, Pipeline, Pipeline]

# COCO's 17 points: nose, then left and right of eyes, ears, shoulders, elbows, wrists, hips, knees, ankles.
LEFT_KP = [1, 3, 5, 7, 9, 11, 13, 15]
RIGHT_KP = [2, 4, 6, 8, 10, 12, 14, 16]
# The limbs of PoseC3D: arms, legs, face, hips; places of those of the left and of the right.
LIMBS = [
    *([0, 5], [0, 6], [5, 7], [7, 9], [6, 8], [8, 10], [5, 11], [11, 13], [13, 15], [6, 12], [12, 14], [14, 16]),
    *([0, 1], [0, 2], [1, 3], [2, 4], [11, 12]),
]
LEFT_LIMBS = [0, 2, 3, 6, 7, 8, 12, 14]
RIGHT_LIMBS = [1, 4, 5, 9, 10, 11, 13, 15]

# Additions to a target in testing: the mirrored sample as well.
MIRROR_KP: Step = dict(double=True, left_kp=LEFT_KP, right_kp=RIGHT_KP)
MIRROR_LIMBS: Step = dict(double=True, left_limb=LEFT_LIMBS, right_limb=RIGHT_LIMBS)

# First step for annotations with packed keypoints, one row per person and frame (Kinetics).
DECOMPRESS: Pipeline = [dict(type='DecompressPose', squeeze=True)]


# --------------------------------------------------------------------------------------------------------- parts
def pixels(height: int, width: int) -> Step:
    """Scale 2D keypoints from pixels to -1..1; the size is a fallback for samples without ``img_shape``."""
    return dict(type='PreNormalize2D', img_shape=(height, width))


def center(size: int = 64) -> Pipeline:
    """Resize the short side to ``size`` pixels and crop the center."""
    return [dict(type='Resize', scale=(-1, size)), dict(type='CenterCrop', crop_size=size)]


def whole(size: int = 64) -> Pipeline:
    """Resize to ``size`` x ``size`` pixels."""
    return [dict(type='Resize', scale=(size, size), keep_ratio=False)]


def keypoints(sigma: float | None = 0.6, use_score: bool | None = True, **keywords: Any) -> Step:
    """One heatmap per keypoint; None stands for the default of ``GeneratePoseTarget``, which takes ``keywords``."""
    given = {name: value for name, value in dict(sigma=sigma, use_score=use_score).items() if value is not None}
    return dict(type='GeneratePoseTarget', **given, with_kp=True, with_limb=False, **keywords)


def limbs(sigma: float = 0.6, skeletons: Sequence[Sequence[int]] = LIMBS, **keywords: Any) -> Step:
    """One heatmap per limb; ``skeletons`` lists the two joints of each."""
    return dict(
        type='GeneratePoseTarget',
        sigma=sigma,
        use_score=True,
        with_kp=False,
        with_limb=True,
        skeletons=[list(limb) for limb in skeletons],
        **keywords,
    )


def _crop(size: int, first: Step, **sides: Sequence[int]) -> Pipeline:
    """Resize with ``first``, crop randomly to ``size`` x ``size``, and flip half of the clips."""
    return [
        first,
        dict(type='RandomResizedCrop', area_range=(0.56, 1.0)),
        dict(type='Resize', scale=(size, size), keep_ratio=False),
        dict(type='Flip', flip_ratio=0.5, **sides),
    ]


def _copy(steps: Sequence[Step]) -> Pipeline:
    return [dict(step) for step in steps]


# ----------------------------------------------------------------------------------------------------- pipelines
def graph(
    stream: str = 'j',
    skeleton: str | Mapping[str, Any] = 'coco',
    *,
    clip_len: int = 100,
    num_person: int = 2,
    test_clips: int = 10,
    normalize: Step | None = None,
) -> Pipelines:
    """Pipelines of graph networks.

    Args:
        stream: 'j' joints, 'b' bones, 'jm' and 'bm' their displacement to the next frame; or several, such as
            ``['j', 'b']``, which are concatenated as channels.
        skeleton: 'coco', 'openpose' (2D), 'nturgb+d' (3D), or a dict as for ``Graph`` (2D, unless ``normalize``
            differs).
        clip_len: frames per clip, one from each of as many segments of the video.
        num_person: persons per sample.
        test_clips: clips per sample in testing.
        normalize: first step; None: the default for 2D or 3D.
    """
    if normalize is None:
        normalize = dict(type='PreNormalize3D' if skeleton == 'nturgb+d' else 'PreNormalize2D')
    feats = [stream] if isinstance(stream, str) else list(stream)

    def build(**sampling: Any) -> Pipeline:
        return [
            dict(normalize),
            dict(type='GenSkeFeat', dataset=skeleton, feats=list(feats)),
            dict(type='UniformSampleFrames', clip_len=clip_len, **sampling),
            dict(type='PoseDecode'),
            dict(type='FormatGCNInput', num_person=num_person),
            dict(type='PackActionInputs'),
        ]

    return build(), build(num_clips=1, test_mode=True), build(num_clips=test_clips, test_mode=True)


def close_up(
    streams: Sequence[str] = ('j', 'b', 'jm'),
    *,
    clip_len: int = 32,
    num_person: int = 1,
    test_clips: int = 10,
    augment: Step | None = None,
) -> Pipelines:
    """Pipelines of graph networks on COCO keypoints relative to the bounding box of the persons, not to the frame.

    In training, skeletons are rotated, scaled, translated and mirrored.

    Args:
        streams: see :func:`graph`; several are concatenated as channels.
        clip_len: frames per clip, one from each of as many segments of the video.
        num_person: persons per sample.
        test_clips: clips per sample in testing.
        augment: keywords of ``RandomPoseAffine``.
    """
    varied = [
        dict(type='RandomPoseAffine', **(augment or {})),
        dict(type='Flip', flip_ratio=0.5, left_kp=LEFT_KP, right_kp=RIGHT_KP),
    ]

    def build(spatial: Sequence[Step], **sampling: Any) -> Pipeline:
        return [
            dict(type='UniformSampleFrames', clip_len=clip_len, **sampling),
            dict(type='PoseDecode'),
            dict(type='PoseCompact', hw_ratio=1.0, allow_imgpad=True),
            *_copy(spatial),
            dict(type='PreNormalize2D'),
            dict(type='GenSkeFeat', dataset='coco', feats=list(streams)),
            dict(type='FormatGCNInput', num_person=num_person),
            dict(type='PackActionInputs'),
        ]

    return build(varied), build([], num_clips=1, test_mode=True), build([], num_clips=test_clips, test_mode=True)


def heatmaps(
    clip_len: int = 48,
    size: int = 56,
    *,
    target: Step | None = None,
    test_target: Step | None = None,
    view: Sequence[Step] | None = None,
    first: Step | None = None,
    test_clips: int = 10,
    load: Sequence[Step] = (),
    left_kp: Sequence[int] = LEFT_KP,
    right_kp: Sequence[int] = RIGHT_KP,
) -> Pipelines:
    """Pipelines of PoseC3D.

    Args:
        clip_len: frames per clip, one from each of as many segments of the video.
        size: side of the heatmaps in training, in pixels.
        target: step that generates the heatmaps; None: :func:`keypoints`.
        test_target: keywords added to it in testing; None: the mirrored sample as well.
        view: spatial transforms of validation and testing; None: ``center(64)``.
        first: resizing before the random crop of training; None: the short side to 64 pixels.
        test_clips: clips per sample in testing.
        load: steps before all others, such as ``DECOMPRESS``.
        left_kp: keypoints of the left side, which a flip exchanges with those of the right.
        right_kp: their counterparts, in the same order.
    """
    sides = dict(left_kp=list(left_kp), right_kp=list(right_kp))
    target = either(target, keypoints())
    test_target = either(test_target, dict(double=True, **sides))
    view = either(view, center(64))
    first = either(first, dict(type='Resize', scale=(-1, 64)))

    def build(spatial: Sequence[Step], draw: Step, **sampling: Any) -> Pipeline:
        return [
            *_copy(load),
            dict(type='UniformSampleFrames', clip_len=clip_len, **sampling),
            dict(type='PoseDecode'),
            dict(type='PoseCompact', hw_ratio=1.0, allow_imgpad=True),
            *_copy(spatial),
            dict(draw),
            dict(type='FormatShape', input_format='NCTHW_Heatmap'),
            dict(type='PackActionInputs'),
        ]

    return (
        build(_crop(size, first, **sides), target),
        build(view, target, num_clips=1, test_mode=True),
        build(view, {**target, **test_target}, num_clips=test_clips, test_mode=True),
    )


def video(clip_len: int = 8, size: int = 224, *, first: int = 256, test_clips: int = 10) -> Pipelines:
    """Pipelines of frames cropped to the persons.

    Args:
        clip_len: frames per clip, one from each of as many segments of the video.
        size: side of the frames in pixels.
        first: side before the random crop of training, in pixels.
        test_clips: clips per sample in testing.
    """
    return _multi_modal(dict(RGB=clip_len), _crop(size, whole(first)[0]), whole(size), [], [], test_clips)


def video_pose(
    frames: int = 8,
    poses: int = 32,
    size: int = 224,
    *,
    view: int = 256,
    target: Step | None = None,
    test_clips: int = 10,
    left_kp: Sequence[int] = LEFT_KP,
    right_kp: Sequence[int] = RIGHT_KP,
) -> Pipelines:
    """Pipelines of frames cropped to the persons, and heatmaps of their keypoints.

    Args:
        frames: frames per clip.
        poses: heatmaps per clip.
        size: side of the frames in training, in pixels.
        view: side of the frames before the random crop, and in validation and testing, in pixels.
        target: step that generates the heatmaps; None: keypoints at a quarter of the resolution of the frames.
        test_clips: clips per sample in testing.
        left_kp: see :func:`heatmaps`.
        right_kp: see :func:`heatmaps`.
    """
    target = either(target, keypoints(sigma=0.7, scaling=0.25))
    collect = ['imgs', 'heatmap_imgs']
    lengths = dict(RGB=frames, Pose=poses)
    augment = _crop(size, whole(view)[0], left_kp=list(left_kp), right_kp=list(right_kp))
    return _multi_modal(lengths, augment, whole(view), [target], collect, test_clips)


def _multi_modal(
    clip_len: Mapping[str, int],
    augment: Sequence[Step],
    view: Sequence[Step],
    target: Sequence[Step],
    collect: Sequence[str],
    test_clips: int,
) -> Pipelines:
    keys = {'collect_keys': list(collect)} if collect else {}

    def build(spatial: Sequence[Step], num_clips: int, **sampling: Any) -> Pipeline:
        return [
            dict(type='MMUniformSampleFrames', clip_len=dict(clip_len), num_clips=num_clips, **sampling),
            dict(type='MMDecode'),
            dict(type='MMCompact', hw_ratio=1.0, allow_imgpad=True),
            *_copy(spatial),
            *_copy(target),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs', **keys),
        ]

    return build(augment, 1), build(view, 1, test_mode=True), build(view, test_clips, test_mode=True)


# ------------------------------------------------------------------------------------------------------- loaders
def loaders(
    batch_size: int,
    pipelines: Pipelines,
    ann_file: str,
    splits: tuple[str, str] = ('xsub_train', 'xsub_val'),
    *,
    times: int | None = None,
    val_batch_size: int | None = None,
    num_workers: int = 2,
    dataset_type: str = 'PoseDataset',
    **dataset: Any,
) -> tuple[Step, Step, Step]:
    """Loaders to train, validate and test on splits of one annotation pickle; testing uses batches of one.

    Args:
        batch_size: samples per process in training.
        pipelines: the train, validation and test pipelines.
        ann_file: the pickle.
        splits: names of the training split and of the validation and test split.
        times: passes over the training samples per epoch; None: one.
        val_batch_size: samples per process in validation; None: ``batch_size``.
        num_workers: worker processes of each loader.
        dataset_type: type of the datasets.
        **dataset: further keywords of ``PoseDataset``, such as ``data_prefix`` or ``box_thr``.
    """

    def part(split: str, pipeline: Pipeline, **mode: bool) -> Step:
        return dict(type=dataset_type, ann_file=ann_file, split=split, pipeline=pipeline, **mode, **dataset)

    train = part(splits[0], pipelines[0])
    if times is not None:
        train = dict(type='RepeatDataset', times=times, dataset=train)
    evaluated = [part(splits[1], pipeline, test_mode=True) for pipeline in pipelines[1:]]
    return (
        loader(train, batch_size, shuffle=True, num_workers=num_workers),
        loader(evaluated[0], either(val_batch_size, batch_size), num_workers=num_workers),
        loader(evaluated[1], 1, num_workers=num_workers),
    )
