_base_ = [
    '../../_base_/models/ctrgcn.py',
    '../../_base_/schedules/sgd_skeleton_45e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes.pose as p

dataset_type = 'PoseDataset'
ann_file = 'data/skeleton/jhmdb14_coco17.pkl'

# A tenth of the width and half the depth of the network for NTU: there are 433 clips to learn from. Joints, bones and
# the motion of joints come as 9 channels.
model = dict(
    backbone=dict(
        in_channels=9,
        base_channels=24,
        num_person=1,
        num_stages=5,
        inflate_stages=[3, 5],
        down_stages=[2, 4],
    ),
    cls_head=dict(num_classes=14, in_channels=96, dropout=0.5, label_smooth_eps=0.1),
)

train_pipeline, val_pipeline, test_pipeline = p.close_up(['j', 'b', 'jm'])
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, ('train', 'test'), times=5, dataset_type=dataset_type
)
