# TSN of five flow images every 16 frames, on folders of frames with flow: see tsn_extract_rgb_feat_config.py.
_base_ = ['tsn_extract_rgb_feat_config.py']
import mmaction.recipes as r

model = dict(
    backbone=dict(in_channels=10),
    data_preprocessor=dict(mean=[128] * 10, std=[128] * 10),
)

every_16 = dict(type='UntrimmedSampleFrames', clip_len=5, frame_interval=1, clip_interval=16)
test_pipeline = r.pipeline(every_16, r.center_crop(256), 'NCHW', source='rawframes')
test_dataloader = dict(dataset=dict(modality='Flow', filename_tmpl='{}_{:05d}.jpg', pipeline=test_pipeline))
