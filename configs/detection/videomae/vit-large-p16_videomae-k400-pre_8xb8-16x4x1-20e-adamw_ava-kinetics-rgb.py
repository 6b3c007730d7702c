_base_ = 'vit-base-p16_videomae-k400-pre_8xb8-16x4x1-20e-adamw_ava-kinetics-rgb.py'

url = (
    'https://download.openmmlab.com/mmaction/v1.0/recognition/videomae/'
    'vit-large-p16_videomae-k400-pre_16x4x1_kinetics-400_20221013-229dbb03.pth'
)
model = dict(
    init_cfg=dict(checkpoint=url),
    backbone=dict(embed_dims=1024, depth=24, num_heads=16),
    roi_head=dict(bbox_head=dict(in_channels=1024)),
)

optim_wrapper = dict(optimizer=dict(lr=2.5e-4), paramwise_cfg=dict(decay_rate=0.8, num_layers=24))
