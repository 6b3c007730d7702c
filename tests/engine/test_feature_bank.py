"""A feature bank, from the test that writes it to the training and the test that read it, through the runner."""

from __future__ import annotations

import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.runner import Runner
from mmengine.structures import InstanceData
from torch.utils.data import DataLoader, Dataset

from mmaction.structures import ActionDataSample
from mmaction.testing import seeded_tensor


class Clips(Dataset):
    """Four clips of one video, two persons in each."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> dict:
        sample = ActionDataSample(metainfo=dict(img_shape=(32, 32), img_key=f'v,{900 + index:04d}'))
        boxes = torch.tensor([[0.0, 0, 16, 32], [16, 0, 32, 32]])
        labels = torch.zeros(2, 4)
        labels[:, 1 + index % 3] = 1
        sample.proposals = InstanceData(bboxes=boxes)
        sample.gt_instances = InstanceData(bboxes=boxes, labels=labels)
        return dict(inputs=seeded_tensor((3, 2, 32, 32), index), data_samples=sample)


class Scores(BaseMetric):
    """Mean score, and all scores for the test."""

    seen: list

    def process(self, data_batch: dict, data_samples: list) -> None:
        self.results += [sample['pred_instances']['scores'] for sample in data_samples]

    def compute_metrics(self, results: list) -> dict:
        Scores.seen = results
        return dict(score=float(torch.stack(results).mean()))


def loader(batch_size: int) -> DataLoader:
    return DataLoader(Clips(), batch_size, collate_fn=pseudo_collate)


def config(shared_head: dict, channels: int) -> dict:
    return dict(
        type='FastRCNN',
        _scope_='mmdet',
        backbone=dict(type='mmaction.ResNet3dSlowOnly', depth=18, base_channels=4, pretrained=None),
        roi_head=dict(
            type='AVARoIHead',
            bbox_roi_extractor=dict(type='SingleRoIExtractor3D', output_size=2),
            shared_head=shared_head,
            bbox_head=dict(type='BBoxHeadAVA', background_class=True, in_channels=channels, num_classes=4, topk=1),
        ),
        data_preprocessor=dict(type='mmaction.ActionDataPreprocessor', format_shape='NCTHW'),
        train_cfg=dict(
            rcnn=dict(
                assigner=dict(type='MaxIoUAssignerAVA', pos_iou_thr=0.9, neg_iou_thr=0.9, min_pos_iou=0.9),
                sampler=dict(type='RandomSampler', num=8, pos_fraction=1),
                pos_weight=1.0,
            )
        ),
        test_cfg=dict(rcnn=None),
    )


@pytest.fixture
def runner(tmp_path):
    def build(model: dict, **parts) -> Runner:
        return Runner(
            model=model,
            work_dir=str(tmp_path / 'work'),
            default_scope='mmaction',
            log_level='ERROR',
            randomness=dict(seed=0),
            experiment_name=f'bank {len(parts)} {model["roi_head"]["shared_head"]["type"]} {id(parts)}',
            **parts,
        )

    return build


def test_bank_is_written_by_a_test_and_read_by_training_and_test(runner, tmp_path):
    folder = tmp_path / 'bank'
    for mode in ('train', 'val'):
        head = dict(type='LFBInferHead', lfb_prefix_path=str(folder), dataset_mode=mode)
        writer = runner(config(head, 32), test_dataloader=loader(3), test_cfg={}, test_evaluator=Evaluator(Scores()))
        writer.test()
    assert sorted(path.name for path in folder.iterdir()) == ['lfb_train.pkl', 'lfb_val.pkl']
    written = torch.load(folder / 'lfb_train.pkl', weights_only=True)
    assert {video: sorted(seconds) for video, seconds in written.items()} == {'v': [900, 901, 902, 903]}
    feature = written['v'][902][1]
    assert (len(written['v'][902]), feature.shape, feature.dtype) == (2, (32,), torch.float16)

    # one place per second for two features: training draws, test does not
    bank = dict(lfb_prefix_path=str(folder), max_num_sampled_feat=1, window_size=4, lfb_channels=32, device='cpu')
    fbo = dict(
        type='non_local', st_feat_channels=32, lt_feat_channels=32, latent_channels=8, num_st_feat=1, num_lt_feat=4
    )
    reader = runner(
        config(dict(type='FBOHead', lfb_cfg=bank, fbo_cfg=fbo), 40),
        train_dataloader=loader(2),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        test_dataloader=loader(2),
        test_cfg={},
        test_evaluator=Evaluator(Scores()),
    )
    before = reader.model.roi_head.shared_head.fbo.st_feat_conv.weight.clone()
    reader.train()
    assert not torch.equal(reader.model.roi_head.shared_head.fbo.st_feat_conv.weight, before)
    scores = []
    for _ in range(2):
        assert 0 < reader.test()['score'] < 1
        scores.append(Scores.seen)
    assert all(torch.equal(a, b) for a, b in zip(*scores))
    assert len(scores[0]) == 4
