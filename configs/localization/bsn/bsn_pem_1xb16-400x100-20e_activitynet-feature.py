_base_ = [
    '../../_base_/models/bsn_pem.py',
    '../../_base_/schedules/adam_20e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes.localization as loc

dataset_type = 'ActivityNetDataset'
data_root = 'data/ActivityNet/activitynet_feature_cuhk/csv_mean_100/'
data_root_val = data_root
ann_file_train = 'data/ActivityNet/anet_anno_train.json'
ann_file_val = 'data/ActivityNet/anet_anno_val.json'
ann_file_test = ann_file_val

work_dir = 'work_dirs/bsn_400x100_20e_1x16_activitynet_feature/'
pgm_proposals_dir = f'{work_dir}/pgm_proposals/'
pgm_features_dir = f'{work_dir}/pgm_features/'

train_pipeline, val_pipeline, test_pipeline = loc.bsp_features(pgm_proposals_dir, pgm_features_dir)
train_dataloader, val_dataloader, test_dataloader = loc.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    data_root,
    train=ann_file_train,
    val=ann_file_val,
    test=ann_file_test,
    data_root_val=data_root_val,
    dataset_type=dataset_type,
)

train_cfg = dict(val_interval=20)

val_evaluator = loc.proposal_metric(work_dir)
test_evaluator = val_evaluator
