_base_ = [
    '../../_base_/models/bsn_tem.py',
    '../../_base_/schedules/adam_20e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes.localization as loc

dataset_type = 'ActivityNetDataset'
data_root = 'data/ActivityNet/activitynet_feature_cuhk/csv_mean_100/'
data_root_val = data_root
ann_file_train = 'data/ActivityNet/anet_anno_train.json'
ann_file_val = 'data/ActivityNet/anet_anno_val.json'
# all videos: proposals are made of the results for those of training and of validation
ann_file_test = 'data/ActivityNet/anet_anno_full.json'

work_dir = 'work_dirs/bsn_400x100_20e_1x16_activitynet_feature/'
tem_results_dir = f'{work_dir}/tem_results/'

train_pipeline, val_pipeline, test_pipeline = loc.boundaries()
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    test=ann_file_test,
    data_root_val=data_root_val,
    val_batch_size=16,
    dataset_type=dataset_type,
)

train_cfg = dict(val_interval=20)
param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=20, by_epoch=True, milestones=[7, 14], gamma=0.1),
]
optim_wrapper = dict(optimizer=dict(lr=0.001, weight_decay=0.0001))

val_evaluator = dict(type='ANetMetric', metric_type='TEM', dump_config=dict(out=tem_results_dir, output_format='csv'))
test_evaluator = val_evaluator

default_hooks = dict(checkpoint=dict(filename_tmpl='tem_epoch_{}.pth'))
