_base_ = [
    '../../_base_/models/uniformerv2_base_p16.py',
    '../../_base_/schedules/adamw_uniformerv2_55e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'
ann_file_test = 'data/kinetics400/kinetics400_val_list_videos.txt'
file_client_args = dict(io_backend='disk')

# The head takes the classes of Kinetics-400 out of the one that was trained on Kinetics-710.
pretrained = 'https://download.openmmlab.com/mmaction/v1.0/recognition/uniformerv2/kinetics710/uniformerv2-base-p16-res224_clip-pre_u8_kinetics710-rgb_20221219-77d34f81.pth'
model = dict(
    backbone=dict(
        clip_pretrained=False,
        init_cfg=dict(type='Pretrained', checkpoint=pretrained, prefix='backbone.'),
    ),
    cls_head=dict(
        type='UniFormerHead',
        channel_map='configs/recognition/uniformerv2/k710_channel_map/map_k400.json',
        init_cfg=dict(type='Pretrained', checkpoint=pretrained, prefix='cls_head.'),
    ),
)

train_pipeline, val_pipeline, test_pipeline = r.uniform(
    _base_.num_frames, 1, val_view=r.center_crop(224, short=224), test_clips=4, io=file_client_args
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
    test=dict(type=dataset_type, ann_file=ann_file_test, data_prefix=dict(video=data_root_val)),
)
test_dataloader['batch_size'] = 8

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

default_hooks = dict(checkpoint=dict(interval=3, max_keep_ckpts=5), logger=dict(interval=100))

train_cfg = dict(max_epochs=5)
base_lr = 2e-6
optim_wrapper = dict(optimizer=dict(lr=base_lr))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.5, by_epoch=True, begin=0, end=1, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=4,
        eta_min_ratio=0.5,
        by_epoch=True,
        begin=1,
        end=5,
        convert_to_iter_based=True,
    ),
]
