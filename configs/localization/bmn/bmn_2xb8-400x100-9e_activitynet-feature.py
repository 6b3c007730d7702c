_base_ = ['../../_base_/models/bmn_400x100.py', '../../_base_/default_runtime.py']
import mmaction.recipes.localization as loc

dataset_type = 'ActivityNetDataset'
data_root = 'data/ActivityNet/activitynet_feature_cuhk/csv_mean_100/'
data_root_val = data_root
ann_file_train = 'data/ActivityNet/anet_anno_train.json'
ann_file_val = 'data/ActivityNet/anet_anno_val.json'
ann_file_test = ann_file_val

work_dir = './work_dirs/bmn_400x100_2x8_9e_activitynet_feature/'

train_pipeline, val_pipeline, test_pipeline = loc.features()
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    test=ann_file_test,
    data_root_val=data_root_val,
    drop_last=True,
    dataset_type=dataset_type,
)

max_epochs = 9
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=max_epochs, by_epoch=True, milestones=[7], gamma=0.1),
]
optim_wrapper = dict(
    optimizer=dict(type='Adam', lr=0.001, weight_decay=0.0001),
    clip_grad=dict(max_norm=40, norm_type=2),
)

val_evaluator = loc.proposal_metric(work_dir)
test_evaluator = val_evaluator
