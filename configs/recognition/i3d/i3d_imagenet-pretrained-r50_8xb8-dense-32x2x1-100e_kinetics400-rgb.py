_base_ = 'i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb.py'
import mmaction.recipes as r

# The sampler tests at 10 places by itself, with one clip each.
train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=32,
    frame_interval=2,
    sampler='DenseSampleFrames',
    augment=[*r.multi_scale_crop(scales=(1, 0.8), max_gap=0), r.flip()],
    test_clips=1,
    io=_base_.file_client_args,
)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
