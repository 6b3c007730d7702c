# One network for videos and images: each step takes a batch of Kinetics clips and one of ImageNet pictures.
_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'VideoDataset'
video_root = 'data/kinetics400/videos_train'
video_root_val = 'data/kinetics400/videos_val'
video_ann_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
video_ann_val = 'data/kinetics400/kinetics400_val_list_videos.txt'
image_root = 'data/imagenet/'
image_ann_train = 'meta/train.txt'

# An epoch goes through all videos; the pictures come in as many batches.
num_gpus = 8
num_videos = 240435
num_images = 1281167
batchsize_video = 16
num_iter = num_videos // (batchsize_video * num_gpus)
batchsize_image = num_images // (num_iter * num_gpus)

model = dict(
    type='RecognizerOmni',
    backbone=dict(type='OmniResNet'),
    cls_head=dict(type='OmniHead', image_classes=1000, video_classes=400, in_channels=2048, average_clips='prob'),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='MIX2d3d',
    ),
)

train_pipeline, val_pipeline, test_pipeline = r.clips(clip_len=8, frame_interval=8, io={})
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    batchsize_video,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=video_ann_train, data_prefix=dict(video=video_root)),
    val=dict(type=dataset_type, ann_file=video_ann_val, data_prefix=dict(video=video_root_val)),
)
train_dataloader['num_workers'] = val_dataloader['num_workers'] = 4

# mmcls.* is MMPretrain, which must be installed to train; testing on videos does without.
imagenet_pipeline = [
    dict(type='LoadRGBFromFile'),
    dict(type='mmcls.RandomResizedCrop', scale=224),
    dict(type='mmcls.RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='mmcls.PackClsInputs'),
]
image_dataloader = dict(
    batch_size=batchsize_image,
    num_workers=8,
    dataset=dict(
        type='mmcls.ImageNet',
        data_root=image_root,
        ann_file=image_ann_train,
        data_prefix='train',
        pipeline=imagenet_pipeline,
    ),
    sampler=dict(type='DefaultSampler', shuffle=True),
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(
    type='MultiLoaderEpochBasedTrainLoop', max_epochs=256, val_interval=4, other_loaders=[image_dataloader]
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=34, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        T_max=222,
        eta_min=0,
        by_epoch=True,
        begin=34,
        end=256,
        convert_to_iter_based=True,
    ),
]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.0001),
    clip_grad=dict(max_norm=40, norm_type=2),
)
default_hooks = dict(checkpoint=dict(interval=4, max_keep_ckpts=3))
