_base_ = [
    '../../_base_/models/tanet_r50.py',
    '../../_base_/schedules/sgd_tsm_100e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'
ann_file_test = ann_file_val
file_client_args = dict(io_backend='disk')

train_pipeline, val_pipeline, test_pipeline = r.segments(
    8, fixed_crops=13, test_view=r.three_crop(), sampler='DenseSampleFrames', io=file_client_args
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
    test=dict(type=dataset_type, ann_file=ann_file_test, data_prefix=dict(video=data_root_val)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(val_interval=5)
param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=100, by_epoch=True, milestones=[50, 75, 90], gamma=0.1),
]
default_hooks = dict(checkpoint=dict(max_keep_ckpts=5), logger=dict(interval=100))

# The learning rate of the schedule is for 8 GPUs x 8 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=64)
