_base_ = [
    '../../_base_/models/swin_tiny.py',
    '../../_base_/schedules/swin_adamw_30e.py',
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
    backbone=dict(
        arch='small',
        pretrained='https://download.openmmlab.com/mmaction/v1.0/recognition/swin/swin_small_patch4_window7_224.pth',
        drop_path_rate=0.2,
    ),
    cls_head=dict(num_classes=710),
)

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=32,
    frame_interval=2,
    test_clips=4,
    test_view=r.three_crop(size=224, short=224),
    io=file_client_args,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    4,
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

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

optim_wrapper = dict(optimizer=dict(lr=2e-3))
default_hooks = dict(
    checkpoint=dict(interval=3, max_keep_ckpts=5),
    logger=dict(interval=100),
)

# The learning rate of the schedule is for 32 GPUs x 4 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=128)
