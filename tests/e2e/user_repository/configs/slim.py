_base_ = ['_base_/clips.py', '_base_/schedule.py']

custom_imports = dict(imports=['actionlab'], allow_failed_imports=False)

model = dict(
    type='ClipRecognizer',
    backbone=dict(type='SlimResNet3d', depth=10),
    cls_head=dict(_delete_=True, type='MeanHead', num_classes=2, in_channels=16, dropout_ratio=0, average_clips='prob'),
    test_cfg=dict(passes=2),
)

train_pipeline = [
    dict(type='DecordInit', **_base_.file_client_args),
    dict(type='SegmentFrames', clip_len=4, frame_interval=3, num_clips=1),
    dict(type='DecordDecode'),
    dict(type='DoubleThenHalf'),
    dict(type='ScaleFrames', size=(52, 40)),
    dict(type='AnySquare', size={{_base_.size}}),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'table')),
]
val_pipeline = [
    dict(type='DecordInit', **_base_.file_client_args),
    dict(type='SegmentFrames', clip_len=4, frame_interval=3, num_clips=2, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='ScaleFrames', size=(52, 40)),
    dict(type='CenterCrop', crop_size={{_base_.size}}),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_pipeline = val_pipeline

data_root = _base_.data_root
train_dataloader = dict(
    sampler=dict(_delete_=True, type='RoundRobinSampler'),
    dataset=dict(type='CsvDataset', ann_file=f'{data_root}/train.csv', pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(type='CsvDataset', ann_file=f'{data_root}/val.csv', pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(type='CsvDataset', ann_file=f'{data_root}/val.csv', pipeline=test_pipeline))

val_evaluator = [*_base_.val_evaluator, dict(type='TopOne')]
test_evaluator = val_evaluator
custom_hooks = [dict(type='DiaryHook')]
default_hooks = dict(checkpoint=dict(save_best='lab/top1'))
