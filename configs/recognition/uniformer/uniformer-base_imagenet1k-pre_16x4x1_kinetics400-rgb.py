_base_ = 'uniformer-small_imagenet1k-pre_16x4x1_kinetics400-rgb.py'

model = dict(backbone=dict(depth=[5, 8, 20, 7], drop_path_rate=0.3))
