_base_ = ['../../_base_/models/x3d.py', '../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root_val = 'data/kinetics400/videos_val'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'
ann_file_test = ann_file_val

# The weights are Facebook's: there is a test here, and nothing to train.
test_pipeline = r.pipeline(
    dict(type='SampleFrames', clip_len=13, frame_interval=6, num_clips=10, target_fps=30, test_mode=True),
    r.three_crop(182, short=182),
    'NCTHW',
    io={},
)
test_dataloader = r.loader(
    dict(
        type=dataset_type,
        ann_file=ann_file_test,
        data_prefix=dict(video=data_root_val),
        pipeline=test_pipeline,
        test_mode=True,
    ),
    1,
)

test_evaluator = dict(type='AccMetric')
test_cfg = dict(type='TestLoop')
