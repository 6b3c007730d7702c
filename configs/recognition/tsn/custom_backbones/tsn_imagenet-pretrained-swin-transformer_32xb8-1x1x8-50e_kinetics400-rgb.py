_base_ = '../tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb.py'

model = dict(
    backbone=dict(_delete_=True, type='timm.swin_base_patch4_window7_224', pretrained=True),
    cls_head=dict(in_channels=1024),
)

train_cfg = dict(max_epochs=50)
param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=50, by_epoch=True, milestones=[20, 40], gamma=0.1),
]
