_base_ = 'slowonly_r50_8xb16-8x8x1-256e_kinetics400-rgb.py'

model = dict(backbone=dict(pretrained='https://download.pytorch.org/models/resnet50-11ad3fa6.pth'))

train_cfg = dict(max_epochs=150)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=10),
    dict(type='MultiStepLR', begin=10, end=150, by_epoch=True, milestones=[90, 130], gamma=0.1),
]
optim_wrapper = dict(optimizer=dict(lr=0.02))
