_base_ = 'mvit-small-p244_32xb16-16x4x1-200e_kinetics400-rgb.py'
import mmaction.recipes as r

# Fine-tunes weights of a smaller frame: no blending, and hardly any weight decay.
model = dict(
    backbone=dict(arch='large', temporal_size=40, spatial_size=312, drop_path_rate=0.75),
    cls_head=dict(in_channels=1152),
    data_preprocessor=dict(
        _delete_=True,
        type='ActionDataPreprocessor',
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        format_shape='NCTHW',
    ),
    test_cfg=dict(max_testing_views=5),
)

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=40,
    frame_interval=3,
    augment=[
        *r.rand_augment(312, short=356, num_layers=4),
        r.flip(),
        dict(type='RandomErasing', erase_prob=0.25, mode='rand'),
    ],
    val_view=r.center_crop(312, short=356),
    test_view=r.three_crop(312, short=312),
    test_clips=5,
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

train_cfg = dict(max_epochs=30, val_interval=3)
optim_wrapper = dict(optimizer=dict(weight_decay=1e-7))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=30, eta_min=0, by_epoch=True, begin=0, end=30, convert_to_iter_based=True),
]

# The learning rate is for 128 clips a step: 8 GPUs x 8 videos x 2 augmentations.
auto_scale_lr = dict(base_batch_size=64)
