_base_ = [
    '../../_base_/models/ctrgcn.py',
    '../../_base_/schedules/sgd_skeleton_80e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes.pose as p

dataset_type = 'PoseDataset'
ann_file = 'data/skeleton/ntu60_3d.pkl'

model = dict(backbone=dict(graph_cfg=dict(layout='nturgb+d')))

train_pipeline, val_pipeline, test_pipeline = p.graph('j', 'nturgb+d')
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, times=5, dataset_type=dataset_type
)

default_hooks = dict(logger=dict(interval=100))
