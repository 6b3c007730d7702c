_base_ = 'mvit-small-p244_32xb16-16x4x1-200e_kinetics400-rgb.py'
import mmaction.recipes as r

model = dict(backbone=dict(arch='base', temporal_size=32, drop_path_rate=0.3))

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=32,
    frame_interval=3,
    augment=[*r.rand_augment(num_layers=4), r.flip(), dict(type='RandomErasing', erase_prob=0.25, mode='rand')],
    test_view=r.center_crop(224, short=224),
    test_clips=5,
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

auto_scale_lr = dict(enable=False)
