_base_ = '../../_base_/default_runtime.py'
import mmaction.recipes as r

# `pretrained` of the backbone names the weights of the encoder, which stays frozen; the probe on its tokens trains.
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='VJEPA2',
        patch_size=16,
        tubelet_size=2,
        embed_dims=1024,
        depth=24,
        num_heads=16,
        frozen_stages=24,
    ),
    cls_head=dict(type='AttentiveHead', num_classes=400, in_channels=1024, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)

dataset_type = 'VideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=16,
    frame_interval=4,
    augment=[*r.random_resized_crop(size=256, short=None), r.flip()],
    val_view=r.center_crop(size=256, short=292),
    test_view=r.three_crop(size=256, short=256),
    test_clips=2,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [dict(type='CosineAnnealingLR', T_max=20, by_epoch=True, convert_to_iter_based=True)]
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
    clip_grad=dict(max_norm=5, norm_type=2),
)

# The learning rate is for 8 GPUs x 8 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=64)
