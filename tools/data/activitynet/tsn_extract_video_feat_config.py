# TSN of one frame every 16 frames, on video files: see tsn_extract_rgb_feat_config.py.
_base_ = ['tsn_extract_rgb_feat_config.py']

dataset_type = 'VideoDataset'
data_root = 'data/ActivityNet/videos/'
ann_file_test = 'data/ActivityNet/anet_train_video.txt'

test_pipeline = [
    dict(type='DecordInit'),
    dict(type='UntrimmedSampleFrames', clip_len=1, frame_interval=1, clip_interval=16),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=256),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type=dataset_type,
        ann_file=ann_file_test,
        data_prefix=dict(video=data_root),
        pipeline=test_pipeline,
        test_mode=True,
    )
)
