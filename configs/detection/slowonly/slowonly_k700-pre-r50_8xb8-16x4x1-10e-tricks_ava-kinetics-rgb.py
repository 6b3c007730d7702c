_base_ = 'slowonly_k700-pre-r50-context-temporal-max-nl-head_8xb8-8x8x1-focal-10e_ava-kinetics-rgb.py'
import mmaction.recipes.detection as det

file_client_args = dict(io_backend='disk')
train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=16, frame_interval=4, io=file_client_args)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
