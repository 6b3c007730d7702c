_base_ = [
    '../../_base_/models/trn_r50.py',
    '../../_base_/schedules/sgd_tsm_50e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'RawframeDataset'
data_root = 'data/sthv1/rawframes'
data_root_val = data_root
ann_file_train = 'data/sthv1/sthv1_train_list_rawframes.txt'
ann_file_val = 'data/sthv1/sthv1_val_list_rawframes.txt'
ann_file_test = ann_file_val
file_client_args = dict(io_backend='disk')
sthv1_flip_label_map = r.STHV1_FLIP
sthv2_flip_label_map = r.STHV2_FLIP  # not used here: for configs that inherit this one and train on SthV2

model = dict(cls_head=dict(num_classes=174))

train_pipeline, val_pipeline, test_pipeline = r.segments(
    8,
    fixed_crops=13,
    flip_label_map=sthv1_flip_label_map,
    test_view=r.three_crop(),
    twice_sample=True,
    source='rawframes',
    io=file_client_args,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(img=data_root), filename_tmpl='{:05}.jpg'),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(img=data_root_val), filename_tmpl='{:05}.jpg'),
    test=dict(
        type=dataset_type, ann_file=ann_file_test, data_prefix=dict(img=data_root_val), filename_tmpl='{:05}.jpg'
    ),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=50, by_epoch=True, milestones=[30, 45], gamma=0.1),
]
optim_wrapper = dict(optimizer=dict(lr=0.002, weight_decay=0.0005), paramwise_cfg=dict(fc_lr5=False))
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
find_unused_parameters = True
