_base_ = [
    '../../_base_/models/c3d_sports1m_pretrained.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/ucf101/videos'
data_root_val = data_root
split = 1  # of the three official ones: 1, 2 or 3
ann_file_train = f'data/ucf101/ucf101_train_split_{split}_videos.txt'
ann_file_val = f'data/ucf101/ucf101_val_split_{split}_videos.txt'
ann_file_test = ann_file_val
file_client_args = dict(io_backend='disk')

train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=16,
    augment=[*r.random_crop(size=112, short=128), r.flip()],
    val_view=r.center_crop(size=112, short=128),
    test_view=r.center_crop(size=112, short=128),
    io=file_client_args,
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    30,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
    test=dict(type=dataset_type, ann_file=ann_file_test, data_prefix=dict(video=data_root_val)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=45, val_begin=1, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=45, by_epoch=True, milestones=[20, 40], gamma=0.1),
]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.001, momentum=0.9, weight_decay=5e-4),
    clip_grad=dict(max_norm=40, norm_type=2),
)
default_hooks = dict(checkpoint=dict(interval=5))

# The learning rate of the schedule is for 8 GPUs x 30 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=240)
