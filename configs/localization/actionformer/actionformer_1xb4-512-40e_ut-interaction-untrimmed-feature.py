# Long videos joined of clips of UT-Interaction (README, "On a CPU, from raw video"); features of an ImageNet net.
_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes.actionformer as af
import mmaction.recipes.localization as loc

data_root = 'data/ut-untrimmed/features'
ann_file_train = 'data/ut-untrimmed/train.json'
ann_file_val = 'data/ut-untrimmed/val.json'
classes = ['shake hands', 'hug', 'kick', 'point', 'punch', 'push']

work_dir = './work_dirs/actionformer_1xb4-512-40e_ut-interaction-untrimmed-feature'

train_pipeline, val_pipeline, test_pipeline = af.segments(max_steps=192, stride=4)
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    4,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    dataset=dict(feature_ext='.npy', metainfo=dict(classes=classes)),
)
for loader in (train_dataloader, val_dataloader, test_dataloader):
    loader.update(num_workers=0, persistent_workers=False)
del loader

model = dict(
    type='ActionFormer',
    in_channels=512,
    num_classes=6,
    channels=128,
    num_heads=4,
    window_size=9,
    num_stem=1,
    regression_ranges=((0, 8), (8, 16), (16, 32), (32, 10000)),
    classes=classes,
    dropout=0.2,
    train_cfg=dict(start_norm=50),
    test_cfg=dict(max_segments=100),
)

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=40, val_begin=10, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = af.optimizer(lr=1e-3)
param_scheduler = af.schedule(epochs=40, warmup=4)
default_hooks = dict(checkpoint=dict(interval=10, max_keep_ckpts=1, save_best=None), logger=dict(interval=8))
randomness = dict(seed=0)

val_evaluator = af.detection_metric(f'{work_dir}/results.json', thresholds=[0.3, 0.5, 0.7])
test_evaluator = val_evaluator
