_base_ = ['../../_base_/schedules/sgd_100e.py', '../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'RawframeDataset'
data_root = 'data/kinetics400/rawframes_train'
data_root_val = 'data/kinetics400/rawframes_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_flow.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_flow.txt'
ann_file_test = ann_file_val
file_client_args = dict(io_backend='disk')

# Five pairs of horizontal and vertical flow in a stack make ten channels.
clip_len = 5
model = dict(
    type='Recognizer2D',
    backbone=dict(
        type='ResNet',
        pretrained='https://download.pytorch.org/models/resnet50-11ad3fa6.pth',
        depth=50,
        in_channels=2 * clip_len,
        norm_eval=False,
    ),
    cls_head=dict(
        type='TSNHead',
        num_classes=400,
        in_channels=2048,
        spatial_type='avg',
        consensus=dict(type='AvgConsensus', dim=1),
        dropout_ratio=0.4,
        init_std=0.01,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[128] * 2 * clip_len, std=[128] * 2 * clip_len, format_shape='NCHW'
    ),
)

flow = dict(type=dataset_type, filename_tmpl='{}_{:05d}.jpg', modality='Flow')
train_pipeline, val_pipeline = r.segments(
    3,
    clip_len=clip_len,
    augment=[*r.random_resized_crop(), r.flip()],
    source='rawframes',
    io=file_client_args,
)[:2]
test_pipeline = r.segments(3, clip_len=clip_len, test_clips=25, source='rawframes', io={})[2]
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    32,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(flow, ann_file=ann_file_train, data_prefix=dict(img=data_root)),
    val=dict(flow, ann_file=ann_file_val, data_prefix=dict(img=data_root_val)),
    test=dict(flow, ann_file=ann_file_test, data_prefix=dict(img=data_root_val)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=110, val_interval=5)
param_scheduler = [
    dict(type='MultiStepLR', begin=0, end=110, by_epoch=True, milestones=[70, 100], gamma=0.1),
]
optim_wrapper = dict(optimizer=dict(lr=0.005))
default_hooks = dict(checkpoint=dict(interval=5, max_keep_ckpts=3))

# The learning rate of the schedule is for 8 GPUs x 32 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=256)
