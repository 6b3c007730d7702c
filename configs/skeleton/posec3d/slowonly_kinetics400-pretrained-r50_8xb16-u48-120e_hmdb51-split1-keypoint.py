_base_ = ['slowonly_r50_8xb16-u48-240e_gym-keypoint.py']
import mmaction.recipes.pose as p

model = dict(
    backbone=dict(stage_blocks=(3, 4, 6)),
    cls_head=dict(num_classes=51),
    train_cfg=None,
    test_cfg=None,
)
load_from = 'https://download.openmmlab.com/mmaction/v1.0/skeleton/posec3d/k400_posec3d-041f49c6.pth'

ann_file = 'data/skeleton/hmdb51_2d.pkl'

train_pipeline, val_pipeline, test_pipeline = p.heatmaps(size=48, view=p.center(56))
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, ('train1', 'test1'), times=10, num_workers=8
)

train_cfg = dict(max_epochs=12)
param_scheduler = [dict(type='MultiStepLR', begin=0, end=12, by_epoch=True, milestones=[9, 11], gamma=0.1)]
optim_wrapper = dict(optimizer=dict(lr=0.01))
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
