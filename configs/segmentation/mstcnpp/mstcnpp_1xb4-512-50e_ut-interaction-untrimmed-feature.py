# Long videos joined of clips of UT-Interaction (README); features of an ImageNet net at every fourth frame.
_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes.segmentation as seg

data_root = 'data/ut-untrimmed'
ann_file_train = 'train.json'
ann_file_val = 'val.json'
classes = ['background', 'shake hands', 'hug', 'kick', 'point', 'punch', 'push']

train_pipeline, val_pipeline, test_pipeline = seg.frames(stride=4)
train_dataloader, val_dataloader, test_dataloader = seg.loaders(
    4,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    metainfo=dict(classes=classes),
)

model = dict(
    type='MSTCNPP',
    in_channels=512,
    num_classes=7,
    num_layers=8,
    num_refinements=2,
    num_refinement_layers=8,
    feature_dropout=0.3,
    classes=classes,
)

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=50, val_begin=10, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = seg.optimizer(lr=1e-3)
param_scheduler = seg.schedule(epochs=50)
custom_hooks = [seg.balance()]
default_hooks = dict(checkpoint=dict(interval=10, max_keep_ckpts=1, save_best=None), logger=dict(interval=8))
randomness = dict(seed=0)

val_evaluator = seg.metric(ignore_classes=['background'])
test_evaluator = val_evaluator
