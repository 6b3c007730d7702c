_base_ = [
    '../../_base_/models/uniformerv2_base_p16.py',
    '../../_base_/datasets/kinetics710.py',
    '../../_base_/schedules/adamw_uniformerv2_55e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
file_client_args = dict(io_backend='disk')

model = dict(
    backbone=dict(clip_pretrained=True, pretrained='ViT-B/16'),
    cls_head=dict(num_classes=710),
)

train_pipeline, val_pipeline, test_pipeline = r.uniform(
    _base_.num_frames, 1, val_view=r.center_crop(224, short=224), test_clips=4, io=file_client_args
)
k400_trainset, k400_valset, k400_testset = r.datasets((train_pipeline, val_pipeline, test_pipeline), **_base_.k400_sets)
k600_trainset, k600_valset, k600_testset = r.datasets((train_pipeline, val_pipeline, test_pipeline), **_base_.k600_sets)
k700_trainset, k700_valset, k700_testset = r.datasets((train_pipeline, val_pipeline, test_pipeline), **_base_.k700_sets)
k710_trainset = dict(type='ConcatDataset', datasets=[k400_trainset, k600_trainset, k700_trainset])
k710_valset = dict(type='ConcatDataset', datasets=[k400_valset, k600_valset, k700_valset])
k710_testset = dict(type='ConcatDataset', datasets=[k400_testset, k600_testset, k700_testset])
train_dataloader = r.loader(k710_trainset, 8, shuffle=True)
val_dataloader = r.loader(k710_valset, 8)
test_dataloader = r.loader(k710_testset, 8)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

default_hooks = dict(checkpoint=dict(interval=3, max_keep_ckpts=5), logger=dict(interval=100))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.5, by_epoch=True, begin=0, end=5, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=50,
        eta_min_ratio=0.5,
        by_epoch=True,
        begin=5,
        end=55,
        convert_to_iter_based=True,
    ),
]
