_base_ = 'slowfast_r50_8xb8-4x16x1-256e_kinetics400-rgb.py'

model = dict(backbone=dict(resample_rate=4, speed_ratio=4, slow_pathway=dict(fusion_kernel=7)))
