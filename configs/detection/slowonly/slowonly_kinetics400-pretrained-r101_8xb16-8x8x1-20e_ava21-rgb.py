_base_ = 'slowonly_kinetics400-pretrained-r50_8xb16-4x16x1-20e_ava21-rgb.py'
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/recognition/slowonly/omni/'
    'slowonly_r101_without_omni_8x8x1_kinetics400_rgb_20200926-0c730aef.pth'
)
model = dict(init_cfg=dict(checkpoint=url), backbone=dict(depth=101))

file_client_args = dict(io_backend='disk')
train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=8, frame_interval=8, io=file_client_args)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
