# TSN of one frame every 16 frames, on video files: see tsn_extract_rgb_feat_config.py.
_base_ = ['tsn_extract_rgb_feat_config.py']
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/ActivityNet/videos/'
ann_file_test = 'data/ActivityNet/anet_train_video.txt'

every_16 = dict(type='UntrimmedSampleFrames', clip_len=1, frame_interval=1, clip_interval=16)
test_pipeline = r.pipeline(every_16, r.center_crop(256), 'NCHW')
videos = dict(type=dataset_type, ann_file=ann_file_test, data_prefix=dict(video=data_root), test_mode=True)
test_dataloader = dict(dataset=dict(videos, _delete_=True, pipeline=test_pipeline))
