# A small PoseC3D that learns real poses on a CPU in ten minutes: 433 clips of 14 classes, 240 x 320 pixels.
_base_ = ['../../_base_/models/posec3d_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.pose as p

model = dict(
    backbone=dict(
        depth=18,
        stage_blocks=(1, 1, 1),
        conv1_kernel=(1, 5, 5),
        conv1_stride_s=2,
        with_pool1=False,
        zero_init_residual=False,
    ),
    cls_head=dict(in_channels=128, num_classes=14, dropout_ratio=0.2),
)

dataset_type = 'PoseDataset'
ann_file = 'data/skeleton/jhmdb14_coco17.pkl'

# one size for all: the last features are 2 x 2, and would lie elsewhere on a larger heatmap
train_pipeline, val_pipeline, test_pipeline = p.heatmaps(24, size=32, view=p.whole(32))
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    ann_file,
    ('train', 'test'),
    num_workers=1,
    dataset_type=dataset_type,
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=32, val_begin=8, val_interval=8)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=True, begin=0, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=30, eta_min=0, by_epoch=True, begin=2, end=32, convert_to_iter_based=True),
]
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=0.003, weight_decay=0.05),
    clip_grad=dict(max_norm=40, norm_type=2),
)
default_hooks = dict(checkpoint=dict(interval=8, max_keep_ckpts=1))
