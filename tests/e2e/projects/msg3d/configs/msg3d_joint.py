_base_ = '../../ctrgcn/configs/ctrgcn_joint.py'

model = dict(
    backbone=dict(type='MSG3D', graph_cfg=dict(layout='coco', mode='binary_adj')),
    cls_head=dict(in_channels=12),
)
