_base_ = [
    '../../_base_/models/tpn_tsm_r50.py',
    '../../_base_/schedules/sgd_150e_warmup.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'RawframeDataset'
data_root = 'data/sthv1/rawframes'
data_root_val = data_root
ann_file_train = 'data/sthv1/sthv1_train_list_rawframes.txt'
ann_file_val = 'data/sthv1/sthv1_val_list_rawframes.txt'
ann_file_test = ann_file_val
sthv1_flip_label_map = r.STHV1_FLIP

train_pipeline, val_pipeline, test_pipeline = r.segments(
    8,
    augment=[*r.random_resized_crop(short=None), r.flip(sthv1_flip_label_map), dict(type='ColorJitter')],
    test_view=r.three_crop(),
    twice_sample=True,
    source='rawframes',
    io={},
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(img=data_root), filename_tmpl='{:05}.jpg'),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(img=data_root_val), filename_tmpl='{:05}.jpg'),
    test=dict(
        type=dataset_type, ann_file=ann_file_test, data_prefix=dict(img=data_root_val), filename_tmpl='{:05}.jpg'
    ),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(val_interval=5)
param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=150, by_epoch=True, milestones=[75, 125], gamma=0.1),
]
optim_wrapper = dict(
    optimizer=dict(weight_decay=0.0005, nesterov=True),
    clip_grad=dict(max_norm=20, norm_type=2),
)
