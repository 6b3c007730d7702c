_base_ = 'slowonly_imagenet-pretrained-r50_16xb16-4x16x1-steplr-150e_kinetics700-rgb.py'
import mmaction.recipes as r

train_pipeline, val_pipeline, test_pipeline = r.clips(clip_len=8, frame_interval=8, io=_base_.file_client_args)

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
