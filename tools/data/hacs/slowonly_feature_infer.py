# Class scores of Kinetics-700 of one clip every 16 frames, for tools/test.py --dump; write_feature_csv.py makes
# features of them.
_base_ = [
    'mmaction::recognition/slowonly/slowonly_imagenet-pretrained-r50_16xb16-4x16x1-steplr-150e_kinetics700-rgb.py'
]

model = dict(backbone=dict(pretrained=None), cls_head=dict(average_clips=None), test_cfg=dict(max_testing_views=10))

data_root = 'data/HACS/videos'
ann_file_test = 'data/HACS/hacs_data.txt'

test_pipeline = [
    dict(type='DecordInit'),
    dict(type='UntrimmedSampleFrames', clip_len=4, frame_interval=16, clip_interval=16),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=256),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(
    batch_size=1,
    dataset=dict(
        _delete_=True,
        type='VideoDataset',
        ann_file=ann_file_test,
        data_prefix=dict(video=data_root),
        pipeline=test_pipeline,
        test_mode=True,
    ),
)
# The list has no labels: nothing to measure.
test_evaluator = []
