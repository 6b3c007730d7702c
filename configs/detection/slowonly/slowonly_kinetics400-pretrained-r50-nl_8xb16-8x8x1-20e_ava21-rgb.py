_base_ = 'slowonly_kinetics400-pretrained-r50-nl_8xb16-4x16x1-20e_ava21-rgb.py'
import mmaction.recipes.detection as det

url = (
    'https://download.openmmlab.com/mmaction/recognition/slowonly/'
    'slowonly_nl_embedded_gaussian_r50_8x8x1_150e_kinetics400_rgb/'
    'slowonly_nl_embedded_gaussian_r50_8x8x1_150e_kinetics400_rgb_20210308-e8dd9e82.pth'
)
model = dict(init_cfg=dict(checkpoint=url))

file_client_args = dict(io_backend='disk')
train_pipeline, val_pipeline, test_pipeline = det.clips(clip_len=8, frame_interval=8, io=file_client_args)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
