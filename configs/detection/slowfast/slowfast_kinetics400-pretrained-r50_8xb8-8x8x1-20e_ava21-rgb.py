_base_ = 'slowfast_kinetics400-pretrained-r50_8xb16-4x16x1-20e_ava21-rgb.py'

url = (
    'https://download.openmmlab.com/mmaction/recognition/slowfast/'
    'slowfast_r50_8x8x1_256e_kinetics400_rgb/'
    'slowfast_r50_8x8x1_256e_kinetics400_rgb_20200716-73547d2b.pth'
)
model = dict(
    init_cfg=dict(checkpoint=url),
    backbone=dict(resample_rate=4, speed_ratio=4, slow_pathway=dict(fusion_kernel=7)),
)

train_dataloader = dict(batch_size=8)
optim_wrapper = dict(optimizer=dict(lr=0.1))
auto_scale_lr = dict(base_batch_size=64)
