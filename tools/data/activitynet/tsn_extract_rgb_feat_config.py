# TSN of one frame every 16 frames, for tools/misc/clip_feature_extraction.py on folders of frames: a row per clip.
# Weights: of a recognizer trained on ActivityNet; set num_classes to that of the checkpoint.
model = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', depth=50, norm_eval=False),
    cls_head=dict(type='TSNHead', num_classes=200, in_channels=2048, spatial_type='avg', average_clips=None),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], format_shape='NCHW'
    ),
)

dataset_type = 'RawframeDataset'
data_root = 'data/ActivityNet/rawframes/'
ann_file_test = 'data/ActivityNet/anet_train_clip.txt'

test_pipeline = [
    dict(type='UntrimmedSampleFrames', clip_len=1, frame_interval=1, clip_interval=16),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=256),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_test,
        data_prefix=dict(img=data_root),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
test_evaluator = [dict(type='AccMetric')]
test_cfg = dict(type='TestLoop')
default_scope = 'mmaction'
