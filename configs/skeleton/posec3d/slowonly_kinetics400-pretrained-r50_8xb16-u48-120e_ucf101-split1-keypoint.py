_base_ = ['slowonly_kinetics400-pretrained-r50_8xb16-u48-120e_hmdb51-split1-keypoint.py']
import mmaction.recipes.pose as p

model = dict(cls_head=dict(num_classes=101))

ann_file = 'data/skeleton/ucf101_2d.pkl'

train_pipeline, val_pipeline, test_pipeline = p.heatmaps(size=48, view=p.center(56))
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, ('train1', 'test1'), times=10, num_workers=8
)
