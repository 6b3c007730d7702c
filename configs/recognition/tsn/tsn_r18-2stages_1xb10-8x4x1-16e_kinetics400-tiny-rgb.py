# TSN on the data of its TSM neighbour: the same network without the shift sees frames, but not their order.
_base_ = ['../tsm/tsm_r18-2stages_1xb10-8x4x1-16e_kinetics400-tiny-rgb.py']

model = dict(
    backbone=dict(
        _delete_=True, type='ResNet', depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1,)
    ),
    cls_head=dict(
        _delete_=True, type='TSNHead', num_classes=2, in_channels=128, dropout_ratio=0.5, average_clips='prob'
    ),
)
