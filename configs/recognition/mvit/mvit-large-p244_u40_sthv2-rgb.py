_base_ = 'mvit-base-p244_u32_sthv2-rgb.py'
import mmaction.recipes as r

# Positions are tabled for 312 x 312 pixels, as in the weights, and resized for the 224 x 224 of the pipelines.
# MMAction2 1.2.0 blends into 400 classes here, which its loss for 174 cannot take.
model = dict(
    backbone=dict(arch='large', temporal_size=40, spatial_size=312, drop_path_rate=0.75),
    cls_head=dict(in_channels=1152),
    test_cfg=dict(max_testing_views=5),
)

augment = [
    *r.random_resized_crop(),
    dict(type='PytorchVideoWrapper', op='RandAugment', magnitude=7, num_layers=4),
    dict(type='RandomErasing', erase_prob=0.25, mode='rand'),
]
train_pipeline, val_pipeline, test_pipeline = r.uniform(40, augment=augment)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

default_hooks = dict(logger=dict(interval=10))
