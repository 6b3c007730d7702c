_base_ = 'c2d_r50-in1k-pre_8xb32-8x8x1-100e_kinetics400-rgb.py'
import mmaction.recipes as r

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=16,
    frame_interval=4,
    augment=[*r.multi_scale_crop(), r.flip()],
    test_view=r.three_crop(224, 224),
    io=_base_.file_client_args,
)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
