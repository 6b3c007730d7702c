_base_ = 'slowonly_k400-pre-r50_8xb8-4x16x1-10e_ava-kinetics-rgb.py'
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/v1.0/recognition/slowonly/'
    'slowonly_imagenet-pretrained-r50_8xb16-8x8x1-steplr-150e_kinetics400-rgb/'
    'slowonly_imagenet-pretrained-r50_8xb16-8x8x1-steplr-150e_kinetics400-rgb_20220901-df42dc84.pth'
)
model = dict(init_cfg=dict(checkpoint=url))

file_client_args = dict(io_backend='disk')
train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=8, frame_interval=8, io=file_client_args)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
