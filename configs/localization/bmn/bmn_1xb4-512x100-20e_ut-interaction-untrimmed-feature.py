# Long videos joined of clips of UT-Interaction (../actionformer/README.md, "On a CPU, from raw video").
_base_ = ['../../_base_/models/bmn_400x100.py', '../../_base_/default_runtime.py']
import mmaction.recipes.localization as loc

data_root = 'data/ut-untrimmed/features'
ann_file_train = 'data/ut-untrimmed/train.json'
ann_file_val = 'data/ut-untrimmed/val.json'

work_dir = './work_dirs/bmn_1xb4-512x100-20e_ut-interaction-untrimmed-feature'

# Features of every fourth frame, resized to 100 steps a video
train_pipeline, val_pipeline, test_pipeline = loc.features()
for pipeline in (train_pipeline, val_pipeline, test_pipeline):
    pipeline.insert(1, dict(type='SegmentsOnFeatureGrid', stride=4, num_steps=100, single_class=True))
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    4,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    dataset=dict(feature_ext='.npy'),
)
for loader in (train_dataloader, val_dataloader, test_dataloader):
    loader.update(num_workers=0, persistent_workers=False)
del loader, pipeline

model = dict(
    feat_dim=512,
    feature_extraction_interval=4,
    hidden_dim_1d=64,
    hidden_dim_2d=32,
    hidden_dim_3d=64,
)

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20, val_begin=10, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=0.002, weight_decay=0.01),
    clip_grad=dict(max_norm=40, norm_type=2),
)
param_scheduler = [dict(type='CosineAnnealingLR', T_max=20, by_epoch=True, convert_to_iter_based=True)]
default_hooks = dict(checkpoint=dict(interval=10, max_keep_ckpts=1, save_best=None), logger=dict(interval=8))
randomness = dict(seed=0)

val_evaluator = loc.proposal_metric(work_dir)
test_evaluator = val_evaluator
