_base_ = ['../../_base_/models/tsn_r18_audio.py', '../../_base_/default_runtime.py']
import mmaction.recipes as r

dataset_type = 'AudioDataset'
data_root = 'data/kinetics400'
ann_file_train = 'kinetics400_train_list_audio_features.txt'
ann_file_val = 'kinetics400_val_list_audio_features.txt'
ann_file_test = ann_file_val
data_prefix_train = dict(audio='audio_features_train')
data_prefix_val = dict(audio='audio_features_val')

train_pipeline, val_pipeline, test_pipeline = r.sounds(clip_len=64)
train_dataloader, val_dataloader, test_dataloader = r.loaders(
    320,
    (train_pipeline, val_pipeline, test_pipeline),
    train=dict(type=dataset_type, ann_file=ann_file_train, data_root=data_root, data_prefix=data_prefix_train),
    val=dict(type=dataset_type, ann_file=ann_file_val, data_root=data_root, data_prefix=data_prefix_val),
    test=dict(type=dataset_type, ann_file=ann_file_test, data_root=data_root, data_prefix=data_prefix_val),
    num_workers=4,
)

val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=100, val_begin=1, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [dict(type='CosineAnnealingLR', eta_min=0, T_max=100, by_epoch=True)]
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.2, momentum=0.9, weight_decay=1e-4),
    clip_grad=dict(max_norm=40, norm_type=2),
)
default_hooks = dict(checkpoint=dict(interval=5, max_keep_ckpts=3))
