_base_ = 'swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e_kinetics400-rgb.py'

model = dict(
    backbone=dict(
        arch='base',
        pretrained='https://download.openmmlab.com/mmaction/v1.0/recognition/swin/swin_base_patch4_window7_224.pth',
        drop_path_rate=0.3,
    ),
    cls_head=dict(in_channels=1024),
)
optim_wrapper = dict(optimizer=dict(weight_decay=0.05))
