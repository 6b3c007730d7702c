_base_ = 'mvit-small-p244_32xb16-16x4x1-200e_kinetics400-rgb.py'
import mmaction.recipes as r

# The pre-trained net widens in the MLP before a coarser scale, not in the attention after.
model = dict(
    backbone=dict(
        drop_path_rate=0.1,
        dim_mul_in_attention=False,
        pretrained='https://download.openmmlab.com/mmselfsup/1.x/maskfeat/maskfeat_mvit-small_16xb32-amp-coslr-300e_k400/maskfeat_mvit-small_16xb32-amp-coslr-300e_k400_20230131-87d60b6f.pth',
        pretrained_type='maskfeat',
    ),
    cls_head=dict(dropout_ratio=0.0, init_scale=0.001),
)

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=16,
    frame_interval=4,
    augment=[*r.rand_augment(), r.flip(), dict(type='RandomErasing', erase_prob=0.25, mode='rand')],
    test_view=r.center_crop(224, short=224),
    test_clips=10,
)
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        _delete_=True,
        type='RepeatAugDataset',
        num_repeats=2,
        ann_file='data/kinetics400/kinetics400_train_list_videos.txt',
        data_prefix=dict(video='data/kinetics400/videos_train'),
        pipeline=train_pipeline,
    ),
)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

train_cfg = dict(max_epochs=100)

# Deeper layers learn faster: BEiT (https://arxiv.org/abs/2106.08254).
base_lr = 9.6e-3
optim_wrapper = dict(
    constructor='LearningRateDecayOptimizerConstructor',
    optimizer=dict(lr=base_lr),
    paramwise_cfg=dict(_delete_=True, decay_rate=0.75, decay_type='layer_wise', num_layers=16),
    clip_grad=dict(max_norm=5),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 600, by_epoch=True, begin=0, end=20, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=80,
        eta_min_ratio=1 / 600,
        by_epoch=True,
        begin=20,
        end=100,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(checkpoint=dict(max_keep_ckpts=20))
