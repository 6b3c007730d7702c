# Two-person interactions (UT-Interaction, six classes, 85 clips to train on) on a CPU: an ImageNet SqueezeNet looks at
# eight frames, TRN at their order.
_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'VideoDataset'
data_root = 'data/ut-interaction/train'
data_root_val = 'data/ut-interaction/val'
ann_file_train = 'data/ut-interaction/train_video.txt'
ann_file_val = 'data/ut-interaction/val_video.txt'

# The clips are cut to the two people, each to a size of its own: the whole frame is resized.
whole = [dict(type='Resize', scale=(224, 224), keep_ratio=False)]
train_pipeline, val_pipeline, test_pipeline = r.segments(
    8, augment=[*whole, r.flip()], val_view=whole, test_view=whole, twice_sample=True
)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    8,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_prefix=dict(video=data_root)),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_prefix=dict(video=data_root_val)),
)
train_dataloader['num_workers'] = val_dataloader['num_workers'] = test_dataloader['num_workers'] = 2

model = dict(
    type='Recognizer2D',
    backbone=dict(type='torchvision.squeezenet1_1', pretrained=True),
    cls_head=dict(
        type='TRNHead',
        num_classes=6,
        in_channels=512,
        num_segments=8,
        hidden_dim=128,
        dropout_ratio=0.5,
        init_std=0.02,
        label_smooth_eps=0.1,
        average_clips='prob',
    ),
    data_preprocessor=dict(type='ActionDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
)

val_evaluator = test_evaluator = dict(type='AccMetric', metric_options=dict(top_k_accuracy=dict(topk=(1, 3))))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=24, val_interval=2)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01),
    paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.05))),
    clip_grad=dict(max_norm=20, norm_type=2),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=True, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=22, begin=2, end=24, by_epoch=True, convert_to_iter_based=True),
]
default_hooks = dict(checkpoint=dict(interval=2, max_keep_ckpts=1), logger=dict(interval=11))
randomness = dict(seed=0)
