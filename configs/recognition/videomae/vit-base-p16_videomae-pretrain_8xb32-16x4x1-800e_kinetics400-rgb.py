# Masked pre-training without labels; the checkpoint is the `backbone.pretrained` of a model to fine-tune.
_base_ = '../../_base_/default_runtime.py'
import mmaction.recipes as r

model = dict(
    type='VideoMAEPretrain',
    backbone=dict(
        type='VisionTransformer',
        img_size=224,
        patch_size=16,
        embed_dims=768,
        depth=12,
        num_heads=12,
        mlp_ratio=4,
        qkv_bias=True,
        num_frames=16,
        norm_cfg=dict(type='LN', eps=1e-6),
        use_mean_pooling=False,
        init_cfg=None,
    ),
    decoder=dict(embed_dims=384, depth=4, num_heads=6),
    mask_ratio=0.9,
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)

dataset_type = 'VideoDataset'
data_root = 'data/kinetics400/videos_train'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
file_client_args = dict(io_backend='disk')

train_pipeline = r.pipeline(
    dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=1),
    [*r.multi_scale_crop(), r.flip()],
    'NCTHW',
    io=file_client_args,
)
train_dataloader = r.loader(
    dict(
        type=dataset_type,
        ann_file=ann_file_train,
        data_prefix=dict(video=data_root),
        pipeline=train_pipeline,
    ),
    batch_size=32,
    shuffle=True,
)

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=800)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=True, begin=0, end=40, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR', T_max=760, eta_min=1e-5, by_epoch=True, begin=40, end=800, convert_to_iter_based=True
    ),
]
optim_wrapper = dict(
    type='AmpOptimWrapper',
    optimizer=dict(type='AdamW', lr=1.5e-4, betas=(0.9, 0.95), weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0, flat_decay_mult=0.0),
)
default_hooks = dict(checkpoint=dict(interval=20, max_keep_ckpts=5, save_best=None))

# The learning rate of the schedule is for 8 GPUs x 32 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=256)
