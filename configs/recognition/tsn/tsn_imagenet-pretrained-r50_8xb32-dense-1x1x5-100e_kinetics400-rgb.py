_base_ = 'tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'
import mmaction.recipes as r

model = dict(cls_head=dict(dropout_ratio=0.5, init_std=0.001))

train_pipeline, val_pipeline, test_pipeline = r.segments(
    5,
    sampler='DenseSampleFrames',
    fixed_crops=13,
    test_clips=25,
    test_view=r.center_crop(),
    io=_base_.file_client_args,
)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

optim_wrapper = dict(optimizer=dict(lr=0.06))
