_base_ = 'i3d_imagenet-pretrained-r50_8xb8-32x2x1-100e_kinetics400-rgb.py'

model = dict(
    backbone=dict(
        # every second block of the second and third stage
        non_local=((0, 0, 0), (0, 1, 0, 1), (0, 1, 0, 1, 0, 1), (0, 0, 0)),
        non_local_cfg=dict(
            sub_sample=True,
            use_scale=False,
            norm_cfg=dict(type='BN3d', requires_grad=True),
            mode='gaussian',
        ),
    )
)
