_base_ = [
    '../../_base_/models/uniformerv2_base_p16.py',
    '../../_base_/datasets/kinetics710.py',
    '../../_base_/schedules/adamw_uniformerv2_55e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

model = dict(
    backbone=dict(clip_pretrained=True, pretrained='ViT-B/16'),
    cls_head=dict(num_classes=710),
)

train_pipeline, val_pipeline, test_pipeline = r.uniform(
    _base_.num_frames, 1, val_view=r.center_crop(224, short=224), test_clips=4, io=_base_.file_client_args
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=_base_.train_dataloader.dataset,
    val=_base_.val_dataloader.dataset,
)
test_dataloader['batch_size'] = 8

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
