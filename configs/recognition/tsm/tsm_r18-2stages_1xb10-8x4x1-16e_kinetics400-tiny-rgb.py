# For two CPU cores: the first half of ResNet-18 on eight frames of 48 x 48 pixels. `make demo` trains it. The data
# are those of `prepare.py --source synthetic --train-clips 60 --val-clips 40 --out data/kinetics400_tiny_synthetic` in
# tools/data/kinetics400_tiny.
# Clips are not flipped: the two classes are each other's mirror image.
_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/kinetics400_tiny_synthetic/train'
data_root_val = 'data/kinetics400_tiny_synthetic/val'
ann_file_train = 'data/kinetics400_tiny_synthetic/kinetics_tiny_train_video.txt'
ann_file_val = 'data/kinetics400_tiny_synthetic/kinetics_tiny_val_video.txt'

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=8,
    frame_interval=4,
    augment=r.random_crop(48, short=72),
    val_view=r.center_crop(48, short=72),
    val_clips=2,
    test_view=r.center_crop(48, short=72),
    test_clips=4,
    layout='NCHW',
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    10,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
)
train_dataloader['num_workers'] = val_dataloader['num_workers'] = test_dataloader['num_workers'] = 2
train_dataloader['dataset'] = dict(type='RepeatDataset', times=2, dataset=train_dataloader['dataset'])

model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='ResNetTSM',
        depth=18,
        num_stages=2,
        strides=(1, 2),
        dilations=(1, 1),
        out_indices=(1,),
        norm_eval=False,
        shift_div=8,
    ),
    cls_head=dict(
        type='TSMHead',
        num_classes=2,
        in_channels=128,
        spatial_type='avg',
        consensus=dict(type='AvgConsensus', dim=1),
        dropout_ratio=0.5,
        init_std=0.001,
        is_shift=True,
        average_clips='prob',
    ),
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
)

val_evaluator = test_evaluator = dict(type='AccMetric')
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=16, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.02, momentum=0.9, weight_decay=5e-4), clip_grad=dict(max_norm=20, norm_type=2)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=14, begin=2, end=16, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(checkpoint=dict(max_keep_ckpts=2), logger=dict(interval=3))
randomness = dict(seed=0)
