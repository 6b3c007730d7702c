_base_ = 'tsm_r50.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='MobileNetV2TSM',
        pretrained='mmcls://mobilenet_v2',
        num_segments=8,
        is_shift=True,
        shift_div=8,
    ),
    cls_head=dict(in_channels=1280, num_segments=8),
)
