_base_ = ['slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint.py']
import mmaction.recipes.pose as p

model = dict(cls_head=dict(spatial_type='avg', num_classes=99))

ann_file = 'data/skeleton/gym_2d.pkl'

train_pipeline, val_pipeline, test_pipeline = p.heatmaps()
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, ('train', 'val'), times=10, num_workers=8
)

val_evaluator = dict(_delete_=True, type='AccMetric')
test_evaluator = dict(_delete_=True, type='AccMetric')
