_base_ = [
    '../../_base_/models/stgcnpp.py',
    '../../_base_/schedules/sgd_skeleton_80e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes.pose as p

dataset_type = 'PoseDataset'
ann_file = 'data/skeleton/ntu60_2d.pkl'

train_pipeline, val_pipeline, test_pipeline = p.graph('j', 'coco')
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, times=5, dataset_type=dataset_type
)

default_hooks = dict(logger=dict(interval=100))
