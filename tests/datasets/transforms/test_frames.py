"""What steps of users find in ``results['imgs']``, and what our own steps take back from them."""

from __future__ import annotations

import copy
import pickle
import random
import warnings

import cv2
import mmcv
import numpy as np
import pytest
import torch
from mmcv.transforms import BaseTransform as McvTransform
from mmcv.transforms import Compose, RandomApply, RandomChoice
from mmcv.transforms import Normalize as McvNormalize
from PIL import Image

from mmaction.apis import inference_recognizer
from mmaction.datasets import RawframeDataset, RepeatAugDataset, VideoDataset
from mmaction.datasets.transforms import (
    CenterCrop,
    ColorJitter,
    Flip,
    FormatShape,
    Fuse,
    RandomErasing,
    Resize,
    TenCrop,
    ThreeCrop,
)
from mmaction.datasets.transforms.frames import Frames, RepeatedFrames, as_clip, open_clip, read_each_once
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmaction.testing import moving_texture
from mmaction.video import write_image, write_video

T, H, W = 4, 24, 32
CLIP = moving_texture(T, H, W)


class Change(McvTransform):
    """A step of a user: a function of the list of frames, which changes it or returns another."""

    def __init__(self, change) -> None:
        self.change = change

    def transform(self, results: dict) -> dict:
        assert isinstance(results['imgs'], list)
        assert all(type(frame) is np.ndarray and frame.flags.writeable for frame in results['imgs'])
        changed = self.change(results['imgs'])
        if changed is not None:
            results['imgs'] = changed
        return results


def run(*steps):
    """The results of steps after a decoder."""
    results = dict(imgs=Frames(CLIP.copy()), img_shape=(H, W), modality='RGB', num_clips=1, clip_len=T)
    for step in steps:
        results = step(results)
    return results


def in_pipelines(change, length=T):
    """The frames after a user's step between steps of ours: eager, and before Fuse."""
    before, after = Resize((W, H), keep_ratio=False), CenterCrop((W - 8, H - 4))
    eager = run(before, Change(change), after, Flip(1))
    lazy_before, lazy_after = Resize((W, H), keep_ratio=False, lazy=True), CenterCrop((W - 8, H - 4), lazy=True)
    lazy = run(lazy_before, Change(change), lazy_after, Flip(1, lazy=True), Fuse())
    np.testing.assert_array_equal(eager['imgs'], lazy['imgs'])
    shaped = FormatShape('NCTHW')({**eager, 'clip_len': length})['imgs']
    np.testing.assert_array_equal(shaped[0].transpose(1, 2, 3, 0), eager['imgs'])
    return np.asarray(eager['imgs'])


def cropped(frames):
    return np.stack(frames)[:, 2 : H - 2, 4 : W - 4][:, :, ::-1]


# --- the list ---------------------------------------------------------------------------------------------------------
def test_frames_are_views_of_the_array_until_the_list_is_changed() -> None:
    clip = CLIP.copy()
    frames = Frames(clip)
    assert isinstance(frames, list) and len(frames) == T and frames[0].base is clip
    assert as_clip(frames) is clip and np.asarray(frames) is clip
    assert (frames.shape, frames.ndim, frames.dtype) == (clip.shape, 4, np.uint8)
    frames[1][:] = 7
    assert (clip[1] == 7).all() and as_clip(frames) is clip
    frames[2] = frames[2].astype(np.float32) / 255
    assert frames.array is None
    assert as_clip(frames).dtype == np.float32 and (as_clip(frames)[1] == 7).all()


@pytest.mark.parametrize('fast', [copy.deepcopy, lambda frames: pickle.loads(pickle.dumps(frames))])
def test_a_copy_has_an_array_of_its_own(fast) -> None:
    copied = fast(Frames(CLIP.copy()))
    np.testing.assert_array_equal(copied, CLIP)
    copied[0][:] = 0
    assert not copied.array[0].any() and CLIP[0].any()
    changed = Frames(CLIP.copy())
    changed.pop()
    assert type(fast(changed)) is list and len(fast(changed)) == T - 1


@pytest.mark.parametrize('clip', [CLIP[:, :, ::-1], CLIP[:, ::-1], np.broadcast_to(CLIP[:1], CLIP.shape)])
def test_frames_can_be_written_and_passed_on_whatever_the_array(clip) -> None:
    before = clip.copy()
    for frame in Frames(clip):
        torch.from_numpy(frame)
        cv2.rectangle(frame, (2, 2), (9, 9), (255, 0, 0), -1)
        assert frame[4, 4].tolist() == [255, 0, 0]
    np.testing.assert_array_equal(clip, before)  # the array was not ours to write to


