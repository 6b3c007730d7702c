_base_ = ['../bmn/bmn_2xb8-400x100-9e_activitynet-feature.py']
import mmaction.recipes.localization as loc

dataset_type = 'ActivityNetDataset'
data_root = 'data/HACS/slowonly_feature/'
data_root_val = data_root
ann_file_train = 'data/HACS/hacs_anno_train.json'
ann_file_val = 'data/HACS/hacs_anno_val.json'
ann_file_test = ann_file_val

work_dir = './work_dirs/tcanet_2xb8-2048x100-9e_hacs-feature/'

model = dict(
    _delete_=True,
    type='TCANet',
    feat_dim=700,
    se_sample_num=32,
    action_sample_num=64,
    temporal_dim=100,
    window_size=9,
    lgte_num=2,
    soft_nms_alpha=0.4,
    soft_nms_low_threshold=0.0,
    soft_nms_high_threshold=0.0,
    post_process_top_k=100,
    feature_extraction_interval=16,
)

# the annotation files hold the proposals to be refined as well
train_pipeline, val_pipeline, test_pipeline = loc.features(['gt_bbox', 'proposals'])
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

val_evaluator = loc.proposal_metric(work_dir)
test_evaluator = val_evaluator
