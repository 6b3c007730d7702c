_base_ = ['../../../_base_/default_runtime.py']
import mmaction.recipes.pose as p

backbone_cfg = dict(
    type='RGBPoseConv3D',
    speed_ratio=4,
    channel_ratio=4,
    rgb_pathway=dict(
        num_stages=4,
        lateral=True,
        lateral_infl=1,
        lateral_activate=[0, 0, 1, 1],
        fusion_kernel=7,
        base_channels=64,
        conv1_kernel=(1, 7, 7),
        inflate=(0, 0, 1, 1),
        with_pool2=False,
    ),
    pose_pathway=dict(
        num_stages=3,
        stage_blocks=(4, 6, 3),
        lateral=True,
        lateral_inv=True,
        lateral_infl=16,
        lateral_activate=(0, 1, 1),
        fusion_kernel=7,
        in_channels=17,
        base_channels=32,
        out_indices=(2,),
        conv1_kernel=(1, 7, 7),
        conv1_stride_s=1,
        conv1_stride_t=1,
        pool1_stride_s=1,
        pool1_stride_t=1,
        inflate=(0, 1, 1),
        spatial_strides=(2, 2, 2),
        temporal_strides=(1, 1, 1),
        dilations=(1, 1, 1),
        with_pool2=False,
    ),
)
head_cfg = dict(
    type='RGBPoseHead',
    num_classes=60,
    in_channels=[2048, 512],
    loss_components=['rgb', 'pose'],
    loss_weights=[1.0, 1.0],
    average_clips='prob',
)
data_preprocessor = dict(
    type='MultiModalDataPreprocessor',
    preprocessors=dict(
        imgs=dict(
            type='ActionDataPreprocessor',
            mean=[123.675, 116.28, 103.53],
            std=[58.395, 57.12, 57.375],
            format_shape='NCTHW',
        ),
        heatmap_imgs=dict(type='ActionDataPreprocessor'),
    ),
)
model = dict(type='MMRecognizer3D', backbone=backbone_cfg, cls_head=head_cfg, data_preprocessor=data_preprocessor)
# weights of rgb_only and pose_only, put together
load_from = 'https://download.openmmlab.com/mmaction/v1.0/skeleton/posec3d/rgbpose_conv3d/rgbpose_conv3d_init_20230228-09b7684b.pth'

dataset_type = 'PoseDataset'
ann_file = 'data/skeleton/ntu60_2d.pkl'
data_root = 'data/nturgbd_videos/'
left_kp = p.LEFT_KP
right_kp = p.RIGHT_KP

train_pipeline, val_pipeline, test_pipeline = p.video_pose(left_kp=left_kp, right_kp=right_kp)
train_dataloader, val_dataloader, test_dataloader = p.loaders(
    6,
    (train_pipeline, val_pipeline, test_pipeline),
    ann_file,
    val_batch_size=1,
    num_workers=8,
    data_prefix=dict(video=data_root),
    dataset_type=dataset_type,
)

val_evaluator = [dict(type='AccMetric')]
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=20, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [dict(type='MultiStepLR', begin=0, end=20, by_epoch=True, milestones=[12, 16], gamma=0.1)]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.0075, momentum=0.9, weight_decay=0.0001),
    clip_grad=dict(max_norm=40, norm_type=2),
)
auto_scale_lr = dict(enable=False, base_batch_size=48)
