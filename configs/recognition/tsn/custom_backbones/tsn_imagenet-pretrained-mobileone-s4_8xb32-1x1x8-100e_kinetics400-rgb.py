_base_ = '../tsn_imagenet-pretrained-r50_8xb32-1x1x8-100e_kinetics400-rgb.py'

checkpoint = (
    'https://download.openmmlab.com/mmclassification/v0/mobileone/mobileone-s4_8xb32_in1k_20221110-28d888cb.pth'
)
model = dict(
    backbone=dict(
        _delete_=True,
        type='mmpretrain.MobileOne',
        arch='s4',
        out_indices=(3,),
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone'),
    ),
    cls_head=dict(in_channels=2048),
)

train_dataloader = dict(batch_size=16)
val_dataloader = dict(batch_size=16)
