"""Methods that subclasses written for MMAction2 1.x override and call, with its names and signatures."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import decord
import numpy as np
import pytest

from mmaction.datasets.transforms import (
    CenterCrop,
    ColorJitter,
    DecordDecode,
    DecordInit,
    DenseSampleFrames,
    Flip,
    GeneratePoseTarget,
    LoadAudioFeature,
    LoadHVULabel,
    MMCompact,
    MMDecode,
    MMUniformSampleFrames,
    MultiScaleCrop,
    PoseDecode,
    PreNormalize3D,
    PyAVDecode,
    PyAVInit,
    RandomCrop,
    RandomErasing,
    RandomResizedCrop,
    Resize,
    SampleAVAFrames,
    SampleFrames,
    UniformSample,
    UniformSampleFrames,
)
from mmaction.datasets.transforms.frames import Frames
from mmaction.registry import TRANSFORMS
from mmaction.testing import moving_texture
from mmaction.video import write_video

T, H, W = 4, 24, 32
CLIP = moving_texture(T, H, W)
ROOT = Path(__file__).parents[3]
BOX = np.array([[4, 6, 20, 18]], np.float32)


def pixels(**more) -> dict:
    return dict(imgs=Frames(CLIP.copy()), img_shape=(H, W), modality='RGB', **more)


def pose(**more) -> dict:
    keypoint = np.tile(np.array([[10.0, 4], [20, 16]], np.float32), (1, T, 1, 1))  # (M, T, V, xy)
    score = np.full((1, T, 2), 0.5, np.float32)
    return dict(keypoint=keypoint, keypoint_score=score, img_shape=(H, W), total_frames=T, **more)


# --- samplers ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize('test_mode', [True, False])
def test_starts_of_clips(test_mode) -> None:
    class AtTheEnd(SampleFrames):
        def _get_train_clips(self, num_frames, ori_clip_len):
            assert not self.test_mode
            return np.array([num_frames - ori_clip_len])

        def _get_test_clips(self, num_frames, ori_clip_len):
            assert self.test_mode
            return np.array([num_frames - ori_clip_len])

    results = AtTheEnd(4, 2, test_mode=test_mode)(dict(total_frames=100, start_index=1))
    first = 94 if test_mode else 93  # a clip spans 7 frames in testing, 8 in training
    assert results['frame_inds'].tolist() == [first + 2 * i for i in range(4)]


def test_starts_and_length_through_sample_clips() -> None:
    seen = []

    class Asking(SampleFrames):
        def _get_ori_clip_len(self, fps_scale_ratio):
            seen.append(fps_scale_ratio)
            return super()._get_ori_clip_len(fps_scale_ratio)

        def _sample_clips(self, num_frames, ori_clip_len):
            seen.append((num_frames, ori_clip_len))
            return super()._sample_clips(num_frames, ori_clip_len) + 1

    sampler = Asking(4, test_mode=True, target_fps=15)
    stock = SampleFrames(4, test_mode=True, target_fps=15)
    sample = dict(total_frames=40, avg_fps=30, start_index=0)
    assert (sampler(dict(sample))['frame_inds'] == stock(dict(sample))['frame_inds'] + 1).all()
    assert seen == [2.0, (40, 8.0)]
    assert Asking(4)._sample_clips(4, 4).tolist() == [1]


def test_other_samplers() -> None:
    class Dense(DenseSampleFrames):
        def _get_train_clips(self, num_frames):
            return np.array([num_frames - 1])

        def _get_test_clips(self, num_frames):
            return np.array([num_frames - 2])

        def _sample_clips(self, num_frames):
            return super()._sample_clips(num_frames) - 1

    sample = dict(total_frames=9, start_index=0)
    assert Dense(1)(dict(sample))['frame_inds'].tolist() == [7]
    assert Dense(1, test_mode=True)(dict(sample))['frame_inds'].tolist() == [6]

    class Uniform(UniformSample):
        def _get_sample_clips(self, num_frames):
            return super()._get_sample_clips(num_frames)[::-1]

    sampled = Uniform(4, test_mode=True)(dict(sample))['frame_inds']
    assert sampled.tolist() == UniformSample(4, test_mode=True)(dict(sample))['frame_inds'][::-1].tolist()

    class Keyframe(SampleAVAFrames):
        def _get_clips(self, center_index, skip_offsets, shot_info):
            assert skip_offsets.tolist() == [0, 0] and shot_info == (0, 90)
            return np.array([center_index] * self.clip_len)

    second = dict(fps=10, timestamp=3, timestamp_start=1, total_frames=90, start_index=0)
    assert Keyframe(2, test_mode=True)(second)['frame_inds'].tolist() == [20, 20]


@pytest.mark.parametrize('test_mode', [True, False])
def test_uniform_samplers_of_skeletons(test_mode) -> None:
    class Last(UniformSampleFrames):
        def _get_train_clips(self, num_frames, clip_len):
            return np.arange(num_frames - 1, num_frames - 1 + clip_len)  # wraps around, as in MMAction2

        def _get_test_clips(self, num_frames, clip_len):
            return super()._get_test_clips(num_frames, clip_len) * 0

    inds = Last(3, test_mode=test_mode)(dict(total_frames=8))['frame_inds']
    assert inds.dtype == np.int32 and inds.tolist() == ([0, 0, 0] if test_mode else [7, 0, 1])

    class Both(MMUniformSampleFrames):
        _get_train_clips = Last._get_train_clips
        _get_test_clips = Last._get_train_clips

    results = Both(dict(RGB=2, Pose=4), test_mode=test_mode)(dict(total_frames=8))
    assert (results['RGB_inds'].tolist(), results['Pose_inds'].tolist()) == ([7, 0], [7, 0, 1, 2])


# --- spatial ----------------------------------------------------------------------------------------------------------
def test_resize() -> None:
    class Nearest(Resize):
        def _resize_imgs(self, imgs, new_w, new_h):
            assert isinstance(imgs, list) and (new_w, new_h) == (16, 12)
            return [frame[::2, ::2] for frame in imgs]

        def _resize_kps(self, kps, scale_factor):
            return super()._resize_kps(kps, scale_factor) + 1

        def _box_resize(self, box, scale_factor):
            return super()._box_resize(box, scale_factor) - 1

    results = Nearest((16, 12))(pixels(gt_bboxes=BOX, proposals=BOX, keypoint=pose()['keypoint']))
    np.testing.assert_array_equal(results['imgs'], CLIP[:, ::2, ::2])
    assert results['keypoint'][0, 0].tolist() == [[6, 3], [11, 9]]
    assert results['gt_bboxes'].tolist() == results['proposals'].tolist() == [[1, 2, 9, 8]]
    called = Resize((16, 12))._resize_imgs(list(CLIP), 16, 12)
    np.testing.assert_array_equal(called, Resize((16, 12))(pixels())['imgs'])


def test_flip() -> None:
    class Counting(Flip):
        def _flip_imgs(self, imgs, modality):
            assert isinstance(imgs, list) and modality == 'RGB'
            return super()._flip_imgs(imgs, modality)[::-1]

        def _flip_kps(self, kps, kpscores, img_width):
            kps, kpscores = super()._flip_kps(kps, kpscores, img_width)
            return kps, kpscores / 5

        @staticmethod
        def _box_flip(box, img_width):
            return Flip._box_flip(box, img_width) + 1

    results = Counting(1, left_kp=[0], right_kp=[1])({**pose(), **pixels(gt_bboxes=BOX)})
    np.testing.assert_array_equal(results['imgs'], CLIP[::-1, :, ::-1])
    assert results['keypoint'][0, 0].tolist() == [[12, 16], [22, 4]] and results['keypoint_score'][0, 0, 0] == 0.1
    assert results['gt_bboxes'].tolist() == [[13, 7, 29, 19]]


@pytest.mark.parametrize('stock', [RandomCrop, CenterCrop, MultiScaleCrop])
def test_crops(stock) -> None:
    class Marked(stock):
        def _crop_imgs(self, imgs, crop_bbox):
            x1, y1, x2, y2 = crop_bbox
            assert isinstance(imgs, list)
            return [255 - frame[y1:y2, x1:x2] for frame in imgs]

        def _crop_kps(self, kps, crop_bbox):
            return super()._crop_kps(kps, crop_bbox) * 2

        def _box_crop(self, box, crop_bbox):
            return super()._box_crop(box, crop_bbox) * 2

    np.random.seed(0)
    plain = stock(24)(pixels(gt_bboxes=BOX, proposals=BOX, keypoint=pose()['keypoint']))
    np.random.seed(0)
    marked = Marked(24)(pixels(gt_bboxes=BOX, proposals=BOX, keypoint=pose()['keypoint']))
    np.testing.assert_array_equal(marked['imgs'], 255 - np.asarray(plain['imgs']))
    for key in ('keypoint', 'gt_bboxes', 'proposals'):
        np.testing.assert_array_equal(marked[key], plain[key] * 2)


def test_a_crop_of_a_user_goes_through_the_methods_of_random_crop() -> None:
    class LeftHalf(RandomCrop):
        def __init__(self):
            self.lazy = False

        def transform(self, results):
            box = np.array([0, 0, W // 2, H])
            results['imgs'] = self._crop_imgs(results['imgs'], box)
            results['keypoint'] = self._crop_kps(results['keypoint'], box)
            results['img_shape'] = (H, W // 2)
            return self._all_box_crop(results, box)

    results = LeftHalf()(pixels(gt_bboxes=BOX, keypoint=pose()['keypoint']))
    np.testing.assert_array_equal(results['imgs'], CLIP[:, :, : W // 2])
    assert results['gt_bboxes'].tolist() == [[4, 6, 15, 18]] and RandomCrop._box_crop(BOX, [4, 6, 9, 9]).min() == 0
    np.testing.assert_array_equal(results['keypoint'], pose()['keypoint'])


def test_the_crop_of_random_resized_crop() -> None:
    class TopLeft(RandomResizedCrop):
        @staticmethod
        def get_crop_bbox(img_shape, area_range, aspect_ratio_range, max_attempts=10):
            assert (img_shape, area_range, aspect_ratio_range) == ((H, W), (0.5, 1.0), (0.75, 1.25))
            return 0, 0, 8, 6

    results = TopLeft((0.5, 1.0), (0.75, 1.25))(pixels())
    assert results['crop_bbox'].tolist() == [0, 0, 8, 6]
    assert results['crop_quadruple'].tolist() == [0, 0, 0.25, 0.25]


@pytest.mark.parametrize('lazy', [False, True])
def test_crops_write_their_place_in_the_decoded_frame(lazy) -> None:
    results = CenterCrop((16, 12), lazy=lazy)(pixels())
    assert results['crop_quadruple'].dtype == np.float32
    assert results['crop_quadruple'].tolist() == [0.25, 0.25, 0.5, 0.5]
    results = CenterCrop(8, lazy=lazy)(Resize((32, 24), lazy=lazy)(results))  # 8 x 8 of 32 x 24
    assert results['crop_quadruple'] == pytest.approx([0.4375, 5 / 12, 0.125, 1 / 6])


def test_erasing() -> None:
    class Corner(RandomErasing):
        def random_disable(self):
            return False

        def random_patch(self, img_h, img_w):
            return 0, 0, img_h // 2, img_w // 4

        def _fill_pixels(self, imgs, top, left, h, w):
            return super()._fill_pixels(imgs, top, left, h, w)[::-1]

    erased = np.asarray(Corner(erase_prob=0.0, fill_color=7)(pixels())['imgs'])
    assert (erased[:, :12, :8] == 7).all() and (erased[0][12:] == CLIP[-1][12:]).all()


# --- decoding ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope='module')
def video(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp('hooks') / 'clip.mp4'
    write_video(path, moving_texture(12, 48, 64), fps=12)
    return str(path)


def test_decord_loads_frames_through_its_method(video) -> None:
    class Halved(DecordDecode):
        def _decord_load_frames(self, container, frame_inds):
            imgs = list(container.get_batch(frame_inds).asnumpy())
            assert len(container) == 12
            return [frame[::2, ::2] for frame in imgs]

    class Reversed(DecordDecode):
        def _decord_load_frames(self, container, frame_inds):
            imgs = super()._decord_load_frames(container, frame_inds)
            assert isinstance(imgs, list)
            return imgs[::-1]

    def decode(step):
        results = step(dict(DecordInit()(dict(filename=video)), frame_inds=np.array([0, 5])))
        assert results['video_reader'] is None
        return results

    stock = decode(DecordDecode())
    halved = decode(Halved())
    assert halved['img_shape'] == halved['original_shape'] == (24, 32)
    np.testing.assert_array_equal(halved['imgs'], np.asarray(stock['imgs'])[:, ::2, ::2])
    np.testing.assert_array_equal(decode(Reversed())['imgs'], np.asarray(stock['imgs'])[::-1])


def test_a_subclass_may_open_videos_itself(video) -> None:
    class Opening(DecordInit):
        def _get_video_reader(self, filename):
            return decord.VideoReader(filename)

    results = Opening()(dict(filename=video))
    assert type(results['video_reader']) is decord.VideoReader
    assert (results['total_frames'], results['avg_fps']) == (12, 12)
    stock = DecordDecode()({**DecordInit()(dict(filename=video)), 'frame_inds': [3, 3, 0]})
    np.testing.assert_array_equal(DecordDecode()({**results, 'frame_inds': [3, 3, 0]})['imgs'], stock['imgs'])

    class Both(MMDecode):
        _get_video_reader = Opening._get_video_reader

    inds = dict(RGB_inds=np.array([3, 3, 0]), modality=['RGB'], filename=video)
    np.testing.assert_array_equal(Both()(inds)['imgs'], stock['imgs'])


def test_multi_modal_decoding(video) -> None:
    class Mine(MMDecode):
        def _decord_load_frames(self, container, frame_inds):
            return super()._decord_load_frames(container, frame_inds)[::-1]

        def _load_kp(self, kp, frame_inds):
            return super()._load_kp(kp, frame_inds) + 1

        def _load_kpscore(self, kpscore, frame_inds):
            return super()._load_kpscore(kpscore, frame_inds) * 2

    inds = dict(RGB_inds=np.array([0, 2]), Pose_inds=np.array([1, 3, 3]), modality=['RGB', 'Pose'], filename=video)
    sample = {**pose(), 'img_shape': (48, 64), **inds}
    mine = Mine()(dict(sample))
    stock = MMDecode()(dict(sample))
    np.testing.assert_array_equal(mine['imgs'], np.asarray(stock['imgs'])[::-1])
    np.testing.assert_array_equal(mine['keypoint'], stock['keypoint'] + 1)
    assert mine['keypoint_score'].shape == (1, 3, 2) and (mine['keypoint_score'] == 1).all()


def test_pose_decode() -> None:
    class Mine(PoseDecode):
        def _load_kp(self, kp, frame_inds):
            return super()._load_kp(kp, frame_inds)[:1] + 1

        @staticmethod
        def _load_kpscore(kpscore, frame_inds):
            return PoseDecode._load_kpscore(kpscore, frame_inds) * 2

    results = Mine()(pose(frame_inds=np.array([0, 2, 3])))
    assert results['keypoint'].shape == (1, 3, 2, 2) and results['keypoint'][0, 0].tolist() == [[11, 5], [21, 17]]
    assert (results['keypoint_score'] == 1).all()


def test_pyav_helper(video) -> None:
    results = PyAVInit()(dict(filename=video))
    container = results['video_reader']
    frame = PyAVDecode.frame_generator(container, container.streams.video[0])
    np.testing.assert_array_equal(frame, PyAVDecode()({**results, 'frame_inds': [0]})['imgs'][0])


# --- skeletons --------------------------------------------------------------------------------------------------------
def test_compact() -> None:
    class Whole(MMCompact):
        def _get_box(self, keypoint, img_shape):
            assert keypoint.shape == (1, T, 2, 2) and img_shape == (H, W)
            return 2, 4, 12, 20

        def _compact_images(self, imgs, img_shape, box):
            return super()._compact_images(imgs, img_shape, box)[::-1]

    results = Whole()({**pose(), **pixels()})
    np.testing.assert_array_equal(results['imgs'], CLIP[::-1, 4:20, 2:12])
    assert results['img_shape'] == (16, 10) and results['keypoint'][0, 0].tolist() == [[8, 0], [18, 12]]
    assert MMCompact(padding=0, hw_ratio=None)._get_box(pose()['keypoint'], (H, W)) == (10, 4, 20, 16)


@pytest.mark.parametrize('double', [False, True])
@pytest.mark.parametrize('kinds', [dict(), dict(with_limb=True), dict(with_kp=False, with_limb=True)])
def test_heatmaps_one_by_one_are_those_drawn_at_once(kinds, double) -> None:
    args = dict(
        double=double, skeletons=[(0, 1)], left_kp=[0], right_kp=[1], left_limb=[], right_limb=[], sigma=1.5, **kinds
    )
    drawn = []

    class OneByOne(GeneratePoseTarget):
        def generate_heatmap(self, arr, kps, max_values):
            drawn.append((arr.shape, kps.shape, max_values.shape))
            super().generate_heatmap(arr, kps, max_values)

    maps = OneByOne(**args)(pose())['imgs']
    np.testing.assert_allclose(maps, GeneratePoseTarget(**args)(pose())['imgs'], atol=1e-6)
    number = maps.shape[1]
    assert drawn == [((number, H, W), (1, 2, 2), (1, 2))] * T and maps.shape[0] == T * (1 + double)
    assert maps.max() == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ('name', 'kinds'),
    [('generate_a_heatmap', dict()), ('generate_a_limb_heatmap', dict(with_kp=False, with_limb=True))],
)
def test_an_overridden_map_is_drawn(name, kinds) -> None:
    def fill(self, arr, *args):
        assert arr.shape == (H, W) and all(len(arg) == 1 for arg in args)
        arr[2:4, 1:3] = 0.25

    mine = type('Mine', (GeneratePoseTarget,), {name: fill})(skeletons=[(0, 1)], **kinds)
    maps = mine(pose())['imgs']
    assert (maps[:, :, 2:4, 1:3] == 0.25).all() and maps.sum() == pytest.approx(maps.shape[1] * T)


def test_an_overridden_augmentation_is_doubled_by_transform() -> None:
    class Brighter(GeneratePoseTarget):
        def gen_an_aug(self, results):
            maps = super().gen_an_aug(results)
            assert maps.shape == (T, 2, H, W)
            return maps * 2

    args = dict(double=True, left_kp=[0], right_kp=[1])
    np.testing.assert_allclose(
        Brighter(**args)(pose())['imgs'], GeneratePoseTarget(**args)(pose())['imgs'] * 2, atol=1e-6
    )


def test_helpers_of_3d_skeletons() -> None:
    step = PreNormalize3D()
    assert step.unit_vector(np.array([0, 3, 4])).tolist() == [0, 0.6, 0.8]
    assert step.angle_between(np.array([1, 0, 0]), np.array([0, 2, 0])) == pytest.approx(np.pi / 2)
    assert step.angle_between(np.zeros(3), np.ones(3)) == 0
    turned = step.rotation_matrix(np.array([0, 0, 2]), np.pi / 2) @ [1, 0, 0]
    assert turned == pytest.approx([0, 1, 0])
    assert step.rotation_matrix(np.zeros(3), 1.0).tolist() == np.eye(3).tolist()


def test_features_of_a_video_without_audio(tmp_path) -> None:
    class Ones(LoadAudioFeature):
        @staticmethod
        def _zero_pad(shape):
            return np.ones(shape, np.float32)

    with pytest.warns(UserWarning, match='There is no file'):
        results = Ones()(dict(audio_path=str(tmp_path / 'none.npy')))
    assert results['audios'].shape == (640, 80) and (results['audios'] == 1).all()


# --- hooks that nothing calls -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ('base', 'name', 'args', 'remedy'),
    [
        (ColorJitter, 'adjust_hue', (), r'Override transform, or draw\(\)'),
        (RandomErasing, '_img_fill_pixels', (), r'Override _fill_pixels\('),
        (PyAVDecode, 'frame_generator', (), 'Override transform'),
        (PreNormalize3D, 'rotation_matrix', (), 'Override transform'),
        (SampleAVAFrames, '_sample_clips', (4,), r'Override _get_clips\('),
        (UniformSampleFrames, '_get_sample_clips', (4,), 'Override _get_train_clips and _get_test_clips'),
        (LoadHVULabel, 'init_hvu_info', (), 'Override transform'),
    ],
)
def test_an_override_that_nothing_calls_is_reported_once(base, name, args, remedy) -> None:
    method = {name: lambda self, *args: None}
    with pytest.warns(UserWarning, match=rf'^Mine\.{name} is never called: {base.__name__} does without it.*{remedy}'):
        mine = type('Mine', (base,), method)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        type('Child', (mine,), {})(*args)
        base(*args)
        type('Own', (base,), {**method, 'transform': lambda self, results: results})(*args)
    with pytest.warns(UserWarning, match=rf'^Mixin\.{name} is never called'):
        type('Mixed', (type('Mixin', (), method), base), {})


def test_keywords_of_other_versions_are_ignored_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="LoadHVULabel has no use for hvu_tags='x'"):
        LoadHVULabel(hvu_tags='x')


# --- the page about them ----------------------------------------------------------------------------------------------
PAGES = [ROOT / 'docs' / language / 'advanced_guides' / 'customize_pipeline.md' for language in ('en', 'zh_cn')]


def test_the_classes_of_the_page_run() -> None:
    blocks, others = ([*re.findall(r'```python\n(.*?)```', page.read_text('utf-8'), re.S)] for page in PAGES)
    assert len(blocks) == 2 and blocks == others
    known = {}
    before = {**TRANSFORMS.module_dict}
    try:
        exec('\n'.join(blocks), known)
    finally:  # the names of the page are those of users
        TRANSFORMS.module_dict.clear()
        TRANSFORMS.module_dict.update(before)
    hidden = known['HideFaces']()(pixels())['imgs']
    assert not hidden[0][4:21, 8:25].any() and (hidden[0][:, :8] == CLIP[0][:, :8]).all()
    unit = known['UnitInterval']()(pixels())['imgs']
    np.testing.assert_allclose(unit, CLIP / np.float32(255), atol=1e-7)
    assert known['SampleTheEnd'](4)(dict(total_frames=9, start_index=0))['frame_inds'].tolist() == [5, 6, 7, 8]
    sharp = known['SharpResize']((16, 12))(pixels())['imgs']
    assert [frame.shape for frame in sharp] == [(12, 16, 3)] * T
    left = known['CropLeft'](16)(pixels(gt_bboxes=BOX))
    np.testing.assert_array_equal(left['imgs'], CLIP[:, :16, :16])
    assert left['gt_bboxes'].tolist() == [[4, 6, 15, 15]]


@pytest.mark.parametrize('page', PAGES, ids=str)
def test_the_table_of_the_page_names_methods_that_exist(page) -> None:
    rows = re.findall(r'^\| `(\w+)`[^|]*\| (`_.*|`g.*|`r.*|`i.*) \|$', page.read_text('utf-8'), re.M)
    assert len(rows) == 17
    for name, methods in rows:
        for method in re.findall(r'`(\w+)`', methods):
            assert callable(getattr(TRANSFORMS.get(name), method)), (name, method)
