_base_ = ['../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'VideoTextDataset'
data_root = 'data/video_retrieval/msrvtt'
file_client_args = dict(io_backend='disk')

model = dict(
    type='CLIPSimilarity',
    clip_arch='ViT-B/32',
    to_float32=True,
    frozen_layers=0,
    data_preprocessor=dict(
        type='MultiModalDataPreprocessor',
        preprocessors=dict(
            imgs=dict(
                type='ActionDataPreprocessor',
                mean=[122.771, 116.746, 104.093],
                std=[68.500, 66.632, 70.323],
                format_shape='NCHW',
            ),
            text=dict(type='ActionDataPreprocessor', to_float32=False),
        ),
    ),
    adapter=dict(type='SimpleMeanAdapter'),
)

train_pipeline = [
    dict(type='DecordInit', **file_client_args),
    dict(type='UniformSample', clip_len=12, num_clips=1),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=224),
    dict(type='FormatShape', input_format='NCHW'),
    dict(type='CLIPTokenize'),
    dict(type='PackActionInputs', collect_keys=('imgs', 'text')),
]
val_pipeline = [
    dict(type='DecordInit', **file_client_args),
    dict(type='UniformSample', clip_len=12, num_clips=1, test_mode=True),
    *train_pipeline[2:],
]
test_pipeline = val_pipeline

train_dataset = dict(type=dataset_type, ann_file='train_9k.json', data_root=data_root, data_prefix=dict(video='videos'))
test_dataset = dict(train_dataset, ann_file='test_JSFUSION.json', test_mode=True)
train_dataloader = r.loader(dict(train_dataset, pipeline=train_pipeline), 16, shuffle=True)
val_dataloader = r.loader(dict(test_dataset, pipeline=val_pipeline), 16)
test_dataloader = r.loader(dict(test_dataset, pipeline=test_pipeline), 1)

val_evaluator = dict(type='RetrievalMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=5, val_begin=1, val_interval=1)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=True, begin=0, end=0.5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=4.5, eta_min=0, by_epoch=True, begin=0.5, end=5, convert_to_iter_based=True),
]
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-5, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.05),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)

default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=1, save_best=None))

auto_scale_lr = dict(enable=False, base_batch_size=128)
