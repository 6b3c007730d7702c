_base_ = 'tsm_imagenet-pretrained-mobileone-s4_8xb16-1x1x16-50e_kinetics400-rgb.py'

# for weights whose branches are merged into one convolution each
model = dict(backbone=dict(deploy=True))
