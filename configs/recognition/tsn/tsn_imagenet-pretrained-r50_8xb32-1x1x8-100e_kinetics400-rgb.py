_base_ = 'tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'
import mmaction.recipes as r

train_pipeline, val_pipeline = r.segments(8, io=_base_.file_client_args)[:2]

train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
