_base_ = [
    '../../_base_/models/tin_r50.py',
    '../../_base_/schedules/sgd_tsm_50e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'RawframeDataset'
data_root = 'data/sthv2/rawframes'
data_root_val = data_root
ann_file_train = 'data/sthv2/sthv2_train_list_rawframes.txt'
ann_file_val = 'data/sthv2/sthv2_val_list_rawframes.txt'
ann_file_test = ann_file_val

model = dict(cls_head=dict(num_classes=174, dropout_ratio=0.8))

train_pipeline, val_pipeline, test_pipeline = r.segments(
    8, augment=r.multi_scale_crop(), test_view=r.center_crop(), source='rawframes', io={}
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    6,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(img=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(img=data_root_val)),
    test=dict(type=dataset_type, ann_file=ann_file_test, data_prefix=dict(img=data_root_val)),
    num_workers=2,
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=40, val_interval=2)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=1, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=39,
        eta_min=0,
        by_epoch=True,
        begin=1,
        end=40,
        convert_to_iter_based=True,
    ),
]
optim_wrapper = dict(optimizer=dict(weight_decay=0.0005), clip_grad=dict(max_norm=40, norm_type=2))
