_base_ = ['../slowonly_r50_8xb16-u48-240e_ntu60-xsub-keypoint.py']
import mmaction.recipes.pose as p

# time is not halved: the features are handed over to the frames, four heatmaps for one of them
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNet3dSlowOnly',
        in_channels=17,
        base_channels=32,
        num_stages=3,
        out_indices=(2,),
        stage_blocks=(4, 6, 3),
        conv1_stride_s=1,
        pool1_stride_s=1,
        inflate=(0, 1, 1),
        spatial_strides=(2, 2, 2),
        temporal_strides=(1, 1, 1),
        dilations=(1, 1, 1),
    )
)

ann_file = 'data/skeleton/ntu60_2d.pkl'

square = p.whole(64)
train_pipeline, val_pipeline, test_pipeline = p.heatmaps(
    32,
    target=p.keypoints(sigma=None, use_score=None),
    first=square[0],
    view=square,
    test_target=dict(left_kp=_base_.left_kp, right_kp=_base_.right_kp),
)
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    16, (train_pipeline, val_pipeline, test_pipeline), ann_file, times=10, num_workers=8
)

train_cfg = dict(max_epochs=18)
param_scheduler = [dict(type='CosineAnnealingLR', eta_min=0, T_max=18, by_epoch=True, convert_to_iter_based=True)]
auto_scale_lr = dict(enable=False, base_batch_size=128)
