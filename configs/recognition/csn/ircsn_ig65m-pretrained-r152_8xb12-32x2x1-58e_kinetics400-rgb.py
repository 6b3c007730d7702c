_base_ = [
    '../../_base_/models/ircsn_r152.py',
    '../../_base_/default_runtime.py',
]
import mmaction.recipes as r

dataset_type = 'VideoDataset'
root = './data/kinetics400/'
data_root = f'{root}videos_train'
data_root_val = f'{root}videos_val'
data_root_test = data_root_val
ann_file_train = f'{root}kinetics400_train_list_videos.txt'
ann_file_val = f'{root}kinetics400_val_list_videos.txt'
ann_file_test = ann_file_val
file_client_args = dict(io_backend='disk')

model = dict(
    backbone=dict(
        norm_eval=True,
        bn_frozen=True,
        pretrained='https://download.openmmlab.com/mmaction/recognition/csn/ircsn_from_scratch_r152_ig65m_20200807-771c4135.pth',
    )
)

train_pipeline, val_pipeline, test_pipeline = r.clips(clip_len=32, frame_interval=2, io=file_client_args)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    12,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
    test=dict(type=dataset_type, ann_file=ann_file_test, data_prefix=dict(video=data_root_test)),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

val_dataloader['batch_size'] = 1

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=58, val_begin=1, val_interval=3)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=16),
    dict(type='MultiStepLR', begin=0, end=58, by_epoch=True, milestones=[32, 48], gamma=0.1),
]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=5e-4, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=40, norm_type=2),
)
default_hooks = dict(checkpoint=dict(interval=2, max_keep_ckpts=5))

find_unused_parameters = True

# The learning rate of the schedule is for 8 GPUs x 12 videos; --auto-scale-lr scales it to the batch in use.
auto_scale_lr = dict(enable=False, base_batch_size=96)
