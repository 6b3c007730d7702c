_base_ = 'r2plus1d_r34_8xb8-8x8x1-180e_kinetics400-rgb.py'
import mmaction.recipes as r

train_pipeline, val_pipeline, test_pipeline = r.clips(clip_len=32, frame_interval=2, io=_base_.file_client_args)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
