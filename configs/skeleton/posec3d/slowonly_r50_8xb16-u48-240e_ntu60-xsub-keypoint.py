_base_ = ['../../_base_/models/posec3d_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.pose as p

dataset_type = 'PoseDataset'
ann_file = 'data/skeleton/ntu60_2d.pkl'
left_kp = p.LEFT_KP
right_kp = p.RIGHT_KP

# 24 epochs of ten rounds each
train_pipeline, val_pipeline, test_pipeline = p.heatmaps(left_kp=left_kp, right_kp=right_kp)
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, times=10, num_workers=8, dataset_type=dataset_type
)

val_evaluator = [dict(type='AccMetric')]
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=24, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [dict(type='CosineAnnealingLR', eta_min=0, T_max=24, by_epoch=True, convert_to_iter_based=True)]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.2, momentum=0.9, weight_decay=0.0003),
    clip_grad=dict(max_norm=40, norm_type=2),
)
