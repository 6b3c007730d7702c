_base_ = ['slowonly_r50_8xb16-u48-240e_gym-keypoint.py']
import mmaction.recipes.pose as p

ann_file = 'data/skeleton/gym_2d.pkl'

train_pipeline, val_pipeline, test_pipeline = p.heatmaps(
    target=p.limbs(), test_target=dict(p.MIRROR_LIMBS, left_kp=p.LEFT_KP, right_kp=p.RIGHT_KP)
)
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, ('train', 'val'), times=10, num_workers=8
)
