_base_ = 'tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb.py'

model = dict(backbone=dict(pretrained='torchvision://resnet101', depth=101))
