_base_ = 'tsm_r50.py'

checkpoint = (
    'https://download.openmmlab.com/mmclassification/v0/mobileone/mobileone-s4_8xb32_in1k_20221110-28d888cb.pth'
)
model = dict(
    backbone=dict(
        _delete_=True,
        type='MobileOneTSM',
        arch='s4',
        num_segments=8,
        is_shift=True,
        shift_div=8,
        init_cfg=dict(type='Pretrained', checkpoint=checkpoint, prefix='backbone'),
    ),
    cls_head=dict(num_segments=8),
)
