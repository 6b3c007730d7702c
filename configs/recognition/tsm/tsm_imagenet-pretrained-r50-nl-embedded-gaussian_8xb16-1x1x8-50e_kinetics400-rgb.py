_base_ = 'tsm_imagenet-pretrained-r50-nl-dot-product_8xb16-1x1x8-50e_kinetics400-rgb.py'

model = dict(backbone=dict(non_local_cfg=dict(mode='embedded_gaussian')))
