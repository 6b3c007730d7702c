"""Layouts, tensors and data samples at the end of a pipeline, and the start of an inferencer's."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest
import torch

from mmaction.datasets.transforms import (
    CenterCrop,
    Flip,
    FormatAudioShape,
    FormatGCNInput,
    FormatShape,
    InferencerPackInput,
    PackActionInputs,
    PackLocalizationInputs,
    Transpose,
)


def frames(m, h=4, w=5, c=3):
    return np.arange(m * h * w * c).reshape(m, h, w, c).astype(np.uint8)


class TestFormatShape:
    def test_ncthw(self):
        clip = frames(12)  # 2 views of 2 clips of 3 frames
        results = FormatShape('NCTHW')(dict(imgs=clip, num_clips=2, clip_len=3))
        assert results['imgs'].shape == results['input_shape'] == (4, 3, 3, 4, 5)
        for n in range(4):
            for t in range(3):
                assert (results['imgs'][n, :, t] == clip[3 * n + t].transpose(2, 0, 1)).all()
        assert np.shares_memory(results['imgs'], clip)

    def test_nchw(self):
        clip = frames(6)
        results = FormatShape('NCHW')(dict(imgs=clip, num_clips=6, clip_len=1, modality='RGB'))
        assert results['input_shape'] == (6, 3, 4, 5)
        assert (results['imgs'] == clip.transpose(0, 3, 1, 2)).all() and np.shares_memory(results['imgs'], clip)

    def test_nchw_of_flow_stacks_x_and_y(self):
        flow = frames(10, c=2)
        both = FormatShape('NCHW')(dict(imgs=flow, num_clips=2, clip_len=5, modality='Flow'))['imgs']
        assert both.shape == (2, 10, 4, 5)
        assert (both[1, 6] == flow[5 + 3, ..., 0]).all() and (both[1, 7] == flow[5 + 3, ..., 1]).all()
        in_turn = [image for frame in flow for image in frame.transpose(2, 0, 1)]  # x, y, x, y, ... grey
        again = FormatShape('NCHW')(dict(imgs=in_turn, num_clips=2, clip_len=5, modality='Flow'))['imgs']
        assert (again == both).all()

    def test_heatmaps(self):
        maps = frames(6, 17, 4, 5)  # (M, C, H, W)
        results = FormatShape('NCTHW_Heatmap')(dict(imgs=maps, num_clips=2, clip_len=3))
        assert results['input_shape'] == (2, 17, 3, 4, 5)
        assert (results['imgs'][1, :, 2] == maps[5]).all()

    def test_two_modalities(self):
        results = dict(
            imgs=frames(4),
            heatmap_imgs=frames(8, 17, 4, 5),
            num_clips=dict(RGB=1, Pose=1),
            clip_len=dict(RGB=4, Pose=8),
        )
        results = FormatShape('NCTHW')(results)
        assert results['input_shape'] == (1, 3, 4, 4, 5)
        assert results['heatmap_imgs'].shape == results['heatmap_input_shape'] == (1, 17, 8, 4, 5)

    def test_proposals(self):
        clip = frames(12)
        results = FormatShape('NPTCHW')(dict(imgs=clip, num_proposals=2, num_clips=3, clip_len=2))
        assert results['input_shape'] == (2, 6, 3, 4, 5)
        assert (results['imgs'][1, 4] == clip[10].transpose(2, 0, 1)).all()

    def test_collapse(self):
        results = FormatShape('NCTHW', collapse=True)(dict(imgs=frames(3), num_clips=1, clip_len=3))
        assert results['imgs'].shape == results['input_shape'] == (3, 3, 4, 5)
        with pytest.raises(ValueError, match=r'collapse needs one clip, found 2 \(shape \(2, 3, 3, 4, 5\)\)'):
            FormatShape('NCTHW', collapse=True)(dict(imgs=frames(6), num_clips=2, clip_len=3))

    def test_list_equals_array(self):
        clip = frames(6)
        for kind in ('NCTHW', 'NCHW'):
            a, b = (FormatShape(kind)(dict(imgs=i, num_clips=2, clip_len=3))['imgs'] for i in (clip, list(clip)))
            assert (a == b).all()

    def test_views_are_copied_once_and_dense(self):
        results = dict(imgs=frames(6, 9, 9), num_clips=1, clip_len=6, modality='RGB')
        results = FormatShape('NCTHW')(Flip(1)(CenterCrop(4)(results)))
        back = results['imgs'].transpose(0, 2, 3, 4, 1)
        assert back.flags.c_contiguous  # channels last, nothing of the frames around it
        inputs = PackActionInputs()(results)['inputs']
        assert inputs.is_contiguous(memory_format=torch.channels_last_3d)
        assert np.shares_memory(inputs.numpy(), results['imgs'])
        stream = io.BytesIO()
        torch.save(inputs, stream)
        assert len(stream.getvalue()) < 6 * 4 * 4 * 3 + 4000

    def test_refuses(self):
        with pytest.raises(ValueError, match=r"input_format \('NTCHW'\) must be one of 'NCTHW', 'NCHW'"):
            FormatShape('NTCHW')
        with pytest.raises(ValueError, match=r'7 frames cannot be split into 2 x 3'):
            FormatShape('NCTHW')(dict(imgs=frames(7), num_clips=2, clip_len=3))


def test_transpose():
    image = frames(1)[0]
    results = Transpose(['img', 'other'], (2, 0, 1))(dict(img=image, other=image, kept=image))
    assert (results['img'] == image.transpose(2, 0, 1)).all() and results['other'].shape == (3, 4, 5)
    assert results['kept'] is image


class TestPackActionInputs:
    def test_image(self):
        clip = frames(2)
        packed = PackActionInputs(meta_keys=('img_shape', 'absent'))(dict(imgs=clip, label=3, img_shape=(4, 5)))
        assert packed['inputs'].dtype == torch.uint8 and (packed['inputs'].numpy() == clip).all()
        sample = packed['data_samples']
        assert sample.gt_label.tolist() == [3] and sample.metainfo == {'img_shape': (4, 5)}
        assert pickle.loads(pickle.dumps(sample)).gt_label.tolist() == [3]
        soft = PackActionInputs()(dict(imgs=clip, label=torch.tensor([0.25, 0.75])))['data_samples']
        assert soft.gt_label.tolist() == [0.25, 0.75]

    def test_negative_steps_and_lists(self):
        clip = frames(2)
        assert (PackActionInputs()(dict(imgs=clip[:, :, ::-1]))['inputs'].numpy() == clip[:, :, ::-1]).all()
        assert (PackActionInputs()(dict(imgs=list(clip)))['inputs'].numpy() == clip).all()

    @pytest.mark.parametrize('key', ['heatmap_imgs', 'keypoint', 'audios', 'text'])
    def test_other_inputs(self, key):
        value = np.ones((2, 3), np.float32)
        assert PackActionInputs()({key: value, 'label': 1})['inputs'].tolist() == value.tolist()

    def test_heatmaps_come_before_the_keypoints_they_were_made_of(self):
        packed = PackActionInputs()(dict(keypoint=np.zeros((1, 1)), heatmap_imgs=np.ones((2, 2))))
        assert packed['inputs'].shape == (2, 2)

    def test_several_inputs(self):
        packed = PackActionInputs(collect_keys=('imgs', 'text'))(dict(imgs=frames(1), text=np.arange(3), audios=1))
        assert list(packed['inputs']) == ['imgs', 'text'] and packed['inputs']['text'].tolist() == [0, 1, 2]

    def test_boxes(self):
        boxes = np.array([[1, 2, 3, 4]], np.float32)
        results = dict(imgs=frames(1), gt_bboxes=boxes, gt_labels=np.array([[0, 1]]), proposals=boxes + 1, query='q')
        sample = PackActionInputs(algorithm_keys=('query', 'absent'))(results)['data_samples']
        assert sample.gt_instances.bboxes.tolist() == [[1, 2, 3, 4]]
        assert sample.gt_instances.labels.tolist() == [[0, 1]]
        assert sample.proposals.bboxes.tolist() == [[2, 3, 4, 5]]
        assert sample.query == 'q'

    def test_refuses(self):
        with pytest.raises(ValueError, match=r"needs one of \['imgs', .*\] in the sample, which has \['label'\]"):
            PackActionInputs()(dict(label=1))
        with pytest.raises(ValueError, match=r"collect_keys \['text'\] are not in the sample, which has \['imgs'\]"):
            PackActionInputs(collect_keys=['imgs', 'text'])(dict(imgs=frames(1)))


def test_pack_localization():
    results = dict(raw_feature=np.ones((4, 10), np.float32), gt_bbox=[[0.1, 0.4]], video_name='v', proposals=[[1, 2]])
    packed = PackLocalizationInputs(keys=('gt_bbox', 'proposals', 'absent'))(dict(results))
    sample = packed['data_samples']
    assert packed['inputs'].shape == (4, 10) and sample.metainfo == {'video_name': 'v'}
    assert sample.gt_instances.gt_bbox.tolist() == pytest.approx(np.array([[0.1, 0.4]]))
    assert sample.proposals.proposals.tolist() == [[1, 2]]
    only = PackLocalizationInputs(keys=('bsp_feature',), meta_keys=())(dict(bsp_feature=np.ones((2, 3))))
    assert only['inputs'].item() == 0 and only['data_samples'].gt_instances.bsp_feature.shape == (2, 3)
    with pytest.raises(ValueError, match=r"needs 'raw_feature' or 'bsp_feature' .* \['label'\]"):
        PackLocalizationInputs()(dict(label=1))


def test_audio():
    results = FormatAudioShape('NCTF')(dict(audios=np.zeros((3, 128, 80))))
    assert results['audios'].shape == results['input_shape'] == (3, 1, 128, 80)
    with pytest.raises(ValueError, match=r"input_format \('NTF'\) must be 'NCTF'"):
        FormatAudioShape('NTF')
    with pytest.raises(ValueError, match=r'audios must be \(clips, T, F\), found shape \(3,\)'):
        FormatAudioShape('NCTF')(dict(audios=np.zeros(3)))


class TestFormatGCN:
    points = np.arange(1 * 6 * 2 * 2).reshape(1, 6, 2, 2) + 1.0

    def test_fills_up(self):
        zero = FormatGCNInput()(dict(keypoint=self.points, num_clips=2))['keypoint']
        assert zero.shape == (2, 2, 3, 2, 2) and zero.flags.c_contiguous
        assert (zero[:, 0].reshape(6, 2, 2) == self.points[0]).all() and (zero[:, 1] == 0).all()
        loop = FormatGCNInput(3, mode='loop')(dict(keypoint=self.points))['keypoint']
        assert loop.shape == (1, 3, 6, 2, 2) and (loop == loop[:, :1]).all()

    def test_score_is_a_channel_and_surplus_persons_go(self):
        score = np.full((4, 6, 2), 0.5)
        out = FormatGCNInput(2)(dict(keypoint=np.repeat(self.points, 4, axis=0), keypoint_score=score))['keypoint']
        assert out.shape == (1, 2, 6, 2, 3) and (out[..., 2] == 0.5).all()

    def test_refuses(self):
        with pytest.raises(ValueError, match=r'num_person \(0\) must be at least 1'):
            FormatGCNInput(0)
        with pytest.raises(ValueError, match=r"mode \('mirror'\) must be one of 'zero', 'loop'"):
            FormatGCNInput(mode='mirror')
        with pytest.raises(ValueError, match=r'6 frames of keypoint cannot be split into num_clips \(4\)'):
            FormatGCNInput()(dict(keypoint=self.points, num_clips=4))


class TestInferencerPackInput:
    def test_video_and_dict(self):
        assert InferencerPackInput()('a.mp4') == dict(filename='a.mp4', label=-1, start_index=0, modality='RGB')
        assert InferencerPackInput('dict')({'a': 1}) == {'a': 1}

    def test_frames(self, tmp_path):
        for name in ('img_00001.jpg', 'img_00002.jpg', 'img_1.png', 'ximg_00003.jpg', 'flow_x_0001.jpg'):
            (tmp_path / name).touch()
        results = InferencerPackInput('rawframes', start_index=0)(str(tmp_path))
        assert (results['total_frames'], results['start_index'], results['modality']) == (2, 0, 'RGB')
        assert results['filename_tmpl'] == 'img_{:05}.jpg' and results['frame_dir'] == str(tmp_path)
        flow = InferencerPackInput('rawframes', 'flow_{}_{:04d}.jpg', 'Flow')(str(tmp_path))
        assert (flow['total_frames'], flow['modality']) == (1, 'Flow')
        with pytest.raises(FileNotFoundError, match=r"No file in .* filename_tmpl \('f_\{:03\}.jpg'\)"):
            InferencerPackInput('rawframes', 'f_{:03}.jpg')(str(tmp_path))

    def test_array(self):
        for channels, modality in ((3, 'RGB'), (2, 'Flow')):
            array = frames(7, c=channels)
            results = InferencerPackInput('array')(array)
            assert (results['total_frames'], results['modality'], results['start_index']) == (7, modality, 0)
            assert results['array'] is array
        with pytest.raises(ValueError, match=r'An array must be .* found \(7, 4, 5, 4\)'):
            InferencerPackInput('array')(frames(7, c=4))

    def test_refuses(self):
        with pytest.raises(ValueError, match=r"input_format \('url'\) must be one of 'video', "):
            InferencerPackInput('url')


@pytest.mark.parametrize('key', ['filename', 'frame_dir', 'audio_path'])
def test_the_source_is_packed_whatever_the_meta_keys(key):
    results = dict(imgs=np.zeros((1, 3, 4, 4), np.uint8), **{key: 'a/b.mp4'})
    for pack in (PackActionInputs(), PackActionInputs(meta_keys=())):
        assert pack(dict(results))['data_samples'].metainfo == {key: 'a/b.mp4'}
