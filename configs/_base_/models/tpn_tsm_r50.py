_base_ = 'tpn_slowonly_r50.py'

model = dict(
    type='Recognizer2D',
    backbone=dict(
        _delete_=True,
        type='ResNetTSM',
        depth=50,
        pretrained='torchvision://resnet50',
        out_indices=(2, 3),
        norm_eval=False,
        shift_div=8,
    ),
    neck=dict(aux_head_cfg=dict(out_channels=174)),
    cls_head=dict(num_classes=174),
    data_preprocessor=dict(format_shape='NCHW'),
)
