_base_ = [
    '../../_base_/models/uniformer_small.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root_val = 'data/k400'
data_root_test = data_root_val
ann_file_test = 'data/k400/val.csv'

test_pipeline = r.clips(clip_len=16, frame_interval=4, test_clips=4, test_view=r.center_crop(224, short=224), io={})[2]
test_dataloader = r.loader(
    dict(
        type=dataset_type,
        ann_file=ann_file_test,
        data_prefix=dict(video=data_root_test),
        pipeline=test_pipeline,
        test_mode=True,
        delimiter=',',
    ),
    32,
)
test_evaluator = dict(type='AccMetric')
test_cfg = dict(type='TestLoop')
