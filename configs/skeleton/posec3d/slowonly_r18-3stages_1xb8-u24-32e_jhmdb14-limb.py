_base_ = ['slowonly_r18-3stages_1xb8-u24-32e_jhmdb14-keypoint.py']
import mmaction.recipes.pose as p

ann_file = 'data/skeleton/jhmdb14_coco17.pkl'

train_pipeline, val_pipeline, test_pipeline = p.heatmaps(
    24, size=32, view=p.whole(32), target=p.limbs(), test_target=p.MIRROR_LIMBS
)
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    8, (train_pipeline, val_pipeline, test_pipeline), ann_file, ('train', 'test'), num_workers=1
)
