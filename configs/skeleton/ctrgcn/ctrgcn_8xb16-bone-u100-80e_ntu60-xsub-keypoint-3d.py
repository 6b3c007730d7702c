_base_ = ['ctrgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-3d.py']
import mmaction.recipes.pose as p

ann_file = 'data/skeleton/ntu60_3d.pkl'

train_pipeline, val_pipeline, test_pipeline = p.graph('b', 'nturgb+d')
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, times=5
)
