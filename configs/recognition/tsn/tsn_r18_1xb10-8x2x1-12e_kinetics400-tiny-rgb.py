# TSN on the data of its TSM neighbour: the same network without the shift sees frames, but not their order.
_base_ = ['../tsm/tsm_r18_1xb10-8x2x1-12e_kinetics400-tiny-rgb.py']

model = dict(
    backbone=dict(_delete_=True, type='ResNet', depth=18, norm_eval=False),
    cls_head=dict(
        _delete_=True, type='TSNHead', num_classes=2, in_channels=512, dropout_ratio=0.5, average_clips='prob'
    ),
)
