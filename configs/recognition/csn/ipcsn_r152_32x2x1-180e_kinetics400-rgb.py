_base_ = 'ircsn_r152_32x2x1-180e_kinetics400-rgb.py'

model = dict(backbone=dict(bottleneck_mode='ip'))
