_base_ = ['../../../_base_/default_runtime.py']
import mmaction.recipes.pose as p

model = dict(
    type='Recognizer3D',
    backbone=dict(type='ResNet3dSlowOnly', depth=50, conv1_kernel=(1, 7, 7), inflate=(0, 0, 1, 1)),
    cls_head=dict(type='I3DHead', in_channels=2048, num_classes=60, dropout_ratio=0.5, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)

dataset_type = 'PoseDataset'
ann_file = 'data/skeleton/ntu60_2d.pkl'
data_root = 'data/nturgbd_videos/'

train_pipeline, val_pipeline, test_pipeline = p.video()
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    12,
    (train_pipeline, val_pipeline, test_pipeline),
    ann_file,
    times=10,
    num_workers=8,
    data_prefix=dict(video=data_root),
    dataset_type=dataset_type,
)

val_evaluator = [dict(type='AccMetric')]
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=18, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [dict(type='CosineAnnealingLR', eta_min=0, T_max=18, by_epoch=True, convert_to_iter_based=True)]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.15, momentum=0.9, weight_decay=0.0001),
    clip_grad=dict(max_norm=40, norm_type=2),
)
auto_scale_lr = dict(enable=False, base_batch_size=96)
