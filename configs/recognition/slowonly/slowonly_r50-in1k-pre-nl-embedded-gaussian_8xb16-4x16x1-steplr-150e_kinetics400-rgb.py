_base_ = 'slowonly_imagenet-pretrained-r50_8xb16-4x16x1-steplr-150e_kinetics400-rgb.py'

model = dict(
    backbone=dict(
        # every second block of the second and third stage
        non_local=((0, 0, 0), (1, 0, 1, 0), (1, 0, 1, 0, 1, 0), (0, 0, 0)),
        non_local_cfg=dict(
            sub_sample=True,
            use_scale=True,
            norm_cfg=dict(type='BN3d', requires_grad=True),
            mode='embedded_gaussian',
        ),
    )
)

# As recorded: the schedule ends at epoch 150, the loop goes on to 256.
train_cfg = dict(max_epochs=256)
optim_wrapper = dict(optimizer=dict(lr=0.01))
