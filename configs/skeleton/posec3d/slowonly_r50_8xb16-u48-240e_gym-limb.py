_base_ = ['slowonly_r50_8xb16-u48-240e_gym-keypoint.py']
import mmaction.recipes.pose as p

ann_file = 'data/skeleton/gym_2d.pkl'
skeletons = p.LIMBS
left_limb = p.LEFT_LIMBS
right_limb = p.RIGHT_LIMBS

train_pipeline, val_pipeline, test_pipeline = p.heatmaps(
    target=p.limbs(skeletons=skeletons),
    test_target=dict(
        double=True, left_limb=left_limb, right_limb=right_limb, left_kp=_base_.left_kp, right_kp=_base_.right_kp
    ),
)
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, ('train', 'val'), times=10, num_workers=8
)
