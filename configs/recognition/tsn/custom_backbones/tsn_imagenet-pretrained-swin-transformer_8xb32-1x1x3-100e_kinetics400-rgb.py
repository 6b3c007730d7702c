_base_ = '../tsn_imagenet-pretrained-r50_8xb32-1x1x3-100e_kinetics400-rgb.py'

# timm gives the map as (N, H, W, C)
model = dict(
    backbone=dict(_delete_=True, type='timm.swin_base_patch4_window7_224', pretrained=True, feature_shape='NHWC'),
    cls_head=dict(in_channels=1024),
)
