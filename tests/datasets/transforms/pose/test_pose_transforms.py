"""The steps for keypoints: numbers worked out by hand, loops, round trips and the whole pipelines of the recipes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from mmengine.dataset import Compose

import mmaction.recipes.pose as p
from mmaction.datasets.transforms import (
    CenterCrop,
    DecompressPose,
    Flip,
    FormatGCNInput,
    GenSkeFeat,
    JointToBone,
    MergeSkeFeat,
    MMCompact,
    MMDecode,
    MMUniformSampleFrames,
    PadTo,
    PoseCompact,
    PoseDecode,
    PreNormalize2D,
    PreNormalize3D,
    RandomResizedCrop,
    Resize,
    ToMotion,
    UniformSampleFrames,
)
from mmaction.datasets.transforms.pose.normalize import rotation_to
from mmaction.registry import TRANSFORMS
from mmaction.testing import moving_texture
from mmaction.video import write_video

FEW = dict(test_clips=2, test_target={**p.MIRROR_KP, **p.MIRROR_LIMBS})
HAND = dict(num_node=4, inward=[(1, 0), (2, 1), (3, 0)], center=0)


def sample(persons: int = 2, frames: int = 6, points: int = 17, dim: int = 2, seed: int = 0) -> dict:
    rng = np.random.default_rng(seed)
    return dict(
        keypoint=rng.uniform(40, 200, (persons, frames, points, dim)).astype(np.float16),
        keypoint_score=rng.uniform(0.2, 1, (persons, frames, points)).astype(np.float16),
        total_frames=frames,
        img_shape=(240, 320),
        original_shape=(240, 320),
        label=3,
        frame_dir='clip',
        start_index=0,
        modality='Pose',
    )


def build(pipeline: list) -> Compose:
    return Compose([TRANSFORMS.build(step) for step in pipeline])


# --- frames ----------------------------------------------------------------------------------------------------------
def test_decode_takes_the_frames_in_float32() -> None:
    given = sample()
    got = PoseDecode()(dict(given, frame_inds=np.array([[4, 1], [1, 0]]), offset=1))
    assert np.array_equal(got['keypoint'], given['keypoint'][:, [5, 2, 2, 1]].astype(np.float32))
    assert np.array_equal(got['keypoint_score'], given['keypoint_score'][:, [5, 2, 2, 1]].astype(np.float32))
    assert got['keypoint'].dtype == got['keypoint_score'].dtype == np.float32
    assert np.array_equal(got['frame_inds'], [4, 1, 1, 0])

    whole = PoseDecode()(dict(keypoint=given['keypoint']))
    assert whole['total_frames'] == 6 and np.array_equal(whole['frame_inds'], np.arange(6))
    with pytest.raises(ValueError, match='frames 2 to 6 are requested, keypoint has 6'):
        PoseDecode()(dict(given, frame_inds=np.array([2, 6])))


def test_decode_makes_nan_a_missing_point() -> None:
    given = sample()
    given['keypoint'][1, 2, 3, 0] = np.nan
    got = PoseDecode()(dict(given))
    assert np.array_equal(got['keypoint'][1, 2, 3], [0, 0]) and got['keypoint_score'][1, 2, 3] == 0
    assert np.isnan(given['keypoint'][1, 2, 3, 0])  # the annotation is left alone
    got['keypoint'][1, 2, 3] = given['keypoint'][1, 2, 3]
    assert np.array_equal(got['keypoint'], given['keypoint'].astype(np.float32), equal_nan=True)


def loop_decompress(rows: np.ndarray, inds: np.ndarray, total: int, max_person: int) -> tuple[np.ndarray, np.ndarray]:
    by_frame = [rows[inds == frame] for frame in range(total)]
    most = max(map(len, by_frame))
    if most > max_person:
        by_frame = [sorted(group, key=lambda row: -row[:, 2].sum())[:max_person] for group in by_frame]
    keypoint = np.zeros((min(most, max_person), total, rows.shape[1], 2))
    score = np.zeros(keypoint.shape[:3])
    for frame, group in enumerate(by_frame):
        for person, row in enumerate(group):
            keypoint[person, frame], score[person, frame] = row[:, :2], row[:, 2]
    return keypoint, score


@pytest.mark.parametrize('max_person', [2, 10])
@pytest.mark.parametrize('squeeze', [False, True])
def test_decompress_equals_a_loop(squeeze: bool, max_person: int) -> None:
    rng = np.random.default_rng(0)
    inds = np.sort(rng.choice([0, 1, 3, 4, 7], 18))
    rows = rng.uniform(0, 1, (18, 5, 3)).astype(np.float32)
    got = DecompressPose(squeeze, max_person)(dict(keypoint=rows, frame_inds=inds, total_frames=9))
    if squeeze:
        places = np.unique(inds, return_inverse=True)[1]
        keypoint, score = loop_decompress(rows, places, 5, max_person)
    else:
        keypoint, score = loop_decompress(rows, inds, 9, max_person)
    assert np.allclose(got['keypoint'], keypoint) and np.allclose(got['keypoint_score'], score)
    assert got['total_frames'] == (5 if squeeze else 9) and 'frame_inds' not in got
    assert got.get('num_person') == (2 if max_person == 2 else None)


def test_decompress_sifts_by_anno_inds_and_accepts_nobody() -> None:
    rows = np.arange(4 * 2 * 3, dtype=np.float32).reshape(4, 2, 3)
    given = dict(keypoint=rows, frame_inds=np.array([0, 0, 1, 2]), total_frames=3)
    got = DecompressPose()(dict(given, anno_inds=np.array([False, True, False, True])))
    assert np.array_equal(got['keypoint'], rows[[1, 3], :, :2][None]) and got['total_frames'] == 2
    nobody = DecompressPose()(dict(given, anno_inds=np.zeros(4, bool)))
    assert nobody['keypoint'].shape == (0, 3, 2, 2) and nobody['total_frames'] == 3


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(frame_inds=np.array([0, 2, 1])), 'frame_inds must be ascending'),
        (dict(keypoint=np.zeros((1, 3, 5, 2))), r'found shapes \(1, 3, 5, 2\) and \(3,\)'),
    ],
)
def test_decompress_names_what_is_wrong(change: dict, message: str) -> None:
    given = dict(keypoint=np.ones((3, 5, 3)), frame_inds=np.arange(3), total_frames=3)
    with pytest.raises(ValueError, match=message):
        DecompressPose()(dict(given, **change))
    with pytest.raises(ValueError, match='frame_inds reach from 0 to 2, total_frames is 2'):
        DecompressPose(squeeze=False)(dict(given, total_frames=2))


def test_pad_repeats_or_fills_up() -> None:
    given = sample(frames=3)
    loop = PadTo(7)(dict(given))
    assert np.array_equal(loop['keypoint'], given['keypoint'][:, [0, 1, 2, 0, 1, 2, 0]]) and loop['total_frames'] == 7
    zero = PadTo(5, 'zero')(dict(given))
    assert np.array_equal(zero['keypoint'][:, :3], given['keypoint']) and not zero['keypoint'][:, 3:].any()
    assert not zero['keypoint_score'][:, 3:].any() and zero['keypoint_score'][:, :3].all()
    with pytest.raises(ValueError, match=r'total_frames \(3\) must be 1 to length \(2\)'):
        PadTo(2)(dict(given))


# --- place -----------------------------------------------------------------------------------------------------------
def corners(left: float, top: float, right: float, bottom: float) -> dict:
    return dict(keypoint=np.array([[[[left, top], [right, bottom], [0, 0]]]], np.float32), img_shape=(100, 200))


def test_compact_cuts_to_the_persons() -> None:
    got = PoseCompact(padding=0.5)(corners(100, 40, 140, 60))
    # 40 x 20 around (120, 50), half as much again: 60 x 30
    assert got['img_shape'] == (30, 60)
    assert np.array_equal(got['keypoint'][0, 0], [[10, 5], [50, 25], [0, 0]])
    assert np.allclose(got['crop_quadruple'], (90 / 200, 35 / 100, 60 / 200, 30 / 100))
    square = PoseCompact(padding=0.5, hw_ratio=1.0)(corners(100, 40, 140, 60))
    assert square['img_shape'] == (60, 60) and np.array_equal(square['keypoint'][0, 0, 0], [10, 20])
    beyond = PoseCompact(padding=1)(corners(10, 40, 50, 60))
    assert beyond['img_shape'] == (40, 80) and np.array_equal(beyond['keypoint'][0, 0, 0], [20, 10])
    within = PoseCompact(padding=1, allow_imgpad=False)(corners(10, 40, 50, 60))
    assert within['img_shape'] == (40, 70) and np.array_equal(within['keypoint'][0, 0, 0], [10, 10])


def test_compact_leaves_small_and_empty_samples() -> None:
    small = PoseCompact()(corners(100, 40, 109.5, 60))
    assert small['img_shape'] == (100, 200) and small['keypoint'][0, 0, 0, 0] == 100
    nobody = PoseCompact()(dict(keypoint=np.zeros((0, 3, 17, 2)), img_shape=(100, 200)))
    assert nobody['img_shape'] == (100, 200)
    given = corners(100, 40, 140, 60)
    given['keypoint'] = np.concatenate([given['keypoint'], np.full_like(given['keypoint'], np.nan)])
    got = PoseCompact(padding=0.5)(given)
    assert got['img_shape'] == (30, 60) and not got['keypoint'][1].any()


def test_compact_twice_combines_the_parts() -> None:
    got = PoseCompact(padding=0.5)(PoseCompact(padding=1)(corners(100, 40, 140, 60)))
    assert np.allclose(got['crop_quadruple'], (90 / 200, 35 / 100, 60 / 200, 30 / 100))


def test_multi_modal_compact_cuts_frames_and_points_alike() -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(1, 255, (2, 100, 200, 3), np.uint8)
    got = MMCompact(padding=0.5, hw_ratio=None)(dict(corners(100, 40, 140, 60), imgs=frames))
    assert np.array_equal(got['imgs'], frames[:, 35:65, 90:150]) and np.shares_memory(got['imgs'], frames)
    assert got['img_shape'] == (30, 60) and np.array_equal(got['keypoint'][0, 0, 0], [10, 5])

    beyond = MMCompact(padding=1.0)(dict(corners(160, 2, 190, 22), imgs=list(frames)))
    # 60 x 40 around (175, 12), made square: x 145..205, y -18..42
    padded = np.pad(frames, ((0, 0), (18, 0), (0, 5), (0, 0)))
    assert np.array_equal(beyond['imgs'], padded[:, :60, 145:205]) and beyond['img_shape'] == (60, 60)
    whole = MMCompact()(dict(corners(100, 40, 105, 60), imgs=frames))
    assert np.array_equal(whole['imgs'], frames) and whole['img_shape'] == (100, 200)


def test_resize_crop_and_flip_move_the_points() -> None:
    given = sample(dim=2)
    given['keypoint'] = given['keypoint'].astype(np.float32)
    half = Resize((160, 120), keep_ratio=False)(dict(given))
    assert half['img_shape'] == (120, 160) and np.allclose(half['keypoint'], given['keypoint'] / 2)
    short = Resize((-1, 60))(dict(given))
    assert short['img_shape'] == (60, 80) and np.allclose(short['keypoint'], given['keypoint'] / 4)
    middle = CenterCrop(200)(dict(given))
    assert np.allclose(middle['keypoint'], given['keypoint'] - [60, 20])
    np.random.seed(0)
    part = RandomResizedCrop((0.56, 1.0))(dict(given))
    assert np.allclose(part['keypoint'], given['keypoint'] - part['crop_bbox'][:2])
    assert part['img_shape'] == (
        part['crop_bbox'][3] - part['crop_bbox'][1],
        part['crop_bbox'][2] - part['crop_bbox'][0],
    )

    flip = Flip(flip_ratio=1, left_kp=p.LEFT_KP, right_kp=p.RIGHT_KP)
    once = flip(dict(given))
    assert np.allclose(once['keypoint'][..., 1, 0], 320 - given['keypoint'][..., 2, 0])
    assert np.array_equal(once['keypoint_score'][..., 5], given['keypoint_score'][..., 6])
    twice = flip(once)
    assert np.allclose(twice['keypoint'], given['keypoint'], atol=1e-4)
    assert np.array_equal(twice['keypoint_score'], given['keypoint_score'])


# --- normalisation ---------------------------------------------------------------------------------------------------
def test_2d_runs_from_border_to_border() -> None:
    given = dict(keypoint=np.array([[[[0, 0], [1920, 1080], [960, 540], [480, 810]]]], np.float16))
    got = PreNormalize2D()(given)['keypoint']
    assert got.dtype == np.float32 and np.allclose(got[0, 0], [[-1, -1], [1, 1], [0, 0], [-0.5, 0.5]])
    given = dict(keypoint=np.array([[[[160, 60]]]]), img_shape=(240, 320))
    assert np.allclose(PreNormalize2D()(given)['keypoint'], [0, -0.5])


def upright(frames: int = 3) -> np.ndarray:
    """25 points of a person that stands on the z axis and looks along y: (1, T, 25, 3)."""
    rng = np.random.default_rng(0)
    body = rng.uniform(0.1, 0.4, (25, 3))
    body[0], body[1], body[4], body[8] = (0, 0, -0.3), (0, 0, 0), (-0.2, 0, 0.4), (0.2, 0, 0.4)
    return np.stack([body * (1 + 0.1 * t) for t in range(frames)])[None]


def rotation(axis: int, angle: float) -> np.ndarray:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = math.cos(angle)
    matrix[j, i], matrix[i, j] = math.sin(angle), -math.sin(angle)
    return matrix


def test_3d_undoes_a_move_and_a_turn() -> None:
    body = upright()
    turned = body @ (rotation(2, 0.7) @ rotation(0, 0.4) @ rotation(1, -0.3)).T + [1.0, -2.0, 3.0]
    got = PreNormalize3D()(dict(keypoint=turned, total_frames=3))
    assert np.allclose(got['keypoint'], body, atol=1e-6)
    assert np.allclose(got['body_center'], [1, -2, 3])


def test_3d_takes_the_person_with_the_most_frames_and_its_frames() -> None:
    body = upright(4)
    other = body + 5.0
    other[:, 1] = 0
    got = PreNormalize3D()(dict(keypoint=np.concatenate([other, body + [1.0, 2.0, 3.0]]), total_frames=4))
    assert got['total_frames'] == 4 and np.allclose(got['keypoint'][0], body[0], atol=1e-6)
    assert not got['keypoint'][1, 1].any()  # nobody there: stays at 0
    one = PreNormalize3D()(dict(keypoint=other, total_frames=4))
    assert one['total_frames'] == 3 and np.allclose(one['keypoint'], body[:, [0, 2, 3]], atol=1e-6)


def test_3d_leaves_zeros_and_nobody() -> None:
    for shape in ((2, 3, 25, 3), (0, 3, 25, 3)):
        got = PreNormalize3D()(dict(keypoint=np.zeros(shape), total_frames=3))
        assert got['keypoint'].shape == shape and got['total_frames'] == 3
    with pytest.raises(ValueError, match=r'needs x, y, z; keypoint has shape \(2, 6, 17, 2\)'):
        PreNormalize3D()(sample())


def test_rotation_is_the_shortest_way() -> None:
    turn = rotation_to([3, 0, 0], (0, 0, 1))
    assert np.allclose(turn @ [1, 0, 0], [0, 0, 1]) and np.allclose(turn @ [0, 1, 0], [0, 1, 0])
    assert np.allclose(turn @ turn.T, np.eye(3)) and np.linalg.det(turn) == pytest.approx(1)
    for vector in ((0, 0, 0), (0, 0, 2), (0, 0, -2)):
        assert np.array_equal(rotation_to(vector, (0, 0, 1)), np.eye(3))


# --- streams ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ('dataset', 'points', 'roots'), [('nturgb+d', 25, [20]), ('openpose', 18, [0]), ('coco', 17, [0])]
)
def test_bones_of_the_known_skeletons(dataset: str, points: int, roots: list[int]) -> None:
    step = JointToBone(dataset)
    assert sorted(child for child, _ in step.pairs) == list(range(points))
    assert [child for child, parent in step.pairs if child == parent] == roots
    x = np.random.default_rng(0).uniform(0, 1, (2, 3, points, 2))
    bone = step(dict(keypoint=x))['keypoint']
    for child, parent in step.pairs:
        assert np.allclose(bone[:, :, child], x[:, :, child] - x[:, :, parent], atol=1e-7)


def test_third_number_is_a_score_in_2d_and_a_coordinate_in_3d() -> None:
    x = np.random.default_rng(0).uniform(0, 1, (1, 4, 17, 3)).astype(np.float32)
    bone = JointToBone('coco', target='b')(dict(keypoint=x))['b']
    assert np.allclose(bone[..., 7, 2], (x[..., 7, 2] + x[..., 5, 2]) / 2)
    move = ToMotion('coco')(dict(keypoint=x))['motion']
    assert np.allclose(move[:, :-1, :, :2], x[:, 1:, :, :2] - x[:, :-1, :, :2]) and not move[:, -1].any()
    assert np.allclose(move[:, :-1, :, 2], (x[:, 1:, :, 2] + x[:, :-1, :, 2]) / 2)
    y = np.random.default_rng(0).uniform(0, 1, (1, 4, 25, 3))
    assert np.allclose(ToMotion('nturgb+d')(dict(keypoint=y))['motion'][:, :-1], np.diff(y, axis=1))
    assert np.allclose(JointToBone('nturgb+d')(dict(keypoint=y))['keypoint'][..., 5, 2], y[..., 5, 2] - y[..., 4, 2])


def test_streams_are_those_of_the_single_steps() -> None:
    given = sample()
    joints = np.concatenate([given['keypoint'], given['keypoint_score'][..., None]], -1).astype(np.float32)
    expected = dict(j=joints, b=JointToBone('coco')(dict(keypoint=joints))['keypoint'])
    expected.update({f'{k}m': ToMotion('coco')(dict(keypoint=expected[k]))['motion'] for k in 'jb'})
    for feats in (['j'], ['b'], ['jm'], ['bm'], ['bm', 'j']):
        got = GenSkeFeat('coco', feats)(dict(given))
        merged = MergeSkeFeat(feats)(dict(expected))['keypoint']
        assert np.array_equal(got['keypoint'], merged) and 'keypoint_score' not in got


def test_joints_alone_need_no_skeleton() -> None:
    given = sample(points=4)
    got = GenSkeFeat('coco', ['j', 'jm'])(dict(given))['keypoint']
    assert np.array_equal(got[..., :2], given['keypoint'].astype(np.float32))
    assert np.array_equal(got[:, :-1, :, 3:5], np.diff(got[..., :2], axis=1))


def test_skeleton_of_ones_own() -> None:
    given = sample(points=4)
    got = GenSkeFeat(HAND, ['b'])(dict(given))['keypoint']
    x, score = given['keypoint'].astype(np.float32), given['keypoint_score'].astype(np.float32)
    assert np.allclose(got[:, :, 2, :2], x[:, :, 2] - x[:, :, 1])
    assert np.allclose(got[:, :, 3, 2], (score[:, :, 3] + score[:, :, 0]) / 2)
    assert not got[:, :, 0].any()


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (
            lambda: JointToBone('kinect'),
            r"dataset \('kinect'\) must be one of 'coco', 'nturgb\+d', 'openpose' or a dict",
        ),
        (lambda: GenSkeFeat('coco', ['x']), r"feats \(\['x'\]\) must be a list of some of"),
        (lambda: GenSkeFeat(dict(num_node=3, inward=[(1, 0), (1, 2)])), r'Joints \[1\] have several parents'),
        (
            lambda: GenSkeFeat(dict(num_node=3, inward=[(3, 0)])),
            r'inward of the layout has \(3, 0\): not a pair of joints in \[0, 3\)',
        ),
        (lambda: GenSkeFeat(dict(inward=[])), r"lacks \['num_node'\]"),
        (lambda: GenSkeFeat('nturgb+d')(sample()), "dataset is 'nturgb\\+d'"),
        (lambda: GenSkeFeat('openpose', ['b'])(sample()), 'keypoint has 17 joints .* the skeleton 18'),
        (lambda: MergeSkeFeat(['b'])(sample()), r"feat_list names \['b'\]"),
        (lambda: PreNormalize2D((240,)), r'img_shape \(\(240,\)\) must be \(h, w\)'),
        (lambda: PoseCompact(padding=-1), r'padding \(-1\) must be at least 0'),
        (lambda: PoseCompact(hw_ratio=(1, 0)), r'hw_ratio \(\(1, 0\)\) must be positive'),
        (lambda: MMUniformSampleFrames(8), r'clip_len \(8\) must be a dict of lengths'),
        (lambda: MMUniformSampleFrames(dict(RGB=0)), r'clip_len of RGB \(0\) must be at least 1'),
        (lambda: PadTo(5, 'mirror'), r"mode \('mirror'\)"),
    ],
)
def test_bad_values_are_named(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# --- frames and points together --------------------------------------------------------------------------------------
def test_modalities_are_sampled_as_each_on_its_own() -> None:
    for test_mode in (False, True):
        both = MMUniformSampleFrames(dict(RGB=4, Pose=9), num_clips=2, test_mode=test_mode)
        np.random.seed(3)
        got = both(dict(total_frames=30, modality='Pose'))
        np.random.seed(3)
        for name, length in (('RGB', 4), ('Pose', 9)):
            alone = UniformSampleFrames(length, num_clips=2, test_mode=test_mode)(dict(total_frames=30))
            assert np.array_equal(got[f'{name}_inds'], alone['frame_inds'])
        assert got['clip_len'] == dict(RGB=4, Pose=9) and got['num_clips'] == 2 and got['modality'] == ['RGB', 'Pose']
        inds = got['Pose_inds'].reshape(2, 9)
        assert (np.diff(inds) > 0).all() and inds.min() >= 0 and inds.max() < 30


@pytest.fixture(scope='module')
def video(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp('pose') / 'clip.mp4'
    write_video(path, moving_texture(num_frames=12, height=120, width=160), fps=12)
    return str(path)


def test_decoding_brings_points_to_the_size_of_the_frames(video: str) -> None:
    given = dict(
        sample(frames=12), frame_dir=video[: -len('.mp4')]
    )  # the annotation is of 240 x 320, the file of 120 x 160
    given = MMUniformSampleFrames(dict(RGB=4, Pose=6), test_mode=True)(given)
    got = MMDecode()(dict(given))
    assert got['imgs'].shape == (4, 120, 160, 3) and got['img_shape'] == (120, 160)
    expected = given['keypoint'][:, given['Pose_inds']].astype(np.float32) / 2
    assert np.allclose(got['keypoint'], expected)
    del given['keypoint_score']
    assert np.array_equal(MMDecode()(given)['keypoint_score'], np.ones((2, 6, 17)))
    with pytest.raises(ValueError, match="modality has 'Audio'"):
        MMDecode()(dict(given, modality=['Audio']))


def test_pipeline_of_frames_and_points(video: str) -> None:
    for number, pipeline in enumerate(p.video_pose(frames=2, poses=4, size=32, view=48, test_clips=3)):
        packed = build(pipeline)(dict(sample(frames=12), filename=video))
        clips, side = (3 if number == 2 else 1), (32 if number == 0 else 48)
        assert packed['inputs']['imgs'].shape == (clips, 3, 2, side, side)
        assert packed['inputs']['heatmap_imgs'].shape == (clips, 17, 4, side // 4, side // 4)
        assert packed['inputs']['heatmap_imgs'].max() > 0.1
    packed = build(p.video(2, 32, first=48)[0])(dict(sample(frames=12), filename=video))
    assert packed['inputs'].shape == (1, 3, 2, 32, 32)


# --- whole pipelines -------------------------------------------------------------------------------------------------
def test_graph_pipeline_by_hand() -> None:
    given = sample(persons=1, frames=5)
    train, _, test = p.graph('j', clip_len=5, num_person=2, test_clips=2)
    got = build(train)(dict(given))['inputs'].numpy()
    x = given['keypoint'].astype(np.float32)
    expected = np.concatenate([(x - [160, 120]) / [160, 120], given['keypoint_score'][..., None]], -1)
    assert got.shape == (1, 2, 5, 17, 3)
    assert np.allclose(got[0, 0], expected[0], atol=1e-6) and not got[0, 1].any()
    looped = build(test)(
        dict(given, keypoint=given['keypoint'][:, :3], keypoint_score=given['keypoint_score'][:, :3], total_frames=3)
    )
    assert looped['inputs'].shape == (2, 2, 5, 17, 3)
    assert np.allclose(looped['inputs'][1, 0], expected[0, [1, 2, 0, 1, 2]], atol=1e-6)


@pytest.mark.parametrize(
    'pipelines', [p.graph('bm', test_clips=2), p.heatmaps(8, **FEW), p.heatmaps(8, target=p.limbs(), **FEW)]
)
def test_one_frame_and_nobody(pipelines: tuple) -> None:
    for number, pipeline in enumerate(pipelines):
        steps = build(pipeline)
        one = steps(sample(frames=1))['inputs']
        if one.ndim == 5 and one.shape[1] == 17:
            assert one.shape == ((1, 17, 8, 56, 56), (1, 17, 8, 64, 64), (4, 17, 8, 64, 64))[number]
            assert (one == one[:, :, :1]).all()  # the frame, again and again
            assert one.max() > 0.15
        else:
            assert one.shape == ((1, 1, 2)[number], 2, 100, 17, 3) and not one.any()  # nothing moves
        nobody = steps(sample(persons=0, frames=7))['inputs']
        assert nobody.shape == one.shape and not nobody.any()


def test_graph_input_loops_a_single_person_and_drops_surplus() -> None:
    given = sample(persons=1)
    twice = FormatGCNInput(2, 'loop')(dict(given))['keypoint']
    assert np.array_equal(twice[0, 0], twice[0, 1])
    many = FormatGCNInput(2)(sample(persons=3))['keypoint']
    assert many.shape == (1, 2, 6, 17, 3) and np.array_equal(many[0, ..., :2], sample(persons=3)['keypoint'][:2])
