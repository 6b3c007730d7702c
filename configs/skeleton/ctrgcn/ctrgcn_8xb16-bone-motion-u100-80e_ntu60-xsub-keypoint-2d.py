_base_ = ['ctrgcn_8xb16-joint-u100-80e_ntu60-xsub-keypoint-2d.py']
import mmaction.recipes.pose as p

ann_file = 'data/skeleton/ntu60_2d.pkl'

train_pipeline, val_pipeline, test_pipeline = p.graph('bm', 'coco')
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, times=5
)