@pytest.mark.parametrize(
    ('imgs', 'message'),
    [
        ([], 'imgs is empty; a sample needs at least one frame'),
        (np.zeros((2, 2)), r'must be \(T, H, W, C\) or a list of \(H, W, C\) frames, found shape \(2, 2\)'),
        ([np.zeros(3), np.zeros((2, 2))], r'found frames of shapes \(3,\), \(2, 2\)'),
        ([np.zeros((2, 2, 3)), np.zeros((2, 3, 3))], r'differ in shape \(\(2, 2, 3\) and \(2, 3, 3\)\); resize them'),
    ],
)
def test_refuses(imgs, message) -> None:
    with pytest.raises(ValueError, match=message):
        as_clip(imgs)


# --- every operation on the list, eager and lazy ----------------------------------------------------------------------
def shuffle(imgs):
    random.Random(3).shuffle(imgs)


def draw(imgs):
    for img in imgs:
        cv2.rectangle(img, (6, 4), (12, 10), (0, 255, 0), -1)


def gray(imgs):
    for i, img in enumerate(imgs):
        imgs[i] = cv2.cvtColor(img, cv2.COLOR_RGB2GRAY)


def unit(imgs):
    for i in range(len(imgs)):
        imgs[i] = imgs[i].astype(np.float32) / 255.0


