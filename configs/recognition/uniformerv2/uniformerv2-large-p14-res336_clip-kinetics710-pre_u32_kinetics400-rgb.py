_base_ = [
    '../../_base_/models/uniformerv2_large_p14.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root_test = 'data/k400'
ann_file_test = 'data/k400/val.csv'

model = dict(backbone=dict(input_resolution=336, t_size=32))

test_pipeline = r.uniform(32, 2, test_view=r.three_crop(336, short=336), io={})[2]
test_dataloader = r.loader(
    dict(
        type=dataset_type,
        ann_file=ann_file_test,
        data_prefix=dict(video=data_root_test),
        pipeline=test_pipeline,
        test_mode=True,
        delimiter=',',
    ),
    4,
)
test_evaluator = dict(type='AccMetric')
test_cfg = dict(type='TestLoop')
