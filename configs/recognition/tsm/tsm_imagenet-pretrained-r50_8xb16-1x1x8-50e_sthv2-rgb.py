_base_ = [
    '../../_base_/models/tsm_r50.py',
    '../../_base_/schedules/sgd_tsm_50e.py',
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

model = dict(cls_head=dict(num_classes=174))

train_pipeline, val_pipeline, test_pipeline = r.segments(
    8,
    fixed_crops=13,
    flip_label_map=sthv2_flip_label_map,
    test_view=r.three_crop(),
    twice_sample=True,
    io=file_client_args,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=5),
    dict(type='MultiStepLR', begin=0, end=50, by_epoch=True, milestones=[25, 45], gamma=0.1),
]
optim_wrapper = dict(optimizer=dict(lr=0.02, weight_decay=0.0005))
default_hooks = dict(checkpoint=dict(interval=3, max_keep_ckpts=3))

# The learning rate of the schedule is for 8 GPUs x 16 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=128)
