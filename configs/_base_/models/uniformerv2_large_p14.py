_base_ = 'uniformerv2_base_p16.py'

model = dict(
    backbone=dict(
        patch_size=14,
        width=1024,
        layers=24,
        heads=16,
        return_list=[20, 21, 22, 23],
        n_dim=1024,
        n_head=16,
    ),
    cls_head=dict(in_channels=1024),
)
