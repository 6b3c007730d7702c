# TSN of five flow images every 16 frames, on folders of frames with flow: see tsn_extract_rgb_feat_config.py.
_base_ = ['tsn_extract_rgb_feat_config.py']

model = dict(
    backbone=dict(in_channels=10),
    data_preprocessor=dict(mean=[128] * 10, std=[128] * 10),
)

test_pipeline = [
    dict(type='UntrimmedSampleFrames', clip_len=5, frame_interval=1, clip_interval=16),
    dict(type='RawFrameDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=256),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='PackActionInputs'),
]
test_dataloader = dict(dataset=dict(modality='Flow', filename_tmpl='{}_{:05d}.jpg', pipeline=test_pipeline))
