_base_ = [
    '../../_base_/models/uniformerv2_large_p14.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root_test = 'data/k400'
ann_file_test = 'data/k400/val.csv'

model = dict(backbone=dict(t_size=16))

test_pipeline = r.uniform(16, 4, io={})[2]
test_dataloader = r.loader(
    dict(
        type=dataset_type,
        ann_file=ann_file_test,
        data_prefix=dict(video=data_root_test),
        pipeline=test_pipeline,
        test_mode=True,
        delimiter=',',
    ),
    16,
)
test_evaluator = dict(type='AccMetric')
test_cfg = dict(type='TestLoop')
