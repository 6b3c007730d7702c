_base_ = 'tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_kinetics400-rgb.py'

train_cfg = dict(max_epochs=100)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=10),
    dict(type='MultiStepLR', begin=0, end=100, by_epoch=True, milestones=[50, 90], gamma=0.1),
]
