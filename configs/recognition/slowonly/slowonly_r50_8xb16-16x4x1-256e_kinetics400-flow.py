_base_ = [
    '../../_base_/models/slowonly_r50.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'RawframeDataset'
data_root = 'data/kinetics400/rawframes_train'
data_root_val = 'data/kinetics400/rawframes_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_flow.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_flow.txt'
ann_file_test = ann_file_val
file_client_args = dict(io_backend='disk')

# two channels: horizontal and vertical flow
model = dict(
    backbone=dict(pretrained=None, in_channels=2),
    data_preprocessor=dict(mean=[128, 128], std=[128, 128]),
)

flow = dict(type=dataset_type, filename_tmpl='{}_{:05d}.jpg', modality='Flow')
train_pipeline, val_pipeline, test_pipeline = r.clips(
    clip_len=16, frame_interval=4, val_clips=2, source='rawframes', io=file_client_args
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(flow, ann_file=ann_file_train, data_prefix=dict(img=data_root)),
    val=dict(flow, ann_file=ann_file_val, data_prefix=dict(img=data_root_val)),
    test=dict(flow, ann_file=ann_file_test, data_prefix=dict(img=data_root_val)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=256, val_begin=1, val_interval=8)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=34),
    dict(type='CosineAnnealingLR', T_max=222, eta_min=0, by_epoch=True, begin=34, end=256),
]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.2, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=40, norm_type=2),
)
default_hooks = dict(checkpoint=dict(interval=8, max_keep_ckpts=3))

# The learning rate of the schedule is for 8 GPUs x 16 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=128)
