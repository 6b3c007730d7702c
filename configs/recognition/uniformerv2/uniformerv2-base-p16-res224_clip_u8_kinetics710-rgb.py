_base_ = [
    '../../_base_/models/uniformerv2_base_p16.py',
    '../../_base_/schedules/adamw_uniformerv2_55e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

# Kinetics-710: Kinetics-400, -600 and -700 with their classes joined.
dataset_type = 'VideoDataset'
k400_data_root = 'data/kinetics400/videos_train'
k600_data_root = 'data/kinetics600/videos'
k700_data_root = 'data/kinetics700/videos'
k400_data_root_val = 'data/kinetics400/videos_val'
k600_data_root_val = 'data/kinetics600/videos'
k700_data_root_val = 'data/kinetics700/videos'
k400_ann_file_train = 'data/kinetics710/k400_train_list_videos.txt'
k600_ann_file_train = 'data/kinetics710/k600_train_list_videos.txt'
k700_ann_file_train = 'data/kinetics710/k700_train_list_videos.txt'
k400_ann_file_val = 'data/kinetics710/k400_val_list_videos.txt'
k600_ann_file_val = 'data/kinetics710/k600_val_list_videos.txt'
k700_ann_file_val = 'data/kinetics710/k700_val_list_videos.txt'
file_client_args = dict(io_backend='disk')

model = dict(
    backbone=dict(clip_pretrained=True, pretrained='ViT-B/16'),
    cls_head=dict(num_classes=710),
)

train_pipeline, val_pipeline, test_pipeline = r.uniform(
    8, 1, val_view=r.center_crop(224, short=224), test_clips=4, io=file_client_args
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=r.joined(
        dataset_type,
        (k400_ann_file_train, k400_data_root),
        (k600_ann_file_train, k600_data_root),
        (k700_ann_file_train, k700_data_root),
    ),
    val=r.joined(
        dataset_type,
        (k400_ann_file_val, k400_data_root_val),
        (k600_ann_file_val, k600_data_root_val),
        (k700_ann_file_val, k700_data_root_val),
    ),
)
test_dataloader['batch_size'] = 8

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

default_hooks = dict(checkpoint=dict(interval=3, max_keep_ckpts=5), logger=dict(interval=100))

param_scheduler = [
    dict(type='LinearLR', start_factor=0.5, by_epoch=True, begin=0, end=5, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=50,
        eta_min_ratio=0.5,
        by_epoch=True,
        begin=5,
        end=55,
        convert_to_iter_based=True,
    ),
]
