# A config of MMAction2 0.x.
custom_imports = dict(imports=['oldlab'], allow_failed_imports=False)
model = dict(
    type='OldRecognizer',
    backbone=dict(type='OldNet', channels=8),
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=8, spatial_type='avg', dropout_ratio=0),
    train_cfg=None,
    test_cfg=dict(average_clips='prob'),
)
dataset_type = 'VideoDataset'
data_root = 'data/kinetics400_tiny'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_bgr=False)
train_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=3, num_clips=1),
    dict(type='DecordDecode'),
    dict(type='OldResize', scale=(40, 32)),
    dict(type='RandomCrop', size=32),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='Collect', keys=['imgs', 'label'], meta_keys=[]),
    dict(type='ToTensor', keys=['imgs', 'label']),
]
val_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=3, num_clips=2, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='OldResize', scale=(40, 32)),
    dict(type='CenterCrop', crop_size=32),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='Collect', keys=['imgs', 'label'], meta_keys=[]),
    dict(type='ToTensor', keys=['imgs']),
]
val = dict(
    type=dataset_type,
    ann_file=f'{data_root}/kinetics_tiny_val_video.txt',
    data_prefix=f'{data_root}/val',
    pipeline=val_pipeline,
)
data = dict(
    videos_per_gpu=4,
    workers_per_gpu=0,
    train=dict(
        type=dataset_type,
        ann_file=f'{data_root}/kinetics_tiny_train_video.txt',
        data_prefix=f'{data_root}/train',
        pipeline=train_pipeline,
    ),
    val=val,
    test=val,
)
evaluation = dict(interval=1, metrics=['top_k_accuracy', 'mean_class_accuracy'], save_best='top1_acc')
optimizer = dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0.0001)
optimizer_config = dict(grad_clip=dict(max_norm=40, norm_type=2))
lr_config = dict(policy='step', step=[1])
total_epochs = 2
checkpoint_config = dict(interval=1)
log_config = dict(interval=1, hooks=[dict(type='TextLoggerHook')])
dist_params = dict(backend='nccl')
log_level = 'INFO'
load_from = None
resume_from = None
workflow = [('train', 1)]
