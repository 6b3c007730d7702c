# UT-Interaction (six classes, 85 clips to train on) from scratch on a CPU: a narrow 3D ResNet-18 without its last stage
# sees sixteen frames of 64 x 64 pixels that span the clip.
_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/ut-interaction/train'
data_root_val = 'data/ut-interaction/val'
ann_file_train = 'data/ut-interaction/train_video.txt'
ann_file_val = 'data/ut-interaction/val_video.txt'

# The clips are cut to the two people, each to a size of its own: the whole frame is resized.
whole = [dict(type='Resize', scale=(64, 64), keep_ratio=False)]
crop = [
    dict(type='Resize', scale=(80, 80), keep_ratio=False),
    dict(type='RandomResizedCrop', area_range=(0.65, 1.0), aspect_ratio_range=(0.8, 1.25)),
]
train_pipeline, val_pipeline, test_pipeline = r.uniform(
    16, augment=[*crop, *whole, r.flip()], val_view=whole, test_view=whole, test_clips=4
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
)
train_dataloader['num_workers'] = val_dataloader['num_workers'] = test_dataloader['num_workers'] = 2

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet3d',
        depth=18,
        pretrained=None,
        base_channels=16,
        num_stages=3,
        spatial_strides=(1, 2, 2),
        temporal_strides=(1, 2, 2),
        dilations=(1, 1, 1),
        inflate=(1, 1, 1),
        out_indices=(2,),
        conv1_kernel=(3, 7, 7),
        conv1_stride_t=1,
        pool1_stride_t=1,
        norm_eval=False,
        zero_init_residual=False,
    ),
    cls_head=dict(
        type='I3DHead',
        num_classes=6,
        in_channels=64,
        spatial_type='avg',
        dropout_ratio=0.5,
        init_std=0.01,
        label_smooth_eps=0.1,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)

val_evaluator = test_evaluator = dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=(1, 3))))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=40, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.02, momentum=0.9, nesterov=True, weight_decay=5e-4),
    clip_grad=dict(max_norm=20, norm_type=2),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, end=6, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=34, begin=6, end=40, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(checkpoint=dict(interval=5, max_keep_ckpts=1), logger=dict(interval=11))
randomness = dict(seed=0)
