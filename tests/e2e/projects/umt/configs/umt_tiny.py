_base_ = ['mmaction::_base_/default_runtime.py']

custom_imports = dict(imports='models')

model = dict(
    type='Recognizer3D',
    backbone=dict(type='UMTViT', img_size=32, patch_size=16, embed_dims=16, depth=2, num_heads=2, num_frames=4),
    cls_head=dict(type='TimeSformerHead', num_classes=2, in_channels=16, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[114.75, 114.75, 114.75], std=[57.375, 57.375, 57.375], format_shape='NCTHW'
    ),
)

dataset_type = 'VideoDataset'
data_root_val = 'videos'
ann_file_test = 'videos.txt'
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='UniformSample', clip_len=4, num_clips=2, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 32)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(
    batch_size=2,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_test,
        data_prefix=dict(video=data_root_val),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
train_dataloader = test_dataloader
test_evaluator = dict(type='AccMetric')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-3))