def write_into(imgs):
    for img in imgs:
        img[:, : W // 2] = 0


CHANGES = {
    'append': (lambda imgs: imgs.append(imgs[0]), lambda clip: [*clip, clip[0]]),
    'extend': (lambda imgs: imgs.extend(imgs[:2]), lambda clip: [*clip, *clip[:2]]),
    'insert': (lambda imgs: imgs.insert(1, imgs[3]), lambda clip: [clip[0], clip[3], *clip[1:]]),
    'pop': (lambda imgs: imgs.remove(imgs[0]), lambda clip: clip[1:]),
    'del': (lambda imgs: imgs.__delitem__(slice(0, 2)), lambda clip: clip[2:]),
    'clear and refill': (lambda imgs: imgs.__setitem__(slice(None), [imgs[2]] * 2), lambda clip: [clip[2]] * 2),
    'reverse': (lambda imgs: imgs.reverse(), lambda clip: clip[::-1]),
    'shuffle': (shuffle, lambda clip: random.Random(3).shuffle(order := list(clip)) or order),
    'plus': (lambda imgs: imgs + imgs, lambda clip: [*clip, *clip]),
    'times two': (lambda imgs: imgs * 2, lambda clip: [*clip, *clip]),
    'in place plus': (lambda imgs: imgs.__iadd__(imgs), lambda clip: [*clip, *clip]),
    'slice': (lambda imgs: imgs[::2], lambda clip: clip[::2]),
    'tuple': (tuple, list),
    'array': (np.stack, list),
    'tensor': (lambda imgs: torch.from_numpy(np.stack(imgs)), list),
    'tensors': (lambda imgs: [torch.from_numpy(img) for img in imgs], list),
    'images of PIL': (lambda imgs: [Image.fromarray(img) for img in imgs], list),
    'float': (unit, lambda clip: clip.astype(np.float32) / 255),
    'mixed types': (lambda imgs: imgs.__setitem__(0, imgs[0] / 2.0), lambda clip: [clip[0] / 2, *clip[1:]]),
    'gray': (gray, lambda clip: [cv2.cvtColor(img, cv2.COLOR_RGB2GRAY) for img in clip]),
    'draw': (draw, lambda clip: [cv2.rectangle(img.copy(), (6, 4), (12, 10), (0, 255, 0), -1) for img in clip]),
    'write into frames': (write_into, lambda clip: [np.where(np.arange(W)[:, None] < W // 2, 0, img) for img in clip]),
    'nothing': (lambda imgs: None, list),
}


@pytest.mark.parametrize('name', CHANGES)
def test_what_a_step_leaves_is_taken_back(name) -> None:
    change, expected = CHANGES[name]
    frames = list(expected(CLIP.copy()))
    if name == 'gray':
        eager = run(Change(change), CenterCrop((W - 8, H - 4)), Flip(1))['imgs']
        assert eager[0].ndim == 2  # frames of a user keep their form
        np.testing.assert_array_equal(eager, cropped(frames))
        assert FormatShape('NCHW')(dict(imgs=eager))['imgs'].shape == (T, 1, H - 4, W - 8)
        return
    np.testing.assert_array_equal(in_pipelines(change, len(frames)), cropped(frames))


def test_our_steps_do_not_write_into_their_input() -> None:
    clip = CLIP.copy()
    for step in (Resize((16, 12), keep_ratio=False), Flip(1), ColorJitter(), RandomErasing(1.0), TenCrop(8)):
        step(dict(imgs=Frames(clip), modality='RGB'))
        np.testing.assert_array_equal(clip, CLIP)


def test_frames_of_different_sizes_stay_a_list_and_are_resized() -> None:
    def jitter_size(imgs):
        return [mmcv.imresize(img, (W + 3 * i, H + 2 * i)) for i, img in enumerate(imgs)]

    sizes = [(W + 3 * i, H + 2 * i) for i in range(T)]
    varied = [mmcv.imresize(img, size) for img, size in zip(CLIP, sizes)]
    flipped = run(Change(jitter_size), Flip(1))['imgs']
    assert [img.shape for img in flipped] == [(h, w, 3) for w, h in sizes]
    resized = run(Change(jitter_size), Flip(1), Resize((20, 18), keep_ratio=False))
    for got, img in zip(resized['imgs'], varied):
        np.testing.assert_array_equal(got, mmcv.imresize(np.ascontiguousarray(img[:, ::-1]), (20, 18)))
    assert resized['img_shape'] == (18, 20)
    crops = run(Change(jitter_size), CenterCrop((W - 8, H - 4)))['imgs']
    np.testing.assert_array_equal(crops, [img[2 : H - 2, 4 : W - 4] for img in varied])
    with pytest.raises(ValueError, match=r'differ in shape \(\(24, 32, 3\) and \(26, 35, 3\)\); resize them first'):
        run(Change(jitter_size), FormatShape('NCHW'))


def test_flow_frames_of_different_sizes_are_flipped_with_x_inverted() -> None:
    clip = np.random.RandomState(0).randint(0, 256, (4, H, W), np.uint8)  # x, y, x, y
    frames = [clip[0], clip[1], clip[2][:-1], clip[3][:-1]]
    flipped = Flip(1)(dict(imgs=frames, modality='Flow', img_shape=(H, W)))['imgs']
    for number, (got, frame) in enumerate(zip(flipped, frames)):
        expected = frame[:, ::-1] if number % 2 else 255 - frame[:, ::-1]
        np.testing.assert_array_equal(got, expected)


def test_a_size_that_img_shape_does_not_state_is_reported() -> None:
    def halve(imgs):
        return [mmcv.imresize(img, (16, 12)) for img in imgs]

    with pytest.warns(UserWarning, match=r"frames of \(12, 16\) \(h, w\) and results\['img_shape'\] \(24, 32\)"):
        results = run(Change(halve), Resize((8, 8), keep_ratio=False))
    assert results['scale_factor'] == pytest.approx([8 / 32, 8 / 24])  # as in MMAction2, which goes by img_shape
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        run(Resize((16, 12), keep_ratio=False), Flip(1), TenCrop(8), Change(list), ColorJitter())
        run(Resize((16, 12), lazy=True), CenterCrop(8, lazy=True), Fuse(), Flip(1))


# --- subclasses of our steps ------------------------------------------------------------------------------------------
def test_a_subclass_sees_a_list_before_and_after_ours() -> None:
    class Doubled(Resize):
        def transform(self, results: dict) -> dict:
            assert isinstance(results['imgs'], list)
            results['imgs'] = results['imgs'] * 2
            results = super().transform(results)
            assert isinstance(results['imgs'], list)
            results['imgs'].append(results['imgs'][0])
            return results

    doubled = run(Flip(0), Doubled((16, 12)), Flip(1))['imgs']
    expected = [mmcv.imresize(img, (16, 12))[:, ::-1] for img in [*CLIP, *CLIP, CLIP[0]]]
    np.testing.assert_array_equal(doubled, expected)


# --- wrappers of mmcv -------------------------------------------------------------------------------------------------
def test_wrappers_of_mmcv_pass_the_list_on() -> None:
    reverse = Change(lambda imgs: imgs.reverse())
    for wrapper in (
        RandomApply(reverse, prob=1.0),
        RandomChoice([[reverse]]),
        Compose([reverse]),
        TRANSFORMS.build(dict(type='KeyMapper', mapping=dict(imgs='imgs'), auto_remap=True, transforms=[reverse])),
    ):
        np.testing.assert_array_equal(run(Flip(0), wrapper, Resize((W, H)))['imgs'], CLIP[::-1])


def test_a_step_of_mmcv_runs_on_each_frame_in_a_broadcaster() -> None:
    step = dict(
        type='TransformBroadcaster',
        mapping=dict(img='imgs'),
        auto_remap=True,
        share_random_params=True,
        transforms=[McvNormalize(mean=[127.5] * 3, std=[127.5] * 3, to_rgb=False)],
    )
    normalized = run(Resize((16, 12)), TRANSFORMS.build(step), Flip(1), FormatShape('NCTHW'))['imgs']
    expected = np.stack([mmcv.imresize(img, (16, 12)) for img in CLIP])[:, :, ::-1].astype(np.float32) / 127.5 - 1
    np.testing.assert_allclose(normalized[0].transpose(1, 2, 3, 0), expected, atol=1e-6)


# --- in data sets and in inference ------------------------------------------------------------------------------------
@TRANSFORMS.register_module()
class FramesInUnitInterval(McvTransform):
    """A step as people write it for MMAction2 1.x."""

    def transform(self, results: dict) -> dict:
        imgs = results['imgs']
        assert isinstance(imgs, list)
        for i in range(len(imgs)):
            imgs[i] = imgs[i].astype(np.float32) / 255.0
        return results


PIPELINE = [
    dict(type='SampleFrames', clip_len=T, test_mode=True),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(W, H), keep_ratio=False),
    dict(type='FramesInUnitInterval'),
    dict(type='CenterCrop', crop_size=20),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('frames')
    (path / 'clip').mkdir()
    for number, frame in enumerate(CLIP, start=1):
        write_image(path / 'clip' / f'img_{number:05}.png', frame)
    write_video(path / 'clip.mp4', CLIP, fps=10)
    (path / 'rawframes.txt').write_text(f'clip {T} 1\n')
    (path / 'videos.txt').write_text('clip.mp4 1\n')
    return path


def test_in_a_dataset_of_frames(folder) -> None:
    dataset = RawframeDataset(
        str(folder / 'rawframes.txt'), PIPELINE, data_prefix=dict(img=str(folder)), filename_tmpl='img_{:05}.png'
    )
    inputs = dataset[0]['inputs'][0].permute(1, 2, 3, 0).numpy()
    np.testing.assert_allclose(inputs, CLIP[:, 2:22, 6:26].astype(np.float32) / 255, atol=1e-7)


def test_in_datasets_of_videos_repeated_or_not(folder) -> None:
    steps = [dict(type='DecordInit'), PIPELINE[0], dict(type='DecordDecode'), *PIPELINE[2:]]
    once = VideoDataset(str(folder / 'videos.txt'), steps, data_prefix=dict(video=str(folder)))[0]
    repeats = RepeatAugDataset(str(folder / 'videos.txt'), steps, data_prefix=dict(video=str(folder)), num_repeats=2)
    assert once['inputs'].dtype == torch.float32 and 0.2 < once['inputs'].mean() < 0.8
    for sample in repeats[0]:
        assert torch.equal(sample['inputs'], once['inputs'])


@MODELS.register_module()
class MeanOfFrames(torch.nn.Module):
    """Scores: mean and largest value of the input."""

    def __init__(self) -> None:
        super().__init__()
        self.place = torch.nn.Parameter(torch.zeros(1))

    def test_step(self, data: dict) -> list:
        inputs = data['inputs'][0].float()
        return [ActionDataSample().set_pred_score(torch.stack([inputs.mean(), inputs.max()]))]


@pytest.mark.parametrize('kind', ['video', 'array'])
def test_in_inference(folder, kind) -> None:
    steps = [dict(type='DecordInit'), PIPELINE[0], dict(type='DecordDecode'), *PIPELINE[2:]]
    before = CLIP.copy()
    video = str(folder / 'clip.mp4') if kind == 'video' else CLIP
    score = inference_recognizer(MeanOfFrames(), video, test_pipeline=steps).pred_score
    assert score[0] == pytest.approx(CLIP[:, 2:22, 6:26].mean() / 255, abs=0.02) and score[1] <= 1
    np.testing.assert_array_equal(CLIP, before)


def test_a_step_for_one_image_is_named_in_inference() -> None:
    steps = [PIPELINE[0], dict(type='ArrayDecode'), dict(type='mmcv.Normalize', mean=[1] * 3, std=[1] * 3)]
    with pytest.raises(ValueError, match=r"^Normalize, step 3 of the pipeline, reads 'img'; .*'TransformBroadcaster'"):
        inference_recognizer(MeanOfFrames(), CLIP, test_pipeline=steps)


def test_open_clip_of_an_array_is_the_array() -> None:
    assert open_clip(CLIP) is CLIP
    assert open_clip(CLIP[..., 0]).shape == (T, H, W, 1)


# --- frames that occur more than once ---------------------------------------------------------------------------------
ORDER = np.array([0, 2, 2, 1, 3, 0])
USES = {
    'array': np.asarray,
    'list': list,
    'stack': np.stack,
    'index': lambda imgs: [imgs[i] for i in range(len(imgs))],
    'slice': lambda imgs: imgs[:],
    'sum': lambda imgs: imgs + [],
    'product': lambda imgs: imgs * 1,
    'splat': lambda imgs: [*imgs],
    'reversed': lambda imgs: [*reversed(imgs)][::-1],
    'copy': copy.copy,
    'deep copy': copy.deepcopy,
    'pickle': lambda imgs: pickle.loads(pickle.dumps(imgs)),
    'tensor': lambda imgs: torch.stack([torch.from_numpy(frame) for frame in imgs]).numpy(),
}


@pytest.mark.parametrize('use', USES)
def test_repeated_frames_are_a_list_of_frames_of_their_own(use) -> None:
    imgs = RepeatedFrames(CLIP.copy(), ORDER)
    assert isinstance(imgs, list)
    assert len(imgs) == len(ORDER)
    frames = USES[use](imgs)
    np.testing.assert_array_equal(frames, CLIP[ORDER])
    frames[1][:] = 0  # frame 2 is in the places 1 and 2
    np.testing.assert_array_equal(frames[2], CLIP[2])


def test_repeated_frames_can_be_changed_as_a_list() -> None:
    imgs = RepeatedFrames(CLIP.copy(), ORDER)
    imgs[0] = CLIP[3]
    imgs.append(imgs.pop(1))
    imgs[-1][:] = 7
    np.testing.assert_array_equal(open_clip(imgs)[:5], CLIP[[3, 2, 1, 3, 0]])
    assert (as_clip(imgs)[5] == 7).all()


STEPS = {
    'views': (Resize((-1, 48)), ThreeCrop(48), FormatShape('NCTHW')),
    'mirrored views': (Resize((-1, 48)), TenCrop(16), FormatShape('NCHW')),
    'crop': (Resize((40, 30), keep_ratio=False), CenterCrop(24), Flip(1), FormatShape('NCTHW')),
    'fused': (Resize((40, 30), keep_ratio=False, lazy=True), Flip(1, lazy=True), Fuse()),
}


@pytest.mark.parametrize('steps', STEPS)
def test_steps_compute_repeated_frames_as_any_others(steps) -> None:
    def through(imgs):
        results = dict(imgs=imgs, img_shape=(H, W), modality='RGB', num_clips=2, clip_len=3)
        for step in STEPS[steps]:
            results = step(results)
        return results

    repeated, plain = through(RepeatedFrames(CLIP.copy(), ORDER)), through(Frames(CLIP[ORDER]))
    np.testing.assert_array_equal(repeated['imgs'], plain['imgs'])
    assert repeated['img_shape'] == plain['img_shape']


def test_steps_keep_frames_repeated_up_to_the_views() -> None:
    results = dict(imgs=RepeatedFrames(CLIP.copy(), ORDER), img_shape=(H, W), modality='RGB')
    for step in (Resize((-1, 48)), CenterCrop(40), Flip(1)):
        results = step(results)
        assert type(results['imgs']) is RepeatedFrames
        assert len(results['imgs']) == len(ORDER)


@pytest.mark.parametrize(('indices', 'kind'), [([1, 3], np.ndarray), ([3, 1], np.ndarray), ([1, 3, 1], RepeatedFrames)])
def test_each_frame_is_read_once(indices, kind) -> None:
    asked = []

    def read(numbers):
        asked.extend(numbers)
        return CLIP[numbers]

    frames = read_each_once(read, np.array(indices))
    assert type(frames) is kind
    assert asked == [1, 3]
    np.testing.assert_array_equal(frames, CLIP[indices])
