# A small network for videos of your own, trained from scratch on one CPU or GPU: frames become squares of 112 pixels.
# `mmaction data detection from-boxes` writes the files below, and a config that inherits from this one.
_base_ = ['../../_base_/models/fast_rcnn_slowonly_r50.py', '../../_base_/default_runtime.py']
import mmaction.recipes.detection as det

custom_classes = [1, 2, 3]  # of label_map.pbtxt
num_classes = len(custom_classes) + 1  # with the background
model = dict(
    backbone=dict(depth=18, base_channels=12),
    roi_head=dict(
        bbox_roi_extractor=dict(output_size=4),
        bbox_head=dict(in_channels=96, num_classes=num_classes, topk=1),
    ),
)

dataset_type = 'AVADataset'
data_root = 'data/own/videos'
anno_root = 'data/own/annotations'
ann_file_train = f'{anno_root}/train.csv'
ann_file_val = f'{anno_root}/val.csv'
exclude_file_train = f'{anno_root}/train_excluded_timestamps.csv'
exclude_file_val = f'{anno_root}/val_excluded_timestamps.csv'
label_file = f'{anno_root}/label_map.pbtxt'
proposal_file_train = f'{anno_root}/proposals_train.pkl'
proposal_file_val = f'{anno_root}/proposals_val.pkl'

train_pipeline, val_pipeline, test_pipeline = det.square_clips(clip_len=8, frame_interval=8)
train_dataloader, val_dataloader, test_dataloader = det.loaders(
    16,
    (train_pipeline, val_pipeline, test_pipeline),
    det.own_dataset(data_root, label_file, custom_classes),
    train=dict(ann_file=ann_file_train, exclude_file=exclude_file_train, proposal_file=proposal_file_train),
    val=dict(ann_file=ann_file_val, exclude_file=exclude_file_val, proposal_file=proposal_file_val),
    num_workers=2,
)
val_evaluator = det.own_metric(ann_file_val, label_file, exclude_file_val, custom_classes)
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=14, val_begin=1, val_interval=7)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = det.cosine_schedule(14, warmup=1)

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=40, norm_type=2),
)

default_hooks = dict(checkpoint=dict(max_keep_ckpts=2))

auto_scale_lr = dict(enable=False, base_batch_size=16)
