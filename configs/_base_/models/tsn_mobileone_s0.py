_base_ = 'tsn_r50.py'

checkpoint = (
    'https://download.openmmlab.com/mmclassification/v0/mobileone/mobileone-s0_8xb32_in1k_20221110-0bc94952.pth'
)
model = dict(
    backbone=dict(
        _delete_=True,
        type='mmpretrain.MobileOne',
        arch='s0',
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone'),
        norm_eval=False,
    ),
    cls_head=dict(in_channels=1024),
)
