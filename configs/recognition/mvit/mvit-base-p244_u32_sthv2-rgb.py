_base_ = 'mvit-small-p244_k400-pre_16xb16-u16-100e_sthv2-rgb.py'
import mmaction.recipes as r

model = dict(
    backbone=dict(_delete_=True, type='MViT', arch='base', temporal_size=32, drop_path_rate=0.3),
    data_preprocessor=dict(
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        blending=dict(
            type='RandomBatchAugment',
            augments=[
                dict(type='MixupBlending', alpha=0.8, num_classes=174),
                dict(type='CutmixBlending', alpha=1, num_classes=174),
            ],
        ),
    ),
)

augment = [
    *r.random_resized_crop(),
    dict(type='PytorchVideoWrapper', op='RandAugment', magnitude=7, num_layers=4),
    dict(type='RandomErasing', erase_prob=0.25, mode='rand'),
]
train_pipeline, val_pipeline, test_pipeline = r.uniform(32, augment=augment)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

base_lr = 1.6e-3
optim_wrapper = dict(
    _delete_=True,
    optimizer=dict(type='AdamW', lr=base_lr, betas=(0.9, 0.999), weight_decay=0.05),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=30, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=70,
        eta_min=base_lr / 100,
        by_epoch=True,
        begin=30,
        end=100,
        convert_to_iter_based=True,
    ),
]
