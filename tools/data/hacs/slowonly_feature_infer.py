# Class scores of Kinetics-700 of one clip every 16 frames, for tools/test.py --dump; write_feature_csv.py makes
# features of them.
_base_ = [
    'mmaction::recognition/slowonly/slowonly_imagenet-pretrained-r50_16xb16-4x16x1-steplr-150e_kinetics700-rgb.py'
]
import mmaction.recipes as r

model = dict(backbone=dict(pretrained=None), cls_head=dict(average_clips=None), test_cfg=dict(max_testing_views=10))

data_root = 'data/HACS/videos'
ann_file_test = 'data/HACS/hacs_data.txt'

every_16 = dict(type='UntrimmedSampleFrames', clip_len=4, frame_interval=16, clip_interval=16)
test_pipeline = r.pipeline(every_16, r.center_crop(256), 'NCTHW')
videos = dict(type='VideoDataset', ann_file=ann_file_test, data_prefix=dict(video=data_root), test_mode=True)
test_dataloader = dict(batch_size=1, dataset=dict(videos, _delete_=True, pipeline=test_pipeline))
# The list has no labels: nothing to measure.
test_evaluator = []
