_base_ = [
    '../../_base_/models/tsn_r50.py',
    '../../_base_/schedules/sgd_50e.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/sthv2/videos'
data_root_val = data_root
ann_file_train = 'data/sthv2/sthv2_train_list_videos.txt'
ann_file_val = 'data/sthv2/sthv2_val_list_videos.txt'
file_client_args = dict(io_backend='disk')
sthv2_flip_label_map = r.STHV2_FLIP

model = dict(cls_head=dict(num_classes=174, dropout_ratio=0.5))

train_pipeline, val_pipeline, test_pipeline = r.segments(
    8, flip_label_map=sthv2_flip_label_map, test_clips=25, io=file_client_args
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    32,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(val_interval=5)
default_hooks = dict(checkpoint=dict(interval=3, max_keep_ckpts=3))

# The learning rate of the schedule is for 8 GPUs x 32 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=256)
